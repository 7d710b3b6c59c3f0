//! What is remembered: one trait of domain transactions, and the only place with SQL.
//!
//! Each method of [`Store`] is one transaction: it happens whole or not at all, and what it promises holds after a crash.
//! Methods that change what the owner of a workspace decides take its [`Lease`]; a lease whose epoch is no longer the
//! workspace's is refused with [`StoreError::LeaseLost`]. Anybody may read, append to the inbox and record a person's
//! decisions with a [`WorkspaceCtx`]. The time is always passed in.
//!
//! A transaction is written once, in `transactions/`, on top of the rows that `memory/` and `sqlite/` keep under the same
//! file names (`tables.rs` says which). To add one: describe its promise here, write it there, and add it to the random
//! walk of the conformance suite.

mod any;
pub mod board;
mod board_store;
mod claim_store;
mod deal_store;
pub mod deals;
mod error;
mod field_store;
pub mod fields;
mod first_read_store;
pub mod gate;
mod history;
mod id_range;
pub mod lane;
mod lane_changes;
mod memory;
mod participant_store;
pub mod participants;
mod people_store;
pub mod rows;
mod runner;
mod snapshot;
mod sqlite;
mod tables;
mod transactions;
pub mod vault;
mod verdict;
mod version_store;
pub mod versions;
mod work;

use std::collections::BTreeMap;
use std::future::Future;

pub use any::AnyStore;
pub use board::{
    BoardColumn, BoardFilter, DealCard, DealOrder, DealPlace, ExplainedQuery, OwnerSum, StageDay,
    StageSum, TitledChange,
};
pub use board_store::BoardStore;
pub use claim_store::ClaimStore;
pub use deal_store::DealStore;
pub use deals::{StageChange, StageTotal, StageTotalKey};
pub use error::StoreError;
pub use field_store::{FieldStore, take_in};
pub use fields::{
    FieldChange, FieldChangeKind, FieldEntity, FieldOption, FormerName, Reconsider, SeenField,
    SeenFields, StoredField, TakenIn,
};
pub use first_read_store::FirstReadStore;
pub use gate::{Gate, OpenGate};
pub use id_range::IdRange;
pub use lane::{INBOX_PER_LANE_MAX, Lane, LaneKey, LaneView, Problem, Stage};
pub use memory::{MemContents, MemStore};
use model::{
    ConflictId, Entity, Field, IdSet, InboxSeq, LaneId, OutboxId, Pair, PairId, RecordKey,
    RemoteId, Side, Timestamp, Value, WorkspaceId,
};
pub use participant_store::ParticipantStore;
pub use participants::{
    Participant, ParticipantsKept, ParticipantsStanding, SeenParticipant, SeenParticipants,
    ShownCount, WantedDeal,
};
pub use people_store::{Decided, DeleteWord, PeopleStore, Refusal, SharedKey};
pub use rows::{
    Appended, Authority, Conflict, ConflictFilter, Disposition, HistoryKind, HistoryRow,
    InboxFilter, InboxRow, InboxSource, Keys, MatchKey, MatchKeyKind, MatchRow, MirrorRow,
    NewHistory, NewInboxRow, NewOutboxRow, NewSuggestion, Observation, Observed, OutboxRow,
    OutboxState, Outcome, PairFormation, PairReference, PlanCommit, PlanCommitted, ReadDone, Spent,
    Status, StoredSecret, Suggested,
};
pub use snapshot::Snapshot;
pub use sqlite::{SqliteOptions, SqliteStore, mirror_table};
pub use vault::Vault;
pub use verdict::says_the_same;
pub use version_store::VersionStore;
pub use versions::{RecordVersion, ToldBefore, VersionSource};

/// The right to plan, deliver and spend for a workspace. A higher epoch fences off a lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub workspace: WorkspaceId,
    pub epoch: i64,
}

/// Which workspace a read or a person's decision is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkspaceCtx {
    pub workspace: WorkspaceId,
}

impl Lease {
    #[must_use]
    pub const fn ctx(&self) -> WorkspaceCtx {
        WorkspaceCtx {
            workspace: self.workspace,
        }
    }
}

/// Name of the fact that stops all work on lanes: `pause` writes it, `resume` removes it.
pub const FACT_PAUSED: &str = "paused";

type Answer<T> = Result<T, StoreError>;

/// Everything the program may ask of memory. Each method is one transaction.
pub trait Store:
    FieldStore
    + DealStore
    + BoardStore
    + ParticipantStore
    + PeopleStore
    + VersionStore
    + FirstReadStore
    + ClaimStore
    + Send
    + Sync
    + 'static
{
    // ---- ownership -------------------------------------------------------------------------------------------------

    /// Takes the workspace over: raises its epoch, so that every older lease is refused from now on, and frees the lanes
    /// that an older epoch had claimed. A lane that was in flight at two deaths or more in a row waits, longer each time
    /// and apart from others like it, before it is claimed again; at the fifth it is quarantined (`ProblemCode`
    /// "crash_loop"). The end of a claim in good order forgets its deaths. Creates the workspace when it is new.
    fn acquire_lease(
        &self,
        workspace: WorkspaceId,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Lease>> + Send;

    // ---- intake ----------------------------------------------------------------------------------------------------

    /// Appends rows to the inbox, durable when this returns, and makes the lane of each row's record due for a read
    /// (creating a lane for a record without one; a quarantined lane is given another try). A row whose
    /// `(source, dedup)` is known is not stored again. Answers in the order of the rows.
    fn append_inbox(
        &self,
        ctx: WorkspaceCtx,
        rows: Vec<NewInboxRow>,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Vec<Appended>>> + Send;

    /// Makes the lane of an inbox row's record due for a read again.
    fn replay_inbox(
        &self,
        ctx: WorkspaceCtx,
        seq: InboxSeq,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// Drops the bodies of inbox rows received before `before`; the rows and their dedup keys stay. Answers how many.
    fn purge_inbox(
        &self,
        lease: &Lease,
        before: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Answer<u64>> + Send;

    // ---- lanes -----------------------------------------------------------------------------------------------------

    /// Claims up to `limit` lanes of this stage that are due, oldest first, each with all that the stage needs to know.
    /// A claimed lane is given to nobody else until a transaction of the same lease ends the claim. None while it is paused.
    fn claim_lanes(
        &self,
        lease: &Lease,
        stage: Stage,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<LaneView>>> + Send;

    /// Claims this one lane, whatever its stage, with all that its stage needs to know. `None` when it is claimed already, rests,
    /// is in quarantine or is not due yet.
    fn claim_lane(
        &self,
        lease: &Lease,
        lane: LaneId,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Option<LaneView>>> + Send;

    /// Lanes of this stage with an id above `after`, in the order of their ids, due or not, without claiming them (for previews).
    fn peek_lanes(
        &self,
        ctx: WorkspaceCtx,
        stage: Stage,
        after: LaneId,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<LaneView>>> + Send;

    /// The view of the lane of a record, without claiming it.
    fn lane_of(
        &self,
        ctx: WorkspaceCtx,
        record: &RecordKey,
    ) -> impl Future<Output = Answer<Option<LaneView>>> + Send;

    /// Ends a claim without a result: the lane is tried again at `until`, or quarantined. `attempts` grows by one.
    fn end_claim(
        &self,
        lease: &Lease,
        lane: LaneId,
        disposition: Disposition,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// The earliest moment at which a lane or an audit of the workspace is due; claimed and quarantined lanes do not count.
    fn next_due(&self, ctx: WorkspaceCtx)
    -> impl Future<Output = Answer<Option<Timestamp>>> + Send;

    // ---- mirror ----------------------------------------------------------------------------------------------------

    /// Takes in what a side showed: mirror rows, the lanes of changed records that take part in pairs (due for planning), the page's inbox row and
    /// its cursor, and, when `read` is given, the end of that lane's claim. A row never goes back: an older one
    /// (`remote_time`) is ignored; with [`Authority::Page`], one of the same time but other content is not taken but makes
    /// its lane due for a read, and so does a living one that a read did not find: it may be gone.
    /// Rows equal to what is stored are not written.
    fn commit_observation(
        &self,
        lease: &Lease,
        observation: Observation,
        read: Option<ReadDone>,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Observed>> + Send;

    /// When the next audit is due, now or later.
    fn next_audit(
        &self,
        ctx: WorkspaceCtx,
    ) -> impl Future<Output = Answer<Option<Timestamp>>> + Send;

    fn mirror_row(
        &self,
        ctx: WorkspaceCtx,
        key: &RecordKey,
    ) -> impl Future<Output = Answer<Option<MirrorRow>>> + Send;

    /// All live ids of an entity.
    fn live_ids(
        &self,
        ctx: WorkspaceCtx,
        entity: Entity,
    ) -> impl Future<Output = Answer<IdSet>> + Send;

    /// Live ids of an entity in a range, ascending as text.
    fn live_ids_in(
        &self,
        ctx: WorkspaceCtx,
        entity: Entity,
        range: &IdRange,
    ) -> impl Future<Output = Answer<Vec<RemoteId>>> + Send;

    /// Rows of an entity that carry at least one of the keys, with the keys they share and their pair: live ones, and deleted
    /// ones that carry a marker.
    fn find_matches(
        &self,
        ctx: WorkspaceCtx,
        entity: Entity,
        keys: &[MatchKey],
    ) -> impl Future<Output = Answer<Vec<MatchRow>>> + Send;

    // ---- pairs and plans -------------------------------------------------------------------------------------------

    fn pair(
        &self,
        ctx: WorkspaceCtx,
        id: PairId,
    ) -> impl Future<Output = Answer<Option<Pair>>> + Send;

    fn pair_of(
        &self,
        ctx: WorkspaceCtx,
        record: &RecordKey,
    ) -> impl Future<Output = Answer<Option<Pair>>> + Send;

    /// Pairs with an id above `after`, ascending.
    fn pairs(
        &self,
        ctx: WorkspaceCtx,
        after: PairId,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<Pair>>> + Send;

    /// Keeps a plan: pair, base, conflicts without a write, outbox row, suggestions, waits and the end of the claim. Refused
    /// with [`StoreError::Stale`] (and nothing kept but the end of the claim) when the lane moved since it was claimed, or a record is
    /// in another pair by now. Forming a pair merges the records' lanes into the pair's one lane; a pair that has both
    /// ids wakes the lanes that wait for either record.
    fn commit_plan(
        &self,
        lease: &Lease,
        plan: PlanCommit,
        now: Timestamp,
    ) -> impl Future<Output = Answer<PlanCommitted>> + Send;

    // ---- outbox ----------------------------------------------------------------------------------------------------

    /// Planned → Sent, before the call is made: keeps what the write expects to replace and journals its conflicts.
    /// A crash after this line is an unknown outcome.
    fn commit_intent(
        &self,
        lease: &Lease,
        outbox: OutboxId,
        snapshot: Snapshot,
        now: Timestamp,
    ) -> impl Future<Output = Answer<OutboxRow>> + Send;

    /// Keeps what became of a write, with everything that follows from it (mirror, pair, base, history), and ends the claim.
    fn commit_outcome(
        &self,
        lease: &Lease,
        outbox: OutboxId,
        outcome: Outcome,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// Rows in `AwaitingAudit` whose time is up, oldest first, with their pairs.
    fn due_audits(
        &self,
        lease: &Lease,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<(OutboxRow, Pair)>>> + Send;

    /// AwaitingAudit → Done. What was overwritten is journaled, and `restores` are put into the pair, whose lane is then due.
    fn commit_audit(
        &self,
        lease: &Lease,
        outbox: OutboxId,
        overwritten: Vec<plan::NewConflict>,
        restores: BTreeMap<Field, Option<Value>>,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// The audit is due again later, because what was replaced cannot be found out now.
    fn put_audit_off(
        &self,
        lease: &Lease,
        outbox: OutboxId,
        until: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    // ---- what people look at and decide ----------------------------------------------------------------------------

    fn status(
        &self,
        ctx: WorkspaceCtx,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Status>> + Send;

    fn conflicts(
        &self,
        ctx: WorkspaceCtx,
        filter: ConflictFilter,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<Conflict>>> + Send;

    fn conflict(
        &self,
        ctx: WorkspaceCtx,
        id: ConflictId,
    ) -> impl Future<Output = Answer<Option<Conflict>>> + Send;

    /// Records a person's choice. A waiting conflict gets its winner; one that a rule had settled puts the chosen value back
    /// on both sides (a restore). The pair's lane becomes due for planning.
    fn decide_conflict(
        &self,
        ctx: WorkspaceCtx,
        id: ConflictId,
        keep: Side,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// Quarantined lanes, oldest first.
    fn quarantined(
        &self,
        ctx: WorkspaceCtx,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<LaneView>>> + Send;

    /// Gives a lane another try now: it is read again on both sides.
    fn retry_lane(
        &self,
        ctx: WorkspaceCtx,
        lane: LaneId,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// Lets a quarantined lane rest until its record changes again; its unsent outbox row is dropped.
    fn rest_lane(
        &self,
        ctx: WorkspaceCtx,
        lane: LaneId,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// Applied changes, newest first: of one pair, or of all; at or after `since`.
    fn history(
        &self,
        ctx: WorkspaceCtx,
        pair: Option<PairId>,
        since: Option<Timestamp>,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<HistoryRow>>> + Send;

    /// How many history rows of this kind there are at or after `since`.
    fn count_history(
        &self,
        ctx: WorkspaceCtx,
        kind: HistoryKind,
        since: Timestamp,
    ) -> impl Future<Output = Answer<u64>> + Send;

    fn suggestions(
        &self,
        ctx: WorkspaceCtx,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<Suggested>>> + Send;

    /// Inbox rows, newest first.
    fn inbox(
        &self,
        ctx: WorkspaceCtx,
        filter: InboxFilter,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<InboxRow>>> + Send;

    // ---- facts, budget, secrets ------------------------------------------------------------------------------------

    /// A remembered fact about the workspace: cursors, whether it is paused or approved, what `setup` made.
    fn fact(
        &self,
        ctx: WorkspaceCtx,
        name: &str,
    ) -> impl Future<Output = Answer<Option<String>>> + Send;

    /// All facts whose names begin with `prefix`.
    fn facts(
        &self,
        ctx: WorkspaceCtx,
        prefix: &str,
    ) -> impl Future<Output = Answer<Vec<(String, String)>>> + Send;

    fn put_fact(
        &self,
        ctx: WorkspaceCtx,
        name: &str,
        value: Option<&str>,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// Adds calls and tokens (negative gives back) to the cost of a day (`YYYY-MM-DD`), all or none; answers its tokens.
    fn spend(
        &self,
        ctx: WorkspaceCtx,
        api: Side,
        day: &str,
        spent: Vec<Spent>,
    ) -> impl Future<Output = Answer<i64>> + Send;

    /// What an API has cost on a day, in the order of classes and purposes.
    fn spent(
        &self,
        ctx: WorkspaceCtx,
        api: Side,
        day: &str,
    ) -> impl Future<Output = Answer<Vec<Spent>>> + Send;

    fn put_secret(
        &self,
        ctx: WorkspaceCtx,
        secret: StoredSecret,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// Puts a secret in the place of what is kept under `name`, or with `None` takes it away, if what is kept there is still the
    /// sealed bytes the caller has `seen` (`None`: nothing). Answers whether it was.
    fn replace_secret(
        &self,
        ctx: WorkspaceCtx,
        name: &str,
        seen: Option<Vec<u8>>,
        secret: Option<StoredSecret>,
    ) -> impl Future<Output = Answer<bool>> + Send;

    fn secrets(&self, ctx: WorkspaceCtx) -> impl Future<Output = Answer<Vec<StoredSecret>>> + Send;
}
