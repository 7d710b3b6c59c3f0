//! Faults on calls, the control calls, saving, seeding.

use super::{CONTACTS, HOOKS, LINKS, Org, ann};
use emulators::brokerage::Brokerage;
use emulators::faults::{CallMatch, Fault};
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings};
use emulators::{Emulator, Fate, Moment};
use http::Method;
use serde_json::{Value, json};

/// The status, the fate, and how many contacts there are after a create under a fault.
fn create_under(fault: Fault) -> (u16, Fate, usize) {
    let mut org = Org::new();
    org.emulator
        .faults
        .next(fault, CallMatch::call(&Method::POST, CONTACTS));
    let request = org.request("POST", CONTACTS, &[], &ann());
    let answer = org.raw(request);
    (
        answer.response.status().as_u16(),
        answer.fate,
        org.emulator.contacts().len(),
    )
}

#[test]
fn a_fault_decides_what_is_written_and_what_arrives() {
    let at_once = Fate::Arrives { after_millis: 0 };
    assert_eq!(
        create_under(Fault::Reject { status: 403 }),
        (403, at_once, 0)
    );
    assert_eq!(create_under(Fault::FailBeforeWriting), (500, at_once, 0));
    assert_eq!(create_under(Fault::FailAfterWriting), (500, at_once, 1));
    assert_eq!(
        create_under(Fault::LoseAnswer),
        (201, Fate::Reset { after_millis: 0 }, 1)
    );
    assert_eq!(
        create_under(Fault::Hold { written: true }),
        (201, Fate::NeverArrives, 1)
    );
    assert_eq!(
        create_under(Fault::Hold { written: false }),
        (500, Fate::NeverArrives, 0)
    );
    assert_eq!(
        create_under(Fault::Slow { millis: 70 }),
        (201, Fate::Arrives { after_millis: 70 }, 1)
    );
    assert_eq!(
        create_under(Fault::Truncate),
        (201, Fate::Truncated { after_millis: 0 }, 1)
    );
    assert_eq!(
        create_under(Fault::TooManyRequests { retry_after: None }),
        (429, at_once, 0)
    );
    assert_eq!(create_under(Fault::ForbiddenPage), (403, at_once, 0));
    assert_eq!(create_under(Fault::ServerError), (503, at_once, 0));
}

#[test]
fn a_late_write_is_carried_out_when_it_is_due() {
    let mut org = Org::new();
    let late = Fault::CommitLate {
        after_millis: 40_000,
    };
    org.emulator
        .faults
        .next(late, CallMatch::call(&Method::POST, CONTACTS));
    let request = org.request("POST", CONTACTS, &[], &ann());
    assert_eq!(org.raw(request).fate, Fate::NeverArrives);
    assert_eq!(org.emulator.next_due(), Some(Moment(org.now + 40_000)));
    org.emulator.due_webhooks(Moment(org.now + 39_999));
    assert!(org.emulator.contacts().is_empty());
    org.emulator.due_webhooks(Moment(org.now + 50_000));
    assert_eq!(org.emulator.contacts().len(), 1);
    org.now += 40_000;
    let created = org.get(CONTACTS).body["data"][0]["createdUtc"]
        .as_str()
        .unwrap()
        .to_owned();
    let created: jiff::Timestamp = created.parse().unwrap();
    assert_eq!(created.as_millisecond(), org.now);
}

#[test]
fn a_stale_version_fault_lets_somebody_else_be_first() {
    let mut org = Org::new();
    let made = org.post(CONTACTS, &ann()).expect(201);
    let path = format!("{CONTACTS}/{}", made.id());
    org.emulator.faults.next(
        Fault::StaleVersion,
        CallMatch::call(&Method::PATCH, CONTACTS),
    );
    let version = [("if-match", made.header("etag"))];
    org.call("PATCH", &path, &version, &json!({"firstName": "Anna"}))
        .expect(412);
    assert_ne!(org.get(&path).header("etag"), made.header("etag"));
}

#[test]
fn the_control_calls_need_no_token_and_count_nothing() {
    let mut org = Org::new();
    org.emulator.reset_counters();
    org.token = String::new();
    let added = org
        .post(
            "/_emulator/edit",
            &json!({"verb": "add_contact", "fields": ann()}),
        )
        .expect(200);
    let id = added.body["id"].as_str().unwrap().to_owned();
    let edit =
        json!({"verb": "edit_contact", "id": id, "fields": {"firstName": "Anna"}, "quietly": true});
    org.post("/_emulator/edit", &edit).expect(200);
    assert_eq!(
        org.get("/_emulator/state").expect(200).body["contacts"][0]["firstName"],
        "Anna"
    );
    org.post(
        "/_emulator/edit",
        &json!({"verb": "delete_link", "id": "5"}),
    )
    .expect(400);
    org.post("/_emulator/edit", &json!({"verb": "dance"}))
        .expect(400);
    org.post("/_emulator/nothing", &json!({})).expect(404);
    org.post(
        "/_emulator/faults",
        &json!({"fault": {"kind": "server_error"}}),
    )
    .expect(200);
    org.get(CONTACTS).expect(503);
    org.post("/_emulator/faults", &json!({"clear": true}))
        .expect(200);
    let counters = org.get("/_emulator/counters").expect(200).body;
    assert_eq!(counters["requests_total"], 0);
    assert_eq!(counters["faults"]["server_error"], 1);
    org.post("/_emulator/reset-counters", &json!({}))
        .expect(200);
    assert_eq!(org.get("/_emulator/counters").body["faults"], json!({}));
}

#[test]
fn calls_are_counted_by_resource() {
    let mut org = Org::new();
    let id = org.contact(&ann());
    org.get(&format!("{CONTACTS}/{id}")).expect(200);
    org.get(&format!("{CONTACTS}/1")).expect(404);
    let counters = org.emulator.counters();
    assert_eq!(counters.requests["GET /api/v1/network/contacts/{id}"], 2);
    assert_eq!(counters.requests["POST /api/v1/network/contacts"], 1);
    assert_eq!(counters.requests["POST /openid/token"], 1);
    assert_eq!(counters.requests_total, 4);
    assert_eq!(counters.duplicates, 0);
}

#[test]
fn a_saved_organization_goes_on_where_it_was() {
    let mut org = Org::new();
    let key = [("idempotency-key", "k")];
    let contact = org.call("POST", CONTACTS, &key, &ann()).expect(201);
    let company = org.company("Fjord Kapital AB");
    org.link(&contact.id(), &company);
    let gone = org.contact(&json!({"firstName": "Gone"}));
    org.delete(&format!("{CONTACTS}/{gone}")).expect(204);
    org.post(
        HOOKS,
        &json!({"url": "https://a.example.com", "events": ["contact.updated"]}),
    )
    .expect(201);
    let now = org.now();
    org.emulator
        .edit_contact(&contact.id(), &json!({"strategy": "Core"}), now)
        .unwrap();
    let saved = org.emulator.save();
    let text = saved.to_string();
    let (contacts, links) = (org.emulator.contacts(), org.emulator.links());

    org.emulator = PropstreetEmulator::load(serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(org.emulator.save().to_string(), text);
    assert_eq!(org.emulator.contacts(), contacts);
    assert_eq!(org.emulator.links(), links);
    org.get(CONTACTS).expect(401);
    org.sign_in();
    assert_eq!(
        org.call("POST", CONTACTS, &key, &ann()).expect(201).body,
        contact.body
    );
    org.post(CONTACTS, &ann()).expect(409);
    org.post(
        LINKS,
        &json!({"contactId": contact.id(), "companyId": company}),
    )
    .expect(409);
    assert_eq!(org.emulator.due_webhooks(Moment(org.now)).len(), 1);
    let next = org.contact(&json!({"firstName": "Next"}));
    assert!(next.parse::<u64>().unwrap() > gone.parse::<u64>().unwrap());
    assert!(PropstreetEmulator::load(json!({})).is_err());
}

fn seeded(seed: u64) -> PropstreetEmulator {
    let mut emulator = PropstreetEmulator::new(PropstreetSettings {
        seed,
        ..PropstreetSettings::default()
    });
    emulator.seed(&Brokerage::generate(7, 200, 600), Moment(1_789_000_000_000));
    emulator.seed_own(&Brokerage::generate(8, 10, 40), Moment(1_789_000_000_000));
    emulator
}

#[test]
fn a_seeded_organization_is_about_half_of_the_shared_book_and_all_of_its_own() {
    let emulator = seeded(3);
    let (contacts, companies) = (emulator.contacts(), emulator.companies());
    assert!((240..=400).contains(&contacts.len()), "{}", contacts.len());
    assert!((80..=130).contains(&companies.len()), "{}", companies.len());
    assert!(emulator.links().len() > 100);
    let known = |company: &Value| {
        company["domain"].is_string() || company["externalRefs"][0]["id"].is_string()
    };
    assert!(companies.iter().all(known));
    assert!(companies.iter().any(|company| company["domain"].is_null()));
    assert!(contacts.iter().all(|contact| contact["email"].is_string()));
    assert!(contacts.iter().any(|contact| {
        contact["email"]
            .as_str()
            .unwrap()
            .chars()
            .any(char::is_uppercase)
    }));
    let phones = contacts
        .iter()
        .filter_map(|contact| contact["phone"].as_str());
    assert!(phones.clone().count() > 100);
    assert!(phones.clone().all(|phone| phone.starts_with('+')));
    let in_order = |row: &Value| row["createdUtc"].as_str() <= row["updatedUtc"].as_str();
    assert!(contacts.iter().chain(&companies).all(in_order));
    assert_eq!(emulator.next_due(), None);
}

#[test]
fn the_same_seed_gives_the_same_organization() {
    assert_eq!(seeded(3).save(), seeded(3).save());
    assert_ne!(seeded(3).save(), seeded(4).save());
}
