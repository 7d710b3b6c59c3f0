//! What goes into the store and what comes out, in our own terms.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{
    Base, BySide, ConflictId, Entity, Field, InboxSeq, Kind, LaneId, OutboxId, PairId, PairState,
    RecordKey, RemoteId, Side, Timestamp, Value,
};
use plan::{MatchRule, NewConflict, Note, Rule, Write};
use serde::{Deserialize, Serialize};

use crate::deals::StageChange;
pub use crate::history::{HistoryKind, HistoryRow, NewHistory};
use crate::lane::Problem;
use crate::participants::{SeenParticipants, ShownCount};
use crate::snapshot::Snapshot;
use crate::versions::ToldBefore;

// ---- inbox ---------------------------------------------------------------------------------------------------------

/// Where an inbox row came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxSource {
    PipedriveWebhook,
    PropstreetWebhook,
    /// A page of a list.
    Poll,
    /// A comparison by id: the record was not where it should be.
    Sweep,
    /// A person asked for it.
    Manual,
}

/// Something that says "this record may have changed".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInboxRow {
    pub source: InboxSource,
    /// The sender's id of the event with a hash of the body; a row of the same source and `dedup` is stored once.
    pub dedup: Option<String>,
    /// The record whose lane becomes due. `None` for pages and for events we know nothing to do with.
    pub record: Option<RecordKey>,
    /// What was received, as it was; only webhooks (and submissions) have one.
    pub body: Option<String>,
    /// What this is about, without personal data: `change person/12`, `page of persons: 500 rows`.
    pub summary: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    pub seq: InboxSeq,
    pub source: InboxSource,
    pub dedup: Option<String>,
    pub record: Option<RecordKey>,
    pub body: Option<String>,
    pub summary: String,
    pub received_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    Stored(InboxSeq),
    AlreadyKnown,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InboxFilter {
    pub seq: Option<InboxSeq>,
    pub record: Option<RecordKey>,
    pub source: Option<InboxSource>,
}

// ---- mirror --------------------------------------------------------------------------------------------------------

/// A key by which records are found on both sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MatchKey {
    pub kind: MatchKeyKind,
    /// Canonical.
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchKeyKind {
    /// The other side's id that this record carries.
    Marker,
    Email,
    Domain,
    OrganizationNumber,
    Phone,
    /// The name, folded.
    Name,
    /// What a note says and on which record, as one number.
    Words,
}

/// What a side last showed of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorRow {
    pub key: RecordKey,
    /// Whose lane becomes due when this row changes: itself, or for a link its contact.
    pub owner: RecordKey,
    /// JSON as received; shared, because rows are copied more often than they change.
    pub raw: Arc<str>,
    /// The vendor's version: Pipedrive's `update_time`, Propstreet's etag.
    pub remote_version: String,
    /// When it last changed there, by the vendor's clock (`update_time`, or `add_time` while that is null; `updatedUtc`).
    pub remote_time: Timestamp,
    /// The records it refers to: a person's organization; a contact's companies; a link's both ends.
    pub refers_to: Vec<RecordKey>,
    pub match_keys: Arc<[MatchKey]>,
    /// When each field was last seen to change, corrected for the vendor's clock.
    pub field_seen_at: BTreeMap<Field, Timestamp>,
    /// The record that a field named before it became empty, as far as it was seen.
    pub left: BTreeMap<Field, RecordKey>,
    pub deleted_at: Option<Timestamp>,
    pub synced_at: Timestamp,
}

/// How far a row can be trusted to be current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// A read of the one record, or the answer to our own write.
    Read,
    /// A row of a list, which may lag behind.
    Page,
}

/// When rows can be found by their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// At once.
    Now,
    /// After `index_keys`: rows of a first read, by whose keys nobody asks before it has ended.
    Later,
}

/// What a side showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub authority: Authority,
    pub rows: Vec<MirrorRow>,
    pub keys: Keys,
    /// Records that a read found gone: their rows get `deleted_at = now` and keep what they last showed.
    pub gone: Vec<RecordKey>,
    /// Moves of deals that webhooks told of.
    pub stage_changes: Vec<StageChange>,
    /// What webhooks told of records before they were changed.
    pub told_before: Vec<ToldBefore>,
    /// How many take part in deals, as a list of them shows.
    pub participant_counts: Vec<ShownCount>,
    /// Who takes part in a deal, after a write of ours or a read for its sake.
    pub participants: Vec<(RemoteId, SeenParticipants)>,
    /// Where only some records of an entity are in pairs: rows whose lanes are due if they changed, and records whose lanes are.
    pub taking_part: BTreeSet<RecordKey>,
    /// The page's inbox row (it makes no lane due by itself).
    pub page: Option<NewInboxRow>,
    /// Facts to remember with it, or to forget: a cursor, what its list has shown so far, and what of it could not be read.
    pub facts: Vec<(String, Option<String>)>,
}

impl Observation {
    #[must_use]
    pub const fn none() -> Self {
        Self {
            authority: Authority::Read,
            rows: Vec::new(),
            keys: Keys::Now,
            gone: Vec::new(),
            stage_changes: Vec::new(),
            told_before: Vec::new(),
            participant_counts: Vec::new(),
            participants: Vec::new(),
            taking_part: BTreeSet::new(),
            page: None,
            facts: Vec::new(),
        }
    }
}

/// The end of a claim at [`crate::Stage::Read`]: which inbox rows were taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadDone {
    pub lane: LaneId,
    pub read: BySide<InboxSeq>,
}

/// What became of an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Observed {
    pub new: u32,
    pub changed: u32,
    pub unchanged: u32,
    /// Older than what is stored, and ignored.
    pub older: u32,
    /// Not to be told apart by time: their lanes are due for a read.
    pub unsure: u32,
}

/// A row found by its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchRow {
    pub row: MirrorRow,
    pub keys: Vec<MatchKey>,
    pub pair: Option<model::Pair>,
}

/// Which pair a record referred to is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairReference {
    pub record: RecordKey,
    /// Its pair: id, both sides' ids, and whether both sides have a word for it: it is active, and neither record is deleted.
    pub pair: Option<(PairId, BySide<Option<RemoteId>>, bool)>,
    /// Whether the record itself is known to be deleted.
    pub is_deleted: bool,
}

// ---- plans ---------------------------------------------------------------------------------------------------------

/// How a claim ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// Nothing more to do until something changes (the lane's own state may say otherwise: see [`crate::Lane::stage`]).
    Rest,
    /// Try again then; `attempts` grows by one when there is a problem.
    PutOff {
        until: Timestamp,
        problem: Option<Problem>,
    },
    Quarantine {
        problem: Problem,
    },
}

/// A pair made by a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairFormation {
    /// Two known records, or one and `None` for the one about to be created.
    New {
        kind: Kind,
        ids: BySide<Option<RemoteId>>,
        rule: Option<MatchRule>,
    },
    /// An existing pair gets another record on this side (a merge, or an id found later).
    Repoint {
        pair: PairId,
        side: Side,
        id: RemoteId,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct NewOutboxRow {
    pub write: Write,
    /// The version the write was planned from; Propstreet updates carry it.
    pub if_match: Option<String>,
    pub idempotency_key: String,
    /// Conflicts whose losing value this write replaces; journaled when it is sent.
    pub conflicts: Vec<NewConflict>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NewSuggestion {
    pub candidate: RecordKey,
    pub rule: MatchRule,
    pub similarity: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Suggested {
    pub record: RecordKey,
    pub candidate: RecordKey,
    pub rule: MatchRule,
    pub similarity: f64,
    pub at: Timestamp,
}

/// Everything a plan changes, kept in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanCommit {
    pub lane: LaneId,
    /// [`crate::Lane::version`] as it was claimed.
    pub lane_version: i64,
    pub formation: Option<PairFormation>,
    pub base: Option<Base>,
    pub state: Option<PairState>,
    /// Conflicts that no write of this plan settles.
    pub conflicts: Vec<NewConflict>,
    pub settled_conflicts: Vec<ConflictId>,
    pub settled_restores: Vec<Field>,
    /// At most one write is under way per lane.
    pub outbox: Option<NewOutboxRow>,
    pub suggestions: Vec<NewSuggestion>,
    pub waits_for: Vec<RecordKey>,
    pub notes: Vec<Note>,
    pub history: Vec<NewHistory>,
    pub disposition: Disposition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanCommitted {
    pub pair: Option<PairId>,
    pub outbox: Option<OutboxId>,
}

// ---- outbox --------------------------------------------------------------------------------------------------------

/// Where a remote write stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    Planned,
    Sent {
        at: Timestamp,
    },
    /// It may or may not have been carried out. Looked into after `parked_until`.
    OutcomeUnknown {
        sent_at: Timestamp,
        parked_until: Timestamp,
    },
    /// Carried out; waits to learn what it replaced.
    AwaitingAudit {
        sent_at: Timestamp,
        until: Timestamp,
    },
    Done {
        at: Timestamp,
    },
    /// Not carried out.
    Dropped {
        at: Timestamp,
        reason: String,
    },
}

impl OutboxState {
    /// All that [`OutboxState::name`] can answer, in the order of a row's life.
    pub const NAMES: [&'static str; 6] = [
        "planned",
        "sent",
        "outcome_unknown",
        "awaiting_audit",
        "done",
        "dropped",
    ];

    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent { .. } => "sent",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::AwaitingAudit { .. } => "awaiting_audit",
            Self::Done { .. } => "done",
            Self::Dropped { .. } => "dropped",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    pub id: OutboxId,
    pub lane: LaneId,
    pub pair: PairId,
    pub write: Write,
    pub if_match: Option<String>,
    pub idempotency_key: String,
    pub conflicts: Vec<NewConflict>,
    pub before: Snapshot,
    pub state: OutboxState,
    pub planned_at: Timestamp,
}

impl MirrorRow {
    /// By what it is found: a deleted record by its marker alone, which tells whose counterpart it was.
    pub(crate) fn findable_by(&self) -> impl Iterator<Item = &MatchKey> {
        let is_live = self.deleted_at.is_none();
        let keys = self.match_keys.iter();
        keys.filter(move |key| key.finds(is_live))
    }
}

impl MatchKey {
    /// Whether a record that carries it is found by it.
    pub(crate) fn finds(&self, is_live: bool) -> bool {
        is_live || self.kind == MatchKeyKind::Marker
    }
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was carried out. The lane is planned again.
    Applied {
        observation: Observation,
        /// The id of a record it made.
        created: Option<RemoteId>,
        base: Base,
        /// Until when to wait for the news of what it replaced; `None` when nothing can have been.
        audit_until: Option<Timestamp>,
        history: Vec<NewHistory>,
    },
    /// Nobody knows; looked into at `parked_until`.
    Unknown {
        parked_until: Timestamp,
        problem: Option<Problem>,
    },
    /// It was not carried out. `observation` is what was seen instead; the lane is planned again, or ends as told.
    NotApplied {
        reason: String,
        observation: Observation,
        /// Fields on which the pair has not agreed after all: what their base says went with something else.
        forget: Vec<Field>,
        disposition: Disposition,
    },
    /// It was not sent, and stays planned until `until` (no tokens left, server busy).
    PutOff {
        until: Timestamp,
        problem: Option<Problem>,
    },
}

// ---- conflicts -----------------------------------------------------------------------------------------------------

/// A field on which the sides disagreed, journaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub id: ConflictId,
    pub pair: PairId,
    pub kind: Kind,
    pub ids: BySide<Option<RemoteId>>,
    pub field: Field,
    pub values: BySide<Option<Value>>,
    pub base: BySide<Option<Value>>,
    /// The side whose value was kept, by rule or by a person; `None` while it waits.
    pub winner: Option<Side>,
    pub rule: Rule,
    pub at: Timestamp,
    /// When a person chose.
    pub decided_at: Option<Timestamp>,
    /// When nothing was left to do about it.
    pub settled_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConflictFilter {
    /// Waiting for a person.
    #[default]
    Waiting,
    All,
    OfPair(PairId),
}

// ---- what people look at -------------------------------------------------------------------------------------------

/// One screen's worth of numbers. Cheap enough to be read every second.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    /// Live and deleted rows per entity.
    pub mirror: BTreeMap<Entity, (u64, u64)>,
    pub pairs_active: BTreeMap<Kind, u64>,
    pub pairs_at_rest: u64,
    pub lanes: BTreeMap<crate::Stage, u64>,
    /// Lanes due by now, and since when the oldest is.
    pub lanes_due: u64,
    pub oldest_due_at: Option<Timestamp>,
    pub outbox: BTreeMap<String, u64>,
    pub conflicts_waiting: u64,
    pub conflicts_journaled: u64,
    pub suggestions: u64,
    pub inbox_rows: u64,
    pub last_webhook_at: BySide<Option<Timestamp>>,
}

/// What an API has cost on a day, for one purpose of one class of calls; or what is added to that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spent {
    pub class: String,
    pub purpose: String,
    pub calls: i64,
    pub tokens: i64,
}

/// A secret as it lies in the database: encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    pub name: String,
    pub sealed: Vec<u8>,
    pub changed_at: Timestamp,
}
