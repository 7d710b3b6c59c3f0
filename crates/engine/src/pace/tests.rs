//! How long looks wait.

use super::{SLOWEST, USUAL, for_quiet, for_tokens, most, stretched, tokens_in};

const MINUTE: i64 = 60_000;

#[test]
fn looks_come_as_usual_while_the_day_pays_them_and_as_much_more_rarely_as_it_does_not() {
    assert_eq!(for_tokens(4_000, None), USUAL, "a day without limit");
    assert_eq!(for_tokens(4_000, Some(4_000)), USUAL);
    assert_eq!(for_tokens(0, Some(0)), USUAL, "nothing is asked for");
    assert_eq!(for_tokens(4_000, Some(2_000)), 2 * USUAL);
    assert_eq!(for_tokens(4_000, Some(3_000)), 134);
    assert_eq!(for_tokens(4_000, Some(0)), SLOWEST);
    assert_eq!(for_tokens(u64::MAX, Some(1)), SLOWEST);
}

#[test]
fn the_rarer_they_come_the_less_they_take_and_never_more_than_is_left() {
    for needed in (0..50_000_u64).step_by(777) {
        let mut before = SLOWEST;
        for left in (0..50_000_u64).step_by(333) {
            let percent = for_tokens(needed, Some(left));
            assert!((USUAL..=SLOWEST).contains(&percent));
            assert!(percent <= before, "more is left: {needed} {left}");
            if percent < SLOWEST {
                assert!(needed * 100 / u64::from(percent) <= left);
            }
            before = percent;
        }
    }
}

#[test]
fn a_quiet_list_is_asked_for_ever_more_rarely_where_webhooks_tell_of_changes() {
    let percents: Vec<u32> = [0, 11, 12, 24, 1_000]
        .into_iter()
        .map(|looks| for_quiet(looks, true))
        .collect();
    assert_eq!(percents, [USUAL, USUAL, 2 * USUAL, 3 * USUAL, SLOWEST]);
    assert_eq!(for_quiet(1_000, false), USUAL);
}

#[test]
fn a_wait_is_never_shorter_than_usual_nor_longer_than_is_told() {
    assert_eq!(stretched(5 * MINUTE, 250), 750_000);
    assert_eq!(stretched(5 * MINUTE, 0), 5 * MINUTE);
    assert_eq!(most(5 * MINUTE, 30 * MINUTE), 600);
    assert_eq!(most(5 * MINUTE, MINUTE), USUAL);
    assert_eq!(most(5 * MINUTE, 5_000 * MINUTE), SLOWEST);
}

#[test]
fn what_looks_cost_until_the_end_of_the_day_is_told_from_their_interval() {
    let day = 24 * 60 * MINUTE;
    assert_eq!(tokens_in(10, 1, (day, 10 * MINUTE)), 1_440);
    assert_eq!(tokens_in(70, 6, (day, 5 * MINUTE)), 3_360);
    assert_eq!(tokens_in(10, 1, (-5, 10 * MINUTE)), 0);
    assert_eq!(tokens_in(10, 0, (day, 0)), 864_000_000);
}
