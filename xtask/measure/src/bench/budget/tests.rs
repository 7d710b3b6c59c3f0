//! The figures of `bench budget` on small accounts.

use super::line::Latency;
use super::run_out::Pace;
use super::world::{PLANS, Shape};
use super::{backfill, run_out};

fn small() -> Shape {
    Shape {
        plan: PLANS[0],
        deals: 0,
        persons: 6_000,
        organizations: 1_000,
        latency: Latency {
            millis: 200,
            varies_percent: 20,
        },
        daily_tokens: None,
    }
}

#[test]
fn a_backfill_beside_clicks_takes_no_token_and_hardly_a_second_too_many() {
    let figures = backfill::measure(&small(), 500).unwrap();
    assert!(figures.broken().is_empty(), "{figures:?}");
    assert!(figures.clicks > 3, "{figures:?}");
}

#[test]
fn a_backfill_that_a_day_does_not_pay_goes_on_where_it_was_while_calls_come_through() {
    // A backfill may use 105 of 140 tokens a day, less the setup of the first.
    let shape = Shape {
        persons: 9_000,
        daily_tokens: Some(140),
        ..small()
    };
    let pace = Pace {
        look_every_millis: 3 * 3_600_000,
        change_every_millis: 8 * 3_600_000,
    };
    let figures = run_out::measure(&shape, 3, pace).unwrap();
    assert!(figures.broken(3).is_empty(), "{figures:?}");
}
