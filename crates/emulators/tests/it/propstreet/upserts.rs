//! PATCH by external reference.

use super::{COMPANIES, CONTACTS, Org, ann};
use serde_json::{Value, json};

const BY_REF: &str = "/api/v1/network/contacts/external/pipedrive/17";

#[test]
fn an_unknown_reference_creates_and_a_known_one_updates() {
    let mut org = Org::new();
    let made = org.patch(BY_REF, &ann()).expect(201);
    assert_eq!(made.header("x-propstreet-upsert-action"), "created");
    assert_eq!(made.header("location"), format!("{CONTACTS}/{}", made.id()));
    assert_eq!(
        made.body["externalRefs"],
        json!([{"namespace": "pipedrive", "id": "17"}])
    );
    let told = org.patch(BY_REF, &json!({"firstName": "Anna"})).expect(200);
    assert_eq!(told.header("x-propstreet-upsert-action"), "updated");
    assert_eq!(told.header("location"), "");
    assert_eq!(told.id(), made.id());
    assert_eq!(told.header("etag"), told.body["etag"].as_str().unwrap());
}

#[test]
fn a_deleted_contact_is_revived_unless_that_is_switched_off() {
    let mut org = Org::new();
    let made = org.patch(BY_REF, &ann()).expect(201);
    org.delete(&format!("{CONTACTS}/{}", made.id())).expect(204);
    let told = org
        .patch(BY_REF, &json!({"lastName": "Berglund"}))
        .expect(200);
    assert_eq!(told.header("x-propstreet-upsert-action"), "revived");
    assert_eq!(told.id(), made.id());
    assert_eq!(told.body["deletedUtc"], Value::Null);
    org.delete(&format!("{CONTACTS}/{}", made.id())).expect(204);
    let other = org
        .patch(&format!("{BY_REF}?revive=false"), &ann())
        .expect(201);
    assert_ne!(other.id(), made.id());
    assert_eq!(org.get(BY_REF).id(), other.id());
}

#[test]
fn reviving_into_a_taken_address_is_a_conflict() {
    let mut org = Org::new();
    let made = org.patch(BY_REF, &ann()).expect(201);
    org.delete(&format!("{CONTACTS}/{}", made.id())).expect(204);
    org.contact(&ann());
    org.patch(BY_REF, &json!({})).expect(409);
}

#[test]
fn matching_by_email_adds_the_reference_to_who_has_the_address() {
    let mut org = Org::new();
    let id = org.contact(&ann());
    org.patch(BY_REF, &ann()).expect(409);
    let told = org
        .patch(
            &format!("{BY_REF}?match=email"),
            &json!({"email": "ANN.BERG@fjordkapital.se"}),
        )
        .expect(200);
    assert_eq!(told.id(), id);
    assert_eq!(told.header("x-propstreet-upsert-action"), "updated");
    assert_eq!(org.get(BY_REF).id(), id);
}

#[test]
fn create_only_is_refused_whatever_it_says() {
    let mut org = Org::new();
    for value in ["true", "false"] {
        org.patch(&format!("{BY_REF}?create_only={value}"), &ann())
            .expect(400);
    }
    org.patch(&format!("{BY_REF}?match=phone"), &ann())
        .expect(400);
    org.patch(&format!("{BY_REF}?revive=perhaps"), &ann())
        .expect(400);
}

#[test]
fn an_upsert_honours_a_version() {
    let mut org = Org::new();
    let version = [("if-match", "W/\"AAAAAAAAAAA=\"")];
    org.call("PATCH", BY_REF, &version, &ann()).expect(412);
    org.patch(BY_REF, &ann()).expect(201);
    org.call("PATCH", BY_REF, &version, &ann()).expect(412);
}

#[test]
fn companies_are_upserted_the_same_way() {
    let mut org = Org::new();
    let path = format!("{COMPANIES}/external/pipedrive/4");
    let made = org
        .patch(&path, &json!({"name": "Fjord Kapital AB"}))
        .expect(201);
    org.delete(&format!("{COMPANIES}/{}", made.id()))
        .expect(204);
    let told = org.patch(&path, &json!({"countryCode": "NO"})).expect(200);
    assert_eq!(told.header("x-propstreet-upsert-action"), "revived");
    assert_eq!(told.body["name"], "Fjord Kapital AB");
}
