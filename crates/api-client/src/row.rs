//! What lists and reads give: the understood value beside the text it came from.
//!
//! In: JSON as received. Out: rows and pages. A row that makes no sense never spoils the rows beside it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

/// One record: what we understood, and the JSON as received.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<T> {
    pub value: T,
    pub raw: Box<str>,
}

impl<T: DeserializeOwned> Row<T> {
    /// Reads one record.
    ///
    /// # Errors
    /// When the text is no record of this kind.
    pub fn read(raw: &RawValue) -> Result<Self, serde_json::Error> {
        Ok(Self {
            value: serde_json::from_str(raw.get())?,
            raw: raw.get().into(),
        })
    }
}

impl<T> Row<T> {
    /// The same row, its JSON without one of its members: what was asked for beside the record and is no part of it. Everything
    /// else stays as it was received.
    #[must_use]
    pub fn without(self, member: &str) -> Self {
        let raw = match cut_out(&self.raw, member) {
            Some(shorter) => shorter.into(),
            None => self.raw,
        };
        Self { raw, ..self }
    }
}

/// `None` where there is nothing to cut out.
fn cut_out(raw: &str, member: &str) -> Option<String> {
    let name = format!("\"{member}\"");
    if !raw.contains(&name) {
        return None;
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(raw).ok()?;
    let value = members.get(member)?.get();
    // The value is a part of the text, so that its address tells its place.
    let at = value.as_ptr().addr() - raw.as_ptr().addr();
    let before = raw[..at].trim_end().strip_suffix(':')?.trim_end();
    let before = before.strip_suffix(&name)?.trim_end();
    let after = raw[at + value.len()..].trim_start();
    Some(match before.strip_suffix(',') {
        Some(before) => format!("{before}{after}"),
        None => format!("{before}{}", after.strip_prefix(',').unwrap_or(after)),
    })
}

/// A row that could not be read. It tells which one and why, and nothing of what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its id, where it shows one.
    pub id: Option<Box<str>>,
    pub reason: Box<str>,
}

impl Unreadable {
    fn of(raw: &str, error: &serde_json::Error) -> Self {
        let id = serde_json::from_str::<Value>(raw)
            .ok()
            .and_then(|row| match row.get("id") {
                Some(Value::Number(id)) => Some(id.to_string()),
                Some(Value::String(id)) if !id.is_empty() => Some(id.clone()),
                Some(_) | None => None,
            });
        // The error's own words may quote what the row holds.
        let reason = match (&id, field_before(raw, error)) {
            (None, _) => "it shows no id".to_owned(),
            (Some(_), Some(field)) => format!("its field `{field}` makes no sense"),
            (Some(_), None) => "it makes no sense".to_owned(),
        };
        Self {
            id: id.map(String::into_boxed_str),
            reason: reason.into(),
        }
    }
}

/// The name of the field at which reading ended. Only what looks like a name is told, never a value.
fn field_before<'a>(raw: &'a str, error: &serde_json::Error) -> Option<&'a str> {
    let read = raw.lines().nth(error.line().checked_sub(1)?)?;
    let read = read.get(..error.column().min(read.len()))?;
    let (before, _) = read.rsplit_once("\":")?;
    let (_, name) = before.rsplit_once('"')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(is_name)).then_some(name)
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<R> {
    pub rows: Vec<R>,
    /// Rows that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// Where the next page begins; nothing on the last one.
    pub next_cursor: Option<String>,
}

impl<R> Page<R> {
    /// Reads each row by itself.
    pub fn read(
        rows: &[&RawValue],
        next_cursor: Option<String>,
        read: impl Fn(&RawValue) -> Result<R, serde_json::Error>,
    ) -> Self {
        let mut page = Self {
            rows: Vec::with_capacity(rows.len()),
            unreadable: Vec::new(),
            next_cursor,
        };
        for raw in rows {
            match read(raw) {
                Ok(row) => page.rows.push(row),
                Err(error) => page.unreadable.push(Unreadable::of(raw.get(), &error)),
            }
        }
        page
    }
}
