//! Clients, bots and tokens that are registered through the API, and search.

use super::{CONTACTS, Org, ann};
use bytes::Bytes;
use emulators::propstreet::PropstreetEmulator;
use http::Request;
use serde_json::{Value, json};

const CLIENTS: &str = "/api/v1/auth/clients";
const BOTS: &str = "/api/v1/auth/bots";

fn log_in(org: &mut Org, id: &str, secret: &str) -> (u16, Value) {
    let form = format!(
        "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=api:public"
    );
    let request =
        Request::post("/openid/token").header("content-type", "application/x-www-form-urlencoded");
    let told = org.send(request.body(Bytes::from(form)).unwrap());
    (told.status, told.body["access_token"].clone())
}

#[test]
fn a_registered_client_logs_in_until_it_is_deleted() {
    let mut org = Org::new();
    let bot = json!({"email": "sync@nordhav.example", "firstName": "Sync"});
    let made = org.post(BOTS, &bot).expect(201);
    assert_eq!(made.body["fullName"], "Sync");
    assert_eq!(made.header("location"), format!("{BOTS}/{}", made.id()));
    org.post(BOTS, &bot).expect(409);
    org.post(BOTS, &json!({"firstName": "Nobody"})).expect(400);
    assert_eq!(org.get(BOTS).body[0]["id"], made.body["id"]);
    org.get(&format!("{BOTS}/bot-99")).expect(404);
    org.post(CLIENTS, &json!({"m2m": true})).expect(400);
    let client = json!({"m2m": true, "botUserId": made.id(), "displayName": "Pipestreet"});
    let told = org.post(CLIENTS, &client).expect(200).body;
    let (id, secret) = (
        told["clientId"].as_str().unwrap(),
        told["clientSecret"].as_str().unwrap(),
    );
    let (status, token) = log_in(&mut org, id, secret);
    assert_eq!(status, 200);
    let listed = org.get(CLIENTS).body;
    assert!(listed[1].get("clientSecret").is_none() && listed[1]["displayName"] == "Pipestreet");
    let mut org = Org {
        emulator: PropstreetEmulator::load(org.emulator.save()).unwrap(),
        ..org
    };
    org.token = "pat_nordhav".to_owned();
    let (_, token_after) = log_in(&mut org, id, secret);
    assert_ne!(token, token_after);
    org.delete(&format!("{CLIENTS}/{id}")).expect(204);
    org.delete(&format!("{CLIENTS}/{id}")).expect(404);
    assert_eq!(log_in(&mut org, id, secret).0, 401);
    org.token = token_after.as_str().unwrap().to_owned();
    org.get(CONTACTS).expect(401);
}

#[test]
fn a_personal_token_is_good_for_thirty_days() {
    let mut org = Org::new();
    let told = org
        .post("/api/v1/auth/tokens", &json!({"name": "trying things out"}))
        .expect(200)
        .body;
    org.token = told["accessToken"].as_str().unwrap().to_owned();
    assert_eq!(
        org.get(CONTACTS).expect(200).header("ratelimit-limit"),
        "60"
    );
    org.now += 30 * 86_400_000;
    org.get(CONTACTS).expect(401);
}

#[test]
fn search_finds_living_records_by_all_words() {
    let mut org = Org::new();
    let id = org.contact(&ann());
    let gone = org.contact(&json!({"firstName": "Ann", "lastName": "Bergman"}));
    org.delete(&format!("{CONTACTS}/{gone}")).expect(204);
    org.company("Berg Fastigheter AB");
    let found = org
        .post("/api/v1/search", &json!({"query": "BERG ann"}))
        .expect(200)
        .body;
    assert_eq!(
        (&found["total"], &found["results"][0]["id"]),
        (&json!(1), &json!(id))
    );
    assert_eq!(found["results"][0]["item"]["lastName"], "Berg");
    let body = json!({"query": "berg", "types": ["company"], "limit": 5});
    let found = org.post("/api/v1/search", &body).expect(200).body;
    assert_eq!(found["results"][0]["type"], "company");
    for wrong in [
        json!({}),
        json!({"query": "a", "limit": 101}),
        json!({"query": "a", "page": 1}),
    ] {
        org.post("/api/v1/search", &wrong).expect(400);
    }
}
