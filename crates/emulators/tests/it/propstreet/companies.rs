//! Companies and the search for duplicates.

use super::{COMPANIES, Org};
use serde_json::{Value, json};

const FIND: &str = "/api/v1/companies/find-duplicates";

#[test]
fn a_new_company_comes_back_whole() {
    let mut org = Org::new();
    let refs = json!([{"namespace": "org-number-se", "id": "556036-0793"}]);
    let told = org
        .post(
            COMPANIES,
            &json!({"name": " Fjord Kapital AB ", "externalRefs": refs}),
        )
        .expect(201);
    assert_eq!(told.body["name"], "Fjord Kapital AB");
    assert_eq!(told.body["externalRefs"], refs);
    assert_eq!(told.body["contacts"], json!([]));
    assert_eq!(
        told.header("location"),
        format!("{COMPANIES}/{}", told.id())
    );
    let read = org
        .get(&format!("{COMPANIES}/external/Org-Number-SE/556036-0793"))
        .expect(200);
    assert_eq!(read.body["id"], told.body["id"]);
}

#[test]
fn a_company_needs_a_name_and_keeps_it() {
    let mut org = Org::new();
    org.post(COMPANIES, &json!({"countryCode": "SE"}))
        .expect(400);
    let id = org.company("Fjord Kapital AB");
    org.patch(&format!("{COMPANIES}/{id}"), &json!({"name": null}))
        .expect(400);
    org.patch(&format!("{COMPANIES}/{id}"), &json!({"name": "  "}))
        .expect(400);
}

#[test]
fn two_companies_may_share_a_domain_but_not_a_reference() {
    let mut org = Org::new();
    let body = json!({"name": "Fjord", "domain": "fjord.se", "externalRefs": [{"namespace": "pipedrive", "id": "4"}]});
    org.post(COMPANIES, &body).expect(201);
    org.post(COMPANIES, &body).expect(409);
    org.post(COMPANIES, &json!({"name": "Fjord", "domain": "fjord.se"}))
        .expect(201);
}

#[test]
fn companies_carry_versions_like_contacts() {
    let mut org = Org::new();
    let id = org.company("Fjord Kapital AB");
    let path = format!("{COMPANIES}/{id}");
    let version = org.get(&path).header("etag").to_owned();
    let same = org
        .call(
            "PATCH",
            &path,
            &[("if-match", &version)],
            &json!({"name": "Fjord Kapital AB"}),
        )
        .expect(200);
    assert_eq!(same.header("etag"), version);
    org.call(
        "PATCH",
        &path,
        &[("if-match", &version)],
        &json!({"name": "Fjord"}),
    )
    .expect(200);
    org.call(
        "PATCH",
        &path,
        &[("if-match", &version)],
        &json!({"name": "Fjorden"}),
    )
    .expect(412);
    org.delete(&path).expect(204);
    org.get(&path).expect(404);
}

#[test]
fn the_contacts_of_a_company_come_in_pages() {
    let mut org = Org::new();
    let company = org.company("Fjord Kapital AB");
    let people: Vec<String> = ["Ann", "Bo", "Cia"]
        .iter()
        .map(|name| org.contact(&json!({"firstName": name})))
        .collect();
    for person in &people {
        org.link(person, &company);
    }
    let path = format!("{COMPANIES}/{company}/contacts?page_size=2");
    let first = org.get(&path).expect(200);
    assert_eq!(first.body["data"].as_array().unwrap().len(), 2);
    let cursor = first.body["page"]["nextCursor"]
        .as_str()
        .unwrap()
        .replace('=', "%3D")
        .replace('+', "%2B");
    let second = org.get(&format!("{path}&cursor={cursor}")).expect(200);
    assert_eq!(second.body["data"][0]["id"], people[2].as_str());
    assert_eq!(second.body["data"][0]["isPrimary"], true);
    assert!(second.body["data"][0]["linkId"].is_string());
    assert_eq!(second.body["page"]["hasMore"], false);
}

#[test]
fn duplicates_are_found_by_domain_name_words_and_spelling() {
    let mut org = Org::new();
    org.post(
        COMPANIES,
        &json!({"name": "Norrsken Fastigheter AB", "domain": "norrsken.se", "countryCode": "SE"}),
    )
    .expect(201);
    let mut methods = |body: Value| -> Vec<String> {
        let told = org.post(FIND, &body).expect(200);
        let items = told.body["duplicates"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["method"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        methods(json!({"name": "Nordljus", "domain": "www.norrsken.se"})),
        ["Domain"]
    );
    assert_eq!(
        methods(json!({"name": "NORRSKEN fastigheter"})),
        ["NormalizedName"]
    );
    assert_eq!(
        methods(json!({"name": "Norrsken Fastigheter Stockholm"})),
        ["TokenContainment"]
    );
    assert_eq!(
        methods(json!({"name": "Norsken Fastigheter"})),
        ["JaroWinkler"]
    );
    assert!(methods(json!({"name": "Norrsken Fastigheter", "countryCode": "NO"})).is_empty());
    assert!(methods(json!({"name": "Vindal Holding"})).is_empty());
    org.post(FIND, &json!({"domain": "norrsken.se"}))
        .expect(400);
    org.post(
        "/api/v1/network/companies/find-duplicates",
        &json!({"name": "x"}),
    )
    .expect(405);
}
