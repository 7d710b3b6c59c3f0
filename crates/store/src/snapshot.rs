//! What is kept of a record right before a write to it.
//!
//! In: the record as it was read last. Out: what the write replaces, for whoever finds out later what became of it. Never
//! compares anything.

use std::collections::BTreeMap;

use model::{Field, Timestamp, Value};
use serde::{Deserialize, Serialize};

/// How the record stood right before a write, as far as what became of the write is told by it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// What the fields showed that the write replaces.
    pub fields: BTreeMap<Field, Option<Value>>,
    /// When the record had last changed, by its own side's clock; nothing for one that is being made.
    pub changed_at: Option<Timestamp>,
    /// The entries beside the primary one of a list that a write replaces as a whole: a Pipedrive person's other addresses
    /// and numbers, in order.
    pub others: BTreeMap<Field, Vec<String>>,
}

impl Snapshot {
    /// What a field showed.
    #[must_use]
    pub fn value(&self, field: Field) -> Option<&Value> {
        self.fields.get(&field)?.as_ref()
    }
}
