//! The envelope around every answer.
//!
//! In: answers of either version of the API. Out: what is inside. Old endpoints may say "no" in a 200; that is a
//! refusal too.

use api_client::{Answer, CallError, Page, Row};
use serde::Deserialize;
use serde::de::DeserializeOwned;
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
struct Additional {
    next_cursor: Option<String>,
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

/// The page of records of an answer.
pub(crate) fn page<T: DeserializeOwned>(answer: &Answer) -> Result<Page<Row<T>>, CallError> {
    let envelope: Many<'_> = answer.read()?;
    if envelope.success == Some(false) {
        return Err(answer.refused_by_body());
    }
    let next_cursor = envelope
        .additional_data
        .and_then(|additional| additional.next_cursor);
    let rows = envelope.data.unwrap_or_default();
    Ok(Page::read(
        &rows,
        next_cursor.filter(|cursor| !cursor.is_empty()),
        Row::read,
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
