//! Logging in, and staying so.

use api_client::{BudgetSettings, CallError, NotNowReason};
use emulators::propstreet::PropstreetSettings;
use futures_util::future::join_all;
use propstreet::{ListQuery, Login};

use crate::world::{CHANGE, World, machine_login};

async fn list(world: &World) -> Result<(), CallError> {
    world
        .client
        .list_contacts(&ListQuery::all(), &CHANGE)
        .await
        .map(drop)
}

#[test]
fn many_calls_log_in_once() {
    let world = World::start();
    let answers = world.run(join_all((0..20).map(|_| list(&world))));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(world.logins(), 1);
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let world = World::start();
    world.run(list(&world)).unwrap();
    world.wire.clock.advance(3_539_000);
    world.run(list(&world)).unwrap();
    assert_eq!(world.logins(), 1);
    world.wire.clock.advance(1_000);
    world.run(list(&world)).unwrap();
    assert_eq!(world.logins(), 2, "a minute before its end");
}

#[test]
fn a_token_of_a_short_life_is_used_for_half_of_it() {
    let settings = PropstreetSettings {
        token_lifetime_seconds: 10,
        ..PropstreetSettings::default()
    };
    let world = World::with(settings, BudgetSettings::counting(), &machine_login());
    world.run(list(&world)).unwrap();
    world.wire.clock.advance(4_000);
    world.run(list(&world)).unwrap();
    assert_eq!(world.logins(), 1);
    world.wire.clock.advance(1_000);
    world.run(list(&world)).unwrap();
    assert_eq!(world.logins(), 2);
}

#[test]
fn a_token_taken_back_early_is_replaced() {
    let world = World::start();
    world.run(list(&world)).unwrap();
    world.wire.emulator().revoke_tokens();
    let error = world.run(list(&world)).unwrap_err();
    assert!(
        matches!(
            error,
            CallError::NotNow {
                reason: NotNowReason::LoginExpired,
                ..
            }
        ),
        "{error:?}"
    );
    world.run(list(&world)).unwrap();
    assert_eq!(world.logins(), 2);
}

#[test]
fn wrong_credentials_stop_the_side() {
    let wrong = Login::Client {
        id: "nordhav-sync".to_owned(),
        secret: "guess".to_owned().into(),
    };
    for login in [wrong, Login::PersonalToken("pat_guess".to_owned().into())] {
        let world = World::with(
            PropstreetSettings::default(),
            BudgetSettings::counting(),
            &login,
        );
        let error = world.run(list(&world)).unwrap_err();
        assert!(
            matches!(error, CallError::NotAllowed(_)),
            "{login:?}: {error:?}"
        );
        assert!(!format!("{login:?}").contains("guess"));
    }
}

#[test]
fn a_personal_token_needs_no_login() {
    let login = Login::PersonalToken("pat_nordhav".to_owned().into());
    let world = World::with(
        PropstreetSettings::default(),
        BudgetSettings::counting(),
        &login,
    );
    world.run(list(&world)).unwrap();
    assert_eq!(world.logins(), 0);
}
