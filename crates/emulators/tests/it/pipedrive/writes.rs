//! Writes are strict, and say what is wrong with them.

use emulators::pipedrive::{PipedriveConfig, Subscription};
use serde_json::{Value, json};

use super::{Account, Seen};

fn refused(body: &Value, words: &str) {
    let mut account = Account::new();
    account.post("/api/v2/persons", body).refused_for(words);
    assert!(account.emulator.persons().is_empty());
}

#[test]
fn a_name_is_required() {
    refused(&json!({"emails": []}), "name: is required");
    refused(&json!({"name": " "}), "name");
    refused(&json!({"name": null}), "name");
}

#[test]
fn unknown_keys_are_refused_all_at_once() {
    let mut account = Account::new();
    let seen = account.post(
        "/api/v2/persons",
        &json!({"name": "A B", "first_name": "A", "email": "a@b.se"}),
    );
    seen.refused_for("Parameter 'first_name' is not allowed for this request");
    seen.refused_for("Parameter 'email' is not allowed for this request");
}

#[test]
fn unknown_query_parameters_are_refused() {
    let mut account = Account::new();
    let id = account.person("A B");
    account
        .get("/api/v2/persons?page=2")
        .refused_for("'page' is not allowed");
    account
        .get(&format!("/api/v2/persons/{id}?fields=name"))
        .refused_for("'fields' is not allowed");
    account
        .post("/api/v2/persons?dry=1", &json!({"name": "C D"}))
        .refused_for("'dry' is not allowed");
    account
        .get("/api/v2/organizations?org_id=1")
        .refused_for("'org_id' is not allowed");
}

#[test]
fn nothing_is_coerced() {
    refused(&json!({"name": 5}), "name");
    refused(
        &json!({"name": "A B", "owner_id": "11"}),
        "owner_id: must be an integer",
    );
    refused(&json!({"name": "A B", "visible_to": "3"}), "visible_to");
    refused(&json!({"name": "A B", "label_ids": "1,2"}), "label_ids");
    refused(
        &json!({"name": "A B", "emails": "a@b.se"}),
        "emails: must be an array",
    );
    refused(
        &json!({"name": "A B", "emails": ["a@b.se"]}),
        "emails: must be an array of objects",
    );
    refused(
        &json!({"name": "A B", "phones": [{"value": 46701234567_i64}]}),
        "phones: value must be a string",
    );
    refused(
        &json!({"name": "A B", "phones": [{"value": "1", "primary": 1}]}),
        "primary must be true or false",
    );
    refused(
        &json!({"name": "A B", "add_time": "2026-01-14 10:00:00"}),
        "add_time: not a valid datetime",
    );
}

#[test]
fn references_have_to_exist() {
    refused(
        &json!({"name": "A B", "org_id": 9}),
        "organization 9 does not exist",
    );
    refused(
        &json!({"name": "A B", "owner_id": 999}),
        "user 999 does not exist",
    );
    refused(
        &json!({"name": "A B", "label_ids": [4]}),
        "label 4 does not exist",
    );
    let mut account = Account::new();
    let org = account.organization("Gone AB");
    account.delete(&format!("/api/v2/organizations/{org}"));
    account
        .post("/api/v2/persons", &json!({"name": "A B", "org_id": org}))
        .refused_for("does not exist");
}

#[test]
fn a_second_primary_address_is_refused_and_without_one_the_first_becomes_it() {
    refused(
        &json!({"name": "A B", "emails": [{"value": "a@b.se", "primary": true}, {"value": "c@d.se", "primary": true}]}),
        "only one entry may be primary",
    );
    let mut account = Account::new();
    let seen = account.post("/api/v2/persons", &json!({"name": "A B", "emails": [{"value": "a@b.se"}, {"value": "c@d.se", "label": "home"}]}));
    assert_eq!(seen.data()["emails"][0]["primary"], true);
    assert_eq!(seen.data()["emails"][1]["primary"], false);
}

#[test]
fn a_patch_replaces_the_list_of_addresses() {
    let mut account = Account::new();
    let id = account
        .post(
            "/api/v2/persons",
            &json!({"name": "A B", "emails": [{"value": "a@b.se"}]}),
        )
        .id();
    let seen = account.patch(
        &format!("/api/v2/persons/{id}"),
        &json!({"emails": [{"value": "new@b.se", "label": "home"}]}),
    );
    assert_eq!(
        seen.data()["emails"],
        json!([{"label": "home", "value": "new@b.se", "primary": true}])
    );
}

#[test]
fn a_patch_cannot_delete_or_move_the_creation() {
    let mut account = Account::new();
    let id = account.person("A B");
    account
        .patch(
            &format!("/api/v2/persons/{id}"),
            &json!({"is_deleted": true}),
        )
        .refused_for("is_deleted");
    account
        .patch(
            &format!("/api/v2/persons/{id}"),
            &json!({"add_time": "2020-01-01T00:00:00Z"}),
        )
        .refused_for("add_time");
}

#[test]
fn a_patch_that_changes_nothing_moves_no_time() {
    let mut account = Account::new();
    let id = account.person("A B");
    account.pass_seconds(60);
    let path = format!("/api/v2/persons/{id}");
    assert_eq!(
        account
            .patch(&path, &json!({"name": "A B", "label_ids": []}))
            .data()["update_time"],
        Value::Null
    );
    assert_eq!(
        account.patch(&path, &json!({"name": "A Bo"})).data()["update_time"],
        "2026-01-14T10:01:00Z"
    );
    account.pass_seconds(60);
    assert_eq!(
        account.patch(&path, &json!({"name": "A Bo"})).data()["update_time"],
        "2026-01-14T10:01:00Z"
    );
}

#[test]
fn job_title_needs_contact_sync_and_higher_visibility_a_higher_plan() {
    let mut account = Account::new();
    assert_eq!(
        account
            .post(
                "/api/v2/persons",
                &json!({"name": "A B", "job_title": "CEO"})
            )
            .status,
        403
    );
    assert_eq!(
        account
            .post("/api/v2/persons", &json!({"name": "A B", "visible_to": 5}))
            .status,
        403
    );
    account
        .post("/api/v2/persons", &json!({"name": "A B", "visible_to": 4}))
        .refused_for("visible_to");
    let mut premium = Account::with(PipedriveConfig {
        subscription: Subscription::Premium,
        ..Default::default()
    });
    assert_eq!(
        premium
            .post("/api/v2/persons", &json!({"name": "A B", "visible_to": 5}))
            .status,
        200
    );
}

#[test]
fn a_written_address_keeps_only_what_was_sent() {
    let mut account = Account::new();
    let id = account
        .post("/api/v2/organizations", &json!({"name": "Alnäs", "address": {"value": "Storgata 1", "country": "Norway", "locality": "Oslo"}}))
        .id();
    let path = format!("/api/v2/organizations/{id}");
    let seen = account.patch(
        &path,
        &json!({"address": {"value": "Storgata 2", "country": "Norway"}}),
    );
    assert_eq!(seen.data()["address"]["country"], "Norway");
    assert_eq!(seen.data()["address"]["locality"], Value::Null);
    account
        .patch(&path, &json!({"address": {"country": "Norway"}}))
        .refused_for("value must be a string");
    account
        .patch(&path, &json!({"address": {"value": "x", "city": "Oslo"}}))
        .refused_for("'city' is not allowed");
    assert_eq!(
        account.patch(&path, &json!({"address": null})).data()["address"],
        Value::Null
    );
}

#[test]
fn a_deleted_record_is_shown_for_thirty_days_and_takes_no_writes() {
    let mut account = Account::new();
    let id = account.person("A B");
    let path = format!("/api/v2/persons/{id}");
    account.pass_seconds(5);
    let deleted: Seen = account.delete(&path);
    assert_eq!(
        deleted.text,
        format!(r#"{{"success":true,"data":{{"id":{id}}}}}"#)
    );
    let shown = account.get(&path).data();
    assert_eq!(
        (&shown["is_deleted"], &shown["update_time"]),
        (&json!(true), &json!("2026-01-14T10:00:05Z"))
    );
    assert_eq!(account.patch(&path, &json!({"name": "C D"})).status, 404);
    assert_eq!(account.delete(&path).status, 404);
    account.pass_seconds(30 * 86_400 + 1);
    assert_eq!(account.get(&path).status, 404);
}

#[test]
fn people_of_a_deleted_organization_lose_it() {
    let mut account = Account::new();
    let org = account.organization("Alnäs AB");
    let id = account
        .post("/api/v2/persons", &json!({"name": "A B", "org_id": org}))
        .id();
    account.delete(&format!("/api/v2/organizations/{org}"));
    assert_eq!(
        account.get(&format!("/api/v2/persons/{id}")).data()["org_id"],
        Value::Null
    );
}

#[test]
fn a_body_has_to_be_json_and_say_so() {
    let mut account = Account::new();
    let token = account.emulator.config().token.clone();
    let mut send = |kind: &str, body: &'static str| {
        let request = http::Request::post("/api/v2/persons")
            .header("x-api-token", &token)
            .header("content-type", kind)
            .body(bytes::Bytes::from_static(body.as_bytes()))
            .unwrap();
        account.send(&request).status
    };
    assert_eq!(send("application/x-www-form-urlencoded", "name=A"), 400);
    assert_eq!(send("application/json", "{name"), 400);
    assert_eq!(send("application/json", "[]"), 400);
    assert_eq!(
        send("application/json; charset=utf-8", r#"{"name":"A B"}"#),
        200
    );
}

#[test]
fn a_repeated_create_makes_a_second_record_and_the_markers_tell() {
    let mut account = Account::new();
    let field = account
        .person_field(&json!({"field_name": "propstreet_contact_id", "field_type": "varchar"}));
    let body = json!({"name": "A B", "custom_fields": {&*field: "c-1"}});
    assert_ne!(
        account.post("/api/v2/persons", &body).id(),
        account.post("/api/v2/persons", &body).id()
    );
    assert_eq!(account.emulator.counters().duplicates, 1);
    let doubled = account.emulator.duplicates(
        emulators::pipedrive::Entity::Person,
        "propstreet_contact_id",
    );
    assert_eq!(doubled, vec![("c-1".to_owned(), vec![1, 2])]);
}
