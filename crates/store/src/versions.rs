//! Versions of records: what a record was, from when until when, and how that is known.
//!
//! In: what webhooks told of a record before they changed it. Out: versions, the earliest first. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Entity, RecordKey, Timestamp};
use serde::Serialize;

/// Name of the fact that says of which entities versions are kept.
pub(crate) const FACT_VERSIONS: &str = "versions_of";

/// How a version came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionSource {
    Webhook,
    Read,
    Poll,
    Sweep,
}

impl VersionSource {
    pub const ALL: [Self; 4] = [Self::Webhook, Self::Read, Self::Poll, Self::Sweep];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Read => "read",
            Self::Poll => "poll",
            Self::Sweep => "sweep",
        }
    }

    /// The inverse of [`VersionSource::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// What a record was during a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordVersion {
    /// By the vendor's clock. Of several versions of one second each is a millisecond behind the one before.
    pub valid_from: Timestamp,
    /// When the next one began; nothing for the present one.
    pub valid_to: Option<Timestamp>,
    /// JSON as the API shows it; nothing while it was deleted.
    pub raw: Option<Arc<str>>,
    pub source: VersionSource,
    /// Other versions may have come before it that nobody saw.
    pub is_gap: bool,
    pub seen_at: Timestamp,
}

/// What a webhook told of the record that it changed: how it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldBefore {
    pub record: RecordKey,
    /// When the version before began.
    pub since: Timestamp,
    /// When it was changed.
    pub until: Timestamp,
    /// JSON as the API shows it.
    pub raw: Arc<str>,
}

/// How entities are named in the fact.
pub(crate) fn to_fact(entities: &BTreeSet<Entity>) -> Option<String> {
    let names: Vec<&str> = entities.iter().map(|entity| entity.name()).collect();
    (!names.is_empty()).then(|| names.join(","))
}

pub(crate) fn from_fact(fact: Option<&str>) -> BTreeSet<Entity> {
    let names = fact.unwrap_or_default().split(',');
    names.filter_map(Entity::from_name).collect()
}
