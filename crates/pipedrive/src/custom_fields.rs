//! Custom fields: values by field code.
//!
//! In: the API's form, or the form with types that webhooks use. Out: always the API's form, in which an option is its
//! id, several options are a list of ids, and money is a value with a currency.

use std::collections::BTreeMap;

use api_client::Patch;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::{Map, Value};

use crate::custom_value::CustomValue;

/// What a write does to custom fields, by field code; what is not named stays.
pub type CustomFields = BTreeMap<String, Patch<CustomValue>>;

/// Reads the fields; anything but an object holds none.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Value>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(fields) => fields.into_iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            BTreeMap::new()
        }
    })
}

pub(crate) fn is_unchanged(fields: &CustomFields) -> bool {
    fields.values().all(Patch::is_keep)
}

pub(crate) fn write<S: Serializer>(
    fields: &CustomFields,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let changed = fields.iter().filter(|(_, patch)| !patch.is_keep());
    let mut map = serializer.serialize_map(None)?;
    for (code, patch) in changed {
        map.serialize_entry(code, patch)?;
    }
    map.end()
}

/// Takes the types off all fields of a webhook.
pub(crate) fn without_types(fields: &mut Value) {
    if let Value::Object(fields) = fields {
        for value in fields.values_mut() {
            if let Value::Object(typed) = value {
                *value = without_type(std::mem::take(typed));
            }
        }
    }
}

fn without_type(mut typed: Map<String, Value>) -> Value {
    let Some(Value::String(kind)) = typed.remove("type") else {
        // Already in the API's form.
        return Value::Object(typed);
    };
    match kind.as_str() {
        "enum" | "user" | "org" | "people" => typed.remove("id").unwrap_or_default(),
        "set" => ids_of(typed.remove("values").unwrap_or_default()),
        "daterange" | "timerange" => {
            if let Some(from) = typed.remove("from") {
                typed.insert("value".to_owned(), from);
            }
            Value::Object(typed)
        }
        "monetary" | "address" | "time" => Value::Object(typed),
        // Kinds with a single value, those we have never seen included.
        _ => match typed.remove("value") {
            Some(value) if typed.is_empty() => value,
            Some(value) => {
                typed.insert("value".to_owned(), value);
                Value::Object(typed)
            }
            None => Value::Object(typed),
        },
    }
}

fn ids_of(options: Value) -> Value {
    let Value::Array(options) = options else {
        return Value::Null;
    };
    let id = |option: Value| match option {
        Value::Object(mut option) => option.remove("id").unwrap_or_default(),
        plain @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)) => plain,
    };
    Value::Array(options.into_iter().map(id).collect())
}
