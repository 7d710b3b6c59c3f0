//! Estimates in, sentences out: what a person reads about cost and time.

use api_client::{BudgetSettings, Limits, WindowLimit};
use engine::preview::Preview;
use model::{BySide, Kind, Side};

use super::{count, estimate, grouped};

/// A Pipedrive account of forty requests in two seconds, and a Propstreet client of six hundred in a minute.
fn budgets(daily: u32) -> BySide<BudgetSettings> {
    let within = |tokens_per_day, requests, millis| {
        BudgetSettings::within(Limits {
            tokens_per_day,
            reserved_percent: 20,
            requests: Some(WindowLimit { requests, millis }),
            searches: None,
        })
    };
    BySide {
        pipedrive: within(Some(daily), 40, 2_000),
        propstreet: within(None, 600, 60_000),
    }
}

fn of(creates_on_propstreet: u64, updates_on_pipedrive: u64) -> Preview {
    let mut preview = Preview {
        tokens: updates_on_pipedrive * 6 + creates_on_propstreet * 5,
        propstreet_requests: creates_on_propstreet,
        ..Preview::default()
    };
    preview
        .creates
        .insert((Kind::Person, Side::Propstreet), creates_on_propstreet);
    preview
        .markers
        .insert((Kind::Person, Side::Pipedrive), creates_on_propstreet);
    preview
        .updates
        .insert((Kind::Person, Side::Pipedrive), updates_on_pipedrive);
    preview
}

#[test]
fn a_few_writes_take_a_second() {
    let estimate = estimate(&of(3, 1), &budgets(60_000), Some(60_000));
    assert_eq!(
        estimate.sentence(),
        "21 Pipedrive tokens and 3 Propstreet requests; a second"
    );
}

#[test]
fn the_slower_side_says_how_long_it_takes() {
    let estimate = estimate(&of(2_400, 0), &budgets(60_000), Some(60_000));
    assert_eq!(
        estimate.sentence(),
        "12,000 Pipedrive tokens and 2,400 Propstreet requests; about 3 minutes"
    );
}

#[test]
fn a_day_that_does_not_suffice_is_told_in_days() {
    let estimate = estimate(&of(10_000, 0), &budgets(30_000), Some(4_000));
    assert_eq!(
        estimate.sentence(),
        "50,000 Pipedrive tokens and 10,000 Propstreet requests; 3 days, because the day's budget is 30,000 tokens"
    );
}

#[test]
fn a_day_that_is_spent_leaves_tomorrow() {
    assert_eq!(estimate(&of(10, 0), &budgets(30_000), Some(0)).days, 2);
}

#[test]
fn numbers_are_read_in_groups() {
    assert_eq!(grouped(7), "7");
    assert_eq!(grouped(1_234_567), "1,234,567");
    assert_eq!(count(1, "record"), "1 record");
}
