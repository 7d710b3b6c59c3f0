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

use super::columns::Part;
use super::rows::Rows;
use crate::{Answer, StoreError};

const TABLE: &str = "custom_field_sets";
const EMPTY: &str = "null";
/// An account has a few: one for each entity, and one more after each new field. Beyond, rows are kept whole.
const SETS_MAX: i64 = 1_000;

/// The custom fields of a record, as they stand in its text.
#[derive(Debug)]
pub(super) struct CustomFields {
    /// The object with all of them.
    at: Part,
    /// The object with those that are set.
    pub(super) set: String,
    /// With their quotes, in their order.
    keys: Vec<Part>,
    /// How long the object is without any space between its parts.
    dense: usize,
    has_empty: bool,
}

impl CustomFields {
    /// Nothing when the text, which is a part of the record's, is no object.
    pub(super) fn read(text: &str, raw: &str) -> Option<Self> {
        struct Members<'a>(CustomFields, &'a str);

        impl<'de> Visitor<'de> for Members<'_> {
            /// Nothing when a key is not where it should be.
            type Value = Option<CustomFields>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("custom fields by their keys")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let Self(mut fields, raw) = self;
                let mut are_whole = true;
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    are_whole &= fields.push(key.get(), value.get(), raw).is_some();
                }
                fields
                    .set
                    .push_str(if fields.set.is_empty() { "{}" } else { "}" });
                Ok(are_whole.then_some(fields))
            }
        }

        let nothing = Self {
            at: Part::of(raw, text)?,
            set: String::new(),
            keys: Vec::new(),
            dense: "{}".len(),
            has_empty: false,
        };
        serde_json::Deserializer::from_str(text)
            .deserialize_map(Members(nothing, raw))
            .ok()?
    }

    fn push(&mut self, key: &str, value: &str, raw: &str) -> Option<()> {
        self.dense += usize::from(!self.keys.is_empty()) + key.len() + ":".len() + value.len();
        self.keys.push(Part::of(raw, key)?);
        if value == EMPTY {
            self.has_empty = true;
        } else {
            let between = if self.set.is_empty() { '{' } else { ',' };
            push_member(&mut self.set, between, key, value);
        }
        Some(())
    }

    /// The whole text without what is empty; nothing where more than that would be lost.
    pub(super) fn packed(&self, raw: &str) -> Option<String> {
        let text = self.at.in_text(raw);
        if !self.has_empty || self.dense != text.len() {
            return None;
        }
        let (before, after) = self.at.around(raw);
        let mut packed = String::with_capacity(before.len() + self.set.len() + after.len());
        packed.push_str(before);
        packed.push_str(&self.set);
        packed.push_str(after);
        Some(packed)
    }

    fn keys<'a>(&self, raw: &'a str) -> impl ExactSizeIterator<Item = &'a str> {
        self.keys.iter().map(move |key| key.in_text(raw))
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
    fn is<'a>(&self, mut keys: impl ExactSizeIterator<Item = &'a str>) -> bool {
        self.keys.len() == keys.len()
            && self
                .keys
                .iter()
                .all(|one| keys.next().is_some_and(|other| **one == *other))
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
    /// The number of the set of the fields that a record shows; nothing where there are too many sets.
    pub(super) fn set_of(&self, custom: &CustomFields, raw: &str) -> Answer<Option<i64>> {
        let is_it = |set: &FieldSet| set.workspace == self.workspace && set.is(custom.keys(raw));
        match self.sets.find(is_it) {
            Some(known) => Ok(Some(known.id)),
            None => self.new_set(&custom.keys(raw).collect::<Vec<_>>()),
        }
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

    fn new_set(&self, keys: &[&str]) -> Answer<Option<i64>> {
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
