//! What is sent, and what is learned from the answer.

use std::sync::Arc;

use api_client::{
    BaseUrl, BaseUrlError, BudgetSettings, ClockOffset, FixedHeader, Patch, encode_into,
};
use http::header;
use serde::Serialize;

use crate::script::{Server, answer_with, read, write};

#[test]
fn a_call_carries_its_login_and_body_and_shows_the_login_to_nobody() {
    let server = Server::start();
    let login = FixedHeader::new(header::AUTHORIZATION, "Bearer abc123").unwrap();
    let caller = server
        .caller(BudgetSettings::counting())
        .with_credentials(Arc::new(login));
    server.clock.run(caller.call(write().json(&["x"]))).unwrap();

    let seen = server.seen.lock().unwrap();
    let request = &seen[0].1;
    assert_eq!(request.uri(), "https://api.example.com/records/1");
    assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer abc123");
    assert_eq!(request.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(request.body().as_ref(), br#"["x"]"#);
    assert!(!format!("{request:?}").contains("abc123"));
}

#[test]
fn the_servers_clock_is_measured_by_its_date() {
    let server = Server::start();
    *server.latency_millis.lock().unwrap() = 200;
    // Ours shows 10:00:00 when the call goes out and 10:00:00.2 when its answer is here.
    let date = [("date", "Mon, 02 Mar 2026 10:00:07 GMT")];
    server.reacts(answer_with(200, &date, "{}"));
    let caller = server.caller(BudgetSettings::counting());
    assert_eq!(caller.clock_offset(), None);
    server.clock.run(caller.call(read())).unwrap();
    let expected = ClockOffset {
        offset_millis: 7_400,
        uncertainty_millis: 600,
    };
    assert_eq!(caller.clock_offset(), Some(expected));
}

#[test]
fn a_worse_measure_does_not_replace_a_better_one() {
    let server = Server::start();
    server.reacts(answer_with(
        200,
        &[("date", "Mon, 02 Mar 2026 10:00:00 GMT")],
        "{}",
    ));
    let caller = server.caller(BudgetSettings::counting());
    server.clock.run(caller.call(read())).unwrap();
    let first = caller.clock_offset();
    server.clock.advance(11_000);
    *server.latency_millis.lock().unwrap() = 4_000;
    server.clock.run(caller.call(read())).unwrap();
    assert_eq!(caller.clock_offset(), first);
}

#[test]
fn plain_http_is_for_this_machine_only() {
    assert_eq!(
        BaseUrl::parse("http://api.example.com"),
        Err(BaseUrlError::NotEncrypted)
    );
    assert_eq!(
        BaseUrl::parse("http://127.0.0.1.example.com"),
        Err(BaseUrlError::NotEncrypted)
    );
    assert_eq!(
        BaseUrl::parse("ftp://localhost"),
        Err(BaseUrlError::NotEncrypted)
    );
    assert_eq!(
        BaseUrl::parse("api.example.com"),
        Err(BaseUrlError::NotAnAddress)
    );
    assert_eq!(
        BaseUrl::parse("https://ann:pass@example.com"),
        Err(BaseUrlError::TooMuch)
    );
    for local in [
        "http://127.0.0.1:8123",
        "http://localhost:8123/",
        "http://[::1]:8123",
    ] {
        assert!(BaseUrl::parse(local).unwrap().is_loopback(), "{local}");
    }
    assert!(
        !BaseUrl::parse("https://acme.example.com")
            .unwrap()
            .is_loopback()
    );
}

#[test]
fn text_in_an_address_is_encoded() {
    let mut encoded = String::new();
    encode_into(&mut encoded, "a/b c?Å-1");
    assert_eq!(encoded, "a%2Fb%20c%3F%C3%85-1");
}

#[test]
fn a_field_is_kept_cleared_or_set() {
    #[derive(Serialize, Default)]
    struct Body {
        #[serde(skip_serializing_if = "Patch::is_keep")]
        kept: Patch<String>,
        #[serde(skip_serializing_if = "Patch::is_keep")]
        cleared: Patch<String>,
        #[serde(skip_serializing_if = "Patch::is_keep")]
        set: Patch<i64>,
        #[serde(
            skip_serializing_if = "Patch::is_keep",
            serialize_with = "Patch::empty_when_cleared"
        )]
        list: Patch<Vec<i64>>,
    }
    let body = Body {
        cleared: Patch::Clear,
        set: Patch::Set(7),
        list: Patch::Clear,
        ..Body::default()
    };
    assert_eq!(
        serde_json::to_string(&body).unwrap(),
        r#"{"cleared":null,"set":7,"list":[]}"#
    );
}
