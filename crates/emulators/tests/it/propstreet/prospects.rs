//! Prospects: added one by one and in batches, classified, taken off, deleted.

use super::projects::{PROJECTS, events, kvarnholm, listen};
use super::{COMPANIES, CONTACTS, Org, ann};
use serde_json::{Value, json};

/// A project's prospects, and a contact.
fn start() -> (Org, String, String) {
    let mut org = Org::new();
    let contact = org.contact(&ann());
    let project = kvarnholm(&mut org);
    (org, format!("{PROJECTS}/{project}/prospects"), contact)
}

#[test]
fn exactly_one_contact_or_company_becomes_a_prospect_and_only_once() {
    let (mut org, prospects, contact) = start();
    let company = org.company("Fjord Kapital AB");
    for wrong in [
        json!({}),
        json!({"contactId": contact, "companyId": company}),
        json!({"contactId": 5001}),
        json!({"contactId": contact, "classification": "bidder"}),
    ] {
        org.post(&prospects, &wrong).expect(400);
    }
    org.post(&prospects, &json!({"contactId": "1"})).expect(404);
    let told = org
        .post(&prospects, &json!({"contactId": contact}))
        .expect(201);
    assert_eq!(
        told.header("location"),
        format!("{prospects}/{}", told.id())
    );
    assert_eq!(told.body["classification"], "not_contacted");
    assert_eq!(
        (&told.body["capabilities"], &told.body["teaser"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(told.body["displayName"], "Ann Berg");
    org.post(&prospects, &json!({"contactId": contact}))
        .expect(409);
    let of_company = org
        .post(&prospects, &json!({"companyId": company}))
        .expect(201)
        .body;
    assert_eq!(of_company["displayName"], "Fjord Kapital AB");
    org.delete(&format!("{CONTACTS}/{contact}")).expect(204);
    org.delete(&format!("{COMPANIES}/{company}")).expect(204);
    let left = org.get(&prospects).body;
    assert_eq!(left["data"].as_array().unwrap().len(), 2, "prospects stay");
}

#[test]
fn a_batch_does_what_it_can_and_says_of_each_other_why_not() {
    let (mut org, prospects, contact) = start();
    let batch = format!("{prospects}:batch");
    let blocked = org.contact(&json!({"firstName": "Bo"}));
    org.patch(&format!("{CONTACTS}/{blocked}"), &json!({"blocked": true}))
        .expect(200);
    let other = org.contact(&json!({"firstName": "Carl"}));
    let fourth = org.contact(&json!({"firstName": "Dag"}));
    org.post(&prospects, &json!({"contactId": contact}))
        .expect(201);
    let refs = json!([{"namespace": "pipedrive", "id": "71"}]);
    let body = json!({"prospects": [
        {"contactId": contact},
        {"contactId": other, "externalRefs": refs},
        {"contactId": other},
        {"contactId": "1"},
        {"contactId": 5001},
        {"contactId": blocked},
        {"contactId": other, "companyId": "301"},
        {"contactId": fourth, "externalRefs": refs},
    ]});
    let told = org.post(&batch, &body).expect(200).body;
    assert_eq!(told["created"].as_array().unwrap().len(), 1);
    assert_eq!(told["created"][0]["contactId"], other.as_str());
    assert_eq!(told["created"][0]["externalRefs"], refs);
    let failed: Vec<_> = told["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failed| {
            (
                failed["index"].as_u64().unwrap(),
                failed["error"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        failed,
        [
            (0, "already_in_prospects"),
            (2, "duplicate"),
            (3, "not_found_or_no_access"),
            (4, "invalid_id"),
            (5, "blocked"),
            (6, "validation_error"),
            (7, "duplicate_external_ref"),
        ]
    );
    org.post(&batch, &json!({"prospects": []})).expect(400);
    let many: Vec<Value> = (0..101)
        .map(|id| json!({"contactId": id.to_string()}))
        .collect();
    org.post(&batch, &json!({"prospects": many})).expect(400);
    let key = [("idempotency-key", "k-1")];
    let body = json!({"prospects": [{"contactId": fourth}]});
    let one = org.call("POST", &batch, &key, &body).expect(200);
    let again = org.call("POST", &batch, &key, &body).expect(200);
    assert_eq!(one.body, again.body);
    assert_eq!(org.emulator.prospects().len(), 3);
}

#[test]
fn a_prospect_is_classified_alone_or_with_others() {
    let (mut org, prospects, contact) = start();
    let company = org.company("Fjord Kapital AB");
    let one = org
        .post(&prospects, &json!({"contactId": contact}))
        .expect(201);
    let other = org
        .post(&prospects, &json!({"companyId": company}))
        .expect(201)
        .id();
    let path = format!("{prospects}/{}", one.id());
    let version = [("if-match", one.header("etag"))];
    let bidder = json!({"classification": "bidder"});
    let told = org.call("PATCH", &path, &version, &bidder).expect(200);
    assert_eq!(told.body["classification"], "bidder");
    org.call("PATCH", &path, &version, &bidder).expect(412);
    org.patch(&path, &json!({"classification": "keen"}))
        .expect(400);
    org.patch(&path, &json!({"contactId": contact})).expect(400);
    let classify = format!("{prospects}/classify");
    let ids = json!([one.id(), other, "1"]);
    let body = json!({"prospectIds": ids, "classification": "contacted"});
    let told = org.post(&classify, &body).expect(200).body;
    assert_eq!(told["classified"], 2);
    assert_eq!(told["succeeded"], json!([one.id(), other]));
    assert_eq!(
        told["failed"],
        json!([{"prospectId": "1", "error": "not_found_or_no_access"}])
    );
    org.post(
        &classify,
        &json!({"prospectIds": [], "classification": "contacted"}),
    )
    .expect(400);
    org.post(&classify, &json!({"prospectIds": ids}))
        .expect(400);
    let contacted = org
        .get(&format!("{prospects}?classification=contacted"))
        .body;
    assert_eq!(contacted["data"].as_array().unwrap().len(), 2);
    assert_eq!(
        org.get(&format!("{prospects}?capability=chat&tags=a&tags=b"))
            .expect(200)
            .body["data"],
        json!([])
    );
}

#[test]
fn who_is_taken_off_stays_in_the_history_and_who_is_added_again_is_new() {
    let (mut org, prospects, contact) = start();
    listen(&mut org);
    let refs = json!([{"namespace": "pipedrive", "id": "71"}]);
    let add = json!({"contactId": contact, "externalRefs": refs});
    let first = org.post(&prospects, &add).expect(201).id();
    let found = org.get(&format!("{prospects}/external/PIPEDRIVE/71"));
    assert_eq!(found.expect(200).id(), first);
    org.now += 1_000;
    org.post(&format!("{prospects}/{first}/remove"), &Value::Null)
        .expect(204);
    org.post(&format!("{prospects}/{first}/remove"), &Value::Null)
        .expect(404);
    org.get(&format!("{prospects}/{first}")).expect(404);
    assert_eq!(org.get(&prospects).body["data"], json!([]));
    let all = org
        .get(&format!(
            "{prospects}?include_deleted=true&updated_since=2020-01-01T00:00:00Z"
        ))
        .body;
    assert_eq!(all["data"][0]["changeType"], "update");
    assert!(all["data"][0]["deletedUtc"].is_string());
    org.now += 1_000;
    // Who was taken off keeps the reference.
    org.post(&prospects, &add).expect(409);
    let again = json!({"contactId": contact});
    let second = org.post(&prospects, &again).expect(201).id();
    assert_ne!(first, second);
    org.delete(&format!("{prospects}/{second}")).expect(204);
    org.delete(&format!("{prospects}/{second}")).expect(404);
    let removed = json!({"type": "removed"});
    assert_eq!(
        events(&mut org),
        [
            ("prospect.created".to_owned(), first.clone(), Value::Null),
            ("prospect.updated".to_owned(), first.clone(), removed),
            ("prospect.created".to_owned(), second.clone(), Value::Null),
            ("prospect.deleted".to_owned(), second, Value::Null),
        ]
    );
    let now = org.now();
    org.emulator.restore_prospect(&first, now).unwrap();
    assert_eq!(org.get(&prospects).body["data"][0]["id"], first.as_str());
}

#[test]
fn a_prospect_is_found_under_its_own_project_alone() {
    let (mut org, prospects, contact) = start();
    let id = org
        .post(&prospects, &json!({"contactId": contact}))
        .expect(201)
        .id();
    let other = kvarnholm(&mut org);
    org.get(&format!("{PROJECTS}/{other}/prospects/{id}"))
        .expect(404);
    org.patch(&format!("{PROJECTS}/{other}/prospects/{id}"), &json!({}))
        .expect(404);
    org.get(&format!("{PROJECTS}/1/prospects")).expect(404);
    assert_eq!(
        org.get(&format!("{PROJECTS}/{other}/prospects")).body["data"],
        json!([])
    );
    let full = org.get(&format!("{prospects}?page_size=1")).body;
    assert_eq!(
        full["page"],
        json!({"nextCursor": null, "pageSize": 1, "hasMore": false})
    );
}

#[test]
fn lists_of_prospects_lag_behind_and_reads_do_not() {
    let mut org = Org::with(emulators::propstreet::PropstreetSettings {
        list_lag_millis: 500,
        ..Default::default()
    });
    let contact = org.contact(&ann());
    let project = kvarnholm(&mut org);
    let prospects = format!("{PROJECTS}/{project}/prospects");
    let id = org
        .post(&prospects, &json!({"contactId": contact}))
        .expect(201)
        .id();
    org.get(&format!("{prospects}/{id}")).expect(200);
    assert_eq!(org.get(&prospects).body["data"], json!([]));
    assert_eq!(org.get(PROJECTS).body["data"], json!([]));
    org.now += 500;
    assert_eq!(org.get(&prospects).body["data"][0]["id"], id.as_str());
    org.patch(
        &format!("{prospects}/{id}"),
        &json!({"classification": "bidder"}),
    )
    .expect(200);
    let shown = org
        .get(&format!("{prospects}?classification=not_contacted"))
        .body;
    assert_eq!(shown["data"][0]["classification"], "not_contacted");
    assert_eq!(
        org.get(&format!("{prospects}?classification=bidder")).body["data"],
        json!([])
    );
}
