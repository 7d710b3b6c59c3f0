//! The client keeps the limits as the server counts them.

use api_client::{BudgetSettings, CallContext, CallError, NotNowReason, Priority};
use emulators::faults::{CallMatch, Fault};
use emulators::pipedrive::{Entity, Limits, PipedriveConfig};
use futures_util::future::join_all;
use pipedrive::{AuthorisedBy, ListQuery, Subscription};
use serde_json::json;

use crate::world::{CHANGE, World};

#[test]
fn two_hundred_calls_at_once_are_never_too_many() {
    let config = PipedriveConfig {
        limits: Limits::Counted,
        ..PipedriveConfig::default()
    };
    let world = World::with(
        config,
        BudgetSettings::within(Subscription::Growth.limits(5)),
    );
    let now = world.wire.now();
    let id = world
        .wire
        .emulator()
        .screen(now)
        .add(Entity::Person, &json!({"name": "Bo Ek"}))
        .unwrap();
    let started = world.wire.clock.millis();
    let answers = world.run(join_all(
        (0..200).map(|_| world.client.get_person(id, &CHANGE)),
    ));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(
        world.wire.clock.millis() - started,
        9_750,
        "forty every two seconds, of which the last seven go one by one, so that somebody who clicks finds a place"
    );
    assert_eq!(world.wire.emulator().counters().burst_violations, 0);
}

#[test]
fn a_day_that_others_have_spent_is_noticed() {
    let config = PipedriveConfig {
        daily_tokens: Some(100),
        ..PipedriveConfig::default()
    };
    let world = World::with(
        config,
        BudgetSettings::within(Subscription::Growth.limits(5)),
    );
    let client = &world.client;
    let list = |priority| {
        let context = CallContext::new(priority, "list");
        let query = ListQuery::all();
        async move { client.list_persons(&query, &context).await }
    };
    let error = world.run(async {
        // A quarter of the day is kept from backfills.
        for _ in 0..7 {
            list(Priority::Backfill).await.unwrap();
        }
        list(Priority::Backfill).await.unwrap_err()
    });
    assert!(
        matches!(
            error,
            CallError::NotNow {
                reason: NotNowReason::DayBudget,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(
        world.wire.emulator().counters().day_violations,
        0,
        "the server never had to refuse"
    );
    assert_eq!(
        world.client.caller().budget().spending().limit,
        Some(100),
        "the account has less than was said"
    );
}

#[test]
fn a_refusal_is_not_now_and_says_when() {
    let world = World::start();
    world.wire.emulator().faults.next(
        Fault::TooManyRequests {
            retry_after: Some(4),
        },
        CallMatch::any(),
    );
    let started = world.wire.clock.millis();
    let error = world.run(world.client.me(&CHANGE)).unwrap_err();
    let CallError::NotNow {
        retry_at,
        reason: NotNowReason::BurstLimit,
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(retry_at.as_millisecond() - started, 4_000);
    world.run(world.client.me(&CHANGE)).unwrap();
    assert_eq!(world.wire.clock.millis() - started, 4_000);
}

#[test]
fn the_firewalls_page_keeps_us_away_for_a_while() {
    let world = World::start();
    world
        .wire
        .emulator()
        .faults
        .next(Fault::ForbiddenPage, CallMatch::any());
    for _ in 0..2 {
        let error = world.run(world.client.me(&CHANGE)).unwrap_err();
        assert!(
            matches!(
                error,
                CallError::NotNow {
                    reason: NotNowReason::CircuitOpen,
                    ..
                }
            ),
            "{error:?}"
        );
    }
    world.wire.clock.advance(60_000);
    world.run(world.client.me(&CHANGE)).unwrap();
}

#[test]
fn a_login_through_oauth_may_ask_four_times_as_often_and_spend_the_same() {
    let requests = |limits: api_client::Limits| limits.requests.unwrap().requests;
    for (subscription, by_token, by_login) in [
        (Subscription::Lite, 20, 80),
        (Subscription::Growth, 40, 160),
        (Subscription::Premium, 100, 400),
        (Subscription::Ultimate, 120, 480),
    ] {
        let token = subscription.limits(3);
        let login = subscription.limits_by(3, AuthorisedBy::OAuth);
        assert_eq!((requests(token), requests(login)), (by_token, by_login));
        assert_eq!(token.tokens_per_day, login.tokens_per_day);
    }
}
