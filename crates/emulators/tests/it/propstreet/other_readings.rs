//! What the documentation leaves open, answered the other way: how strict bodies and lists are, what deleting leaves, what must
//! be unique, and what is told.

use super::projects::{PROJECTS, events, kvarnholm, listen};
use super::switches::with;
use super::{COMPANIES, CONTACTS, HOOKS, LINKS, ann};
use serde_json::{Value, json};

const NOBODY: &str = "2147483646";

#[test]
fn bodies_and_lists_are_read_less_strictly() {
    let mut org = with("unknown_fields_are_ignored");
    org.post(CONTACTS, &json!({"firstName": "Ann", "nickname": "A"}))
        .expect(201);
    org.get(&format!("{CONTACTS}?limit=1")).expect(400);
    let mut org = with("unknown_parameters_are_ignored");
    org.get(&format!("{CONTACTS}?limit=1")).expect(200);
    org.post(CONTACTS, &json!({"firstName": "Ann", "nickname": "A"}))
        .expect(400);
    let mut org = with("page_sizes_are_clamped");
    let told = org.get(&format!("{CONTACTS}?page_size=501")).expect(200);
    assert_eq!(told.body["page"]["pageSize"], 500);
    let mut org = with("times_need_no_zone");
    org.get(&format!("{CONTACTS}?updated_since=2026-05-05T17:18:39"))
        .expect(200);
    let mut org = with("cursors_fit_other_filters");
    org.contact(&ann());
    org.contact(&json!({"firstName": "Bo"}));
    let page = org.get(&format!("{CONTACTS}?page_size=1"));
    let cursor = page.body["page"]["nextCursor"].as_str().unwrap().to_owned();
    let other = format!("{CONTACTS}?include_deleted=true&cursor={cursor}");
    assert_eq!(
        org.get(&other).expect(200).body["data"][0]["firstName"],
        "Bo"
    );
}

#[test]
fn versions_and_methods_are_taken_less_strictly() {
    let mut org = with("put_changes_records");
    let path = format!("{CONTACTS}/{}", org.contact(&ann()));
    org.call("PUT", &path, &[], &json!({"firstName": "Anna"}))
        .expect(200);
    let mut org = with("a_star_fits_every_version");
    let path = format!("{CONTACTS}/{}", org.contact(&ann()));
    org.call(
        "PATCH",
        &path,
        &[("if-match", "*")],
        &json!({"firstName": "Anna"}),
    )
    .expect(200);
    let mut org = with("names_may_be_longer");
    org.contact(&json!({"firstName": "a".repeat(500)}));
    org.post(PROJECTS, &json!({"name": "a".repeat(501)}))
        .expect(400);
    let mut org = with("notes_may_be_longer");
    let notes = format!("{CONTACTS}/{}/notes", org.contact(&ann()));
    org.post(&notes, &json!({"note": "a".repeat(50_000)}))
        .expect(204);
    let mut org = with("phones_stay_as_written");
    let told = org.post(CONTACTS, &json!({"phone": "08-123 456 78"}));
    assert_eq!(told.expect(201).body["phone"], "08-123 456 78");
}

#[test]
fn what_is_deleted_is_answered_otherwise() {
    let mut org = with("deletes_can_be_repeated");
    let path = format!("{CONTACTS}/{}", org.contact(&ann()));
    org.delete(&path).expect(204);
    org.delete(&path).expect(204);
    org.delete(&format!("{CONTACTS}/{NOBODY}")).expect(404);
    let mut org = with("deleted_records_are_readable");
    let path = format!("{PROJECTS}/{}", kvarnholm(&mut org));
    org.delete(&path).expect(204);
    assert_eq!(org.get(&path).expect(200).body["status"], "deleted");
    org.get(&format!("{PROJECTS}/{NOBODY}")).expect(404);
    let mut org = with("deleted_records_free_their_references");
    for (place, name) in [
        (CONTACTS, "firstName"),
        (COMPANIES, "name"),
        (PROJECTS, "name"),
    ] {
        let body = json!({name: "Ann", "externalRefs": [{"namespace": "pipedrive", "id": "7"}]});
        let first = org.post(place, &body).expect(201).id();
        org.post(place, &body).expect(409);
        org.delete(&format!("{place}/{first}")).expect(204);
        assert_ne!(org.post(place, &body).expect(201).id(), first);
    }
    let mut org = with("deletes_need_no_flag");
    let path = format!("{PROJECTS}/{}", kvarnholm(&mut org));
    org.delete(&path).expect(204);
    let since = format!("{PROJECTS}?updated_since=2020-01-01T00:00:00Z");
    assert_eq!(org.get(&since).body["data"].as_array().unwrap().len(), 1);
    assert_eq!(org.get(PROJECTS).body["data"], json!([]));
}

#[test]
fn something_else_is_unique() {
    let mut org = with("addresses_may_be_shared");
    org.contact(&ann());
    org.contact(&ann());
    let mut org = with("addresses_differ_by_case");
    org.contact(&ann());
    org.post(CONTACTS, &ann()).expect(409);
    org.contact(&json!({"email": "Ann.Berg@fjordkapital.se"}));
    let mut org = with("domains_are_unique");
    let body = json!({"name": "Fjord Kapital AB", "domain": "fjord.example"});
    org.post(COMPANIES, &body).expect(201);
    org.post(COMPANIES, &body).expect(409);
    let mut org = with("links_can_be_repeated");
    let (contact, company) = (org.contact(&ann()), org.company("Fjord Kapital AB"));
    assert_ne!(org.link(&contact, &company), org.link(&contact, &company));
    let key = [("idempotency-key", "k")];
    let mut org = with("reused_keys_give_the_first_answer");
    let first = org.call("POST", CONTACTS, &key, &ann()).expect(201).id();
    let other = json!({"firstName": "Bo"});
    let told = org.call("POST", CONTACTS, &key, &other).expect(201);
    assert_eq!(told.id(), first);
    let mut org = with("network_creates_ignore_keys");
    let first = org.call("POST", CONTACTS, &key, &other).expect(201).id();
    let told = org.call("POST", CONTACTS, &key, &other).expect(201);
    assert_ne!(told.id(), first);
}

#[test]
fn prospects_are_added_otherwise() {
    let mut org = with("removed_prospects_come_back");
    let contact = org.contact(&ann());
    let prospects = format!("{PROJECTS}/{}/prospects", kvarnholm(&mut org));
    let body = json!({"contactId": contact});
    let first = org.post(&prospects, &body).expect(201).id();
    org.post(&format!("{prospects}/{first}/remove"), &Value::Null)
        .expect(204);
    assert_eq!(org.post(&prospects, &body).expect(201).id(), first);
    let mut org = with("partial_batches_answer_207");
    let contact = org.contact(&ann());
    let batch = format!("{PROJECTS}/{}/prospects:batch", kvarnholm(&mut org));
    let all = [json!({"contactId": contact}), json!({"contactId": NOBODY})];
    org.post(&batch, &json!({"prospects": all})).expect(207);
}

#[test]
fn changes_are_told_otherwise() {
    let mut org = with("own_writes_are_quiet");
    listen(&mut org);
    kvarnholm(&mut org);
    assert!(events(&mut org).is_empty());
    let now = org.now();
    let fields = json!({"name": "Other"});
    org.emulator.add_project(&fields, now).unwrap();
    assert_eq!(events(&mut org).len(), 1);
    let mut org = with("idle_changes_make_versions");
    listen(&mut org);
    let path = format!("{PROJECTS}/{}", kvarnholm(&mut org));
    let before = org.get(&path).header("etag").to_owned();
    let told = org.patch(&path, &json!({})).expect(200);
    assert_ne!(told.header("etag"), before);
    assert_eq!(events(&mut org).len(), 2);
    let mut org = with("webhooks_are_listed_bare");
    listen(&mut org);
    assert_eq!(org.get(HOOKS).body.as_array().unwrap().len(), 1);
    org.get(&format!("{LINKS}/{NOBODY}")).expect(404);
}
