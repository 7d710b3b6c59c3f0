//! What can go wrong in memory, told by what to do next.

use model::{OutboxId, RecordKey};

/// Why a transaction did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process owns the workspace now: stop working for it.
    #[error("another process has taken over this workspace; this one stops working for it")]
    LeaseLost,
    /// What the transaction was computed from has moved on: look again and compute it again.
    #[error("the record changed while it was being planned")]
    Stale,
    /// The record is in another pair.
    #[error("{record} is already in another pair")]
    AlreadyPaired { record: RecordKey },
    /// An outbox row is not in the state that the transaction starts from.
    #[error("outbox row {outbox} is {found}, which is not where this step starts")]
    WrongState {
        outbox: OutboxId,
        found: &'static str,
    },
    /// Nothing of that id.
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },
    /// A stored row makes no sense.
    #[error("row {id} of table {table} cannot be read: {reason}")]
    Corrupt {
        table: &'static str,
        id: String,
        reason: String,
    },
    /// The database was written by a newer version of this program.
    #[error(
        "the database was written by a newer version of pipestreet (schema {found}, this program knows {known}); use that version or restore a backup"
    )]
    TooNew { found: u32, known: u32 },
    /// The disk is full: nothing was lost, nothing was kept. Free space; work goes on by itself.
    #[error("the disk that holds the database is full; free some space, nothing was lost")]
    DiskFull,
    /// Busy or a passing failure: try again later.
    #[error("the database did not answer: {reason}")]
    Unavailable { reason: String },
    /// The program is stopping.
    #[error("the store is closed")]
    Closed,
}
