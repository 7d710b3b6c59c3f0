//! Addresses, of organizations, activities and custom fields.
//!
//! In and out: the text a person typed and what Pipedrive made of it. A write replaces the whole address.

use api_client::tolerant;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An address as read: the text a person typed, and what Pipedrive made of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Address {
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub value: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub country: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub admin_area_level_1: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub admin_area_level_2: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub locality: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub sublocality: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub route: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub street_number: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub postal_code: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub formatted_address: Option<String>,
}

/// An address as written. Every part that is left out becomes empty, so an address that a person made is never written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AddressBody {
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_area_level_1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_area_level_2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sublocality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
}

impl AddressBody {
    /// The address that writes what was read; nothing where there was none.
    #[must_use]
    pub fn of(read: Address) -> Option<Self> {
        Some(Self {
            value: read.value?,
            country: read.country,
            admin_area_level_1: read.admin_area_level_1,
            admin_area_level_2: read.admin_area_level_2,
            locality: read.locality,
            sublocality: read.sublocality,
            route: read.route,
            street_number: read.street_number,
            postal_code: read.postal_code,
        })
    }
}

/// An address is an object in one form and plain text in others.
pub(crate) fn optional_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Address>, D::Error> {
    Ok(address(Value::deserialize(deserializer)?))
}

pub(crate) fn address(value: Value) -> Option<Address> {
    match value {
        Value::String(text) => Some(Address {
            value: Some(text),
            ..Address::default()
        }),
        Value::Object(parts) => serde_json::from_value(Value::Object(parts)).ok(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}
