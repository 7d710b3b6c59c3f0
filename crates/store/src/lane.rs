//! Lanes: the one row that says a pair (or a record not yet paired) has something to look at.

use model::{BySide, InboxSeq, LaneId, Pair, PairId, RecordKey, Timestamp};
use serde::{Deserialize, Serialize};

use crate::participants::members::Membership;
use crate::rows::{InboxRow, MirrorRow, OutboxRow, PairReference};

/// What a lane is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LaneKey {
    Pair(PairId),
    /// A record that has no pair.
    Record(RecordKey),
}

/// Which stage has to look at a lane next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Rest,
    Read,
    Plan,
    Deliver,
    Quarantined,
}

/// Why a lane is put off or quarantined, in words that a person can act on. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Short and stable, for machines: `refused`, `crash_loop`, `loop`, `ambiguous`.
    pub code: String,
    /// What happened, to which record, and what a person can do.
    pub message: String,
    /// What was sent and what came back, redacted.
    pub request: Option<String>,
    pub answer: Option<String>,
}

/// One lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub id: LaneId,
    pub key: LaneKey,
    /// The newest inbox row that says "look again", per side.
    pub hint: BySide<InboxSeq>,
    /// The newest inbox row that a read has taken in, per side.
    pub read: BySide<InboxSeq>,
    /// Grows whenever something a plan follows from changes.
    pub version: i64,
    /// The version that was last planned.
    pub planned_version: i64,
    pub open_outbox: Option<model::OutboxId>,
    /// Not before this moment.
    pub due_at: Timestamp,
    /// Failed tries in a row.
    pub attempts: u32,
    pub problem: Option<Problem>,
    pub quarantined: bool,
    /// Process deaths in a row while this lane was claimed.
    pub deaths: u32,
    /// Records that must be paired before the rest can be planned.
    pub waits_for: Vec<RecordKey>,
    /// What a person should know from the last plan.
    pub notes: Vec<plan::Note>,
    pub claimed_by_epoch: Option<i64>,
}

impl Lane {
    /// Which stage has to look at the lane next. Both stores keep this as a column, through this function only.
    #[must_use]
    pub fn stage(&self) -> Stage {
        if self.quarantined {
            Stage::Quarantined
        } else if self.open_outbox.is_some() {
            Stage::Deliver
        } else if self.hint.pipedrive > self.read.pipedrive
            || self.hint.propstreet > self.read.propstreet
        {
            Stage::Read
        } else if self.version > self.planned_version {
            Stage::Plan
        } else {
            Stage::Rest
        }
    }
}

/// A lane with everything a stage needs to know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneView {
    pub lane: Lane,
    pub pair: Option<Pair>,
    /// The mirror rows of the pair's records; of the record itself for a lane without a pair.
    pub rows: BySide<Option<MirrorRow>>,
    /// Mirror rows owned by the Propstreet record: a contact's links, live and deleted.
    pub links: Vec<MirrorRow>,
    /// The pairs of the records that any of these rows refers to, in the order of the keys.
    pub references: Vec<PairReference>,
    pub open_conflicts: Vec<plan::OpenConflict>,
    /// Of a deal and its project: who takes part.
    pub members: Option<Membership>,
    /// The write under way.
    pub outbox: Option<OutboxRow>,
    /// Finished writes of the pair whose overwrite audit is not done, oldest first.
    pub audits: Vec<OutboxRow>,
    /// Inbox rows not yet taken in by a read, oldest first, at most the newest [`INBOX_PER_LANE_MAX`].
    pub inbox: Vec<InboxRow>,
}

/// How many pending inbox rows a view holds at the most.
pub const INBOX_PER_LANE_MAX: usize = 64;
