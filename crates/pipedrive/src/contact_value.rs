//! An e-mail address or a phone number of a person.
//!
//! In and out: the same form both ways. A write replaces the whole array, so the entries that are to stay are sent along
//! as they were.

use api_client::tolerant;
use serde::{Deserialize, Serialize};

/// One entry of `emails` or `phones`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContactValue {
    #[serde(default, deserialize_with = "tolerant::text")]
    pub value: String,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub primary: bool,
    /// `work`, `home`, `mobile`, `other`, or whatever an import left there.
    #[serde(
        default,
        deserialize_with = "tolerant::text",
        skip_serializing_if = "String::is_empty"
    )]
    pub label: String,
}

impl ContactValue {
    /// The primary entry, or the first when none is marked.
    #[must_use]
    pub fn primary_of(values: &[Self]) -> Option<&Self> {
        values
            .iter()
            .find(|value| value.primary)
            .or_else(|| values.first())
    }
}
