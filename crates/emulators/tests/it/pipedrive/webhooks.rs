//! Webhooks as they are read: who did what, in the vendor's own shape.

use emulators::pipedrive::Entity;
use serde_json::{Value, json};

use super::{Account, key_set, keys_in_order};

fn subscribed() -> Account {
    let mut account = Account::new();
    account.subscribe();
    account
}

#[test]
fn a_create_carries_the_whole_record_in_its_own_shape() {
    let mut account = Account::new();
    let tier = account.person_field(
        &json!({"field_name": "Tier", "field_type": "enum", "options": [{"label": "A"}]}),
    );
    let unset = account.person_field(&json!({"field_name": "Unset", "field_type": "varchar"}));
    account.subscribe();
    account.post(
        "/api/v2/persons",
        &json!({"name": "Anna Berg", "custom_fields": {&*tier: 1}}),
    );

    let due = account.due();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].headers["authorization"], "Basic cGQ6c2VzYW1l");
    assert_eq!(
        (due[0].url.as_str(), due[0].timeout_millis),
        ("https://sync.example.com/hook", 10_000)
    );
    let text = String::from_utf8(due[0].body.to_vec()).unwrap();
    keys_in_order(
        &text,
        &[
            "data",
            "previous",
            "meta",
            "action",
            "company_id",
            "correlation_id",
            "entity_id",
            "entity",
            "id",
        ],
    );
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(event["previous"], Value::Null);
    let keys = [
        "add_time",
        "custom_fields",
        "emails",
        "first_name",
        "id",
        "label",
        "label_ids",
        "last_name",
        "name",
        "org_id",
        "owner_id",
        "phones",
        "update_time",
        "visible_to",
    ];
    assert_eq!(key_set(&event["data"]), keys);
    assert_eq!(event["data"]["visible_to"], "3");
    assert_eq!(
        event["data"]["custom_fields"],
        json!({&*tier: {"type": "enum", "id": 1}, &*unset: null})
    );
    is_addressed_like(&event["meta"]);
}

fn is_addressed_like(meta: &Value) {
    for (key, value) in [
        ("action", json!("create")),
        ("entity", json!("person")),
        ("entity_id", json!("1")),
        ("company_id", json!("900")),
        ("user_id", json!("11")),
        ("webhook_id", json!("1")),
        ("webhook_owner_id", json!("11")),
        ("timestamp", json!("2026-01-14T10:00:00.000Z")),
        ("is_bulk_edit", json!(false)),
        ("type", json!("general")),
        ("version", json!("2.0")),
        ("change_source", json!("api")),
        ("permitted_user_ids", json!(["11", "12", "13", "14"])),
        ("attempt", json!(1)),
        ("host", json!("nordlysbrokers.pipedrive.com")),
    ] {
        assert_eq!(meta[key], value, "{key}");
    }
    assert!(meta.get("merged_to_id").is_none());
}

#[test]
fn a_change_shows_what_was_there_before_of_what_changed_and_nothing_else() {
    let mut account = Account::new();
    let tier = account.person_field(&json!({"field_name": "Tier", "field_type": "varchar"}));
    let id = account
        .post(
            "/api/v2/persons",
            &json!({"name": "Anna Berg", "custom_fields": {&*tier: "A"}}),
        )
        .id();
    account.subscribe();
    account.pass_seconds(1);
    let patch =
        json!({"name": "Anna Lie", "phones": [{"value": "1"}], "custom_fields": {&*tier: "B"}});
    account.patch(&format!("/api/v2/persons/{id}"), &patch);

    let event = account.received().remove(0);
    assert_eq!(
        event["previous"],
        json!({"name": "Anna Berg", "last_name": "Berg", "phones": [], "custom_fields": {&*tier: {"type": "varchar", "value": "A"}}})
    );
    assert_eq!(event["data"]["update_time"], "2026-01-14T10:00:01Z");
}

#[test]
fn a_delete_shows_the_last_state_and_a_restore_is_a_change() {
    let mut account = subscribed();
    let id = account.person("Anna Berg");
    account.received();
    account.delete(&format!("/api/v2/persons/{id}"));
    let event = account.received().remove(0);
    assert_eq!(
        (&event["data"], &event["previous"]["name"]),
        (&Value::Null, &json!("Anna Berg"))
    );
    assert_eq!(event["meta"]["action"], "delete");
    account
        .emulator
        .screen(account.now)
        .restore(Entity::Person, id)
        .unwrap();
    assert_eq!(account.received()[0]["meta"]["action"], "change");
}

#[test]
fn a_patch_that_changes_nothing_fires_nothing() {
    let mut account = subscribed();
    let id = account.person("Anna Berg");
    account.received();
    account.patch(
        &format!("/api/v2/persons/{id}"),
        &json!({"name": "Anna Berg"}),
    );
    assert!(account.received().is_empty());
}

#[test]
fn a_new_person_bumps_its_organization_and_fires_an_empty_change() {
    let mut account = subscribed();
    let org = account.organization("Alnäs AB");
    account.received();
    account.pass_seconds(4);
    account.post("/api/v2/persons", &json!({"name": "A B", "org_id": org}));
    let events = account.received();
    assert_eq!(
        (&events[1]["meta"]["entity"], &events[1]["previous"]),
        (&json!("organization"), &json!({}))
    );
    assert_eq!(
        account.get(&format!("/api/v2/organizations/{org}")).data()["update_time"],
        "2026-01-14T10:00:04Z"
    );
    let keys = [
        "add_time",
        "address",
        "annual_revenue",
        "country_code",
        "custom_fields",
        "employee_count",
        "id",
        "industry",
        "label",
        "label_ids",
        "linkedin",
        "name",
        "owner_id",
        "picture_id",
        "update_time",
        "visible_to",
        "website",
    ];
    assert_eq!(key_set(&events[1]["data"]), keys);
}

#[test]
fn a_merge_is_a_delete_and_a_change_that_name_each_other() {
    let mut account = subscribed();
    let (loser, winner) = (account.person("A Berg"), account.person("Anna Berg"));
    account.received();
    account.call(
        "PUT",
        &format!("/v1/persons/{loser}/merge"),
        Some(&json!({"merge_with_id": winner})),
    );
    let events = account.received();
    assert_eq!(
        (
            &events[0]["meta"]["action"],
            &events[0]["meta"]["merged_to_id"]
        ),
        (&json!("delete"), &json!(winner.to_string()))
    );
    assert_eq!(
        (
            &events[1]["meta"]["action"],
            &events[1]["meta"]["merged_from_id"]
        ),
        (&json!("change"), &json!(loser.to_string()))
    );
}

#[test]
fn users_are_told_apart_from_callers() {
    let mut account = subscribed();
    account
        .emulator
        .screen(account.now)
        .add(Entity::Person, &json!({"name": "A B"}))
        .unwrap();
    let event = account.received().remove(0);
    assert_eq!(
        (&event["meta"]["change_source"], &event["meta"]["user_id"]),
        (&json!("app"), &json!("12"))
    );
}
