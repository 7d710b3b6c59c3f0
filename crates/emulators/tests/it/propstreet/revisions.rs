//! Notes on projects and prospects, and revisions of any note.

use super::projects::{PROJECTS, kvarnholm};
use super::{COMPANIES, CONTACTS, Org, ann};
use emulators::faults::{CallMatch, Fault};
use http::Method;
use serde_json::{Value, json};

fn notes(org: &mut Org, place: &str, query: &str) -> Vec<Value> {
    let path = format!("{place}/actions?type=notes{query}");
    org.get(&path).expect(200).body["data"]
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn notes_are_written_under_the_names_and_answered_with_the_codes_of_their_place() {
    let mut org = Org::new();
    let contact = org.contact(&ann());
    let company = org.company("Fjord Kapital AB");
    let project = format!("{PROJECTS}/{}", kvarnholm(&mut org));
    let prospect = org
        .post(
            &format!("{project}/prospects"),
            &json!({"contactId": contact}),
        )
        .expect(201)
        .id();
    for (place, name, status) in [
        (format!("{CONTACTS}/{contact}"), "note", 204),
        (format!("{COMPANIES}/{company}"), "note", 204),
        (project.clone(), "content", 201),
        (format!("{project}/prospects/{prospect}"), "content", 201),
    ] {
        let path = format!("{place}/notes");
        let key = [("idempotency-key", "k-1")];
        let body = json!({name: "Called"});
        let told = org.call("POST", &path, &key, &body).expect(status);
        assert_eq!(told.body, Value::Null);
        org.call("POST", &path, &key, &body).expect(status);
        org.call("POST", &path, &key, &json!({name: "Other"}))
            .expect(409);
        org.post(&path, &json!({"message": "Called"})).expect(400);
        org.post(&path, &json!({name: "x".repeat(10_001)}))
            .expect(400);
        let written = notes(&mut org, &place, "&page_size=250");
        let own: Vec<_> = written
            .iter()
            .filter(|note| note["details"]["idempotencyKey"] == "k-1")
            .collect();
        let expected = if place == project { 2 } else { 1 };
        assert!(!own.is_empty() && own.len() <= expected, "{place}");
        assert!(own[0]["etag"].as_str().unwrap().starts_with('"'));
    }
    assert_eq!(
        notes(&mut org, &project, "").len(),
        2,
        "a project tells its prospects' notes, too"
    );
    assert_eq!(notes(&mut org, &project, "&include_rollups=false").len(), 1);
    org.get(&format!(
        "{CONTACTS}/{contact}/actions?include_rollups=false"
    ))
    .expect(400);
    org.get(&format!("{PROJECTS}/1/actions")).expect(404);
}

#[test]
fn a_note_is_revised_on_its_version_alone() {
    let mut org = Org::new();
    let place = format!("{PROJECTS}/{}", kvarnholm(&mut org));
    org.post(
        &format!("{place}/notes"),
        &json!({"content": "Bids until Friday"}),
    )
    .expect(201);
    let note = notes(&mut org, &place, "")[0].clone();
    let path = format!("{place}/notes/{}", note["id"].as_str().unwrap());
    let archive = json!({"action": "archive"});
    let told = org.patch(&path, &archive).expect(428);
    assert_eq!(told.body["type"], "/help/precondition-required");
    org.call("PATCH", &path, &[("if-match", " ")], &archive)
        .expect(428);
    let told = org
        .call(
            "PATCH",
            &path,
            &[("if-match", "\"AAAAAAAAAAA=\"")],
            &archive,
        )
        .expect(412);
    assert_eq!(told.body["type"], "/help/precondition-failed");
    let etag = note["etag"].as_str().unwrap();
    let version = [("if-match", etag)];
    for wrong in [
        json!({}),
        json!({"action": "delete"}),
        json!({"action": "supersede"}),
        json!({"action": "supersede", "supersede": {"message": ""}}),
        json!({"action": "supersede", "supersede": {"message": "New", "contentFormat": "html"}}),
    ] {
        org.call("PATCH", &path, &version, &wrong).expect(400);
    }
    let on = CallMatch::call(&Method::PATCH, &path);
    org.emulator.faults.next(Fault::StaleVersion, on);
    let told = org.call("PATCH", &path, &version, &archive).expect(409);
    assert_eq!(told.body["type"], "/help/concurrency-conflict");
    org.call("PATCH", &path, &version, &archive).expect(204);
    assert_eq!(notes(&mut org, &place, "").len(), 0);
    let archived = notes(&mut org, &place, "&include_archived=true")[0].clone();
    assert!(archived["details"]["archivedAt"].is_string());
    let version = [("if-match", archived["etag"].as_str().unwrap())];
    org.call("PATCH", &path, &version, &archive).expect(204);
    org.call("PATCH", &path, &version, &json!({"action": "unarchive"}))
        .expect(204);
    assert_eq!(notes(&mut org, &place, "").len(), 1);
    org.call("PATCH", &format!("{place}/notes/1"), &version, &archive)
        .expect(404);
}

#[test]
fn a_superseded_note_points_to_the_next_revision_and_stays_as_it_was() {
    let mut org = Org::new();
    let place = format!("{CONTACTS}/{}", org.contact(&ann()));
    org.post(
        &format!("{place}/notes"),
        &json!({"note": "Calls on Friday", "type": "call"}),
    )
    .expect(204);
    let old = notes(&mut org, &place, "")[0].clone();
    let path = format!("{place}/notes/{}", old["id"].as_str().unwrap());
    let by = json!({"action": "supersede", "supersede": {"message": "Calls on *Monday*", "contentFormat": "Markdown"}});
    let version = [("if-match", old["etag"].as_str().unwrap())];
    org.call("PATCH", &path, &version, &by).expect(204);
    org.call("PATCH", &path, &version, &by).expect(412);
    let shown = notes(&mut org, &place, "");
    assert_eq!(shown.len(), 1);
    let details = &shown[0]["details"];
    assert_eq!(details["message"], "Calls on *Monday*");
    assert_eq!(
        (&details["contentFormat"], &details["noteType"]),
        (&json!("markdown"), &json!("call"))
    );
    assert_eq!(details["supersedesActivityId"], old["id"]);
    let all = notes(&mut org, &place, "&include_superseded=true");
    assert_eq!(all[1]["details"]["supersededByActivityId"], shown[0]["id"]);
    let version = [("if-match", all[1]["etag"].as_str().unwrap())];
    org.call("PATCH", &path, &version, &json!({"action": "unarchive"}))
        .expect(400);
    org.call("PATCH", &path, &version, &by).expect(400);
}
