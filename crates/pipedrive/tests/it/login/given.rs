//! What is asked for, where tokens may go, and who gets to see them.

use api_client::{BaseUrl, CallError};
use emulators::pipedrive::{OauthConfig, Switches};
use pipedrive::{ConsentRequest, company_address};
use secrecy::{ExposeSecret, SecretString};

use super::{House, REDIRECT, must_log_in};

#[test]
fn a_verifier_that_does_not_fit_its_challenge_is_refused() {
    let oauth = OauthConfig {
        checks_challenges: true,
        ..OauthConfig::default()
    };
    let house = House::with(oauth, Switches::default());
    let server = house.server();
    let (right, wrong) = (
        SecretString::from("v".repeat(43)),
        SecretString::from("w".repeat(43)),
    );
    let with = |verifier| ConsentRequest {
        redirect: REDIRECT,
        state: "s-2",
        verifier,
    };
    let code = house.consent(&server.consent_address(&with(&right)));
    let guessed = house.wire.clock.run(server.exchange(&code, &with(&wrong)));
    assert!(matches!(guessed, Err(CallError::Refused(_))), "{guessed:?}");
    house.log_in();
}

#[test]
fn a_login_taken_back_by_ourselves_is_over() {
    let house = House::start();
    let server = house.server();
    let tokens = house.shelf.tokens();
    house.wire.clock.run(server.revoke(&tokens)).unwrap();
    assert_eq!(house.wire.emulator().installations(), 0);
    assert!(must_log_in(&house.call_until_settled(&house.program())));
}

#[test]
fn tokens_go_to_pipedrive_alone() {
    let pipedrive = BaseUrl::parse("https://oauth.pipedrive.com").unwrap();
    let here = BaseUrl::parse("http://127.0.0.1:9001").unwrap();
    let goes = |to: &str, server| company_address(to, server).is_some();
    assert!(goes("https://nordhamn.pipedrive.com", &pipedrive));
    assert!(goes("http://127.0.0.1:9001", &here));
    for elsewhere in [
        "https://pipedrive.com.example.org",
        "https://evilpipedrive.com",
        "http://nordhamn.pipedrive.com",
        "http://127.0.0.1:9001",
        "https://nordhamn.pipedrive.com@example.org",
        "",
    ] {
        assert!(!goes(elsewhere, &pipedrive), "{elsewhere}");
    }
}

#[test]
fn tokens_and_secrets_show_themselves_to_nobody() {
    let house = House::start();
    let tokens = house.shelf.tokens();
    let program = house.program();
    house.wire.emulator().uninstall_app();
    let error = house.call_until_settled(&program).unwrap_err();
    let shown = format!(
        "{tokens:?} {:?} {program:?} {:?} {error:?} {error}",
        house.server(),
        house.shelf.kept.lock().unwrap().0,
    );
    let config = OauthConfig::default();
    for secret in [
        tokens.access_token.expose_secret(),
        tokens.refresh_token.expose_secret(),
        config.client_secret.as_str(),
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
