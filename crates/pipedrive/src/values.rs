//! Values of one kind: dates, times of day, durations and numbers, as the API writes them.
//!
//! In: whatever is sent, in either version's form. Out: the value, or none. A number is kept as it was written, so that no
//! amount changes on its way.

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::{Number, Value};

const SECONDS_PER_MINUTE: i64 = 60;
const SECONDS_PER_HOUR: i64 = 60 * SECONDS_PER_MINUTE;

/// A date, if there is one.
pub(crate) fn optional_date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Date>, D::Error> {
    Ok(date(&Value::deserialize(deserializer)?))
}

/// A time of day, if there is one; alone or with its zone.
pub(crate) fn optional_time_of_day<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Time>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(time_of_day(value.get("value").unwrap_or(&value)))
}

/// A duration of hours and minutes, if there is one.
pub(crate) fn optional_duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SignedDuration>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(duration(value.get("value").unwrap_or(&value)))
}

/// A number, if there is one.
pub(crate) fn optional_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Number>, D::Error> {
    Ok(number(&Value::deserialize(deserializer)?))
}

/// Yes, unless the answer says no: the older version tells of what is there, not of what is gone.
pub(crate) fn flag_unless_denied<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => flag,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(text) => !matches!(text.as_str(), "0" | "false"),
        Value::Null | Value::Array(_) | Value::Object(_) => true,
    })
}

/// Yes or no, or nothing where nothing is said.
pub(crate) fn optional_flag<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => Some(flag),
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

pub(crate) const fn yes() -> bool {
    true
}

pub(crate) fn date(value: &Value) -> Option<Date> {
    value.as_str()?.trim().parse().ok()
}

pub(crate) fn time_of_day(value: &Value) -> Option<Time> {
    value.as_str()?.trim().parse().ok()
}

fn duration(value: &Value) -> Option<SignedDuration> {
    let text = value.as_str()?.trim();
    let mut parts = text.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds: i64 = parts.next().map_or(Some(0), |part| part.parse().ok())?;
    let is_whole = parts.next().is_none()
        && hours >= 0
        && (0..60).contains(&minutes)
        && (0..60).contains(&seconds);
    let total = hours
        .checked_mul(SECONDS_PER_HOUR)?
        .checked_add(minutes * SECONDS_PER_MINUTE + seconds)?;
    is_whole.then(|| SignedDuration::from_secs(total))
}

pub(crate) fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => serde_json::from_str(text.trim()).ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number, or the one inside an object: the older version shows related records, the newer their ids.
pub(crate) fn id(value: &Value) -> Option<i64> {
    match value {
        Value::Object(object) => object
            .get("value")
            .or_else(|| object.get("id"))
            .and_then(plain_id),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            plain_id(value)
        }
    }
}

fn plain_id(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An id, plain or inside an object.
pub(crate) fn optional_id<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    Ok(id(&Value::deserialize(deserializer)?))
}

/// Hours and minutes, as durations are written.
pub(crate) fn duration_text(duration: &SignedDuration) -> String {
    let minutes = duration.as_secs().max(0) / SECONDS_PER_MINUTE;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A number as text, for the older version, whose visibility is text.
pub(crate) fn as_text<S: Serializer>(
    patch: &api_client::Patch<i64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match patch.value() {
        Some(number) => serializer.collect_str(number),
        None => serializer.serialize_none(),
    }
}

/// Yes and no as one and nought, for the older version.
pub(crate) fn as_digit<S: Serializer>(
    patch: &api_client::Patch<bool>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match patch.value() {
        Some(flag) => serializer.serialize_u8(u8::from(*flag)),
        None => serializer.serialize_none(),
    }
}

/// A moment in whole seconds, since the API refuses fractions.
pub(crate) fn whole_second(moment: jiff::Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}
