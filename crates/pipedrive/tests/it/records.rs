//! Documented answers are understood, and odd ones do not spoil anything.

use pipedrive::{ContactValue, FieldDefinition, Organization, Person};
use serde_json::json;

#[test]
fn a_person_is_read_with_all_that_is_known_of_it() {
    let person: Person = serde_json::from_value(json!({
        "id": 21, "name": "Astrid Lindqvist", "first_name": "Astrid", "last_name": "Lindqvist",
        "add_time": "2026-04-01T22:03:28Z", "update_time": null, "visible_to": 3,
        "custom_fields": {"f00d": "Core Nordic", "cafe": null}, "owner_id": 11, "label_ids": [4, 7],
        "org_id": 31, "is_deleted": false, "picture_id": null,
        "phones": [{"label": "work", "value": "+46 8 123 45 67", "primary": true}],
        "emails": [
            {"label": "work", "value": "astrid@fastighetshuset.se", "primary": false},
            {"label": "", "value": "astrid@example.com", "primary": true}
        ]
    }))
    .unwrap();
    assert_eq!(
        (person.id, person.org_id, person.owner_id),
        (21, Some(31), Some(11))
    );
    assert_eq!(person.label_ids, [4, 7]);
    assert_eq!(
        ContactValue::primary_of(&person.emails).unwrap().value,
        "astrid@example.com"
    );
    assert_eq!(person.custom_fields["f00d"], "Core Nordic");
    assert_eq!(person.custom_fields["cafe"], json!(null));
    assert_eq!(person.update_time, None);
    assert_eq!(
        person.changed_at(),
        person.add_time,
        "until the first change it is the creation"
    );
}

#[test]
fn a_person_of_odd_kinds_is_still_a_person() {
    let person: Person = serde_json::from_value(json!({
        "id": "21", "name": null, "org_id": "31", "emails": null, "label_ids": null, "phones": {},
        "custom_fields": [], "is_deleted": 1, "owner_id": {"value": 3}, "whatever": [1]
    }))
    .unwrap();
    assert_eq!((person.id, person.org_id), (21, Some(31)));
    assert_eq!((person.emails.len(), person.owner_id), (0, None));
    assert!(person.is_deleted);
}

#[test]
fn an_address_is_read_as_an_object_and_as_text() {
    let read = |address| {
        let row = json!({"id": 31, "name": "Fastighetshuset", "address": address, "website": "https://fastighetshuset.se"});
        serde_json::from_value::<Organization>(row).unwrap().address
    };
    let object =
        read(json!({"value": "Storgatan 1, Malmö", "country": "Sweden", "subpremise": null}))
            .unwrap();
    assert_eq!(
        (object.value.as_deref(), object.country.as_deref()),
        (Some("Storgatan 1, Malmö"), Some("Sweden"))
    );
    assert_eq!(
        read(json!("Storgatan 1")).unwrap().value.as_deref(),
        Some("Storgatan 1")
    );
    assert_eq!(read(json!(null)), None);
}

#[test]
fn a_field_definition_keeps_the_options_whose_ids_are_numbers() {
    let field: FieldDefinition = serde_json::from_value(json!({
        "field_code": "label_ids", "field_name": "Labels", "field_type": "set", "is_custom_field": false,
        "options": [{"id": 4, "label": "Investor", "color": "green"}, {"id": "5", "label": "Tenant"}, {"id": "open", "label": "Open"}]
    }))
    .unwrap();
    let options: Vec<_> = field
        .options
        .iter()
        .map(|option| (option.id, option.label.as_str()))
        .collect();
    assert_eq!(options, [(4, "Investor"), (5, "Tenant")]);
    assert_eq!(field.is_writable, None);
}
