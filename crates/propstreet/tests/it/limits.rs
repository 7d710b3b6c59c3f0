//! The client keeps the limits as the server counts them.

use api_client::{BudgetSettings, CallError, NotNowReason};
use emulators::faults::{CallMatch, Fault};
use emulators::propstreet::{Limits, PropstreetSettings};
use futures_util::future::join_all;
use http::Method;
use propstreet::{ListQuery, Login, limits};

use crate::world::{CHANGE, World};

#[test]
fn a_hundred_calls_at_once_are_never_too_many_for_a_personal_token() {
    let login = Login::PersonalToken("pat_nordhav".to_owned().into());
    let settings = PropstreetSettings {
        limits: Limits::Counted,
        ..PropstreetSettings::default()
    };
    let world = World::with(settings, BudgetSettings::within(limits(&login)), &login);
    let started = world.wire.clock.millis();
    let query = ListQuery::all();
    let answers = world.run(join_all((0..100).map(|_| {
        world
            .client
            .list_links(propstreet::LinksOf::Everybody, &query, &CHANGE)
    })));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(
        world.wire.clock.millis() - started,
        60_000,
        "sixty a minute"
    );
    assert_eq!(world.wire.emulator().counters().violations, 0);
}

#[test]
fn a_refusal_is_not_now_and_says_when() {
    let world = World::start();
    let on = CallMatch::call(&Method::GET, "/api/v1/network/contacts");
    world.wire.emulator().faults.next(
        Fault::TooManyRequests {
            retry_after: Some(20),
        },
        on,
    );
    let started = world.wire.clock.millis();
    let error = world
        .run(world.client.get_contact("1", &CHANGE))
        .unwrap_err();
    let CallError::NotNow {
        retry_at,
        reason: NotNowReason::BurstLimit,
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(retry_at.as_millisecond() - started, 20_000);
    let again = world
        .run(world.client.get_contact("1", &CHANGE))
        .unwrap_err();
    assert!(
        matches!(again, CallError::NotNow { .. }),
        "a long pause is not waited for: {again:?}"
    );
    world.wire.clock.advance(20_000);
    assert_eq!(
        world.run(world.client.get_contact("1", &CHANGE)),
        Err(CallError::NotFound)
    );
}
