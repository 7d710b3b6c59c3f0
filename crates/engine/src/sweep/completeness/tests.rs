//! What is missing stays missing until something shows that it is there.

use super::*;

fn after_a_walk(missing: u64, told: &[&str]) -> Completeness {
    let at = Timestamp::UNIX_EPOCH;
    Completeness {
        counts: Some(Counts {
            is_first: true,
            begun_at: at,
            ended_at: at,
            pages: 4,
            listed: 2_000,
            repeated: 0,
            mirrored: 2_000 - missing,
            gone_since: 0,
            new_since: 0,
            absent: 0,
            missing,
            missing_ids: told.iter().copied().map(RemoteId::from).collect(),
            unreadable: 0,
            is_cut: false,
        }),
        ..Completeness::default()
    }
}

#[test]
fn a_table_is_whole_once_all_that_was_missing_is_there() {
    let known = after_a_walk(2, &["7", "8"]);
    assert_eq!((known.is_whole(), known.lacks()), (true, 0));
}

#[test]
fn records_that_are_not_told_by_their_ids_are_missing_until_the_next_comparison() {
    let known = after_a_walk(5, &["7", "8"]);
    assert_eq!((known.is_whole(), known.lacks()), (false, 3));
}
