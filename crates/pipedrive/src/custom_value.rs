//! The value of one custom field, by the field's type.
//!
//! In: the value as any answer or webhook of either version shows it, and the type of the field. Out: the value by its
//! meaning, which is written in the one form that the API takes. It reads tolerantly and refuses to write what would be
//! refused.

use std::fmt;

use jiff::civil::{Date, Time};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};
use thiserror::Error;

use crate::address::{self, AddressBody};
use crate::values;

const VARCHAR_CHARACTERS_MAX: usize = 255;
const TEXT_CHARACTERS_MAX: usize = 65_000;
const DECIMALS_MAX: usize = 16;
const CURRENCY_LETTERS: usize = 3;

/// The types that custom fields can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldType {
    Varchar,
    /// Text that is completed while it is typed.
    VarcharAuto,
    Text,
    Double,
    Monetary,
    /// One option.
    Enum,
    /// Several options.
    Set,
    User,
    Organization,
    Person,
    Phone,
    Time,
    TimeRange,
    Date,
    DateRange,
    Address,
}

impl FieldType {
    pub const ALL: [Self; 16] = [
        Self::Varchar,
        Self::VarcharAuto,
        Self::Text,
        Self::Double,
        Self::Monetary,
        Self::Enum,
        Self::Set,
        Self::User,
        Self::Organization,
        Self::Person,
        Self::Phone,
        Self::Time,
        Self::TimeRange,
        Self::Date,
        Self::DateRange,
        Self::Address,
    ];

    /// The API's own word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Varchar => "varchar",
            Self::VarcharAuto => "varchar_auto",
            Self::Text => "text",
            Self::Double => "double",
            Self::Monetary => "monetary",
            Self::Enum => "enum",
            Self::Set => "set",
            Self::User => "user",
            Self::Organization => "org",
            Self::Person => "people",
            Self::Phone => "phone",
            Self::Time => "time",
            Self::TimeRange => "timerange",
            Self::Date => "date",
            Self::DateRange => "daterange",
            Self::Address => "address",
        }
    }

    /// The type of this name; nothing for the types that only built-in fields have.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether a field of this type offers options.
    #[must_use]
    pub const fn has_options(self) -> bool {
        matches!(self, Self::Enum | Self::Set)
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl Serialize for FieldType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for FieldType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::of(&word).ok_or_else(|| serde::de::Error::custom("no type of a custom field"))
    }
}

/// The value of one custom field.
#[derive(Debug, Clone, PartialEq)]
pub enum CustomValue {
    /// Of a varchar, varchar_auto, text or phone field.
    Text(String),
    Number(Number),
    /// Without a currency it is that of the user.
    Money {
        value: Number,
        currency: Option<String>,
    },
    /// The id of an option.
    Choice(i64),
    /// The ids of options; none of them is the same as no value.
    Choices(Vec<i64>),
    /// The id of a user, an organization or a person.
    Record(i64),
    Date(Date),
    DateRange {
        from: Date,
        until: Option<Date>,
    },
    Time {
        at: Time,
        zone: Option<String>,
    },
    TimeRange {
        from: Time,
        until: Option<Time>,
        zone: Option<String>,
    },
    Address(Box<AddressBody>),
}

/// Why a value does not belong to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CustomValueError {
    #[error("this is no value of a {0} field")]
    OtherType(FieldType),
    #[error("a {0} field takes no more than {1} characters")]
    TooLong(FieldType, usize),
    #[error("a number has no more than {DECIMALS_MAX} decimals")]
    TooManyDecimals,
    #[error("a currency has three letters")]
    NoCurrency,
}

impl CustomValue {
    /// Reads the value of a field of this type; nothing where it is unset.
    ///
    /// # Errors
    /// When there is something else.
    pub fn read(kind: FieldType, value: &Value) -> Result<Option<Self>, CustomValueError> {
        if value.is_null() || value.as_str().is_some_and(str::is_empty) {
            return Ok(None);
        }
        let read = match kind {
            FieldType::Varchar | FieldType::VarcharAuto | FieldType::Text | FieldType::Phone => {
                text(part(value, "value")).map(Self::Text)
            }
            FieldType::Double => values::number(part(value, "value")).map(Self::Number),
            FieldType::Monetary => money(value),
            FieldType::Enum => values::id(part(value, "id")).map(Self::Choice),
            FieldType::Set => choices(value),
            FieldType::User | FieldType::Organization | FieldType::Person => {
                values::id(value).map(Self::Record)
            }
            FieldType::Date => values::date(part(value, "value")).map(Self::Date),
            FieldType::DateRange => date_range(value),
            FieldType::Time => time(value),
            FieldType::TimeRange => time_range(value),
            FieldType::Address => address::address(value.clone())
                .and_then(AddressBody::of)
                .map(|address| Self::Address(Box::new(address))),
        };
        match read {
            Some(Self::Choices(options)) if options.is_empty() => Ok(None),
            Some(value) => Ok(Some(value)),
            None => Err(CustomValueError::OtherType(kind)),
        }
    }

    /// Whether a field of this type takes the value.
    ///
    /// # Errors
    /// When Pipedrive would refuse it.
    pub fn check(&self, kind: FieldType) -> Result<(), CustomValueError> {
        let fits = match self {
            Self::Text(text) => return check_text(kind, text),
            Self::Number(number) => {
                check_decimals(number)?;
                kind == FieldType::Double
            }
            Self::Money { value, currency } => {
                check_decimals(value)?;
                if currency.as_deref().is_some_and(|code| !is_currency(code)) {
                    return Err(CustomValueError::NoCurrency);
                }
                kind == FieldType::Monetary
            }
            Self::Choice(_) => kind == FieldType::Enum,
            Self::Choices(_) => kind == FieldType::Set,
            Self::Record(_) => matches!(
                kind,
                FieldType::User | FieldType::Organization | FieldType::Person
            ),
            Self::Date(_) => kind == FieldType::Date,
            Self::DateRange { .. } => kind == FieldType::DateRange,
            Self::Time { .. } => kind == FieldType::Time,
            Self::TimeRange { .. } => kind == FieldType::TimeRange,
            Self::Address(_) => kind == FieldType::Address,
        };
        if fits {
            Ok(())
        } else {
            Err(CustomValueError::OtherType(kind))
        }
    }
}

fn check_text(kind: FieldType, text: &str) -> Result<(), CustomValueError> {
    let longest = match kind {
        FieldType::Varchar | FieldType::VarcharAuto | FieldType::Phone => VARCHAR_CHARACTERS_MAX,
        FieldType::Text => TEXT_CHARACTERS_MAX,
        FieldType::Double
        | FieldType::Monetary
        | FieldType::Enum
        | FieldType::Set
        | FieldType::User
        | FieldType::Organization
        | FieldType::Person
        | FieldType::Time
        | FieldType::TimeRange
        | FieldType::Date
        | FieldType::DateRange
        | FieldType::Address => return Err(CustomValueError::OtherType(kind)),
    };
    if text.chars().count() > longest {
        Err(CustomValueError::TooLong(kind, longest))
    } else {
        Ok(())
    }
}

fn check_decimals(number: &Number) -> Result<(), CustomValueError> {
    let text = number.to_string();
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let decimals = digits.split_once('.').map_or(0, |(_, after)| after.len());
    let shift: i64 = exponent.parse().unwrap_or(0);
    let decimals = i64::try_from(decimals).unwrap_or(i64::MAX);
    if decimals.saturating_sub(shift) > DECIMALS_MAX as i64 {
        Err(CustomValueError::TooManyDecimals)
    } else {
        Ok(())
    }
}

fn is_currency(code: &str) -> bool {
    code.len() == CURRENCY_LETTERS && code.bytes().all(|letter| letter.is_ascii_uppercase())
}

/// The part of an object, or the value itself where it is none.
fn part<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(value)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn word(value: &Value, name: &str) -> Option<String> {
    let word = value.get(name)?.as_str()?;
    (!word.is_empty()).then(|| word.to_owned())
}

fn money(value: &Value) -> Option<CustomValue> {
    Some(CustomValue::Money {
        value: values::number(part(value, "value"))?,
        currency: word(value, "currency"),
    })
}

/// A list of ids or of options, an object around one, or text with commas.
fn choices(value: &Value) -> Option<CustomValue> {
    let ids = match part(value, "values") {
        Value::Array(options) => options.iter().map(values::id).collect::<Option<_>>()?,
        Value::String(text) => text
            .split(',')
            .map(|part| part.trim().parse().ok())
            .collect::<Option<_>>()?,
        Value::Number(number) => vec![number.as_i64()?],
        Value::Null | Value::Bool(_) | Value::Object(_) => return None,
    };
    Some(CustomValue::Choices(ids))
}

/// The first part of a range has one name in the API and another in webhooks.
fn first(value: &Value) -> &Value {
    value.get("from").unwrap_or_else(|| part(value, "value"))
}

fn date_range(value: &Value) -> Option<CustomValue> {
    Some(CustomValue::DateRange {
        from: values::date(first(value))?,
        until: value.get("until").and_then(values::date),
    })
}

fn time(value: &Value) -> Option<CustomValue> {
    Some(CustomValue::Time {
        at: values::time_of_day(part(value, "value"))?,
        zone: word(value, "timezone_name"),
    })
}

fn time_range(value: &Value) -> Option<CustomValue> {
    Some(CustomValue::TimeRange {
        from: values::time_of_day(first(value))?,
        until: value.get("until").and_then(values::time_of_day),
        zone: word(value, "timezone_name"),
    })
}

impl Serialize for CustomValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => number.serialize(serializer),
            Self::Money { value, currency } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("value", value)?;
                entry(&mut map, "currency", currency.as_ref())?;
                map.end()
            }
            Self::Choice(id) | Self::Record(id) => serializer.serialize_i64(*id),
            // An empty list is refused.
            Self::Choices(ids) if ids.is_empty() => serializer.serialize_none(),
            Self::Choices(ids) => ids.serialize(serializer),
            Self::Date(date) => date.serialize(serializer),
            Self::DateRange { from, until } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("value", from)?;
                map.serialize_entry("until", until)?;
                map.end()
            }
            Self::Time { at, zone } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("value", at)?;
                entry(&mut map, "timezone_name", zone.as_ref())?;
                map.end()
            }
            Self::TimeRange { from, until, zone } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("value", from)?;
                map.serialize_entry("until", until)?;
                entry(&mut map, "timezone_name", zone.as_ref())?;
                map.end()
            }
            Self::Address(address) => address.serialize(serializer),
        }
    }
}

fn entry<M: SerializeMap>(
    map: &mut M,
    name: &'static str,
    value: Option<&String>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}
