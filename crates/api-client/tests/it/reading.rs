//! Reading JSON tolerantly.

use api_client::{Row, tolerant};
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Debug, Deserialize, PartialEq)]
struct Record {
    #[serde(deserialize_with = "tolerant::integer")]
    id: i64,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    owner: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    is_open: bool,
    #[serde(default, deserialize_with = "tolerant::integers")]
    labels: Vec<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    at: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::list")]
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Part {
    name: String,
}

/// The same from text and from a value.
fn record(json: &str) -> Record {
    let record: Record = serde_json::from_str(json).unwrap();
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::from_value::<Record>(value).unwrap(), record);
    record
}

#[test]
fn numbers_and_their_texts_are_the_same() {
    assert_eq!(record(r#"{"id":500}"#), record(r#"{"id":"500"}"#));
    assert_eq!(
        record(r#"{"id":500.0,"name":12}"#).name.as_deref(),
        Some("12")
    );
    assert!(serde_json::from_str::<Record>(r#"{"id":null}"#).is_err());
    assert!(serde_json::from_str::<Record>(r#"{"id":1.5}"#).is_err());
}

#[test]
fn a_value_of_another_kind_is_no_value() {
    let odd = record(
        r#"{"id":1,"owner":{"id":[4]},"name":["x"],"is_open":"maybe","labels":{"a":1},"at":[]}"#,
    );
    assert_eq!(odd, record(r#"{"id":1}"#));
}

#[test]
fn lists_are_read_in_every_form_they_come_in() {
    assert_eq!(
        record(r#"{"id":1,"labels":[1,"2",null,{"x":3},4]}"#).labels,
        [1, 2, 4]
    );
    assert_eq!(record(r#"{"id":1,"labels":"5,6"}"#).labels, [5, 6]);
    assert_eq!(record(r#"{"id":1,"labels":7}"#).labels, [7]);
    assert_eq!(record(r#"{"id":1,"labels":null}"#).labels, [0; 0]);
}

#[test]
fn moments_are_read_with_and_without_a_zone() {
    let expected: Timestamp = "2026-01-14T18:16:56Z".parse().unwrap();
    for written in [
        "2026-01-14T18:16:56Z",
        "2026-01-14T18:16:56.000Z",
        "2026-01-14 18:16:56",
        "2026-01-14T20:16:56+02:00",
    ] {
        assert_eq!(
            record(&format!(r#"{{"id":1,"at":"{written}"}}"#)).at,
            Some(expected),
            "{written}"
        );
    }
    assert_eq!(record(r#"{"id":1,"at":"soon"}"#).at, None);
}

#[test]
fn an_element_that_makes_no_sense_does_not_spoil_the_others() {
    let read = record(r#"{"id":1,"parts":[{"name":"a"},7,{"name":null},{"name":"b","more":[]}]}"#);
    let names: Vec<_> = read.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn a_member_that_is_no_part_of_the_record_is_cut_out_and_the_rest_stays_as_it_was() {
    let cut = |raw: &str| {
        let row = Row {
            value: (),
            raw: raw.into(),
        };
        row.without("count").raw
    };
    for (raw, rest) in [
        (r#"{"id":1,"count":3}"#, r#"{"id":1}"#),
        (r#"{"count":3,"id":1}"#, r#"{"id":1}"#),
        (r#"{"id":1,"count":{"a":[3]},"b":2}"#, r#"{"id":1,"b":2}"#),
        (r#"{"id":1 , "count" : 3 , "b":2}"#, r#"{"id":1 , "b":2}"#),
        (r#"{"count":3}"#, "{}"),
    ] {
        assert_eq!(&*cut(raw), rest);
    }
    for untouched in [
        r#"{"id":1}"#,
        r#"{"id":1,"part":{"count":3}}"#,
        r#"{"id":"count"}"#,
        r#"[{"count":3}]"#,
    ] {
        assert_eq!(&*cut(untouched), untouched);
    }
}
