//! What a person has said is not the same, and what is left alone since it was taken out of a pair.
//!
//! In: records. Out: facts about them. Never touches a pair.

use model::{RecordKey, Timestamp};

use crate::Answer;
use crate::tables::Tables;

const APART: &str = "apart:";
const ALONE: &str = "alone:";
/// Between the two records; no vendor's id has one.
const BETWEEN: char = '|';

fn name(one: &RecordKey, other: &RecordKey) -> String {
    format!("{APART}{one}{BETWEEN}{other}")
}

/// Kept for both, so that it is found from either.
pub(crate) fn keep(
    tables: &mut dyn Tables,
    one: &RecordKey,
    other: &RecordKey,
    now: Timestamp,
) -> Answer<()> {
    let said = now.to_string();
    tables.put_fact(&name(one, other), Some(&said), now)?;
    tables.put_fact(&name(other, one), Some(&said), now)?;
    tables.delete_suggestions(one, Some(other))?;
    tables.delete_suggestions(other, Some(one))
}

pub(crate) fn forget(
    tables: &mut dyn Tables,
    one: &RecordKey,
    other: &RecordKey,
    now: Timestamp,
) -> Answer<()> {
    tables.put_fact(&name(one, other), None, now)?;
    tables.put_fact(&name(other, one), None, now)?;
    for record in [one, other] {
        tables.put_fact(&format!("{ALONE}{record}"), None, now)?;
    }
    Ok(())
}

pub(crate) fn leave_alone(
    tables: &mut dyn Tables,
    record: &RecordKey,
    now: Timestamp,
) -> Answer<()> {
    tables.put_fact(&format!("{ALONE}{record}"), Some(&now.to_string()), now)
}

pub(crate) fn is_left_alone(tables: &dyn Tables, record: &RecordKey) -> Answer<bool> {
    Ok(tables.fact(&format!("{ALONE}{record}"))?.is_some())
}

pub(crate) fn kept(tables: &dyn Tables, record: &RecordKey) -> Answer<Vec<RecordKey>> {
    let prefix = format!("{APART}{record}{BETWEEN}");
    let found = tables.facts(&prefix)?;
    let others = found
        .iter()
        .filter_map(|(name, _)| RecordKey::parse(name.strip_prefix(&prefix)?));
    Ok(others.collect())
}
