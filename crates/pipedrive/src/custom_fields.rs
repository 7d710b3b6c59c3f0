//! Custom fields: values by field code.
//!
//! In: the API's form, or the form with types that webhooks use. Out: always the API's form, in which an option is its
//! id, several options are a list of ids, and money is a value with a currency.

use std::collections::BTreeMap;
use std::fmt;

use api_client::Patch;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::custom_value::CustomValue;

/// What a write does to custom fields, by field code; what is not named stays.
pub type CustomFields = BTreeMap<String, Patch<CustomValue>>;

/// Values by field code, as received. They are taken apart when somebody asks: a list of deals has tens of thousands of them, and
/// the mirror keeps them as they came.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ShownFields(Option<Box<RawValue>>);

impl ShownFields {
    /// The values; none where they make no sense.
    #[must_use]
    pub fn read(&self) -> BTreeMap<String, Value> {
        let raw = self.0.as_deref().map_or("null", RawValue::get);
        let mut deserializer = serde_json::Deserializer::from_str(raw);
        read(&mut deserializer).unwrap_or_default()
    }
}

impl PartialEq for ShownFields {
    fn eq(&self, other: &Self) -> bool {
        self.read() == other.read()
    }
}

/// Reads the fields; anything but an object holds none.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Value>, D::Error> {
    deserializer.deserialize_any(FieldsVisitor)
}

/// Fills the map as it reads: an account may have hundreds of fields, and every record shows all of them.
struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = BTreeMap<String, Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("custom fields by their codes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((code, value)) = map.next_entry()? {
            fields.insert(code, value);
        }
        Ok(fields)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(BTreeMap::new())
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }
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
