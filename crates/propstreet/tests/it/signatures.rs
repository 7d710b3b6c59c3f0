//! Which deliveries are taken for Propstreet's own.

use jiff::Timestamp;
use propstreet::{SignatureError, SignatureHeaders, TOLERANCE_SECONDS, WebhookSecret, verify};

/// The example of the Standard Webhooks specification's own libraries.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNED_AT: i64 = 1_614_265_330;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(text.to_owned().into())
}

fn check(signature: &str, secrets: &[WebhookSecret], now: i64) -> Result<(), SignatureError> {
    let timestamp = SIGNED_AT.to_string();
    let headers = SignatureHeaders {
        id: ID,
        timestamp: &timestamp,
        signature,
    };
    verify(headers, BODY, secrets, Timestamp::from_second(now).unwrap())
}

#[test]
fn the_published_example_is_authentic() {
    assert_eq!(check(SIGNATURE, &[secret(SECRET)], SIGNED_AT), Ok(()));
}

#[test]
fn any_of_several_signatures_and_secrets_may_fit() {
    let old = secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    let several = format!("v1,AAAA v1a,{SIGNATURE} {SIGNATURE}");
    assert_eq!(
        check(&several, &[old.clone(), secret(SECRET)], SIGNED_AT),
        Ok(())
    );
    assert_eq!(
        check(&several, &[old], SIGNED_AT),
        Err(SignatureError::NoMatch)
    );
    assert_eq!(
        check(SIGNATURE, &[], SIGNED_AT),
        Err(SignatureError::NoMatch)
    );
    assert_eq!(
        check(SIGNATURE, &[secret("no base64 !")], SIGNED_AT),
        Err(SignatureError::NoMatch)
    );
}

#[test]
fn a_changed_body_id_or_time_fits_no_signature() {
    let now = Timestamp::from_second(SIGNED_AT).unwrap();
    let secrets = [secret(SECRET)];
    let at = SIGNED_AT.to_string();
    let headers = SignatureHeaders {
        id: ID,
        timestamp: &at,
        signature: SIGNATURE,
    };
    assert_eq!(
        verify(headers, b"{}", &secrets, now),
        Err(SignatureError::NoMatch)
    );
    let other_id = SignatureHeaders {
        id: "msg_2",
        ..headers
    };
    assert_eq!(
        verify(other_id, BODY, &secrets, now),
        Err(SignatureError::NoMatch)
    );
    let later = (SIGNED_AT + 1).to_string();
    let other_time = SignatureHeaders {
        timestamp: &later,
        ..headers
    };
    assert_eq!(
        verify(other_time, BODY, &secrets, now),
        Err(SignatureError::NoMatch)
    );
    let no_time = SignatureHeaders {
        timestamp: "soon",
        ..headers
    };
    assert_eq!(
        verify(no_time, BODY, &secrets, now),
        Err(SignatureError::NoTime)
    );
}

#[test]
fn deliveries_are_taken_within_five_minutes_of_the_given_time() {
    for away in [-TOLERANCE_SECONDS, TOLERANCE_SECONDS] {
        assert_eq!(
            check(SIGNATURE, &[secret(SECRET)], SIGNED_AT - away),
            Ok(())
        );
        let further = away + away.signum();
        let error = Err(SignatureError::OutsideWindow { seconds: further });
        assert_eq!(
            check(SIGNATURE, &[secret(SECRET)], SIGNED_AT - further),
            error
        );
    }
}

#[test]
fn a_secret_shows_itself_to_nobody() {
    assert_eq!(format!("{:?}", secret(SECRET)), "[secret]");
}
