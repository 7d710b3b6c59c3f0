//! Custom fields that a record shows although they are empty: a row keeps only that it showed them.
//!
//! In: a record as its side showed it. Out: its text without them and a number for the fields it showed, and from these the very
//! same text again. What could not be put together again to the letter is kept as it is.
//!
//! Every record shows every custom field of its account, and most of them are empty: they are most of what Pipedrive sends. But
//! that a field is shown at all says that it exists, and so they cannot just be forgotten.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::rows::Rows;
use crate::{Answer, StoreError};

const TABLE: &str = "custom_field_sets";
const EMPTY: &str = "null";
/// An account has a few: one for each entity, and one more after each new field. Beyond, rows are kept whole.
const SETS_MAX: i64 = 1_000;

/// The custom fields of a record, as they stand in its text.
#[derive(Debug)]
pub(super) struct CustomFields<'a> {
    /// The object with all of them.
    pub(super) text: &'a str,
    /// The object with those that are set.
    pub(super) set: String,
    /// With their quotes, in their order.
    keys: Vec<&'a str>,
    /// How long the object is without any space between its parts.
    dense: usize,
    has_empty: bool,
}

impl<'a> CustomFields<'a> {
    /// Nothing when the text is no object.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        struct Members<'a>(CustomFields<'a>);

        impl<'de> Visitor<'de> for Members<'de> {
            type Value = CustomFields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("custom fields by their keys")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let Self(mut fields) = self;
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    fields.push(key.get(), value.get());
                }
                fields
                    .set
                    .push_str(if fields.set.is_empty() { "{}" } else { "}" });
                Ok(fields)
            }
        }

        let nothing = CustomFields {
            text,
            set: String::new(),
            keys: Vec::new(),
            dense: "{}".len(),
            has_empty: false,
        };
        serde_json::Deserializer::from_str(text)
            .deserialize_map(Members(nothing))
            .ok()
    }

    fn push(&mut self, key: &'a str, value: &str) {
        self.dense += usize::from(!self.keys.is_empty()) + key.len() + ":".len() + value.len();
        self.keys.push(key);
        if value == EMPTY {
            self.has_empty = true;
        } else {
            let between = if self.set.is_empty() { '{' } else { ',' };
            push_member(&mut self.set, between, key, value);
        }
    }

    /// Whether leaving out what is empty loses nothing but that.
    fn can_be_packed(&self) -> bool {
        self.has_empty && self.dense == self.text.len()
    }

    /// The whole text without what is empty.
    fn packed(&self, raw: &str) -> String {
        // It is a part of the text, so that its address tells its place.
        let at = self.text.as_ptr().addr() - raw.as_ptr().addr();
        let (before, after) = (&raw[..at], &raw[at + self.text.len()..]);
        let mut packed = String::with_capacity(before.len() + self.set.len() + after.len());
        packed.push_str(before);
        packed.push_str(&self.set);
        packed.push_str(after);
        packed
    }
}

fn push_member(text: &mut String, before: char, key: &str, value: &str) {
    text.push(before);
    text.push_str(key);
    text.push(':');
    text.push_str(value);
}

/// Custom fields that records show together.
#[derive(Debug)]
struct FieldSet {
    workspace: i64,
    id: i64,
    /// With their quotes.
    keys: Vec<Box<str>>,
}

impl FieldSet {
    fn is(&self, keys: &[&str]) -> bool {
        self.keys.len() == keys.len()
            && self
                .keys
                .iter()
                .zip(keys)
                .all(|(one, other)| **one == **other)
    }
}

/// The sets that a connection has met. They never change; those of a transaction that is undone have to be forgotten.
#[derive(Debug, Default)]
pub(super) struct FieldSets(RefCell<Vec<Rc<FieldSet>>>);

impl FieldSets {
    pub(super) fn forget(&self) {
        self.0.borrow_mut().clear();
    }

    fn find(&self, is_it: impl Fn(&FieldSet) -> bool) -> Option<Rc<FieldSet>> {
        let known = self.0.borrow();
        known.iter().find(|set| is_it(set)).map(Rc::clone)
    }

    fn keep(&self, set: FieldSet) -> Rc<FieldSet> {
        let set = Rc::new(set);
        self.0.borrow_mut().push(Rc::clone(&set));
        set
    }
}

impl Rows<'_> {
    /// The text of a record without the fields that are empty, and the number of the set of those it shows; nothing where it is kept
    /// whole.
    pub(super) fn pack(
        &self,
        raw: &str,
        custom: &CustomFields<'_>,
    ) -> Answer<Option<(String, i64)>> {
        if !custom.can_be_packed() {
            return Ok(None);
        }
        let set = self.set_of(&custom.keys)?;
        Ok(set.map(|set| (custom.packed(raw), set)))
    }

    /// The text as it was shown.
    pub(super) fn unpack(&self, packed: Arc<str>, set: Option<i64>) -> Answer<Arc<str>> {
        let Some(id) = set else { return Ok(packed) };
        let set = self.set_by_id(id)?;
        let whole = whole(&packed, &set).ok_or_else(|| StoreError::Corrupt {
            table: TABLE,
            id: id.to_string(),
            reason: "a row has custom fields that its set does not".to_owned(),
        })?;
        Ok(whole.into())
    }

    fn set_of(&self, keys: &[&str]) -> Answer<Option<i64>> {
        let is_it = |set: &FieldSet| set.workspace == self.workspace && set.is(keys);
        if let Some(known) = self.sets.find(is_it) {
            return Ok(Some(known.id));
        }
        let text = format!("[{}]", keys.join(","));
        let sql = "select set_id from custom_field_sets where workspace_id = ?1 and keys = ?2";
        let kept = self.one(TABLE, sql, (self.workspace, &text), |cells| {
            cells.get::<i64>()
        })?;
        let id = match kept {
            Some(id) => id,
            None => {
                let sql =
                    "select ifnull(max(set_id), 0) from custom_field_sets where workspace_id = ?1";
                let last = self.one(TABLE, sql, [self.workspace], |cells| cells.get::<i64>())?;
                let id = last.unwrap_or(0) + 1;
                if id > SETS_MAX {
                    return Ok(None);
                }
                let sql = "insert into custom_field_sets (workspace_id, set_id, keys) values (?1, ?2, ?3)";
                self.run(sql, (self.workspace, id, &text))?;
                id
            }
        };
        let keys = keys.iter().map(|key| Box::from(*key)).collect();
        let workspace = self.workspace;
        Ok(Some(
            self.sets
                .keep(FieldSet {
                    workspace,
                    id,
                    keys,
                })
                .id,
        ))
    }

    fn set_by_id(&self, id: i64) -> Answer<Rc<FieldSet>> {
        let is_it = |set: &FieldSet| set.workspace == self.workspace && set.id == id;
        if let Some(known) = self.sets.find(is_it) {
            return Ok(known);
        }
        let corrupt = |reason: String| StoreError::Corrupt {
            table: TABLE,
            id: id.to_string(),
            reason,
        };
        let sql = "select keys from custom_field_sets where workspace_id = ?1 and set_id = ?2";
        let text = self.one(TABLE, sql, (self.workspace, id), |cells| {
            cells.get::<String>()
        })?;
        let text = text.ok_or_else(|| corrupt("a row names it, and it is not there".to_owned()))?;
        let keys: Vec<&RawValue> =
            serde_json::from_str(&text).map_err(|error| corrupt(error.to_string()))?;
        let keys = keys.iter().map(|key| Box::from(key.get())).collect();
        let workspace = self.workspace;
        Ok(self.sets.keep(FieldSet {
            workspace,
            id,
            keys,
        }))
    }
}

/// Nothing when the row has fields that the set does not.
fn whole(packed: &str, set: &FieldSet) -> Option<String> {
    #[derive(Deserialize)]
    struct Record<'a> {
        #[serde(borrow)]
        custom_fields: &'a RawValue,
    }

    let record: Record<'_> = serde_json::from_str(packed).ok()?;
    let text = record.custom_fields.get();
    let at = text.as_ptr().addr() - packed.as_ptr().addr();
    let mut members = members(text)?.into_iter().peekable();
    let mut whole = String::with_capacity(packed.len() + set.keys.len() * 48);
    whole.push_str(&packed[..at]);
    let mut before = '{';
    for key in &set.keys {
        let value = members.next_if(|(name, _)| *name == &**key);
        push_member(
            &mut whole,
            before,
            key,
            value.map_or(EMPTY, |(_, value)| value),
        );
        before = ',';
    }
    if members.next().is_some() || set.keys.is_empty() {
        return None;
    }
    whole.push('}');
    whole.push_str(&packed[at + text.len()..]);
    Some(whole)
}

/// The keys and values of an object, as they are written.
fn members(text: &str) -> Option<Vec<(&str, &str)>> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(&'de str, &'de str)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("custom fields by their keys")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                members.push((key.get(), value.get()));
            }
            Ok(members)
        }
    }

    serde_json::Deserializer::from_str(text)
        .deserialize_map(Members)
        .ok()
}

#[cfg(test)]
mod tests;
