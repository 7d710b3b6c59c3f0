//! How far a project is, told as one text and read back.

use super::{NO_TEASER, Progress};

#[test]
fn a_progress_is_read_back_from_its_text() {
    let progress = Progress {
        status: "open",
        classification: "draft",
        teaser: NO_TEASER,
    };
    assert_eq!(progress.to_string(), "open, draft, no teaser");
    assert_eq!(Progress::parse(&progress.to_string()), Some(progress));
    assert_eq!(Progress::parse("open"), None);
}
