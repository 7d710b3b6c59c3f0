//! The files read strictly.
//!
//! In: a schema as published. Out: the same, with every object closed that names its keys. Custom fields are allowed
//! wherever keys are named, because v1 mixes them with the built-in ones and the files cannot know them. A key such as
//! `PERSON_ID` stands for any number, as the files' examples show.

use serde_json::{Map, Value, json};

/// Forty hexadecimal digits, alone or with the name of a part (`…_currency`).
const CUSTOM_FIELD: &str = "^[0-9a-f]{40}(_[a-z0-9_]+)?$";

pub(crate) fn close(schema: &mut Value) {
    let Value::Object(parts) = schema else { return };
    for (keyword, part) in parts.iter_mut() {
        match (keyword.as_str(), part) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(close),
            ("oneOf" | "anyOf", Value::Array(choices)) => choices.iter_mut().for_each(close),
            ("items" | "additionalProperties", part) => close(part),
            _ => {}
        }
    }
    if names_its_keys(parts) {
        let mut patterns = json!({CUSTOM_FIELD: true});
        if let Some(Value::Object(properties)) = parts.get_mut("properties") {
            for name in properties.keys().cloned().collect::<Vec<_>>() {
                if let Some(pattern) = stands_for(&name) {
                    patterns[pattern] = properties.remove(&name).unwrap_or_default();
                }
            }
        }
        parts.insert("additionalProperties".to_owned(), Value::Bool(false));
        parts.insert("patternProperties".to_owned(), patterns);
    }
}

/// The keys that a key of the files stands for, where it is none itself.
pub(crate) fn stands_for(name: &str) -> Option<&'static str> {
    match name {
        "CURRENCY_ID" => Some("^[A-Z]{3}$"),
        "DEAL_ID" | "ORGANIZATION_ID" | "PERSON_ID" | "PICTURE_ID" | "USER_ID" => Some("^[0-9]+$"),
        _ => None,
    }
}

fn names_its_keys(parts: &Map<String, Value>) -> bool {
    parts.contains_key("properties")
        && !parts.contains_key("additionalProperties")
        && !parts.contains_key("oneOf")
        && !parts.contains_key("anyOf")
}
