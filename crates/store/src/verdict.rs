//! Whether what a side showed is news: the monotone rule of the mirror, used by every store.
//!
//! In: the stored row and the shown one. Out: a verdict. Never reads or writes a table.

use serde_json::Value;

use crate::rows::{Authority, MirrorRow};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    New,
    Changed,
    Unchanged,
    Older,
    Unsure,
}

pub(crate) fn judge(
    stored: Option<&MirrorRow>,
    shown: &MirrorRow,
    authority: Authority,
) -> Verdict {
    let Some(stored) = stored else {
        return Verdict::New;
    };
    if shown.remote_time < stored.remote_time {
        return Verdict::Older;
    }
    if same_content(stored, shown) {
        return Verdict::Unchanged;
    }
    let same_time = shown.remote_time == stored.remote_time;
    // A list that lags may still show a record that a read found gone, even with a later time than we had seen.
    let comes_back = stored.deleted_at.is_some() && shown.deleted_at.is_none();
    match authority {
        Authority::Read => Verdict::Changed,
        Authority::Page if same_time || comes_back => Verdict::Unsure,
        Authority::Page => Verdict::Changed,
    }
}

/// Everything but when we looked and when fields were seen to change.
fn same_content(stored: &MirrorRow, shown: &MirrorRow) -> bool {
    stored.remote_version == shown.remote_version
        && stored.remote_time == shown.remote_time
        && stored.deleted_at.is_some() == shown.deleted_at.is_some()
        && stored.owner == shown.owner
        && stored.refers_to == shown.refers_to
        && stored.match_keys == shown.match_keys
        && stored.left == shown.left
        && says_the_same(&stored.raw, &shown.raw)
}

/// Whether two JSON texts say the same, whatever the order of their keys, and whether whole numbers have a fraction or not: what
/// a webhook told is written otherwise than what a list tells.
#[must_use]
pub fn says_the_same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let read = |text| serde_json::from_str::<Value>(text).ok();
    match (read(one), read(other)) {
        (Some(one), Some(other)) => is_same(&one, &other),
        (Some(_) | None, _) => false,
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.is_f64() != other.is_f64() && one.as_f64() == other.as_f64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has_it = |(key, value): (&String, &Value)| {
                other.get(key).is_some_and(|is| is_same(value, is))
            };
            one.len() == other.len() && one.iter().all(has_it)
        }
        (one, other) => one == other,
    }
}
