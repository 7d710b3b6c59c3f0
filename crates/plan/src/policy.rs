//! Which fields flow which way, and who wins.

use std::collections::BTreeMap;

use model::{Field, Side};
use serde::{Deserialize, Serialize};

/// Which way a field flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Both,
    ToPropstreet,
    ToPipedrive,
    Off,
}

/// Who wins when both sides changed a field to different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    PipedriveWins,
    PropstreetWins,
    Latest,
    Manual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldPolicy {
    pub direction: Direction,
    pub winner: Winner,
}

/// What a deletion on one side does to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletePolicy {
    /// The other record stays and the pair rests.
    Unlink,
    /// The other record is deleted too, unless it was edited since: that is a conflict for a person.
    Propagate,
}

/// The policy of every field, and of deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policies {
    pub fields: BTreeMap<Field, FieldPolicy>,
    pub deletes: DeletePolicy,
    /// Wins when `latest` cannot tell.
    pub tie: Side,
}
