//! What webhooks tell of a record before they changed it, so that its versions follow each other without holes, or with holes that
//! are known.
//!
//! In: a record's events and its mirror row. Out: the versions before each event. Many events do not tell since when the version
//! before them held: then it is the one known before when nothing differs. Calls nothing.

use model::{RecordKey, Timestamp, time};
use pipedrive::WebhookEvent;
use serde_json::{Map, Value};
use store::{MirrorRow, ToldBefore};

const UPDATE_TIME: &str = "update_time";
/// Pipedrive's times of change are whole seconds.
const SECOND_MILLIS: i64 = 1_000;

/// A version of the record, and when it began.
struct Known {
    since: Timestamp,
    record: Map<String, Value>,
}

/// What the events tell of the record before each of them.
pub(crate) fn told_before(
    record: &RecordKey,
    events: &[WebhookEvent],
    row: Option<&MirrorRow>,
) -> Vec<ToldBefore> {
    let mut events: Vec<(Timestamp, &WebhookEvent)> = events
        .iter()
        .filter_map(|event| Some((event.data.as_ref()?.version()?.0, event)))
        .collect();
    events.sort_by_key(|(until, event)| (*until, event.timestamp));
    let row = row.filter(|row| row.deleted_at.is_none());
    let mut last = row.and_then(|row| {
        let record = serde_json::from_str(&row.raw).ok()?;
        let since = row.remote_time;
        Some(Known { since, record })
    });
    let mut told = Vec::new();
    for (until, event) in events {
        told.extend(before(record, until, event, last.as_ref()));
        if let Some(shown) = event.data_in_api_form() {
            let (since, record) = (until, shown);
            last = Some(Known { since, record });
        }
    }
    told
}

fn before(
    record: &RecordKey,
    until: Timestamp,
    event: &WebhookEvent,
    last: Option<&Known>,
) -> Option<ToldBefore> {
    let (told_since, raw) = event.previous.as_ref()?.record.version()?;
    let mut shown: Map<String, Value> = serde_json::from_str(raw).ok()?;
    let followed = last.filter(|last| last.since <= until && agree(&last.record, &shown));
    let since = match followed {
        _ if told_since < until => told_since,
        Some(last) => {
            let at = last.record.get(UPDATE_TIME).cloned();
            shown.insert(UPDATE_TIME.to_owned(), at.unwrap_or_default());
            last.since
        }
        // It held right before; since when, nobody told.
        None => {
            shown.remove(UPDATE_TIME);
            time::plus_millis(until, -SECOND_MILLIS)
        }
    };
    Some(ToldBefore {
        record: record.clone(),
        since,
        until,
        raw: Value::Object(shown).to_string().into(),
    })
}

/// Whether two pictures of a record show the same in all that both of them show, but for the time.
fn agree(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    one.iter()
        .filter(|(name, _)| name.as_str() != UPDATE_TIME)
        .all(|(name, value)| other.get(name).is_none_or(|beside| same(value, beside)))
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => agree(one, other),
        (one, other) if is_empty(one) || is_empty(other) => is_empty(one) && is_empty(other),
        (one, other) => one == other || number(one).is_some_and(|one| number(other) == Some(one)),
    }
}

/// Events write nothing otherwise than the API does.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Numbers may be written as texts, and whole ones with a fraction.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
