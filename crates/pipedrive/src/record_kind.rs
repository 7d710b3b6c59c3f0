//! Which kind of record: for the calls that exist for several kinds in the same form.
//!
//! In: nothing. Out: the word of each kind in addresses.

use api_client::tolerant;
use serde::Deserialize;

/// A record of which nothing but the id is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct RecordId {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
}

/// Kinds of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    Deal,
    Person,
    Organization,
    Product,
    Lead,
}

impl RecordKind {
    pub(crate) const fn collection(self) -> &'static str {
        match self {
            Self::Deal => "deals",
            Self::Person => "persons",
            Self::Organization => "organizations",
            Self::Product => "products",
            Self::Lead => "leads",
        }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Deal => "deal",
            Self::Person => "person",
            Self::Organization => "organization",
            Self::Product => "product",
            Self::Lead => "lead",
        }
    }
}

/// What can be merged, and has a changelog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mergeable {
    Deal,
    Person,
    Organization,
}

impl Mergeable {
    pub(crate) const fn collection(self) -> &'static str {
        match self {
            Self::Deal => "deals",
            Self::Person => "persons",
            Self::Organization => "organizations",
        }
    }
}

/// What users can follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Followed {
    Deal,
    Person,
    Organization,
    Product,
}

impl Followed {
    pub(crate) const fn collection(self) -> &'static str {
        match self {
            Self::Deal => "deals",
            Self::Person => "persons",
            Self::Organization => "organizations",
            Self::Product => "products",
        }
    }
}
