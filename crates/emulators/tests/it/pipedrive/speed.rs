//! Large accounts stay usable. The bounds are those of a debug build on a busy machine; the figures that matter are taken in release.

use std::time::Duration;

use emulators::brokerage::Brokerage;
use emulators::pipedrive::{Limits, PipedriveConfig};
use serde_json::json;

use super::Account;

fn took(work: impl FnOnce()) -> Duration {
    #[expect(
        clippy::disallowed_methods,
        reason = "the machine's time is what is measured"
    )]
    let start = std::time::Instant::now();
    work();
    start.elapsed()
}

#[test]
fn a_hundred_thousand_people_are_entered_listed_and_edited_in_no_time() {
    let mut account = Account::with(PipedriveConfig {
        limits: Limits::Off,
        ..Default::default()
    });
    let seeding = took(|| {
        account
            .emulator
            .seed(&Brokerage::generate(3, 20_000, 100_000), account.now)
    });
    let walking = took(|| {
        let mut rows = 0;
        let mut cursor = String::new();
        for _ in 0..20 {
            let page = account
                .get(&format!("/api/v2/persons?limit=500{cursor}"))
                .json();
            rows += page["data"].as_array().unwrap().len();
            cursor = format!(
                "&cursor={}",
                page["additional_data"]["next_cursor"].as_str().unwrap()
            );
        }
        assert_eq!(rows, 10_000);
    });
    let editing = took(|| {
        for number in 0..2_000 {
            let path = format!("/api/v2/persons/{}", number * 37 + 1);
            assert_eq!(
                account
                    .patch(&path, &json!({"name": format!("Edited {number}")}))
                    .status,
                200
            );
            assert_eq!(account.get(&path).status, 200);
        }
    });
    println!("seeding {seeding:?}, 20 pages {walking:?}, 4,000 calls {editing:?}");
    assert!(
        seeding < Duration::from_secs(60)
            && walking < Duration::from_secs(30)
            && editing < Duration::from_secs(20)
    );
}
