//! Field definitions, and values of custom fields in both shapes.

use emulators::pipedrive::{Entity, PipedriveConfig, Subscription};
use serde_json::{Value, json};

use super::Account;

/// What a person shows in a new field of this kind after a write, or why the write is refused.
fn written(field_type: &str, value: Value) -> Result<Value, String> {
    let mut account = Account::new();
    let mut field = json!({"field_name": "Extra", "field_type": field_type});
    if matches!(field_type, "enum" | "set") {
        field["options"] = json!([{"label": "One"}, {"label": "Two"}]);
    }
    let code = account.person_field(&field);
    let seen = account.post(
        "/api/v2/persons",
        &json!({"name": "A B", "custom_fields": {&*code: value}}),
    );
    if seen.status == 200 {
        return Ok(seen.data()["custom_fields"][&*code].clone());
    }
    assert_eq!(seen.json()["field_code"], *code, "{}", seen.text);
    Err(seen.json()["error"].as_str().unwrap().to_owned())
}

#[test]
fn values_come_back_as_they_were_written() {
    for (kind, value) in [
        ("varchar", json!("P-77")),
        ("text", json!("långt")),
        ("double", json!(1.5)),
        ("double", json!(12)),
        ("phone", json!("070-123")),
        ("date", json!("2026-02-28")),
        ("monetary", json!({"value": 2300, "currency": "EUR"})),
        (
            "daterange",
            json!({"value": "2026-01-01", "until": "2026-02-01"}),
        ),
        ("enum", json!(1)),
        ("set", json!([1, 2])),
        ("user", json!(12)),
        ("varchar", Value::Null),
    ] {
        assert_eq!(written(kind, value.clone()), Ok(value), "{kind}");
    }
}

#[test]
fn values_of_another_type_are_refused_and_the_field_is_named() {
    for (kind, value) in [
        ("varchar", json!(5)),
        ("varchar", json!("x".repeat(256))),
        ("double", json!("1.5")),
        ("date", json!("2026-02-30")),
        ("monetary", json!(2300)),
        ("monetary", json!({"value": "2300", "currency": "EUR"})),
        ("enum", json!("One")),
        ("enum", json!(99)),
        ("set", json!([])),
        ("set", json!(1)),
        ("user", json!(99)),
        ("org", json!(4)),
        ("people", json!("4")),
    ] {
        assert!(written(kind, value.clone()).is_err(), "{kind} took {value}");
    }
}

#[test]
fn times_and_addresses_are_objects() {
    let time = written(
        "time",
        json!({"value": "09:00", "timezone_name": "Europe/Oslo"}),
    )
    .unwrap();
    assert_eq!(
        time,
        json!({"value": "09:00:00", "timezone_id": null, "timezone_name": "Europe/Oslo"})
    );
    let range = written(
        "timerange",
        json!({"value": "09:00:00", "until": "10:30:00"}),
    )
    .unwrap();
    assert_eq!(range["until"], "10:30:00");
    let address = written("address", json!({"value": "Storgata 1, Oslo"})).unwrap();
    assert_eq!(
        (&address["value"], &address["country"]),
        (&json!("Storgata 1, Oslo"), &Value::Null)
    );
}

#[test]
fn an_unknown_custom_field_fails_the_whole_write() {
    let mut account = Account::new();
    let hash = "0123456789abcdef0123456789abcdef01234567";
    let seen = account.post(
        "/api/v2/persons",
        &json!({"name": "A B", "custom_fields": {hash: "x"}}),
    );
    seen.refused_for("is not allowed for this request");
    assert_eq!(seen.json()["field_code"], hash);
    account
        .post("/api/v2/persons", &json!({"name": "A B", hash: "x"}))
        .refused_for("is not allowed");
    assert!(account.emulator.persons().is_empty());
}

#[test]
fn every_custom_field_is_shown_unless_some_are_asked_for() {
    let mut account = Account::new();
    let one = account.person_field(&json!({"field_name": "One", "field_type": "varchar"}));
    let two = account.person_field(&json!({"field_name": "Two", "field_type": "varchar"}));
    let id = account.person("A B");
    let path = format!("/api/v2/persons/{id}");
    assert_eq!(
        account.get(&path).data()["custom_fields"],
        json!({&*one: null, &*two: null})
    );
    assert_eq!(
        account.get(&format!("{path}?custom_fields={two}")).data()["custom_fields"],
        json!({&*two: null})
    );
}

#[test]
fn a_patch_touches_only_the_custom_fields_it_names() {
    let mut account = Account::new();
    let one = account.person_field(&json!({"field_name": "One", "field_type": "varchar"}));
    let two = account.person_field(&json!({"field_name": "Two", "field_type": "varchar"}));
    let body = json!({"name": "A B", "custom_fields": {&*one: "1", &*two: "2"}});
    let id = account.post("/api/v2/persons", &body).id();
    let seen = account.patch(
        &format!("/api/v2/persons/{id}"),
        &json!({"custom_fields": {&*two: null}}),
    );
    assert_eq!(
        seen.data()["custom_fields"],
        json!({&*one: "1", &*two: null})
    );
}

#[test]
fn a_field_keeps_its_code_when_renamed_and_takes_its_values_along_when_deleted() {
    let mut account = Account::new();
    let code = account.person_field(&json!({"field_name": "Tier", "field_type": "varchar"}));
    assert_eq!(code.len(), 40);
    let id = account
        .post(
            "/api/v2/persons",
            &json!({"name": "A B", "custom_fields": {&*code: "x"}}),
        )
        .id();
    let path = format!("/api/v2/personFields/{code}");
    assert_eq!(
        account.patch(&path, &json!({"field_name": "Level"})).data()["field_name"],
        "Level"
    );
    assert_eq!(
        account.patch(&path, &json!({"field_type": "text"})).status,
        400
    );
    assert_eq!(account.patch(&path, &json!({})).status, 400);
    assert_eq!(account.delete(&path).data()["field_code"], *code);
    assert_eq!(account.get(&path).status, 404);
    assert_eq!(
        account.get(&format!("/api/v2/persons/{id}")).data()["custom_fields"],
        json!({})
    );
}

#[test]
fn built_in_fields_cannot_be_deleted() {
    let mut account = Account::new();
    assert_eq!(
        account.delete("/api/v2/organizationFields/name").status,
        403
    );
}

#[test]
fn definitions_have_the_documented_keys() {
    let mut account = Account::new();
    account.person_field(&json!({"field_name": "Budget", "field_type": "monetary"}));
    let seen = account.get("/api/v2/personFields?limit=500");
    let fields = seen.data();
    let labels = fields
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["field_code"] == "label_ids")
        .unwrap();
    assert_eq!(
        (&labels["field_type"], &labels["options"]),
        (&json!("set"), &json!([]))
    );
    let budget = fields.as_array().unwrap().last().unwrap();
    let keys = [
        "description",
        "field_code",
        "field_name",
        "field_type",
        "is_custom_field",
        "is_optional_response_field",
        "options",
        "subfields",
    ];
    assert_eq!(super::key_set(budget), keys);
    assert_eq!(budget["subfields"][1]["field_code"], "currency");
    assert_eq!(seen.json()["additional_data"]["next_cursor"], Value::Null);
}

#[test]
fn labels_are_options_of_the_label_field() {
    let mut account = Account::new();
    let path = "/api/v2/personFields/label_ids/options";
    let made = account.post(path, &json!([{"label": "Investor"}, {"label": "Seller"}]));
    assert_eq!(made.data()[0]["label"], "Investor");
    let (investor, seller) = (made.data()[0]["id"].clone(), made.data()[1]["id"].clone());
    let id = account
        .post(
            "/api/v2/persons",
            &json!({"name": "A B", "label_ids": [investor, seller]}),
        )
        .id();

    assert_eq!(
        account
            .patch(path, &json!([{"id": investor, "label": "Buyer"}]))
            .status,
        200
    );
    assert_eq!(
        account
            .patch(
                path,
                &json!([{"id": investor, "label": "X"}, {"id": 999, "label": "Y"}])
            )
            .status,
        400
    );
    assert_eq!(
        account.get("/api/v2/personFields/label_ids").data()["options"][0]["label"],
        "Buyer"
    );

    account.call("DELETE", path, Some(&json!([{"id": investor}])));
    assert_eq!(
        account.get(&format!("/api/v2/persons/{id}")).data()["label_ids"],
        json!([seller])
    );
    assert_eq!(account.post(path, &json!([])).status, 400);
    assert_eq!(account.post(path, &json!([{"label": ""}])).status, 400);
    assert_eq!(
        account
            .post(
                "/api/v2/personFields/name/options",
                &json!([{"label": "x"}])
            )
            .status,
        400
    );
}

#[test]
fn a_choice_field_needs_options_and_a_plan_has_room_for_so_many_fields() {
    let mut account = Account::with(PipedriveConfig {
        subscription: Subscription::Lite,
        ..Default::default()
    });
    account
        .post(
            "/api/v2/personFields",
            &json!({"field_name": "Tier", "field_type": "enum"}),
        )
        .refused_for("options");
    account
        .post(
            "/api/v2/personFields",
            &json!({"field_name": "", "field_type": "varchar"}),
        )
        .refused_for("field_name");
    account
        .post(
            "/api/v2/personFields",
            &json!({"field_name": "x", "field_type": "boolean"}),
        )
        .refused_for("field_type");
    for number in 0..30 {
        account.pass_seconds(1);
        account.person_field(&json!({"field_name": format!("F{number}"), "field_type": "varchar"}));
    }
    account.pass_seconds(3);
    let seen = account.post(
        "/api/v2/organizationFields",
        &json!({"field_name": "One more", "field_type": "varchar"}),
    );
    assert_eq!(
        (seen.status, &seen.json()["code"]),
        (403, &json!("feature_capping_custom_fields_limit"))
    );
    assert!(account.emulator.field_code(Entity::Person, "F29").is_ok());
}
