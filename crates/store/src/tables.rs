//! The rows below the transactions: what each store keeps, one trait per group of tables, all of one workspace.
//!
//! In: whole rows of our own types. Out: the same. An implementation keeps its indexes and counters in step; it decides
//! nothing. A change is told with the row as it was before, so that only what moved is written.

use model::{
    ConflictId, Entity, Field, HistoryId, IdSet, InboxSeq, LaneId, OutboxId, Pair, PairId,
    RecordKey, RemoteId, Side, Timestamp,
};

use crate::Answer;
use crate::board::{DealCard, ExplainedQuery, InStage, OwnerSum, StageDay, StageSum, TitledChange};
use crate::deals::{StageChange, StageTotal, StageTotalKey};
use crate::fields::{FieldChange, StoredField};
use crate::id_range::IdRange;
use crate::lane::{Lane, LaneKey, Stage};
use crate::participants::{Check, Participant, ParticipantsStanding, WantedDeal};
use crate::rows::{
    Conflict, ConflictFilter, HistoryKind, HistoryRow, InboxFilter, InboxRow, InboxSource, Keys,
    MatchKey, MatchKeyKind, MirrorRow, OutboxRow, Spent, Status, StoredSecret, Suggested,
};
pub(crate) use crate::sqlite::TakenApart;
use crate::versions::RecordVersion;

/// What counts up by one with each new row, and is never given out twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Sequence {
    Inbox,
    Lane,
    Pair,
    Outbox,
    Conflict,
    History,
    Suggestion,
    FieldChange,
}

pub(crate) trait WorkspaceTable {
    /// `None` before the first lease.
    fn epoch(&self) -> Answer<Option<i64>>;
    fn set_epoch(&mut self, epoch: i64, now: Timestamp) -> Answer<()>;
    fn next_id(&mut self, sequence: Sequence) -> Answer<i64>;
}

pub(crate) trait InboxTable {
    fn inbox_row(&self, seq: InboxSeq) -> Answer<Option<InboxRow>>;
    fn inbox_knows(&self, source: InboxSource, dedup: &str) -> Answer<bool>;
    fn insert_inbox(&mut self, row: InboxRow) -> Answer<()>;
    fn drop_inbox_bodies(&mut self, before: Timestamp) -> Answer<u64>;
    /// Rows about a record with a place above `after`, newest first.
    fn pending_inbox(
        &self,
        record: &RecordKey,
        after: InboxSeq,
        limit: usize,
    ) -> Answer<Vec<InboxRow>>;
    /// Newest first.
    fn inbox(&self, filter: &InboxFilter, limit: u32) -> Answer<Vec<InboxRow>>;
}

pub(crate) trait LaneTable {
    fn lane(&self, id: LaneId) -> Answer<Option<Lane>>;
    fn lane_by_key(&self, key: &LaneKey) -> Answer<Option<Lane>>;
    fn insert_lane(&mut self, lane: Lane) -> Answer<()>;
    fn update_lane(&mut self, before: &Lane, after: Lane) -> Answer<()>;
    fn delete_lane(&mut self, lane: &Lane) -> Answer<()>;
    /// Unclaimed lanes of a stage due by `now`, by due time and id.
    fn due_lanes(&self, stage: Stage, now: Timestamp, limit: u32) -> Answer<Vec<Lane>>;
    /// Those of records of this entity without a pair.
    fn due_lanes_of(
        &self,
        stage: Stage,
        entity: Entity,
        now: Timestamp,
        limit: u32,
    ) -> Answer<Vec<Lane>>;
    fn lanes_after(&self, stage: Stage, after: LaneId, limit: u32) -> Answer<Vec<Lane>>;
    fn claimed_lanes(&self) -> Answer<Vec<Lane>>;
    /// The earliest due time of an unclaimed lane of this stage.
    fn earliest_due(&self, stage: Stage) -> Answer<Option<Timestamp>>;
    /// Ids of the lanes that wait for a record, ascending.
    fn lanes_waiting_for(&self, record: &RecordKey) -> Answer<Vec<LaneId>>;
}

/// How a mirror row is put.
#[derive(Debug)]
pub(crate) struct Put {
    /// When it can be found by what is new of its keys.
    pub(crate) keys: Keys,
    /// Where that was done already.
    pub(crate) apart: Option<TakenApart>,
}

impl Put {
    pub(crate) const fn now() -> Self {
        Self {
            keys: Keys::Now,
            apart: None,
        }
    }
}

pub(crate) trait MirrorTable {
    fn mirror_row(&self, key: &RecordKey) -> Answer<Option<MirrorRow>>;
    /// Whether the record is known, and known to be deleted.
    fn is_deleted(&self, key: &RecordKey) -> Answer<bool>;
    fn put_mirror_row(
        &mut self,
        before: Option<&MirrorRow>,
        after: MirrorRow,
        how: Put,
    ) -> Answer<()>;
    /// Lets up to so many rows behind an id be found by their keys. Answers the last of them; nothing when there is none.
    fn index_keys(&mut self, entity: Entity, after: &str, limit: u32) -> Answer<Option<RemoteId>>;
    fn live_ids(&self, entity: Entity) -> Answer<IdSet>;
    fn live_ids_in(&self, entity: Entity, range: &IdRange) -> Answer<Vec<RemoteId>>;
    /// Link rows owned by a record, live and deleted, by id.
    fn links_of(&self, owner: &RecordKey) -> Answer<Vec<MirrorRow>>;
    /// Values of a kind of key that more than one row of an entity carries, ascending.
    fn shared_values(&self, entity: Entity, kind: MatchKeyKind, limit: u32) -> Answer<Vec<String>>;
    /// Ids of live rows that carry the key, ascending.
    fn ids_with_key(&self, entity: Entity, key: &MatchKey, limit: usize) -> Answer<Vec<RemoteId>>;
}

pub(crate) trait PairTable {
    fn pair(&self, id: PairId) -> Answer<Option<Pair>>;
    /// The pair without any value of its records: all that a reference tells of it.
    fn pair_head(&self, id: PairId) -> Answer<Option<Pair>> {
        self.pair(id)
    }
    fn pair_id_of(&self, record: &RecordKey) -> Answer<Option<PairId>>;
    fn insert_pair(&mut self, pair: Pair) -> Answer<()>;
    fn update_pair(&mut self, before: &Pair, after: Pair) -> Answer<()>;
    fn pairs_after(&self, after: PairId, limit: u32) -> Answer<Vec<Pair>>;
    /// Those in which a person is asked whether the remaining record shall be deleted, by id.
    fn pairs_asked(&self, limit: u32) -> Answer<Vec<Pair>>;
}

pub(crate) trait OutboxTable {
    fn outbox_row(&self, id: OutboxId) -> Answer<Option<OutboxRow>>;
    fn insert_outbox(&mut self, row: OutboxRow) -> Answer<()>;
    fn update_outbox(&mut self, before: &OutboxRow, after: OutboxRow) -> Answer<()>;
    /// Rows of a pair that await their audit, oldest first.
    fn audits_of(&self, pair: PairId) -> Answer<Vec<OutboxRow>>;
    /// Rows whose audit is due, by time and id.
    fn audits_due(&self, now: Timestamp, limit: u32) -> Answer<Vec<OutboxRow>>;
    fn earliest_audit(&self) -> Answer<Option<Timestamp>>;
}

pub(crate) trait ReviewTables {
    fn conflict(&self, id: ConflictId) -> Answer<Option<Conflict>>;
    fn insert_conflict(&mut self, conflict: Conflict) -> Answer<()>;
    fn update_conflict(&mut self, before: &Conflict, after: Conflict) -> Answer<()>;
    /// Newest first.
    fn conflicts(&self, filter: ConflictFilter, limit: u32) -> Answer<Vec<Conflict>>;
    /// Conflicts of a pair about which something is left to do, oldest first.
    fn open_conflicts(&self, pair: PairId) -> Answer<Vec<Conflict>>;
    fn newest_conflict(&self, pair: PairId, field: Field) -> Answer<Option<Conflict>>;
    fn insert_history(&mut self, row: HistoryRow) -> Answer<()>;
    fn history_row(&self, id: HistoryId) -> Answer<Option<HistoryRow>>;
    /// Newest first.
    fn history(
        &self,
        pair: Option<PairId>,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Answer<Vec<HistoryRow>>;
    fn count_history(&self, kind: HistoryKind, since: Timestamp) -> Answer<u64>;
    fn insert_suggestion(&mut self, id: i64, suggestion: Suggested) -> Answer<()>;
    /// Drops what was suggested for a record; with a candidate, only that one.
    fn delete_suggestions(
        &mut self,
        record: &RecordKey,
        candidate: Option<&RecordKey>,
    ) -> Answer<()>;
    /// Newest first.
    fn suggestions(&self, limit: u32) -> Answer<Vec<Suggested>>;
    fn status(&self, now: Timestamp) -> Answer<Status>;
}

pub(crate) trait FactTables {
    fn fact(&self, name: &str) -> Answer<Option<String>>;
    fn facts(&self, prefix: &str) -> Answer<Vec<(String, String)>>;
    fn put_fact(&mut self, name: &str, value: Option<&str>, now: Timestamp) -> Answer<()>;
    /// Answers the day's total over all purposes.
    fn spend(&mut self, api: Side, day: &str, spent: Vec<Spent>) -> Answer<i64>;
    fn spent(&self, api: Side, day: &str) -> Answer<Vec<Spent>>;
    fn put_secret(&mut self, secret: StoredSecret) -> Answer<()>;
    fn delete_secret(&mut self, name: &str) -> Answer<()>;
    fn secrets(&self) -> Answer<Vec<StoredSecret>>;
}

pub(crate) trait FieldTables {
    /// All that are or were, by entity and code.
    fn fields(&self) -> Answer<Vec<StoredField>>;
    fn put_field(&mut self, field: StoredField) -> Answer<()>;
    fn insert_field_change(&mut self, change: FieldChange) -> Answer<()>;
    /// Newest first.
    fn field_changes(&self, limit: u32) -> Answer<Vec<FieldChange>>;
    /// Makes the views with readable names anew where they differ from what the fields say now.
    fn renew_views(&mut self) -> Answer<()>;
}

pub(crate) trait DealTables {
    fn add_to_stage_total(&mut self, key: &StageTotalKey, change: StageTotal) -> Answer<()>;
    /// Those that are not empty, by key.
    fn stage_totals(&self) -> Answer<Vec<(StageTotalKey, StageTotal)>>;
    /// One that a webhook told takes the place of the same one that was only seen.
    fn note_stage_change(&mut self, change: &StageChange) -> Answer<()>;
    /// Of one deal, the earliest first.
    fn stage_changes(&self, deal: &RemoteId) -> Answer<Vec<StageChange>>;
}

pub(crate) trait BoardTables {
    /// By stage and currency.
    fn stage_sums(
        &self,
        pipeline_id: i64,
        status: &str,
        owner_id: Option<i64>,
    ) -> Answer<Vec<StageSum>>;
    /// By owner and currency.
    fn owner_sums(&self, pipeline_id: i64, status: &str) -> Answer<Vec<OwnerSum>>;
    /// In their order, behind a place.
    fn deals_in_stage(&self, wanted: &InStage<'_>) -> Answer<Vec<DealCard>>;
    /// Newest first.
    fn newest_stage_changes(&self, limit: u32) -> Answer<Vec<TitledChange>>;
    /// Keeps the totals as they are now as those of the end of a day.
    fn keep_stage_day(&mut self, day: i64) -> Answer<()>;
    /// From a day on, by day, stage and currency.
    fn stage_days(&self, pipeline_id: i64, status: &str, since: i64) -> Answer<Vec<StageDay>>;
    /// Of live records of Pipedrive, by id.
    fn names(&self, entity: Entity) -> Answer<Vec<(RemoteId, String)>>;
    fn explain_board(&self) -> Answer<Vec<ExplainedQuery>>;
    /// Does without what only makes questions quicker, while next to no deal is there: a first read is to follow.
    fn leave_out_indexes(&mut self) -> Answer<()>;
    /// Makes one thing that was left out, and answers whether more is missing.
    fn make_index(&mut self) -> Answer<bool>;
}

pub(crate) trait VersionTable {
    fn newest_version(&self, record: &RecordKey) -> Answer<Option<RecordVersion>>;
    /// The earliest first, each ending where the next begins.
    fn versions(&self, record: &RecordKey) -> Answer<Vec<RecordVersion>>;
    /// Takes the place of one that begins at the same moment.
    fn insert_version(&mut self, record: &RecordKey, version: RecordVersion) -> Answer<()>;
    /// Those that another had replaced by `before`, the earliest first.
    fn drop_versions(&mut self, before: Timestamp, limit: u32) -> Answer<u64>;
    /// Answers how many empty pages are left.
    fn give_back(&mut self, pages: u32) -> Answer<u64>;
}

pub(crate) trait ParticipantTables {
    /// Live and gone, by id.
    fn participants_of(&self, deal: &RemoteId) -> Answer<Vec<Participant>>;
    fn put_participant(&mut self, row: Participant) -> Answer<()>;
    fn participant_check(&self, deal: &RemoteId) -> Answer<Option<Check>>;
    fn put_participant_check(&mut self, check: Check) -> Answer<()>;
    /// Those that are due: those read before, then by their turn and deal.
    fn participants_wanted(&self, limit: u32) -> Answer<Vec<WantedDeal>>;
    /// Those that take turns, by their turn and deal.
    fn participants_in_turn(&self, limit: u32) -> Answer<Vec<RemoteId>>;
    fn participants_standing(&self) -> Answer<ParticipantsStanding>;
}

/// All tables of one workspace, inside one transaction.
pub(crate) trait Tables:
    WorkspaceTable
    + InboxTable
    + LaneTable
    + MirrorTable
    + PairTable
    + OutboxTable
    + ReviewTables
    + FieldTables
    + DealTables
    + BoardTables
    + VersionTable
    + ParticipantTables
    + FactTables
{
}

impl<T> Tables for T where
    T: WorkspaceTable
        + InboxTable
        + LaneTable
        + MirrorTable
        + PairTable
        + OutboxTable
        + ReviewTables
        + FieldTables
        + DealTables
        + BoardTables
        + VersionTable
        + ParticipantTables
        + FactTables
{
}

/// Ids of history rows are given out by the transactions.
pub(crate) fn history_id(tables: &mut dyn Tables) -> Answer<HistoryId> {
    Ok(HistoryId(tables.next_id(Sequence::History)?))
}
