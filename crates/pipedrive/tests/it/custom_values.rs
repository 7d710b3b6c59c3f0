//! Values of custom fields, both ways and in every form they come in.

use std::collections::BTreeMap;

use api_client::Patch;
use jiff::civil::{date, time};
use pipedrive::{AddressBody, CustomValue, CustomValueError, FieldType, LeadBody};
use serde_json::{Number, Value, json};

fn number(text: &str) -> Number {
    serde_json::from_str(text).unwrap()
}

fn address() -> AddressBody {
    AddressBody {
        value: "Storgatan 1, Malmö".to_owned(),
        country: Some("Sweden".to_owned()),
        ..AddressBody::default()
    }
}

/// Every type: a value, and how the API writes it.
fn table() -> Vec<(FieldType, CustomValue, Value)> {
    let text = |text: &str| CustomValue::Text(text.to_owned());
    vec![
        (FieldType::Varchar, text("P-77"), json!("P-77")),
        (FieldType::VarcharAuto, text("P-78"), json!("P-78")),
        (FieldType::Text, text("Core\nNordic"), json!("Core\nNordic")),
        (
            FieldType::Phone,
            text("+46 8 123 45 67"),
            json!("+46 8 123 45 67"),
        ),
        (
            FieldType::Double,
            CustomValue::Number(number("12.5")),
            json!(12.5),
        ),
        (
            FieldType::Monetary,
            CustomValue::Money {
                value: number("2300"),
                currency: Some("SEK".to_owned()),
            },
            json!({"value": 2300, "currency": "SEK"}),
        ),
        (FieldType::Enum, CustomValue::Choice(41), json!(41)),
        (
            FieldType::Set,
            CustomValue::Choices(vec![1, 2]),
            json!([1, 2]),
        ),
        (FieldType::User, CustomValue::Record(7), json!(7)),
        (FieldType::Organization, CustomValue::Record(31), json!(31)),
        (FieldType::Person, CustomValue::Record(21), json!(21)),
        (
            FieldType::Date,
            CustomValue::Date(date(2026, 2, 1)),
            json!("2026-02-01"),
        ),
        (
            FieldType::DateRange,
            CustomValue::DateRange {
                from: date(2026, 1, 1),
                until: Some(date(2026, 2, 1)),
            },
            json!({"value": "2026-01-01", "until": "2026-02-01"}),
        ),
        (
            FieldType::Time,
            CustomValue::Time {
                at: time(9, 30, 0, 0),
                zone: Some("Europe/Stockholm".to_owned()),
            },
            json!({"value": "09:30:00", "timezone_name": "Europe/Stockholm"}),
        ),
        (
            FieldType::TimeRange,
            CustomValue::TimeRange {
                from: time(9, 0, 0, 0),
                until: Some(time(17, 0, 0, 0)),
                zone: None,
            },
            json!({"value": "09:00:00", "until": "17:00:00"}),
        ),
        (
            FieldType::Address,
            CustomValue::Address(Box::new(address())),
            json!({"value": "Storgatan 1, Malmö", "country": "Sweden"}),
        ),
    ]
}

#[test]
fn every_type_is_written_in_the_apis_form_and_read_back_as_it_was() {
    let table = table();
    assert_eq!(table.len(), FieldType::ALL.len());
    for (kind, value, written) in table {
        assert_eq!(serde_json::to_value(&value).unwrap(), written, "{kind}");
        assert_eq!(CustomValue::read(kind, &written), Ok(Some(value)), "{kind}");
    }
}

#[test]
fn every_type_is_read_from_the_typed_form_of_webhooks() {
    let cases = [
        (FieldType::Enum, json!({"type": "enum", "id": 41})),
        (
            FieldType::Set,
            json!({"type": "set", "values": [{"id": 1}, {"id": 2}]}),
        ),
        (FieldType::User, json!({"type": "user", "id": 7})),
        (
            FieldType::Varchar,
            json!({"type": "varchar", "value": "P-77"}),
        ),
        (FieldType::Double, json!({"type": "double", "value": 12.5})),
        (
            FieldType::DateRange,
            json!({"type": "daterange", "from": "2026-01-01", "until": "2026-02-01"}),
        ),
    ];
    let table = table();
    for (kind, typed) in cases {
        let (_, expected, _) = table.iter().find(|(other, ..)| *other == kind).unwrap();
        assert_eq!(
            CustomValue::read(kind, &typed).as_ref(),
            Ok(&Some(expected.clone())),
            "{kind}"
        );
    }
}

#[test]
fn options_are_read_as_text_as_labelled_objects_and_as_ids() {
    let read = |value| CustomValue::read(FieldType::Set, &value);
    let both = Ok(Some(CustomValue::Choices(vec![12, 13])));
    assert_eq!(read(json!("12,13")), both);
    assert_eq!(read(json!(["12", 13])), both);
    assert_eq!(
        read(json!([{"id": 12, "label": "Core"}, {"id": 13, "label": "Nordic"}])),
        both
    );
    assert_eq!(
        CustomValue::read(FieldType::Enum, &json!({"id": 12, "label": "Core"})),
        Ok(Some(CustomValue::Choice(12)))
    );
    assert_eq!(
        CustomValue::read(FieldType::User, &json!({"id": 5, "name": "x", "value": 7})),
        Ok(Some(CustomValue::Record(7)))
    );
}

#[test]
fn nothing_is_unset_and_nonsense_is_told_from_it() {
    for kind in FieldType::ALL {
        assert_eq!(CustomValue::read(kind, &Value::Null), Ok(None), "{kind}");
    }
    assert_eq!(CustomValue::read(FieldType::Set, &json!([])), Ok(None));
    assert_eq!(CustomValue::read(FieldType::Double, &json!("")), Ok(None));
    for (kind, value) in [
        (FieldType::Double, json!("many")),
        (FieldType::Date, json!("soon")),
        (FieldType::Set, json!(["Core"])),
        (FieldType::Enum, json!("Core")),
        (FieldType::Time, json!({"hours": 9})),
        (FieldType::Address, json!(7)),
    ] {
        assert_eq!(
            CustomValue::read(kind, &value),
            Err(CustomValueError::OtherType(kind)),
            "{kind}"
        );
    }
}

#[test]
fn a_list_of_no_options_is_written_as_nothing() {
    let none = CustomValue::Choices(Vec::new());
    assert_eq!(serde_json::to_value(&none).unwrap(), Value::Null);
}

#[test]
fn what_a_field_would_refuse_is_refused_before_it_is_sent() {
    for (kind, value, _) in table() {
        assert_eq!(value.check(kind), Ok(()), "{kind}");
    }
    let long = CustomValue::Text("x".repeat(256));
    assert_eq!(
        long.check(FieldType::Varchar),
        Err(CustomValueError::TooLong(FieldType::Varchar, 255))
    );
    assert_eq!(long.check(FieldType::Text), Ok(()));
    assert_eq!(
        long.check(FieldType::Set),
        Err(CustomValueError::OtherType(FieldType::Set))
    );
    assert_eq!(
        CustomValue::Number(number("1e-17")).check(FieldType::Double),
        Err(CustomValueError::TooManyDecimals)
    );
    assert_eq!(
        CustomValue::Number(number("0.25")).check(FieldType::Double),
        Ok(())
    );
    let kroner = CustomValue::Money {
        value: number("1"),
        currency: Some("kr".to_owned()),
    };
    assert_eq!(
        kroner.check(FieldType::Monetary),
        Err(CustomValueError::NoCurrency)
    );
}

#[test]
fn a_type_is_found_by_its_word_and_only_types_of_custom_fields_are() {
    for kind in FieldType::ALL {
        assert_eq!(FieldType::of(kind.word()), Some(kind));
    }
    assert_eq!(FieldType::of("stage"), None);
}

#[test]
fn a_lead_writes_its_custom_fields_flat() {
    let hash = |digit: &str| digit.repeat(40);
    let digits = [
        (FieldType::Monetary, "a"),
        (FieldType::Set, "b"),
        (FieldType::Enum, "c"),
        (FieldType::DateRange, "d"),
    ];
    let mut fields = BTreeMap::from([(hash("e"), Patch::Clear), (hash("f"), Patch::Keep)]);
    for (kind, value, _) in table() {
        if let Some((_, digit)) = digits.iter().find(|(wanted, _)| *wanted == kind) {
            fields.insert(hash(digit), Patch::Set(value));
        }
    }
    let body = LeadBody {
        title: Patch::Set("Warehouse north".to_owned()),
        visible_to: Patch::Set(3),
        custom_fields: fields,
        ..LeadBody::default()
    };
    let expected = json!({
        "title": "Warehouse north", "visible_to": "3",
        hash("a"): 2300, format!("{}_currency", hash("a")): "SEK",
        hash("b"): "1,2", hash("c"): "41",
        hash("d"): "2026-01-01", format!("{}_until", hash("d")): "2026-02-01",
        hash("e"): null
    });
    assert_eq!(serde_json::to_value(&body).unwrap(), expected);
}
