//! Contacts: create, read, change, delete.

use super::{CONTACTS, Org, ann};
use serde_json::{Value, json};

#[test]
fn a_new_contact_comes_back_whole_with_place_and_version() {
    let mut org = Org::new();
    let told = org.post(CONTACTS, &ann()).expect(201);
    let id = told.id();
    assert_eq!(told.header("location"), format!("{CONTACTS}/{id}"));
    assert_eq!(told.header("etag"), told.body["etag"].as_str().unwrap());
    assert!(told.header("etag").starts_with("W/\"AAAAAAAA"));
    assert_eq!(told.body["changeType"], "create");
    assert_eq!(told.body["changeOrigin"], "api");
    let read = org.get(&format!("{CONTACTS}/{id}")).expect(200);
    assert_eq!(read.header("etag"), told.header("etag"));
    assert_eq!(read.body["changeType"], Value::Null);
    for (name, value) in [
        ("firstName", json!("Ann")),
        ("phone", json!(null)),
        ("phones", json!([])),
        ("companies", json!([])),
        ("primaryCompanyId", json!(null)),
        ("deletedUtc", json!(null)),
        ("tags", json!([])),
        ("externalRefs", json!([])),
        (
            "emails",
            json!([{"address": "ann.berg@fjordkapital.se", "type": null, "isPrimary": true}]),
        ),
    ] {
        assert_eq!(read.body[name], value, "{name}");
    }
}

#[test]
fn a_contact_needs_a_name_an_address_or_a_number() {
    let mut org = Org::new();
    org.post(CONTACTS, &json!({"strategy": "Core offices"}))
        .expect(400);
    org.post(CONTACTS, &json!({"firstName": "  "})).expect(400);
    for body in [
        json!({"lastName": "Holm"}),
        json!({"phone": "070-123 45 67"}),
        json!({"email": "x@holm.no"}),
    ] {
        org.post(CONTACTS, &body).expect(201);
    }
    let id = org.contact(&json!({"firstName": "Liv"}));
    org.patch(&format!("{CONTACTS}/{id}"), &json!({"firstName": null}))
        .expect(400);
}

#[test]
fn absent_fields_stay_and_null_clears() {
    let mut org = Org::new();
    let id = org.contact(&json!({"firstName": "Ann", "lastName": "Berg", "strategy": "Logistics", "tags": ["Investor"]}));
    let told = org
        .patch(
            &format!("{CONTACTS}/{id}"),
            &json!({"strategy": null, "tags": []}),
        )
        .expect(200);
    assert_eq!(told.body["strategy"], Value::Null);
    assert_eq!(told.body["tags"], json!([]));
    assert_eq!(told.body["lastName"], "Berg");
    assert_eq!(told.body["changeType"], "update");
}

#[test]
fn a_change_that_changes_nothing_gives_no_version() {
    let mut org = Org::new();
    let made = org.post(CONTACTS, &ann()).expect(201);
    org.now += 5_000;
    let told = org
        .patch(
            &format!("{CONTACTS}/{}", made.id()),
            &json!({"firstName": " Ann "}),
        )
        .expect(200);
    assert_eq!(told.body["etag"], made.body["etag"]);
    assert_eq!(told.body["updatedUtc"], made.body["updatedUtc"]);
}

#[test]
fn a_stale_version_is_refused_and_a_star_is_no_version() {
    let mut org = Org::new();
    let made = org.post(CONTACTS, &ann()).expect(201);
    let path = format!("{CONTACTS}/{}", made.id());
    let first = made.header("etag").to_owned();
    let told = org
        .call(
            "PATCH",
            &path,
            &[("if-match", &first)],
            &json!({"firstName": "Anna"}),
        )
        .expect(200);
    assert_ne!(told.header("etag"), first);
    for version in [first.as_str(), "*"] {
        let told = org
            .call(
                "PATCH",
                &path,
                &[("if-match", version)],
                &json!({"firstName": "Anne"}),
            )
            .expect(412);
        assert_eq!(told.body["type"], "/help/precondition-failed");
        org.call("DELETE", &path, &[("if-match", version)], &Value::Null)
            .expect(412);
    }
    org.call(
        "DELETE",
        &path,
        &[("if-match", told.header("etag"))],
        &Value::Null,
    )
    .expect(204);
}

#[test]
fn an_address_belongs_to_one_living_contact_whatever_its_case() {
    let mut org = Org::new();
    let id = org.contact(&ann());
    let told = org
        .post(CONTACTS, &json!({"email": "ANN.Berg@Fjordkapital.se"}))
        .expect(409);
    assert_ne!(told.body["type"], "/help/concurrency-conflict");
    org.post(
        CONTACTS,
        &json!({"emails": [{"address": "b@b.se"}, {"address": "ann.berg@fjordkapital.se"}]}),
    )
    .expect(409);
    org.delete(&format!("{CONTACTS}/{id}")).expect(204);
    org.post(CONTACTS, &json!({"email": "ANN.Berg@Fjordkapital.se"}))
        .expect(201);
}

#[test]
fn a_reference_belongs_to_one_contact_even_after_its_deletion() {
    let mut org = Org::new();
    let body =
        json!({"firstName": "Ann", "externalRefs": [{"namespace": "Pipedrive", "id": "17"}]});
    let id = org.contact(&body);
    let same = json!({"firstName": "Bo", "externalRefs": [{"namespace": "pipedrive", "id": "17"}]});
    org.post(CONTACTS, &same).expect(409);
    org.get(&format!("{CONTACTS}/external/PIPEDRIVE/17"))
        .expect(200);
    org.delete(&format!("{CONTACTS}/{id}")).expect(204);
    org.post(CONTACTS, &same).expect(409);
    org.get(&format!("{CONTACTS}/external/pipedrive/17"))
        .expect(404);
}

#[test]
fn references_compare_ids_with_case_and_replace_the_list() {
    let mut org = Org::new();
    let refs = |id: &str| json!([{"namespace": "pipedrive", "id": id}]);
    let first = org.contact(&json!({"firstName": "Ann", "externalRefs": refs("a1")}));
    org.contact(&json!({"firstName": "Bo", "externalRefs": refs("A1")}));
    let path = format!("{CONTACTS}/{first}");
    let told = org
        .patch(
            &path,
            &json!({"externalRefs": [{"namespace": "hubspot", "id": "9"}]}),
        )
        .expect(200);
    assert_eq!(told.body["externalRefs"].as_array().unwrap().len(), 1);
    org.get(&format!("{CONTACTS}/external/pipedrive/a1"))
        .expect(404);
    org.contact(&json!({"firstName": "Cia", "externalRefs": refs("a1")}));
}

#[test]
fn a_reference_in_an_address_is_percent_decoded() {
    let mut org = Org::new();
    org.contact(
        &json!({"firstName": "Ann", "externalRefs": [{"namespace": "csv-import", "id": "a/b c"}]}),
    );
    org.get(&format!("{CONTACTS}/external/csv-import/a%2Fb%20c"))
        .expect(200);
}

#[test]
fn a_deleted_contact_is_gone_for_every_call_on_it() {
    let mut org = Org::new();
    let id = org.contact(&ann());
    let path = format!("{CONTACTS}/{id}");
    org.delete(&path).expect(204);
    org.get(&path).expect(404);
    org.patch(&path, &json!({"firstName": "Eva"})).expect(404);
    org.delete(&path).expect(404);
}

#[test]
fn unknown_fields_and_parameters_are_refused_only_when_strict() {
    let mut org = Org::new();
    let misspelt = json!({"firstName": "Ann", "surname": "Berg"});
    org.post(CONTACTS, &misspelt).expect(400);
    org.get(&format!("{CONTACTS}?limit=5")).expect(400);
    org.emulator.settings_mut().strict = false;
    org.post(CONTACTS, &misspelt).expect(201);
    org.get(&format!("{CONTACTS}?limit=5")).expect(200);
}

#[test]
fn blocking_is_for_patches_and_is_not_shown() {
    let mut org = Org::new();
    org.post(CONTACTS, &json!({"firstName": "Ann", "blocked": true}))
        .expect(400);
    let id = org.contact(&ann());
    let told = org
        .patch(&format!("{CONTACTS}/{id}"), &json!({"blocked": true}))
        .expect(200);
    assert!(told.body.get("blocked").is_none());
}
