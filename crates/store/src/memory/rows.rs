//! The rows of one workspace, with the indexes that the transactions walk.
//!
//! In and out: nothing by itself; the files beside it implement one group of tables each. Never does what a transaction
//! decides.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::{
    ConflictId, Entity, HistoryId, InboxSeq, LaneId, OutboxId, Pair, PairId, RecordKey, RemoteId,
    Side, Timestamp,
};

use crate::Answer;
use crate::deals::{StageChange, StageTotal, StageTotalKey};
use crate::fields::{FieldChange, FieldEntity, StoredField};
use crate::lane::{Lane, LaneKey, Stage};
use crate::participants::{Check, Participant};
use crate::rows::{
    Conflict, HistoryKind, HistoryRow, InboxRow, InboxSource, MatchKey, MirrorRow, OutboxRow,
    StoredSecret, Suggested,
};
use crate::tables::{Sequence, WorkspaceTable};
use crate::versions::RecordVersion;

#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(super) epoch: Option<i64>,
    pub(super) sequences: BTreeMap<Sequence, i64>,

    pub(super) inbox: BTreeMap<InboxSeq, InboxRow>,
    pub(super) dedup: HashSet<(InboxSource, String)>,
    pub(super) inbox_by_record: BTreeMap<RecordKey, Vec<InboxSeq>>,

    pub(super) lanes: BTreeMap<LaneId, Lane>,
    pub(super) lane_by_key: BTreeMap<LaneKey, LaneId>,
    /// Unclaimed lanes that do not rest.
    pub(super) lanes_due: BTreeSet<(Stage, Timestamp, LaneId)>,
    pub(super) lane_waits: BTreeSet<(RecordKey, LaneId)>,

    pub(super) mirror: BTreeMap<RecordKey, MirrorRow>,
    /// Of live rows.
    pub(super) match_keys: BTreeSet<(Entity, MatchKey, RemoteId)>,
    /// Owner and link.
    pub(super) links: BTreeSet<(RecordKey, RecordKey)>,

    pub(super) pairs: BTreeMap<PairId, Pair>,
    pub(super) pair_by_record: BTreeMap<RecordKey, PairId>,

    pub(super) outbox: BTreeMap<OutboxId, OutboxRow>,
    pub(super) audits_due: BTreeSet<(Timestamp, OutboxId)>,
    pub(super) audits_of: BTreeSet<(PairId, OutboxId)>,

    pub(super) conflicts: BTreeMap<ConflictId, Conflict>,
    pub(super) conflicts_of: BTreeSet<(PairId, ConflictId)>,
    pub(super) history: BTreeMap<HistoryId, HistoryRow>,
    pub(super) history_of: BTreeSet<(PairId, HistoryId)>,
    pub(super) history_kinds: BTreeSet<(HistoryKind, Timestamp, HistoryId)>,
    pub(super) suggestions: BTreeMap<i64, Suggested>,

    pub(super) stage_totals: BTreeMap<StageTotalKey, StageTotal>,
    /// By deal, time and the stage it came into.
    pub(super) stage_changes: BTreeMap<(RemoteId, Timestamp, i64), StageChange>,

    /// By pipeline, day, stage, status and currency.
    pub(super) stage_days: BTreeMap<(i64, i64, i64, String, String), StageTotal>,

    /// By record and beginning; where each ends is worked out.
    pub(super) versions: BTreeMap<(RecordKey, Timestamp), RecordVersion>,

    /// By deal and participation.
    pub(super) participants: BTreeMap<(RemoteId, i64), Participant>,
    pub(super) participant_checks: BTreeMap<RemoteId, Check>,

    pub(super) fields: BTreeMap<(FieldEntity, String), StoredField>,
    /// Oldest first.
    pub(super) field_changes: Vec<FieldChange>,

    pub(super) facts: BTreeMap<String, String>,
    /// Calls and tokens by API, day, class and purpose.
    pub(super) ledger: BTreeMap<(Side, String, String, String), (i64, i64)>,
    pub(super) secrets: BTreeMap<String, StoredSecret>,
}

/// A limit as a number of rows to take.
pub(super) fn at_most(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

impl WorkspaceTable for Rows {
    fn epoch(&self) -> Answer<Option<i64>> {
        Ok(self.epoch)
    }

    fn set_epoch(&mut self, epoch: i64, _now: Timestamp) -> Answer<()> {
        self.epoch = Some(epoch);
        Ok(())
    }

    fn next_id(&mut self, sequence: Sequence) -> Answer<i64> {
        let last = self.sequences.entry(sequence).or_default();
        *last += 1;
        Ok(*last)
    }
}
