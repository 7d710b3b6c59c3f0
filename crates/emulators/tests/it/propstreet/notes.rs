//! Notes and the timeline.

use super::{COMPANIES, CONTACTS, Org, ann};
use serde_json::{Value, json};

#[test]
fn a_note_is_added_without_an_id_and_found_in_the_timeline_by_its_key() {
    let mut org = Org::new();
    let made = org.post(CONTACTS, &ann()).expect(201);
    let path = format!("{CONTACTS}/{}", made.id());
    let key = [("idempotency-key", "note-5")];
    for _ in 0..2 {
        let told = org.call(
            "POST",
            &format!("{path}/notes"),
            &key,
            &json!({"note": "Wants logistics", "type": "call"}),
        );
        assert_eq!((told.status, told.body), (204, Value::Null));
    }
    let page = org
        .get(&format!("{path}/actions?type=notes"))
        .expect(200)
        .body;
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    let details = &page["data"][0]["details"];
    assert_eq!(details["message"], "Wants logistics");
    assert_eq!(details["noteType"], "call");
    assert_eq!(details["idempotencyKey"], "note-5");
    assert_eq!(details["oauthClientId"], "nordhav-sync");
    assert_eq!(page["data"][0]["source"], "PublicApi");
    assert!(page["data"][0]["etag"].as_str().unwrap().starts_with('"'));
    assert_eq!(org.get(&path).header("etag"), made.header("etag"));
}

#[test]
fn the_timeline_comes_newest_first_in_pages() {
    let mut org = Org::new();
    let company = org.company("Fjord Kapital AB");
    let now = org.now();
    for text in ["one", "two", "three"] {
        org.emulator.add_company_note(&company, text, now).unwrap();
    }
    let path = format!("{COMPANIES}/{company}/actions?type=notes&page_size=2");
    let first = org.get(&path).expect(200).body;
    assert_eq!(first["data"][0]["details"]["message"], "three");
    assert_eq!(first["data"][0]["source"], Value::Null);
    let cursor = first["page"]["nextCursor"]
        .as_str()
        .unwrap()
        .replace('=', "%3D")
        .replace('+', "%2B");
    let rest = org.get(&format!("{path}&cursor={cursor}")).expect(200).body;
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    assert_eq!(rest["page"]["hasMore"], false);
    org.get(&format!("{COMPANIES}/{company}/actions?page_size=251"))
        .expect(400);
}

#[test]
fn notes_have_limits_and_kinds() {
    let mut org = Org::new();
    let path = format!("{CONTACTS}/{}/notes", org.contact(&ann()));
    org.post(&path, &json!({"note": "x".repeat(10_000)}))
        .expect(204);
    for wrong in [
        json!({"note": "x".repeat(10_001)}),
        json!({"note": ""}),
        json!({"content": "x"}),
        json!({"note": "x", "type": "fax"}),
        json!({"note": "x", "fileId": "7"}),
        json!({"note": "x", "fileId": 7}),
    ] {
        org.post(&path, &wrong).expect(400);
    }
    org.post(&format!("{CONTACTS}/1/notes"), &json!({"note": "x"}))
        .expect(404);
    let now = org.now();
    assert!(org.emulator.add_contact_note("1", "x", now).is_err());
}
