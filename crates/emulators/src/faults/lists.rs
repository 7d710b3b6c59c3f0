//! Lists that lie: what a service might show when something is wrong with it, and no status tells.
//!
//! In: the body of a list's page. Out: the same page with a row that makes no sense, cut off, or without its rows. Anything that is
//! no page of a list stays as it is.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Fault;

/// The page as the fault makes it.
pub(crate) fn spoil(fault: Fault, body: Bytes) -> Bytes {
    let spoilt = match fault {
        Fault::GarbleRow => garble(&body),
        Fault::EndList => end(&body),
        Fault::LosePage => change(&body, Vec::clear),
        Fault::Reject { .. }
        | Fault::FailBeforeWriting
        | Fault::FailAfterWriting
        | Fault::LoseAnswer
        | Fault::Hold { .. }
        | Fault::CommitLate { .. }
        | Fault::Slow { .. }
        | Fault::Truncate
        | Fault::TooManyRequests { .. }
        | Fault::ForbiddenPage
        | Fault::ServerError
        | Fault::StaleVersion
        | Fault::WebhookDuplicate
        | Fault::WebhookDrop
        | Fault::WebhookDelay { .. }
        | Fault::WebhookReorder
        | Fault::WebhookForge => None,
    };
    spoilt.unwrap_or(body)
}

fn garble(body: &Bytes) -> Option<Bytes> {
    let text = std::str::from_utf8(body).ok()?;
    let row = text.find("\"data\":[{")? + "\"data\":[{".len();
    let page: Value = serde_json::from_slice(body).ok()?;
    let id = page.get("data")?.get(0)?.get("id")?;
    let (before, after) = text.split_at(row);
    Some(Bytes::from(format!("{before}\"id\":{id},{after}")))
}

/// Rows stay as they were written, to the byte.
fn change(body: &Bytes, change: impl Fn(&mut Vec<Box<RawValue>>)) -> Option<Bytes> {
    let mut page: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(body).ok()?;
    let mut rows: Vec<Box<RawValue>> = serde_json::from_str(page.get("data")?.get()).ok()?;
    change(&mut rows);
    page.insert("data".to_owned(), raw(&rows)?);
    serde_json::to_vec(&page).ok().map(Bytes::from)
}

fn raw(value: &impl Serialize) -> Option<Box<RawValue>> {
    RawValue::from_string(serde_json::to_string(value).ok()?).ok()
}

fn end(body: &Bytes) -> Option<Bytes> {
    let body = change(body, |rows| rows.truncate(rows.len() / 2))?;
    let mut page: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&body).ok()?;
    for (name, nothing) in [
        ("additional_data", json!({ "next_cursor": null })),
        ("page", json!({ "nextCursor": null, "hasMore": false })),
    ] {
        if let Some(more) = page.get_mut(name) {
            *more = raw(&nothing)?;
        }
    }
    serde_json::to_vec(&page).ok().map(Bytes::from)
}
