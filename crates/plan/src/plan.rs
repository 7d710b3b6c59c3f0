//! A plan: what should be written, what is in conflict, what the sides now agree on, and what a person should know.

use std::collections::BTreeMap;

use model::{
    Base, BySide, Carrier, ConflictId, Field, PairState, Record, RecordKey, Side, Timestamp, Value,
};
use serde::{Deserialize, Serialize};

use crate::members::MemberNote;

/// What a write does to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Make the missing record, with all its fields and our marker.
    Create,
    /// Change the fields named; nothing else.
    Update,
    /// Delete the record (only when deletes propagate).
    Delete,
}

/// One remote write. Its `fields` are exactly what is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    pub side: Side,
    pub operation: Operation,
    /// The record itself, or on Propstreet the contact's link to a company.
    pub carrier: Carrier,
    /// What the fields shall be; `None` clears.
    pub fields: BTreeMap<Field, Option<Value>>,
    /// What the other side showed of the same fields when this was planned: the other half of the base once it is done.
    /// A field that is not in here leaves the base where it is, so that the value still travels (a restore) or stays as
    /// undecided as it was (a job title that rides along); see [`crate::base_after`].
    pub source: BTreeMap<Field, Option<Value>>,
    /// Also write the other side's id (external reference, `propstreet_*_id`).
    pub marker: bool,
}

/// Why a value won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    PipedriveWins,
    PropstreetWins,
    /// The later edit won.
    Latest,
    /// The edits were closer together than the clocks are true, so the fixed side won.
    Tie,
    /// Waits for a person.
    Manual,
    /// A person's edit was overwritten between our read and our write; found by the audit.
    Overwritten,
    /// A record was deleted on one side and edited on the other.
    DeleteAgainstEdit,
    /// The field flows one way and was edited on the side that may not.
    OneWay,
}

/// A field on which the sides disagreed. Both values are kept whoever wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewConflict {
    pub field: Field,
    pub values: BySide<Option<Value>>,
    pub base: BySide<Option<Value>>,
    /// The side whose value is kept; `None` waits for a person.
    pub winner: Option<Side>,
    pub rule: Rule,
}

/// Something a person should know although nothing is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Pipedrive has no label of this name; the tag stays on Propstreet.
    LabelMissing {
        label: String,
    },
    /// The field flows one way and the other side has another value, which is left alone.
    LeftAlone {
        field: Field,
        side: Side,
    },
    /// The field waits for the record it refers to.
    WaitsFor {
        field: Field,
        record: RecordKey,
    },
    /// The record referred to has no counterpart and will not get one.
    NotExpressible {
        field: Field,
    },
    /// The record was deleted on this side; the other one is kept and the pair is at rest.
    Unlinked {
        deleted_on: Side,
    },
    /// The record was deleted on this side; a person is asked whether the other one shall be, too.
    AsksToDelete {
        deleted_on: Side,
    },
    /// An edit to a deleted record's counterpart was found and kept.
    EditKept {
        field: Field,
    },
    /// Pipedrive's own field for it is not there at present: nothing of it travels.
    Untold {
        field: Field,
    },
    /// A note of which nothing can be said on the other side, because it has no words.
    Wordless {
        side: Side,
    },
    Deal(DealNote),
    Member(MemberNote),
}

/// The same about deals and projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealNote {
    /// The deal is in no pipeline that is kept in step, or archived: nothing travels.
    OutOfScope,
    /// The deal's field was changed, and its project takes no change any more, because it is closed.
    Frozen { field: Field },
    /// The deal is open although its project is closed: a closed project cannot be opened again.
    CannotReopen,
    /// The deal is won and its project still open.
    WonAlone,
    /// The deal is lost and its project still open.
    LostAlone,
    /// What is over is not made on the other side.
    NotMadeAnew,
    /// The deal's stage means something else than how far its project is.
    StageDiffers,
    /// No stage of the deal's pipeline means how far the project is.
    NoStage,
}

/// How a pair's standing changes. The planner has no clock: who keeps the change adds the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateChange {
    /// One record is gone and the other is kept: the pair rests.
    Unlink { deleted_on: Side },
    /// One record is gone, and a person is asked about the other.
    Ask { deleted_on: Side },
    /// Both records are gone.
    End,
    /// Neither record carries the other's id any more: they are two records again.
    Part,
    /// The deleted record is back: the pair is kept in step again.
    Activate,
}

impl StateChange {
    #[must_use]
    pub const fn at(self, at: Timestamp) -> PairState {
        match self {
            Self::Unlink { deleted_on } => PairState::Unlinked { deleted_on, at },
            Self::Ask { deleted_on } => PairState::Asked { deleted_on, at },
            Self::End | Self::Part => PairState::Ended { at },
            Self::Activate => PairState::Active,
        }
    }
}

/// What should happen to a pair.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// In the order in which they must be carried out. One at a time: the pair is planned again after each.
    pub writes: Vec<Write>,
    pub conflicts: Vec<NewConflict>,
    /// Conflicts that are over: decided by a person and carried out, or gone because the values agree.
    pub settled_conflicts: Vec<ConflictId>,
    /// The base after everything that needs no write is taken in; `None` when it stays as it is.
    pub base: Option<Base>,
    /// Where the pair shall stand now; `None` when it stays.
    pub state: Option<StateChange>,
    /// Restores that are over: shown, on their way as an ordinary change, or overtaken by a later edit.
    pub settled_restores: Vec<Field>,
    /// Records that must be paired before the rest can be planned.
    pub waits_for: Vec<RecordKey>,
    pub notes: Vec<Note>,
}

impl Plan {
    /// Nothing to write, nothing to note in the pair.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.writes.is_empty()
            && self.conflicts.is_empty()
            && self.settled_conflicts.is_empty()
            && self.base.is_none()
            && self.state.is_none()
            && self.settled_restores.is_empty()
    }
}

/// What should happen to a field that is not a set; see [`crate::merge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Neither side changed.
    Nothing,
    /// Both show the same now: only the base moves.
    Agreed,
    /// Write there what the other side shows.
    Write { to: Side },
    /// Journal both values; with a winner, write the winner's to the loser.
    Conflict { winner: Option<Side>, rule: Rule },
    /// The side may not change the field: take what it shows into the base and leave it.
    LeaveAlone { side: Side },
}

/// The values of some fields of a record.
#[must_use]
pub fn values_of(
    record: &Record,
    fields: impl IntoIterator<Item = Field>,
) -> BTreeMap<Field, Option<Value>> {
    fields
        .into_iter()
        .map(|field| (field, record.get(field).cloned()))
        .collect()
}
