//! Answers have exactly the keys, types and order of the vendor.

use serde_json::{Value, json};

use super::{Account, key_set, keys_in_order};

const PERSON_KEYS: [&str; 15] = [
    "id",
    "name",
    "first_name",
    "last_name",
    "add_time",
    "update_time",
    "visible_to",
    "custom_fields",
    "owner_id",
    "label_ids",
    "org_id",
    "is_deleted",
    "picture_id",
    "phones",
    "emails",
];

const ORGANIZATION_KEYS: [&str; 15] = [
    "id",
    "name",
    "add_time",
    "update_time",
    "visible_to",
    "custom_fields",
    "owner_id",
    "label_ids",
    "website",
    "linkedin",
    "industry",
    "annual_revenue",
    "employee_count",
    "is_deleted",
    "address",
];

fn sorted(keys: &[&str]) -> Vec<String> {
    let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    keys.sort();
    keys
}

#[test]
fn a_new_person_has_all_keys_in_order_and_no_update_time() {
    let mut account = Account::new();
    let seen = account.post(
        "/api/v2/persons",
        &json!({"name": "Anna Maria Berg", "emails": [{"value": "anna@fjell.no"}], "phones": [{"value": "+47 400 11 222", "label": "mobile"}]}),
    );

    assert_eq!(seen.status, 200);
    keys_in_order(&seen.text, &PERSON_KEYS);
    let person = seen.data();
    assert_eq!(key_set(&person), sorted(&PERSON_KEYS));
    assert_eq!(person["first_name"], "Anna Maria");
    assert_eq!(person["last_name"], "Berg");
    assert_eq!(person["add_time"], "2026-01-14T10:00:00Z");
    assert_eq!(person["update_time"], Value::Null);
    assert_eq!(person["visible_to"], 3);
    assert_eq!(person["owner_id"], 11);
    assert_eq!(
        person["emails"],
        json!([{"label": "work", "value": "anna@fjell.no", "primary": true}])
    );
    assert_eq!(person["phones"][0]["label"], "mobile");
    assert_eq!(person["label_ids"], json!([]));
    assert_eq!(person["custom_fields"], json!({}));
}

#[test]
fn a_new_organization_has_all_keys_in_order() {
    let mut account = Account::new();
    let seen = account.post(
        "/api/v2/organizations",
        &json!({"name": "Alnäs Eiendom AS", "address": {"value": "Storgata 1, Oslo"}}),
    );

    keys_in_order(&seen.text, &ORGANIZATION_KEYS);
    let organization = seen.data();
    assert_eq!(key_set(&organization), sorted(&ORGANIZATION_KEYS));
    assert_eq!(organization["address"]["value"], "Storgata 1, Oslo");
    assert_eq!(organization["address"]["country"], Value::Null);
    assert!(organization["address"].get("subpremise").is_none());
}

#[test]
fn one_word_is_a_first_name_alone() {
    let mut account = Account::new();
    let id = account.person("Sverre");
    let person = account.get(&format!("/api/v2/persons/{id}")).data();
    assert_eq!(
        (&person["first_name"], &person["last_name"]),
        (&json!("Sverre"), &Value::Null)
    );
}

#[test]
fn contact_sync_adds_its_fields_at_the_end() {
    let mut account = Account::with(emulators::pipedrive::PipedriveConfig {
        contact_sync: true,
        ..Default::default()
    });
    let seen = account.post(
        "/api/v2/persons",
        &json!({"name": "Ann Lie", "job_title": "CFO", "birthday": "1980-02-29"}),
    );
    keys_in_order(
        &seen.text,
        &[
            "emails",
            "notes",
            "im",
            "birthday",
            "job_title",
            "postal_address",
        ],
    );
    assert_eq!(seen.data()["job_title"], "CFO");
}

#[test]
fn a_missing_record_is_the_documented_404() {
    let mut account = Account::new();
    let seen = account.get("/api/v2/persons/77");
    assert_eq!(seen.status, 404);
    assert_eq!(
        seen.text,
        r#"{"success":false,"error":"Entity was not found","error_info":"Object was not found.","data":null,"additional_data":null}"#
    );
}

#[test]
fn include_fields_labels_and_option_labels_are_shown_to_those_who_ask() {
    let mut account = Account::new();
    let field = account.person_field(&json!({"field_name": "Tier", "field_type": "enum", "options": [{"label": "A"}, {"label": "B"}]}));
    let tier =
        account.get(&format!("/api/v2/personFields/{field}")).data()["options"][1]["id"].clone();
    let label = account.emulator.add_label(
        emulators::pipedrive::Entity::Person,
        "Investor",
        account.now,
    );
    let id = account
        .post(
            "/api/v2/persons",
            &json!({"name": "Ann Lie", "label_ids": [label], "custom_fields": {&*field: tier}}),
        )
        .id();

    let seen = account.get(&format!(
        "/api/v2/persons/{id}?include_labels=true&include_option_labels=true&include_fields=open_deals_count,marketing_status"
    ));
    let person = seen.data();
    assert_eq!(
        person["labels"],
        json!([{"id": label, "label": "Investor"}])
    );
    assert_eq!(
        person["custom_fields"][&*field],
        json!({"id": tier, "label": "B"})
    );
    assert_eq!(person["open_deals_count"], 0);
    assert_eq!(person["marketing_status"], Value::Null);
    account
        .get(&format!("/api/v2/persons/{id}?include_fields=shoe_size"))
        .refused_for("shoe_size");
}

#[test]
fn people_count_counts_live_people() {
    let mut account = Account::new();
    let org = account.organization("Alnäs AB");
    let first = account
        .post("/api/v2/persons", &json!({"name": "A B", "org_id": org}))
        .id();
    account
        .post("/api/v2/persons", &json!({"name": "C D", "org_id": org}))
        .id();
    account.delete(&format!("/api/v2/persons/{first}"));
    let seen = account.get(&format!(
        "/api/v2/organizations/{org}?include_fields=people_count"
    ));
    assert_eq!(seen.data()["people_count"], 1);
}
