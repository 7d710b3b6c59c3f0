//! What the documentation says in two ways, answered the other way.

use super::projects::{PROJECTS, events, kvarnholm, listen};
use super::{CONTACTS, HOOKS, LINKS, Org, ann};
use emulators::Emulator;
use emulators::propstreet::{PropstreetSettings, PropstreetSwitches};
use serde_json::{Value, json};

pub(crate) fn with(key: &str) -> Org {
    Org::with(PropstreetSettings {
        switches: PropstreetSwitches::only(key).unwrap(),
        ..PropstreetSettings::default()
    })
}

#[test]
fn a_file_names_the_switches_that_differ_and_a_seed_draws_some() {
    let read = PropstreetSwitches::read(r#"{"lists_are_flat": true}"#).unwrap();
    assert_eq!(Some(read), PropstreetSwitches::only("lists_are_flat"));
    assert!(PropstreetSwitches::read(r#"{"lists_are_round": true}"#).is_err());
    assert_eq!(PropstreetSwitches::drawn(7), PropstreetSwitches::drawn(7));
    assert_ne!(PropstreetSwitches::drawn(7), PropstreetSwitches::drawn(8));
    for (key, _) in PropstreetSwitches::QUESTIONS {
        assert_ne!(
            PropstreetSwitches::only(key),
            Some(PropstreetSwitches::default()),
            "{key}"
        );
    }
}

#[test]
fn lists_are_told_in_the_other_shape() {
    let mut org = with("lists_are_flat");
    org.contact(&ann());
    org.contact(&json!({"firstName": "Bo"}));
    let list = org.get(&format!("{CONTACTS}?page_size=1")).body;
    assert!(list.get("page").is_none() && list["nextCursor"].is_string());
    assert_eq!(list["hasMore"], true);
    let mut org = with("page_size_is_what_came");
    assert_eq!(org.get(CONTACTS).body["page"]["pageSize"], 0);
}

#[test]
fn ids_numbers_and_versions_are_told_in_the_other_shape() {
    let mut org = with("ids_are_numbers");
    let refs = json!([{"namespace": "pipedrive", "id": "7"}]);
    let made = org
        .post(CONTACTS, &json!({"firstName": "Ann", "externalRefs": refs}))
        .expect(201)
        .body;
    assert!(made["id"].is_number());
    assert_eq!(made["externalRefs"], refs);
    let mut org = with("decimals_are_text");
    let body = json!({"name": "Kvarnholm", "price": {"value": 12.5, "currency": "SEK"}});
    let made = org.post(PROJECTS, &body).expect(201).body;
    assert_eq!(made["price"]["value"], "12.5");
    let mut org = with("versions_are_strong");
    let made = org
        .post(PROJECTS, &json!({"name": "Kvarnholm"}))
        .expect(201);
    assert!(made.header("etag").starts_with('"'));
    assert_eq!(made.body["etag"], made.header("etag"));
    let path = format!("{PROJECTS}/{}", made.id());
    let version = [("if-match", made.header("etag"))];
    org.call("PATCH", &path, &version, &json!({"name": "Other"}))
        .expect(200);
    org.call("PATCH", &path, &version, &json!({"name": "Third"}))
        .expect(412);
}

#[test]
fn versions_count_otherwise() {
    let mut org = with("stale_versions_answer_409");
    let path = format!("{PROJECTS}/{}", kvarnholm(&mut org));
    let stale = [("if-match", "W/\"AAAAAAAAAAA=\"")];
    let told = org
        .call("PATCH", &path, &stale, &json!({"name": "Other"}))
        .expect(409);
    assert_eq!(told.body["type"], "/help/concurrency-conflict");
    let mut org = with("closing_ignores_versions");
    let path = format!("{PROJECTS}/{}/close", kvarnholm(&mut org));
    org.call("POST", &path, &stale, &json!({"buyerType": "none"}))
        .expect(200);
    let mut org = with("links_need_no_version");
    let (contact, company) = (org.contact(&ann()), org.company("Fjord Kapital AB"));
    let link = org.link(&contact, &company);
    org.patch(&format!("{LINKS}/{link}"), &json!({"jobTitle": "CFO"}))
        .expect(200);
}

#[test]
fn writes_are_taken_otherwise() {
    let mut org = with("known_references_give_the_record");
    let refs = json!([{"namespace": "pipedrive", "id": "7"}]);
    for (place, name) in [(CONTACTS, "firstName"), (PROJECTS, "name")] {
        let body = json!({name: "Ann", "externalRefs": refs});
        let first = org.post(place, &body).expect(201).id();
        assert_eq!(
            org.post(place, &json!({name: "Bo", "externalRefs": refs}))
                .expect(200)
                .id(),
            first
        );
    }
    let mut org = with("classification_can_be_set");
    let body = json!({"name": "Kvarnholm", "classification": "active"});
    assert_eq!(
        org.post(PROJECTS, &body).expect(201).body["classification"],
        "active"
    );
    let mut org = with("projects_cannot_be_deleted");
    let path = format!("{PROJECTS}/{}", kvarnholm(&mut org));
    org.delete(&path).expect(405);
    let mut org = with("a_primary_replaces_the_rest");
    let emails = json!([{"address": "a@fjord.se"}, {"address": "b@fjord.se"}]);
    let id = org.contact(&json!({"emails": emails}));
    let told = org
        .patch(&format!("{CONTACTS}/{id}"), &json!({"email": "c@fjord.se"}))
        .expect(200)
        .body;
    assert_eq!(told["emails"].as_array().unwrap().len(), 1);
    assert_eq!(told["email"], "c@fjord.se");
    let mut org = with("notes_of_projects_answer_204");
    let path = format!("{PROJECTS}/{}/notes", kvarnholm(&mut org));
    org.post(&path, &json!({"content": "Called"})).expect(204);
    let mut org = with("changes_are_told_on_reads");
    let path = format!("{PROJECTS}/{}", kvarnholm(&mut org));
    assert_eq!(org.get(&path).body["changeType"], "create");
}

#[test]
fn events_are_told_otherwise() {
    let mut org = with("removed_prospects_are_told_as_deleted");
    listen(&mut org);
    let contact = org.contact(&ann());
    let prospects = format!("{PROJECTS}/{}/prospects", kvarnholm(&mut org));
    let prospect = org
        .post(&prospects, &json!({"contactId": contact}))
        .expect(201)
        .id();
    org.post(&format!("{prospects}/{prospect}/remove"), &Value::Null)
        .expect(204);
    assert_eq!(events(&mut org)[2].0, "prospect.deleted");
    let mut org = with("project_events_are_unknown");
    let hook = json!({"url": "https://sync.nordhav.example/in", "events": ["contact.created", "project.created"]});
    org.post(HOOKS, &hook).expect(400);
    for (key, gone, left) in [
        ("events_are_named_by_type_alone", "event", "type"),
        ("events_are_named_by_event_alone", "type", "event"),
    ] {
        let mut org = with(key);
        listen(&mut org);
        kvarnholm(&mut org);
        let now = org.now();
        let due = org.emulator.due_webhooks(now);
        let body: Value = serde_json::from_slice(&due[0].body).unwrap();
        assert!(
            body.get(gone).is_none() && body[left] == "project.created",
            "{key}"
        );
    }
}
