//! Writes name exactly what is to change.

use std::collections::BTreeMap;

use api_client::Patch;
use pipedrive::{
    AddressBody, ContactValue, CustomValue, FieldType, NewField, OrganizationBody, PersonBody,
};

fn written(body: &impl serde::Serialize) -> String {
    serde_json::to_string(body).unwrap()
}

#[test]
fn an_empty_body_writes_nothing() {
    assert_eq!(written(&PersonBody::default()), "{}");
    assert_eq!(written(&OrganizationBody::default()), "{}");
    let kept = BTreeMap::from([("f00d".to_owned(), Patch::Keep)]);
    assert_eq!(
        written(&PersonBody {
            custom_fields: kept,
            ..PersonBody::default()
        }),
        "{}"
    );
}

#[test]
fn a_person_names_only_what_changes() {
    let value = |value: &str, primary| ContactValue {
        value: value.to_owned(),
        primary,
        label: "work".to_owned(),
    };
    let body = PersonBody {
        name: Patch::Set("Astrid Berg".to_owned()),
        org_id: Patch::Clear,
        emails: Patch::Set(vec![
            value("new@example.com", true),
            value("old@example.com", false),
        ]),
        phones: Patch::Clear,
        custom_fields: BTreeMap::from([
            (
                "aaaa".to_owned(),
                Patch::Set(CustomValue::Choices(vec![12, 13])),
            ),
            ("bbbb".to_owned(), Patch::Keep),
            ("cccc".to_owned(), Patch::Clear),
        ]),
        ..PersonBody::default()
    };
    assert_eq!(
        written(&body),
        concat!(
            r#"{"name":"Astrid Berg","emails":[{"value":"new@example.com","primary":true,"label":"work"},"#,
            r#"{"value":"old@example.com","primary":false,"label":"work"}],"phones":[],"org_id":null,"#,
            r#""custom_fields":{"aaaa":[12,13],"cccc":null}}"#
        )
    );
}

#[test]
fn an_organization_names_only_what_changes() {
    let address = AddressBody {
        value: "Oslo".to_owned(),
        country: Some("Norway".to_owned()),
        ..AddressBody::default()
    };
    let body = OrganizationBody {
        address: Patch::Set(address),
        website: Patch::Clear,
        label_ids: Patch::Set(vec![3]),
        ..OrganizationBody::default()
    };
    assert_eq!(
        written(&body),
        r#"{"address":{"value":"Oslo","country":"Norway"},"website":null,"label_ids":[3]}"#
    );
}

#[test]
fn a_new_field_has_options_only_where_its_kind_has_them() {
    let text = NewField {
        field_name: "domain".to_owned(),
        field_type: FieldType::Varchar,
        options: Vec::new(),
    };
    assert_eq!(
        written(&text),
        r#"{"field_name":"domain","field_type":"varchar"}"#
    );
    let choice = NewField {
        options: vec!["Yes".to_owned(), "No".to_owned()],
        field_type: FieldType::Enum,
        ..text
    };
    assert_eq!(
        written(&choice),
        r#"{"field_name":"domain","field_type":"enum","options":[{"label":"Yes"},{"label":"No"}]}"#
    );
}
