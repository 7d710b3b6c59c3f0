//! The envelope around every answer.
//!
//! In: answers of either version of the API. Out: what is inside. Old endpoints may say "no" in a 200; that is a
//! refusal too. Both ways of paging end up as one: a cursor, which for the older one is the number of the next row.

use api_client::{Answer, CallError, Page, Row};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error};
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct One<'a> {
    success: Option<bool>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Many<'a> {
    success: Option<bool>,
    #[serde(borrow)]
    data: Option<Vec<&'a RawValue>>,
    additional_data: Option<Additional>,
}

#[derive(Deserialize)]
struct Found<'a> {
    success: Option<bool>,
    #[serde(borrow)]
    data: Option<Items<'a>>,
    additional_data: Option<Additional>,
}

#[derive(Deserialize)]
struct Items<'a> {
    #[serde(borrow, default)]
    items: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Additional {
    next_cursor: Option<String>,
    pagination: Option<Pagination>,
    // The description of the older version has these here, its answers have them one level further in.
    start: Option<u64>,
    limit: Option<u64>,
    more_items_in_collection: Option<bool>,
    next_start: Option<u64>,
}

#[derive(Deserialize)]
struct Pagination {
    start: Option<u64>,
    limit: Option<u64>,
    more_items_in_collection: Option<bool>,
    next_start: Option<u64>,
}

/// The one record of an answer.
pub(crate) fn one<T: DeserializeOwned>(answer: &Answer) -> Result<Row<T>, CallError> {
    let envelope: One<'_> = answer.read()?;
    if envelope.success == Some(false) {
        return Err(answer.refused_by_body());
    }
    let raw = envelope.data.map_or("null", RawValue::get);
    let value = serde_json::from_str(raw).map_err(|error| answer.unreadable(&error))?;
    Ok(Row {
        value,
        raw: raw.into(),
    })
}

/// The page of records of an answer to a call that was made with this cursor.
pub(crate) fn page<T: DeserializeOwned>(
    answer: &Answer,
    asked: Option<&str>,
) -> Result<Page<Row<T>>, CallError> {
    let envelope: Many<'_> = answer.read()?;
    if envelope.success == Some(false) {
        return Err(answer.refused_by_body());
    }
    let rows = envelope.data.unwrap_or_default();
    let next = next_cursor(answer, envelope.additional_data, asked)?;
    Ok(Page::read(&rows, next, Row::read))
}

/// The page of hits of an answer to a search.
pub(crate) fn hits<T: DeserializeOwned>(
    answer: &Answer,
    asked: Option<&str>,
) -> Result<Page<Row<T>>, CallError> {
    let envelope: Found<'_> = answer.read()?;
    if envelope.success == Some(false) {
        return Err(answer.refused_by_body());
    }
    let rows = envelope.data.map(|data| data.items).unwrap_or_default();
    let next = next_cursor(answer, envelope.additional_data, asked)?;
    Ok(Page::read(&rows, next, Row::read))
}

/// Where the next page begins. A list that leads back to where it was asked for would never end.
fn next_cursor(
    answer: &Answer,
    additional: Option<Additional>,
    asked: Option<&str>,
) -> Result<Option<String>, CallError> {
    let Some(additional) = additional else {
        return Ok(None);
    };
    if let Some(cursor) = additional.next_cursor.filter(|cursor| !cursor.is_empty()) {
        return if Some(cursor.as_str()) == asked {
            Err(endless(answer))
        } else {
            Ok(Some(cursor))
        };
    }
    let rows = additional.pagination.unwrap_or(Pagination {
        start: additional.start,
        limit: additional.limit,
        more_items_in_collection: additional.more_items_in_collection,
        next_start: additional.next_start,
    });
    if rows.more_items_in_collection != Some(true) {
        return Ok(None);
    }
    let behind = || Some(rows.start?.saturating_add(rows.limit?));
    let start = asked.and_then(|asked| asked.parse().ok()).unwrap_or(0);
    match rows.next_start.or_else(behind) {
        Some(next) if next > start => Ok(Some(next.to_string())),
        Some(_) | None => Err(endless(answer)),
    }
}

fn endless(answer: &Answer) -> CallError {
    answer.unreadable(&serde_json::Error::custom(
        "the next page begins where this one did",
    ))
}

/// An answer that says only yes or no.
pub(crate) fn done(answer: &Answer) -> Result<(), CallError> {
    #[derive(Deserialize)]
    struct Outcome {
        success: Option<bool>,
    }
    // A deletion may be answered without any body.
    if answer.body.is_empty() {
        return Ok(());
    }
    let outcome: Outcome = answer.read()?;
    if outcome.success == Some(false) {
        Err(answer.refused_by_body())
    } else {
        Ok(())
    }
}
