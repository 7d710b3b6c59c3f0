//! What the data means: identifiers, records in our own terms, their canonical forms, and pairs.
//!
//! No I/O, no async, no clock: everything here is a value or a pure function of values.

pub mod canonical;
mod id_set;
pub mod ids;
mod listed_under;
pub mod pair;
pub mod progress;
pub mod record;
pub mod time;

pub use id_set::IdSet;
pub use ids::{
    BySide, ConflictId, Entity, HistoryId, InboxSeq, Kind, LaneId, OutboxId, PairId, RecordKey,
    RemoteId, Side, WorkspaceId,
};
pub use pair::{Base, Pair, PairState};
pub use progress::Progress;
pub use record::{Carrier, Field, Record, Reference, Value};
pub use time::Timestamp;
