//! Keys: those that are published for an answer, and those that an answer shows.
//!
//! In: a schema, or an answer. Out: places such as `data.emails.label`. No schema of the files says which keys must be there,
//! so what is missing is told in the report and is for a person to judge.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::operations::Operation;
use crate::strict::stands_for;

/// Every key that is published for this status.
pub(crate) fn published(operation: &Operation, status: u16) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    if let Some(schema) = operation.answers.get(&status)
        && let Ok(schema) = serde_json::from_str(schema.get())
    {
        of_schema(&schema, "", &mut places);
    }
    places
}

/// Every key of an answer.
pub(crate) fn shown(answer: &Value) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    of_value(answer, "", &mut places);
    places
}

/// Published keys that were not shown although their neighbours were.
pub(crate) fn missing(published: &BTreeSet<String>, shown: &BTreeSet<String>) -> Vec<String> {
    let met: BTreeSet<&str> = shown.iter().map(|place| parent(place)).collect();
    published
        .iter()
        .filter(|place| !shown.contains(*place) && met.contains(parent(place)))
        .cloned()
        .collect()
}

fn parent(place: &str) -> &str {
    place.rsplit_once('.').map_or("", |(parent, _)| parent)
}

fn joined(place: &str, key: &str) -> String {
    if place.is_empty() {
        key.to_owned()
    } else {
        format!("{place}.{key}")
    }
}

fn of_schema(schema: &Value, place: &str, places: &mut BTreeSet<String>) {
    let Value::Object(parts) = schema else { return };
    for (keyword, part) in parts {
        match (keyword.as_str(), part) {
            ("properties", Value::Object(properties)) => {
                let named = properties
                    .iter()
                    .filter(|(key, _)| stands_for(key).is_none());
                for (key, property) in named {
                    let place = joined(place, key);
                    of_schema(property, &place, places);
                    places.insert(place);
                }
            }
            ("oneOf" | "anyOf", Value::Array(choices)) => {
                choices
                    .iter()
                    .for_each(|choice| of_schema(choice, place, places));
            }
            ("items", part) => of_schema(part, place, places),
            _ => {}
        }
    }
}

fn of_value(value: &Value, place: &str, places: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let place = joined(place, key);
                of_value(value, &place, places);
                places.insert(place);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| of_value(item, place, places)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
