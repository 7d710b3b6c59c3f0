//! What is packed comes back to the letter.

use proptest::prelude::*;

use super::*;

fn set(keys: &[&str]) -> FieldSet {
    FieldSet {
        workspace: 1,
        id: 1,
        keys: keys.iter().map(|key| Box::from(*key)).collect(),
    }
}

fn fields_of(raw: &str) -> Option<CustomFields> {
    let fields: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(raw).ok()?;
    CustomFields::read(fields.get("custom_fields")?.get(), raw)
}

/// Packed and put together again, where it can be packed.
fn round(raw: &str) -> Option<(String, String)> {
    let custom = fields_of(raw)?;
    let packed = custom.packed(raw)?;
    let keys: Vec<&str> = custom.keys(raw).collect();
    let whole = whole(&packed, &set(&keys)).expect("it has what its set has");
    Some((packed, whole))
}

#[test]
fn empty_fields_are_left_out_and_come_back_where_they_were() {
    let raw = r#"{"id": 7, "custom_fields":{"a1":null,"b2":{"value":1.50,"currency":null},"c3":"null","d4":null}, "x":[1]}"#;
    let (packed, whole) = round(raw).unwrap();
    let expected =
        r#"{"id": 7, "custom_fields":{"b2":{"value":1.50,"currency":null},"c3":"null"}, "x":[1]}"#;
    assert_eq!((packed.as_str(), whole.as_str()), (expected, raw));
}

#[test]
fn what_could_not_come_back_to_the_letter_is_kept_whole() {
    for raw in [
        r#"{"custom_fields":{"a1": null}}"#,
        r#"{"custom_fields":{"a1":1}}"#,
        r#"{"custom_fields":{}}"#,
        r#"{"custom_fields":[]}"#,
        r#"{"custom_fields":null}"#,
        "{}",
    ] {
        assert_eq!(round(raw), None, "{raw}");
    }
}

#[test]
fn a_row_with_fields_that_its_set_does_not_have_is_no_row() {
    let packed = r#"{"custom_fields":{"b2":1}}"#;
    assert_eq!(whole(packed, &set(&["\"a1\""])), None);
    assert_eq!(whole(packed, &set(&[])), None);
    assert_eq!(whole("{}", &set(&["\"a1\""])), None);
}

proptest! {
    #[test]
    fn whatever_is_packed_comes_back_to_the_letter(
        fields in proptest::collection::btree_map("[a-f\"\\\\]{1,4}", proptest::option::of("[a-c\"{},:]{0,5}"), 0..12),
        name in "[a-c\"{}]{0,4}",
    ) {
        let raw = serde_json::json!({"a": name, "custom_fields": fields, "z": {"custom_fields": 1}}).to_string();
        if let Some((packed, whole)) = round(&raw) {
            prop_assert!(packed.len() < raw.len());
            prop_assert_eq!(whole, raw);
        }
    }
}
