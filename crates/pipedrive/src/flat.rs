//! Custom fields as the older version of the API has them: flat beside the built-in fields, a value in several parts as
//! several fields.
//!
//! In and out: `hash`, `hash_currency`, `hash_until` and the like on one side, the newer version's form on the other. The
//! one place where the two meet.

use std::collections::BTreeMap;

use api_client::Patch;
use serde_json::{Map, Value};

use crate::custom_fields::CustomFields;
use crate::custom_value::CustomValue;

const HASH_LENGTH: usize = 40;

/// The custom fields among the fields of a record, in the newer version's form.
pub(crate) fn read(root: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    // In order, so that a field comes before its parts.
    for (name, value) in root {
        let Some((hash, part)) = split(&name) else {
            continue;
        };
        match part {
            None => {
                fields.insert(hash.to_owned(), value);
            }
            Some(part) => {
                if let Some(whole) = fields.get_mut(hash) {
                    add_part(whole, part, value);
                }
            }
        }
    }
    fields
}

fn add_part(whole: &mut Value, part: &str, value: Value) {
    // The parts of a field that is unset are unset.
    if whole.is_null() {
        return;
    }
    if let Value::Object(parts) = whole {
        parts.insert(part.to_owned(), value);
        return;
    }
    let mut parts = Map::new();
    parts.insert("value".to_owned(), whole.take());
    parts.insert(part.to_owned(), value);
    *whole = Value::Object(parts);
}

/// A hash of forty digits, and what follows it after an underscore.
fn split(name: &str) -> Option<(&str, Option<&str>)> {
    let hash = name.get(..HASH_LENGTH)?;
    if !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    match &name[HASH_LENGTH..] {
        "" => Some((hash, None)),
        rest => Some((hash, Some(rest.strip_prefix('_')?))),
    }
}

/// What a write sends, beside the built-in fields.
pub(crate) fn write(fields: &CustomFields) -> BTreeMap<String, Value> {
    let mut root = BTreeMap::new();
    for (code, patch) in fields {
        match patch {
            Patch::Keep => {}
            Patch::Clear => {
                root.insert(code.clone(), Value::Null);
            }
            Patch::Set(value) => write_one(&mut root, code, value),
        }
    }
    root
}

fn write_one(root: &mut BTreeMap<String, Value>, code: &str, value: &CustomValue) {
    match value {
        // Options travel as text here.
        CustomValue::Choice(id) => {
            root.insert(code.to_owned(), id.to_string().into());
        }
        CustomValue::Choices(ids) if !ids.is_empty() => {
            let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
            root.insert(code.to_owned(), ids.join(",").into());
        }
        CustomValue::Text(_)
        | CustomValue::Number(_)
        | CustomValue::Money { .. }
        | CustomValue::Choices(_)
        | CustomValue::Record(_)
        | CustomValue::Date(_)
        | CustomValue::DateRange { .. }
        | CustomValue::Time { .. }
        | CustomValue::TimeRange { .. }
        | CustomValue::Address(_) => {
            let written =
                serde_json::to_value(value).expect("a custom value is plain data with text keys");
            let Value::Object(parts) = written else {
                root.insert(code.to_owned(), written);
                return;
            };
            for (name, part) in parts {
                if name == "value" {
                    root.insert(code.to_owned(), part);
                } else {
                    root.insert(format!("{code}_{name}"), part);
                }
            }
        }
    }
}
