//! The comparison must be able to fail.

use serde_json::json;

use super::compare::{is_same, told_by_verify};

#[test]
fn a_row_is_the_same_when_every_value_is() {
    let shown = json!({"id": 5, "value": 1200.0, "prices": [{"price": 5}]});
    let kept = json!({"value": 1200, "id": 5, "prices": [{"price": 5.0}]});
    assert!(is_same(&kept, &shown));
    assert!(!is_same(&json!({"id": 5, "value": 1200}), &shown));
    let other = json!({"id": 5, "value": 1200, "prices": [{"price": 6}]});
    assert!(!is_same(&other, &shown));
}

#[test]
fn a_table_that_could_not_be_compared_is_not_equal() {
    let equal = json!({"entity": "deal", "is_equal": true});
    let verified = json!({"compared": [equal, {"entity": "note", "filled": false}]});
    assert_eq!(told_by_verify(&verified).len(), 1);
}
