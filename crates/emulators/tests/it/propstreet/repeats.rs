//! Idempotency keys.

use super::{COMPANIES, CONTACTS, HOOKS, LINKS, Org, ann};
use serde_json::json;

const KEY: [(&str, &str); 1] = [("idempotency-key", "person-17")];

#[test]
fn the_same_call_again_gives_the_same_answer_and_no_second_record() {
    let mut org = Org::new();
    let first = org.call("POST", CONTACTS, &KEY, &ann()).expect(201);
    org.patch(
        &format!("{CONTACTS}/{}", first.id()),
        &json!({"firstName": "Changed"}),
    )
    .expect(200);
    let again = org.call("POST", CONTACTS, &KEY, &ann()).expect(201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(org.emulator.contacts().len(), 1);
    assert_eq!(org.emulator.counters().replayed, 1);
}

#[test]
fn another_body_under_the_same_key_is_a_conflict_once_it_is_valid() {
    let mut org = Org::new();
    org.call("POST", CONTACTS, &KEY, &ann()).expect(201);
    org.call("POST", CONTACTS, &KEY, &json!({"firstName": "Bo"}))
        .expect(409);
    org.call("POST", CONTACTS, &KEY, &json!({"nonsense": "Bo"}))
        .expect(400);
}

#[test]
fn a_key_belongs_to_a_path_and_a_caller() {
    let mut org = Org::new();
    let contact = org
        .call("POST", CONTACTS, &KEY, &json!({"firstName": "Ann"}))
        .expect(201)
        .id();
    let company = org
        .call("POST", COMPANIES, &KEY, &json!({"name": "Fjord"}))
        .expect(201)
        .id();
    org.call(
        "POST",
        LINKS,
        &KEY,
        &json!({"contactId": contact, "companyId": company}),
    )
    .expect(201);
    org.token = "pat_nordhav".to_owned();
    org.call("POST", CONTACTS, &KEY, &json!({"firstName": "Ann"}))
        .expect(201);
    assert_eq!(org.emulator.contacts().len(), 2);
    assert_eq!(org.emulator.counters().duplicates, 1);
}

#[test]
fn a_key_is_forgotten_after_a_day() {
    let mut org = Org::new();
    let body = json!({"firstName": "Ann"});
    let first = org.call("POST", CONTACTS, &KEY, &body).expect(201).id();
    org.now += 86_400_000 - 1;
    org.sign_in();
    assert_eq!(
        org.call("POST", CONTACTS, &KEY, &body).expect(201).id(),
        first
    );
    org.now += 1;
    assert_ne!(
        org.call("POST", CONTACTS, &KEY, &body).expect(201).id(),
        first
    );
}

#[test]
fn a_refused_call_is_not_remembered() {
    let mut org = Org::new();
    let taken = org.contact(&ann());
    org.call("POST", CONTACTS, &KEY, &ann()).expect(409);
    org.delete(&format!("{CONTACTS}/{taken}")).expect(204);
    org.call("POST", CONTACTS, &KEY, &ann()).expect(201);
}

#[test]
fn making_a_webhook_can_be_repeated() {
    let mut org = Org::new();
    let body = json!({"url": "https://hooks.example.com/in", "events": ["contact.created"]});
    let first = org.call("POST", HOOKS, &KEY, &body).expect(201);
    assert_eq!(
        org.call("POST", HOOKS, &KEY, &body).expect(201).body,
        first.body
    );
    assert_eq!(org.get(HOOKS).body["data"].as_array().unwrap().len(), 1);
}
