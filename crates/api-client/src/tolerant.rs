//! Reading JSON tolerantly: `500` and `"500"` are the same number, null is an empty list, and a value of an unexpected
//! kind is no value rather than an error.
//!
//! In: whatever a vendor sends. Out: the value, or nothing. For `#[serde(deserialize_with = "…")]` beside `default`.

use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

/// A whole number that must be there.
///
/// # Errors
/// When there is no whole number.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    scalar(deserializer)?
        .and_then(Scalar::into_integer)
        .ok_or_else(|| D::Error::custom("a whole number is missing"))
}

/// A whole number, if there is one.
///
/// # Errors
/// Only for broken JSON.
pub fn optional_integer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    Ok(scalar(deserializer)?.and_then(Scalar::into_integer))
}

/// An id as text that must be there; numbers are written out.
///
/// # Errors
/// When there is neither text nor number, or it is empty.
pub fn id_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    scalar(deserializer)?
        .map(Scalar::into_text)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| D::Error::custom("an id is missing"))
}

/// Text, if there is any; numbers are written out.
///
/// # Errors
/// Only for broken JSON.
pub fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(scalar(deserializer)?.map(Scalar::into_text))
}

/// Text; nothing at all is empty text.
///
/// # Errors
/// Only for broken JSON.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(scalar(deserializer)?
        .map(Scalar::into_text)
        .unwrap_or_default())
}

/// Yes or no; `1` and `"true"` are yes, everything unknown is no.
///
/// # Errors
/// Only for broken JSON.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match scalar(deserializer)? {
        Some(Scalar::Bool(value)) => value,
        Some(Scalar::Integer(value)) => value != 0,
        Some(Scalar::Text(value)) => matches!(value.as_str(), "true" | "1"),
        Some(Scalar::Float(_)) | None => false,
    })
}

/// A moment, with or without zone; without one it is UTC.
///
/// # Errors
/// Only for broken JSON.
pub fn optional_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    Ok(match scalar(deserializer)? {
        Some(Scalar::Text(text)) => parse_time(&text),
        Some(Scalar::Integer(seconds)) => Timestamp::from_second(seconds).ok(),
        Some(Scalar::Bool(_) | Scalar::Float(_)) | None => None,
    })
}

/// Reads a moment as the vendors write it.
#[must_use]
pub fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    civil
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// A list; null is an empty one, and elements that make no sense are left out.
///
/// # Errors
/// Only for broken JSON.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(ListVisitor::<T, true>(PhantomData))
}

/// A list of whole numbers, given as a list or as text with commas.
///
/// # Errors
/// Only for broken JSON.
pub fn integers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i64>, D::Error> {
    let visitor = ListVisitor::<IntegerElement, false>(PhantomData);
    let elements = deserializer.deserialize_any(visitor)?;
    Ok(elements
        .into_iter()
        .filter_map(|element| element.0)
        .collect())
}

/// A list of texts.
///
/// # Errors
/// Only for broken JSON.
pub fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let visitor = ListVisitor::<TextElement, false>(PhantomData);
    let elements = deserializer.deserialize_any(visitor)?;
    Ok(elements
        .into_iter()
        .filter_map(|element| element.0)
        .collect())
}

struct IntegerElement(Option<i64>);

impl<'de> Deserialize<'de> for IntegerElement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        optional_integer(deserializer).map(Self)
    }
}

struct TextElement(Option<String>);

impl<'de> Deserialize<'de> for TextElement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        optional_text(deserializer).map(Self)
    }
}

enum Scalar {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Scalar {
    fn into_integer(self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(value),
            Self::Text(text) => text.trim().parse().ok(),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be whole and small just before"
            )]
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => {
                Some(value as i64)
            }
            Self::Float(_) | Self::Bool(_) => None,
        }
    }

    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Bool(value) => value.to_string(),
        }
    }
}

fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Scalar>, D::Error> {
    deserializer.deserialize_any(ScalarVisitor)
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Option<Scalar>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Integer(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).ok().map(Scalar::Integer))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Float(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Text(value.to_owned())))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Text(value)))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// `DOUBTFUL` elements may be of any kind; the others can be read from everything.
struct ListVisitor<T, const DOUBTFUL: bool>(PhantomData<T>);

impl<'de, T: DeserializeOwned, const DOUBTFUL: bool> Visitor<'de> for ListVisitor<T, DOUBTFUL> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(64));
        if !DOUBTFUL {
            while let Some(value) = seq.next_element()? {
                values.push(value);
            }
            return Ok(values);
        }
        // Each element is taken as text first, so that one that makes no sense cannot end the whole list.
        while let Some(element) = seq.next_element::<Box<RawValue>>()? {
            if let Ok(value) = serde_json::from_str(element.get()) {
                values.push(value);
            }
        }
        Ok(values)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(serde_json::from_value(value.into()).into_iter().collect())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(serde_json::from_value(value.into()).into_iter().collect())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        let parts = value
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        Ok(parts
            .filter_map(|part| serde_json::from_value(part.into()).ok())
            .collect())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Vec::new())
    }
}
