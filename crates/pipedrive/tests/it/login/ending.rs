//! A login that ends: one refusal, one renewal, then a person; and never in a circle.

use api_client::{CallError, NotNowReason};
use emulators::faults::{CallMatch, Fault};
use futures_util::future::join_all;
use http::Method;

use super::{ADVICE, HOUR_MILLIS, House, must_log_in, waits_for};
use crate::world::CHANGE;

#[test]
fn a_token_that_ends_early_is_renewed_after_one_refusal() {
    let house = House::start();
    let program = house.program();
    house.call(&program).unwrap();
    house.wire.emulator().expire_access_tokens();
    let refused = house.call(&program);
    assert!(
        waits_for(&refused, NotNowReason::LoginExpired),
        "{refused:?}"
    );
    house.call(&program).unwrap();
    assert_eq!(house.refreshes(), 1);
}

#[test]
fn calls_that_were_under_way_when_the_token_ended_are_made_again() {
    let house = House::start();
    let program = house.program();
    house.call(&program).unwrap();
    house.wire.emulator().expire_access_tokens();
    let me = CallMatch::call(&Method::GET, "/api/v1/users/me");
    let slow = Fault::Slow { millis: 500 };
    house.wire.emulator().faults.next_times(5, slow, me);
    let before = house
        .wire
        .clock
        .run(join_all((0..5).map(|_| program.me(&CHANGE))));
    assert!(before.iter().all(Result::is_err));
    let again = house
        .wire
        .clock
        .run(join_all((0..5).map(|_| program.me(&CHANGE))));
    assert!(again.iter().all(Result::is_ok));
    assert_eq!(house.refreshes(), 1);
}

#[test]
fn a_lost_answer_with_a_new_refresh_token_in_it_needs_a_person_and_no_more_calls() {
    let house = House::rotating();
    let program = house.program();
    house.wire.clock.advance(HOUR_MILLIS);
    house.next(Fault::LoseAnswer);
    let over = house.call_until_settled(&program);
    assert!(must_log_in(&over), "{over:?}");
    let CallError::NotAllowed(refusal) = over.unwrap_err() else {
        unreachable!("looked at above")
    };
    assert_eq!(refusal.code.as_deref(), Some("login_lost"));
    let asked = house.token_calls();
    for _ in 0..10 {
        house.wire.clock.advance(HOUR_MILLIS);
        assert!(must_log_in(&house.call(&program)));
    }
    assert_eq!(house.token_calls(), asked);

    house.log_in();
    house.call(&program).unwrap();
}

#[test]
fn a_consent_that_was_taken_back_stops_the_side_until_somebody_logs_in() {
    let house = House::start();
    let program = house.program();
    house.call(&program).unwrap();
    house.wire.emulator().uninstall_app();
    let over = house.call_until_settled(&program);
    assert!(must_log_in(&over), "{over:?}");
    assert!(over.unwrap_err().to_string().contains(ADVICE));
    let asked = house.token_calls();
    assert!(must_log_in(&house.call(&program)));
    assert_eq!(house.token_calls(), asked);
    house.log_in();
    house.call(&program).unwrap();
}

#[test]
fn a_new_token_that_is_not_taken_either_is_tried_again_an_hour_later() {
    let house = House::start();
    let program = house.program();
    let me = CallMatch::call(&Method::GET, "/api/v1/users/me");
    let reject = Fault::Reject { status: 401 };
    house.wire.emulator().faults.always(reject, me);
    let over = house.call_until_settled(&program);
    assert!(must_log_in(&over), "{over:?}");
    assert_eq!(house.refreshes(), 1);
    assert!(must_log_in(&house.call(&program)));
    assert_eq!(house.refreshes(), 1);

    house.wire.emulator().faults.clear();
    house.wire.clock.advance(HOUR_MILLIS);
    house.call(&program).unwrap();
}

#[test]
fn who_has_not_logged_in_is_told_how() {
    let house = House::start();
    *house.shelf.kept.lock().unwrap() = (None, 0);
    let program = house.program();
    assert!(must_log_in(&house.call(&program)));
    assert_eq!(house.token_calls(), 1, "the one of the first login");
}
