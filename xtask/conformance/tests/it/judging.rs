//! What the judge finds, and what it lets through.

use conformance::{expect_published, judge};
use serde_json::{Value, json};

/// Kind and place of each finding.
fn found(method: &str, path: &str, status: u16, body: &Value) -> Vec<(String, String)> {
    let verdict = judge(method, path, status, body.to_string().as_bytes());
    verdict
        .findings
        .into_iter()
        .map(|finding| (finding.kind, finding.place))
        .collect()
}

fn finding(kind: &str, place: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), place.to_owned())]
}

fn person(extra: (&str, Value)) -> Value {
    let mut person = json!({"id": 5, "name": "Ann Lie", "custom_fields": {}, "emails": [{"value": "ann@lie.no", "label": "work", "primary": true}]});
    person[extra.0] = extra.1;
    json!({"success": true, "data": person})
}

#[test]
fn an_answer_as_published_is_let_through() {
    let answer = person(("visible_to", json!(3)));
    assert!(found("GET", "/api/v2/persons/5", 200, &answer).is_empty());
    expect_published(
        "GET",
        "/api/v2/persons/5?include_labels=true",
        200,
        answer.to_string().as_bytes(),
    );
}

#[test]
fn a_key_that_no_file_names_is_found() {
    let answer = person(("visibleTo", json!(3)));
    assert_eq!(
        found("GET", "/api/v2/persons/5", 200, &answer),
        finding("key", "data.visibleTo")
    );
}

#[test]
fn a_value_of_another_type_is_found_wherever_it_stands() {
    let list = json!({"success": true, "data": [{"id": 1}, {"id": "2"}], "additional_data": {"next_cursor": "x"}});
    assert_eq!(
        found("GET", "/api/v2/persons", 200, &list),
        finding("type", "data.id")
    );
}

#[test]
fn null_is_found_unless_it_is_a_known_difference() {
    assert_eq!(
        found(
            "GET",
            "/api/v2/persons/5",
            200,
            &person(("name", Value::Null))
        ),
        finding("null", "data.name")
    );
    assert!(
        found(
            "GET",
            "/api/v2/persons/5",
            200,
            &person(("org_id", Value::Null))
        )
        .is_empty()
    );
}

#[test]
fn a_status_that_is_not_published_is_found() {
    let answer = person(("visible_to", json!(3)));
    assert_eq!(
        found("POST", "/api/v2/persons", 201, &answer),
        finding("status", "")
    );
}

#[test]
fn an_operation_that_is_not_published_may_only_refuse() {
    let gone = json!({"success": false, "error": "gone", "error_info": "no", "data": null, "additional_data": null});
    assert!(found("GET", "/v1/persons", 410, &gone).is_empty());
    assert_eq!(
        found("GET", "/v1/persons", 200, &json!({"success": true})),
        finding("operation", "")
    );
}

#[test]
fn a_refusal_looks_like_one_of_those_that_are_known() {
    let gateway = |status: u16| json!({"success": false, "error": "unauthorized access", "errorCode": status});
    assert!(found("GET", "/v1/users/me", 401, &gateway(401)).is_empty());
    assert_eq!(
        found("GET", "/api/v2/persons/5", 401, &gateway(403)),
        finding("refusal", "")
    );
    assert_eq!(
        found(
            "GET",
            "/api/v2/persons/5",
            404,
            &json!({"success": true, "error": "no"})
        ),
        finding("refusal", "")
    );
    let page = judge(
        "GET",
        "/api/v2/persons/5",
        403,
        b"<!DOCTYPE html><html></html>",
    );
    assert!(page.findings.is_empty());
}

#[test]
fn custom_fields_may_stand_among_the_keys_of_v1() {
    let hash = "0123456789abcdef0123456789abcdef01234567";
    let currency = format!("{hash}_currency");
    let lead =
        json!({"success": true, "data": {"title": "Warehouse", hash: 5, currency.as_str(): "SEK"}});
    assert!(found("GET", "/v1/leads/a", 200, &lead).is_empty());
    let misspelled = json!({"success": true, "data": {"titel": "Warehouse"}});
    assert_eq!(
        found("GET", "/v1/leads/a", 200, &misspelled),
        finding("key", "data.titel")
    );
}

#[test]
fn a_body_that_is_no_json_is_found() {
    let verdict = judge("GET", "/api/v2/persons/5", 200, b"{\"success\":tru");
    assert_eq!(verdict.findings.len(), 1);
}

#[test]
#[should_panic(expected = "otherwise than Pipedrive publishes")]
fn a_test_that_meets_a_difference_fails() {
    let answer = person(("visibleTo", json!(3))).to_string();
    expect_published("GET", "/api/v2/persons/5", 200, answer.as_bytes());
}
