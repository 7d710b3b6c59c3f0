//! A token is renewed before it ends: once, by one of many, and kept before it is used.

use std::sync::Arc;

use api_client::{Clock, NotNowReason};
use emulators::faults::{CallMatch, Fault};
use futures_util::future::{join, join_all};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use pipedrive::KeptLogin;
use secrecy::{ExposeSecret, SecretString};

use super::{HOUR_MILLIS, House, waits_for};
use crate::world::CHANGE;

#[test]
fn many_calls_renew_once() {
    let house = House::start();
    let program = house.program();
    house.wire.clock.advance(HOUR_MILLIS);
    let calls = (0..20).map(|_| program.me(&CHANGE));
    let answers = house.wire.clock.run(join_all(calls));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(house.refreshes(), 1);
}

#[test]
fn a_token_is_renewed_five_minutes_before_its_end() {
    let house = House::start();
    let program = house.program();
    house.call(&program).unwrap();
    house.wire.clock.advance(HOUR_MILLIS - 301_000);
    house.call(&program).unwrap();
    assert_eq!(house.refreshes(), 0);
    house.wire.clock.advance(1_000);
    house.call(&program).unwrap();
    assert_eq!(house.refreshes(), 1);
}

#[test]
fn new_tokens_are_kept_before_they_are_used() {
    let house = House::rotating();
    let program = house.program();
    house.call(&program).unwrap();
    house.wire.clock.advance(HOUR_MILLIS);
    let before = house.shelf.tokens();
    // The disk fills up between the announcement and the answer.
    let shelf = Arc::clone(&house.shelf);
    house.next(Fault::Slow { millis: 2_000 });
    let breaks = async {
        let soon = house
            .wire
            .clock
            .now()
            .checked_add(SignedDuration::from_secs(1));
        house.wire.clock.sleep_until(soon.unwrap()).await;
        *shelf.is_broken.lock().unwrap() = true;
    };
    let used = house.wire.emulator().counters().requests_total();
    let (answer, ()) = house.wire.clock.run(join(program.me(&CHANGE), breaks));
    assert!(waits_for(&answer.map(drop), NotNowReason::LoginUnavailable));
    let since = house.wire.emulator().counters().requests_total() - used;
    assert_eq!(since, 1, "nothing but the renewal was sent");

    *house.shelf.is_broken.lock().unwrap() = false;
    house.call_until_settled(&program).unwrap();
    assert_eq!(house.refreshes(), 1, "what was got is not asked for again");
    let after = house.shelf.tokens();
    assert_ne!(
        before.refresh_token.expose_secret(),
        after.refresh_token.expose_secret()
    );
    house.wire.clock.advance(HOUR_MILLIS);
    house.call(&program).unwrap();
}

#[test]
fn a_lost_answer_is_asked_for_again_with_the_same_refresh_token() {
    let house = House::start();
    let program = house.program();
    house.wire.clock.advance(HOUR_MILLIS);
    house.next(Fault::LoseAnswer);
    let lost = house.call(&program);
    assert!(waits_for(&lost, NotNowReason::LoginRenewing), "{lost:?}");
    house.call_until_settled(&program).unwrap();
    assert_eq!(house.refreshes(), 2);
}

#[test]
fn a_rotated_refresh_token_takes_the_place_of_the_old() {
    let house = House::rotating();
    let program = house.program();
    for hour in 1..=5 {
        house.wire.clock.advance(HOUR_MILLIS);
        house.call(&program).unwrap();
        assert_eq!(house.refreshes(), hour);
    }
}

#[test]
fn two_programs_that_renew_at_once_renew_once() {
    let house = House::rotating();
    let (one, other) = (house.program(), house.program());
    house.wire.clock.advance(HOUR_MILLIS);
    house.next(Fault::Slow { millis: 500 });
    let both = join(one.me(&CHANGE), other.me(&CHANGE));
    let (first, second) = house.wire.clock.run(both);
    assert!(first.is_ok());
    assert!(waits_for(&second.map(drop), NotNowReason::LoginRenewing));
    house.call_until_settled(&other).unwrap();
    house.call(&one).unwrap();
    assert_eq!(house.refreshes(), 1);
}

#[test]
fn a_renewal_that_another_program_made_is_taken_over() {
    let house = House::rotating();
    let (one, other) = (house.program(), house.program());
    house.call(&one).unwrap();
    house.call(&other).unwrap();
    house.wire.clock.advance(HOUR_MILLIS);
    house.call(&one).unwrap();
    house.call(&other).unwrap();
    assert_eq!(house.refreshes(), 1);
}

#[test]
fn a_program_that_died_while_it_renewed_is_not_waited_for_for_ever() {
    let house = House::start();
    let until = |seconds| {
        let later = SignedDuration::from_secs(seconds);
        house.wire.clock.now().checked_add(later).unwrap()
    };
    house.wire.clock.advance(HOUR_MILLIS);
    house.shelf.put_login(KeptLogin {
        tokens: house.shelf.tokens(),
        renewing_until: Some(until(3)),
    });
    let program = house.program();
    assert!(waits_for(
        &house.call(&program),
        NotNowReason::LoginRenewing
    ));
    assert_eq!(house.refreshes(), 0);
    house.call_until_settled(&program).unwrap();
    assert_eq!(house.refreshes(), 1);
}

#[test]
fn a_token_that_cannot_be_renewed_is_used_to_its_end() {
    let house = House::start();
    let program = house.program();
    house.call(&program).unwrap();
    let token = CallMatch::call(&Method::POST, "/oauth/token");
    let always = Fault::FailBeforeWriting;
    house.wire.emulator().faults.always(always, token);
    house.wire.clock.advance(HOUR_MILLIS - 200_000);
    for _ in 0..10 {
        house.call(&program).unwrap();
    }
    let failed = house.wire.emulator().counters().faults["fail_before_writing"];
    assert_eq!(failed, 1, "it is not asked at every call");
    house.wire.clock.advance(195_000);
    assert!(house.call(&program).is_err());
    house.wire.emulator().faults.clear();
    house.call_until_settled(&program).unwrap();
}

#[test]
fn clocks_that_differ_do_not_matter() {
    for offset in [-7_200_000, 7_200_000] {
        let house = House::start();
        house.wire.emulator().set_clock_offset(offset);
        let program = house.program();
        for _ in 0..3 {
            house.call(&program).unwrap();
            house.wire.clock.advance(HOUR_MILLIS);
        }
        assert_eq!(house.refreshes(), 2);
    }
    // Our own clock was wrong when the tokens were got.
    let house = House::start();
    let mut tokens = house.shelf.tokens();
    tokens.expires_at = Timestamp::MAX;
    house.shelf.put(tokens);
    house.wire.clock.advance(2 * HOUR_MILLIS);
    let program = house.program();
    house.call_until_settled(&program).unwrap();
    assert_eq!(house.refreshes(), 1);
}

#[test]
fn a_login_renewed_before_it_has_to_be_is_taken_over_by_who_uses_it() {
    let house = House::rotating();
    let program = house.program();
    house.call(&program).unwrap();
    let before = house.shelf.tokens();
    let other = house.login();
    let renewed = house.wire.clock.run(other.renew_now()).unwrap();
    let kept = house.wire.clock.run(other.kept()).unwrap();
    let text = |token: &SecretString| token.expose_secret().to_owned();
    assert_ne!(text(&before.refresh_token), text(&renewed.refresh_token));
    assert_eq!(text(&kept.access_token), text(&renewed.access_token));
    house.call_until_settled(&program).unwrap();
    assert_eq!(house.refreshes(), 1);
}
