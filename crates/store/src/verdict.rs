//! Whether what a side showed is news: the monotone rule of the mirror, used by every store.
//!
//! In: the stored row and the shown one. Out: a verdict. Never reads or writes a table.

use crate::rows::{Authority, MirrorRow};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    New,
    Changed,
    Unchanged,
    Older,
    Unsure,
}

pub(crate) fn judge(
    stored: Option<&MirrorRow>,
    shown: &MirrorRow,
    authority: Authority,
) -> Verdict {
    let Some(stored) = stored else {
        return Verdict::New;
    };
    if shown.remote_time < stored.remote_time {
        return Verdict::Older;
    }
    if same_content(stored, shown) {
        return Verdict::Unchanged;
    }
    let same_time = shown.remote_time == stored.remote_time;
    // A list that lags may still show a record that a read found gone, even with a later time than we had seen.
    let comes_back = stored.deleted_at.is_some() && shown.deleted_at.is_none();
    match authority {
        Authority::Read => Verdict::Changed,
        Authority::Page if same_time || comes_back => Verdict::Unsure,
        Authority::Page => Verdict::Changed,
    }
}

/// Everything but when we looked and when fields were seen to change.
fn same_content(stored: &MirrorRow, shown: &MirrorRow) -> bool {
    stored.remote_version == shown.remote_version
        && stored.remote_time == shown.remote_time
        && stored.raw == shown.raw
        && stored.deleted_at.is_some() == shown.deleted_at.is_some()
        && stored.owner == shown.owner
        && stored.refers_to == shown.refers_to
        && stored.match_keys == shown.match_keys
        && stored.left == shown.left
}
