//! Pairs: two records, one per side, that are the same thing in the world, and what both showed when they last agreed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{BySide, Kind, PairId, RecordKey, RemoteId, Side};
use crate::record::{Field, Record, Value};
use crate::time::Timestamp;

/// What each side showed when the pair last agreed: two values, because the mapping loses detail and servers normalise.
/// With one shared value each write would look like somebody's edit and the sides would answer each other for ever.
pub type Base = BySide<Record>;

/// Where a pair stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairState {
    /// Both records exist (or one is about to be created) and are kept in step.
    Active,
    /// One record was deleted and the other kept: nothing travels, and nothing deleted comes back.
    Unlinked { deleted_on: Side, at: Timestamp },
    /// One record was deleted, and a person is asked whether the other one shall be, too.
    Asked { deleted_on: Side, at: Timestamp },
    /// A person said that the other record shall be deleted, too.
    Approved { deleted_on: Side, at: Timestamp },
    /// A person took back that the record on this side was made: it is deleted there, and the pair rests.
    Unmaking { on: Side, at: Timestamp },
    /// A person took the two records apart: our ids are taken off them, and then the pair is over.
    Parting { at: Timestamp },
    /// Both records are gone, or were taken apart: nothing travels, and one that is revived stays alone.
    Ended { at: Timestamp },
}

impl PairState {
    /// The side on which a record was deleted while the other one is still there.
    #[must_use]
    pub const fn deleted_on(&self) -> Option<Side> {
        match self {
            Self::Unlinked { deleted_on, .. }
            | Self::Asked { deleted_on, .. }
            | Self::Approved { deleted_on, .. } => Some(*deleted_on),
            Self::Active | Self::Unmaking { .. } | Self::Parting { .. } | Self::Ended { .. } => {
                None
            }
        }
    }
}

/// Two records that are the same thing. A side without an id is about to be created there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    pub id: PairId,
    pub kind: Kind,
    pub ids: BySide<Option<RemoteId>>,
    pub base: Base,
    pub state: PairState,
    /// Values a person (or the overwrite audit) wants back on both sides; a field leaves when both show it.
    pub restores: BTreeMap<Field, Option<Value>>,
}

impl Pair {
    /// The record on a side, where there is one.
    #[must_use]
    pub fn record(&self, side: Side) -> Option<RecordKey> {
        self.ids.get(side).as_ref().map(|id| RecordKey {
            entity: self.kind.entity(side),
            id: id.clone(),
        })
    }
}
