//! The history: every change that was applied, with what was there before it.

use model::{Field, HistoryId, OutboxId, PairId, Side, Timestamp, Value};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    Paired,
    Created,
    Updated,
    Deleted,
    Unlinked,
    Repointed,
    /// A person took the two records apart.
    Parted,
    /// A person was asked about a deletion.
    Asked,
    /// Somebody takes part from now on.
    Came,
    /// Somebody takes part no more.
    Left,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHistory {
    pub kind: HistoryKind,
    /// The side that was changed.
    pub side: Side,
    pub field: Option<Field>,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// In words, without personal data.
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    pub id: HistoryId,
    pub pair: PairId,
    pub outbox: Option<OutboxId>,
    pub at: Timestamp,
    pub entry: NewHistory,
}
