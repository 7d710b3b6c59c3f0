//! The files read strictly.
//!
//! In: a schema as published. Out: the same, with every object closed that names its keys. Custom fields are allowed
//! wherever keys are named, because v1 mixes them with the built-in ones and the files cannot know them.

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
        parts.insert("additionalProperties".to_owned(), Value::Bool(false));
        parts.insert("patternProperties".to_owned(), json!({CUSTOM_FIELD: true}));
    }
}

fn names_its_keys(parts: &Map<String, Value>) -> bool {
    parts.contains_key("properties")
        && !parts.contains_key("additionalProperties")
        && !parts.contains_key("oneOf")
        && !parts.contains_key("anyOf")
}
