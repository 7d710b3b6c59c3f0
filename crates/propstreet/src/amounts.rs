//! Amounts of money and areas, whose numbers may come as numbers or as text.
//!
//! In: JSON. Out: decimals as text, never rounded by a binary fraction of ours; written back as JSON numbers.

use api_client::tolerant;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;
use serde_json::value::RawValue;

/// An amount of money: the value times the scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// A decimal number.
    #[serde(deserialize_with = "decimal", serialize_with = "as_number")]
    pub value: String,
    /// Three letters.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub currency: String,
    #[serde(default)]
    pub scale: Scale,
}

/// Two ends of an asking price; one may be open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRange {
    #[serde(
        default,
        deserialize_with = "optional_decimal",
        serialize_with = "as_optional_number"
    )]
    pub min: Option<String>,
    #[serde(
        default,
        deserialize_with = "optional_decimal",
        serialize_with = "as_optional_number"
    )]
    pub max: Option<String>,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub currency: String,
    #[serde(default)]
    pub scale: Scale,
}

/// What a value is multiplied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    #[default]
    None,
    Thousands,
    Millions,
    Billions,
}

impl Scale {
    /// The zeros that the value is short of.
    #[must_use]
    pub const fn zeros(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Thousands => 3,
            Self::Millions => 6,
            Self::Billions => 9,
        }
    }
}

impl<'de> Deserialize<'de> for Scale {
    /// A scale we do not know makes the price unreadable: guessing would be off by a thousand.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = tolerant::optional_text(deserializer)?;
        match text.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "none") => Ok(Self::None),
            Some("thousands") => Ok(Self::Thousands),
            Some("millions") => Ok(Self::Millions),
            Some("billions") => Ok(Self::Billions),
            Some(_) => Err(serde::de::Error::custom("a scale is not known")),
        }
    }
}

/// An area with its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    #[serde(deserialize_with = "decimal", serialize_with = "as_number")]
    pub value: String,
    /// `sqm`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub unit: String,
}

/// A part that is an object of its own, if there is one that makes sense.
pub(crate) fn part<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    // A list could pass for an object whose members are all missing.
    let object = Some(raw.get()).filter(|text| text.starts_with('{'));
    Ok(object.and_then(|text| serde_json::from_str(text).ok()))
}

/// A number as it was written, whether as a number or as text.
pub(crate) fn optional_decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let text = match serde_json::from_str::<String>(raw.get()) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => raw.get().to_owned(),
    };
    let is_number = serde_json::from_str::<Number>(&text).is_ok();
    Ok(Some(text).filter(|_| is_number))
}

fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = optional_decimal(deserializer)?;
    value.ok_or_else(|| serde::de::Error::custom("a number is missing"))
}

pub(crate) fn as_number<S: Serializer>(value: &str, serializer: S) -> Result<S::Ok, S::Error> {
    // Text that is no number is sent as it is, for the server to refuse it by its name.
    match RawValue::from_string(value.to_owned()) {
        Ok(raw) if serde_json::from_str::<Number>(value).is_ok() => raw.serialize(serializer),
        Ok(_) | Err(_) => serializer.serialize_str(value),
    }
}

#[expect(clippy::ref_option, reason = "serde hands the field over so")]
pub(crate) fn as_optional_number<S: Serializer>(
    value: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => as_number(value, serializer),
        None => serializer.serialize_none(),
    }
}
