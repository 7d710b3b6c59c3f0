//! Tokens, limits, and the order in which the server checks.

use super::{CONTACTS, Org, ann};
use bytes::Bytes;
use emulators::propstreet::{Limits, PropstreetSettings};
use http::Request;
use serde_json::{Value, json};

fn token(org: &mut Org, form: &'static str) -> (u16, Value) {
    let request =
        Request::post("/openid/token").header("content-type", "application/x-www-form-urlencoded");
    let told = org.send(request.body(Bytes::from(form)).unwrap());
    (told.status, told.body)
}

#[test]
fn a_token_lasts_as_long_as_it_says() {
    let mut org = Org::with(PropstreetSettings {
        token_lifetime_seconds: 60,
        ..PropstreetSettings::default()
    });
    org.get(CONTACTS).expect(200);
    org.now += 60_000;
    org.get(CONTACTS).expect(401);
    org.sign_in();
    org.get(CONTACTS).expect(200);
}

#[test]
fn a_wrong_secret_scope_or_grant_gives_an_oauth_error() {
    let mut org = Org::new();
    let base =
        "grant_type=client_credentials&client_id=nordhav-sync&scope=api:public&client_secret=guess";
    assert_eq!(token(&mut org, base).0, 401);
    assert_eq!(token(&mut org, base).1["error"], "invalid_client");
    let other_scope = "grant_type=client_credentials&client_id=nordhav-sync&client_secret=nordhav-sync-secret&scope=all";
    assert_eq!(token(&mut org, other_scope).1["error"], "invalid_scope");
    assert_eq!(
        token(&mut org, "grant_type=password").1["error"],
        "unsupported_grant_type"
    );
}

#[test]
fn without_a_token_nothing_is_said_about_existence() {
    let mut org = Org::new();
    org.token = "stale".to_owned();
    assert_eq!(org.get("/api/v1/nothing").status, 401);
    assert_eq!(org.get(&format!("{CONTACTS}/1")).status, 401);
}

#[test]
fn revoked_tokens_stop_working_at_once() {
    let mut org = Org::new();
    org.emulator.revoke_tokens();
    org.get(CONTACTS).expect(401);
    org.token = "pat_nordhav".to_owned();
    org.get(CONTACTS).expect(200);
    org.emulator.revoke_personal_token("pat_nordhav");
    org.get(CONTACTS).expect(401);
}

#[test]
fn the_headers_count_the_minute_down_and_the_call_above_it_is_told_when_to_come_back() {
    let mut org = Org::new();
    org.token = "pat_nordhav".to_owned();
    for call in 0..60 {
        let told = org.get(CONTACTS).expect(200);
        assert_eq!(told.header("ratelimit-limit"), "60");
        assert_eq!(told.header("ratelimit-remaining"), (59 - call).to_string());
    }
    org.now += 20_500;
    let told = org.get(CONTACTS).expect(429);
    assert_eq!(told.header("retry-after"), "40");
    assert_eq!(told.header("ratelimit-reset"), "40");
    assert_eq!(told.header("content-type"), "application/problem+json");
    org.now += 39_500;
    let told = org.get(CONTACTS).expect(200);
    assert_eq!(told.header("ratelimit-remaining"), "59");
    assert_eq!(told.header("retry-after"), "");
    assert_eq!(org.emulator.counters().violations, 1);
}

#[test]
fn counted_limits_are_not_enforced_and_limits_switched_off_are_not_counted() {
    for (limits, violations) in [(Limits::Counted, 1), (Limits::Off, 0)] {
        let mut org = Org::with(PropstreetSettings {
            limits,
            ..PropstreetSettings::default()
        });
        for _ in 0..601 {
            org.get(CONTACTS).expect(200);
        }
        assert_eq!(org.emulator.counters().violations, violations, "{limits:?}");
    }
}

#[test]
fn a_client_has_600_calls_a_minute() {
    let mut org = Org::new();
    for _ in 0..600 {
        org.get(CONTACTS).expect(200);
    }
    org.get(CONTACTS).expect(429);
}

#[test]
fn checks_run_in_the_order_existence_precondition_validity_conflict() {
    let mut org = Org::new();
    org.contact(&json!({"email": "taken@lindaholm.dk"}));
    let id = org.contact(&ann());
    let stale = [("if-match", "W/\"AAAAAAAAAAA=\"")];
    let invalid_and_taken = json!({"email": "taken@lindaholm.dk", "nonsense": 1});
    org.call(
        "PATCH",
        &format!("{CONTACTS}/1"),
        &stale,
        &invalid_and_taken,
    )
    .expect(404);
    org.call(
        "PATCH",
        &format!("{CONTACTS}/{id}"),
        &stale,
        &invalid_and_taken,
    )
    .expect(412);
    org.patch(&format!("{CONTACTS}/{id}"), &invalid_and_taken)
        .expect(400);
    org.patch(
        &format!("{CONTACTS}/{id}"),
        &json!({"email": "Taken@lindaholm.dk"}),
    )
    .expect(409);
}

#[test]
fn put_is_refused_and_the_answer_names_what_is_allowed() {
    let mut org = Org::new();
    let id = org.contact(&ann());
    let told = org
        .call("PUT", &format!("{CONTACTS}/{id}"), &[], &ann())
        .expect(405);
    assert_eq!(told.header("allow"), "GET, PATCH, DELETE");
}

#[test]
fn bodies_must_be_json_and_short_and_addresses_too() {
    let mut org = Org::new();
    let told = org.call(
        "POST",
        CONTACTS,
        &[("x-note", "n")],
        &json!({"strategy": "x".repeat(11_000_000)}),
    );
    told.expect(413);
    org.get(&format!("{CONTACTS}?cursor={}", "x".repeat(8_000)))
        .expect(414);
    let bearer = format!("Bearer {}", org.token);
    let form = Request::post(CONTACTS)
        .header("authorization", &bearer)
        .header("content-type", "text/plain");
    org.send(form.body(Bytes::from("{}")).unwrap()).expect(415);
    let broken = Request::post(CONTACTS)
        .header("authorization", &bearer)
        .header("content-type", "application/json");
    org.send(broken.body(Bytes::from("{\"firstName\":")).unwrap())
        .expect(400);
}

#[test]
fn a_problem_tells_type_title_status_detail_path_and_fields() {
    let mut org = Org::new();
    let told = org
        .post(CONTACTS, &json!({"email": "nowhere", "phonenumber": "1"}))
        .expect(400);
    assert_eq!(told.body["title"], "Validation Error");
    assert_eq!(told.body["status"], 400);
    assert_eq!(told.body["instance"], CONTACTS);
    assert_eq!(told.body["type"], "https://tools.ietf.org/html/rfc7807");
    assert!(told.body["detail"].is_string());
    assert!(told.body["errors"]["email"][0].is_string());
    assert!(told.body["errors"]["phonenumber"][0].is_string());
}

#[test]
fn the_date_header_shows_the_vendors_clock() {
    let mut org = Org::new();
    org.now = 784_111_777_000;
    org.sign_in();
    assert_eq!(
        org.get(CONTACTS).header("date"),
        "Sun, 06 Nov 1994 08:49:37 GMT"
    );
    org.post("/_emulator/clock", &json!({"offset_millis": 2_000}))
        .expect(200);
    assert_eq!(
        org.get(CONTACTS).header("date"),
        "Sun, 06 Nov 1994 08:49:39 GMT"
    );
    let id = org.contact(&ann());
    assert_eq!(
        org.get(&format!("{CONTACTS}/{id}")).body["createdUtc"],
        "1994-11-06T08:49:39.000Z"
    );
}
