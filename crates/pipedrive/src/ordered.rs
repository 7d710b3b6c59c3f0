//! A JSON object with its keys in their order and its values as they were written.
//!
//! In: the text of an object. Out: its entries, and the text of an object. Nothing in a value is understood.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

#[derive(Debug, Default)]
pub(crate) struct Ordered(Vec<(String, Box<RawValue>)>);

impl Ordered {
    /// Nothing where the text is no object.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), &**value))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&RawValue> {
        self.entries()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    pub(crate) fn push(&mut self, key: &str, value: Box<RawValue>) {
        self.0.push((key.to_owned(), value));
    }

    pub(crate) fn into_text(self) -> Box<str> {
        serde_json::to_string(&self)
            .expect("texts and raw values always serialise")
            .into()
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Ordered;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}
