//! Every transaction of [`Store`] on top of two verbs: run this work on the rows of a workspace, keeping what it writes
//! or only reading.
//!
//! In: the caller's arguments. Out: the answer of the work in `transactions/`. Never looks at a row itself.

use std::collections::BTreeMap;

use model::{
    ConflictId, Entity, Field, IdSet, InboxSeq, LaneId, OutboxId, Pair, PairId, RecordKey,
    RemoteId, Side, Timestamp, Value, WorkspaceId,
};

use crate::id_range::IdRange;
use crate::rows::{
    Appended, Conflict, ConflictFilter, Disposition, HistoryKind, HistoryRow, InboxFilter,
    InboxRow, MatchKey, MatchRow, MirrorRow, NewInboxRow, Observation, Observed, OutboxRow,
    Outcome, PlanCommit, PlanCommitted, ReadDone, Spent, Status, StoredSecret, Suggested,
};
use crate::snapshot::Snapshot;
use crate::transactions::{
    audits, facts, inbox, lanes, mirror, outbox, pairs, plans, review, to_stored,
};
use crate::work::{Durability, Runner};
use crate::{Answer, LaneView, Lease, Stage, Store, WorkspaceCtx};

impl<R: Runner> Store for R {
    async fn acquire_lease(&self, workspace: WorkspaceId, now: Timestamp) -> Answer<Lease> {
        let now = to_stored(now);
        self.write("acquire_lease", workspace, move |tables| {
            facts::acquire_lease(tables, WorkspaceCtx { workspace }, now).map(Ok)
        })
        .await
    }

    async fn append_inbox(
        &self,
        ctx: WorkspaceCtx,
        rows: Vec<NewInboxRow>,
        now: Timestamp,
    ) -> Answer<Vec<Appended>> {
        let now = to_stored(now);
        self.write("append_inbox", ctx.workspace, move |tables| {
            inbox::append(tables, rows, now).map(Ok)
        })
        .await
    }

    async fn replay_inbox(&self, ctx: WorkspaceCtx, seq: InboxSeq, now: Timestamp) -> Answer<()> {
        let now = to_stored(now);
        self.write("replay_inbox", ctx.workspace, move |tables| {
            inbox::replay(tables, seq, now).map(Ok)
        })
        .await
    }

    async fn purge_inbox(&self, lease: &Lease, before: Timestamp, _now: Timestamp) -> Answer<u64> {
        let lease = *lease;
        self.write("purge_inbox", lease.workspace, move |tables| {
            inbox::purge(tables, lease, to_stored(before)).map(Ok)
        })
        .await
    }

    async fn claim_lanes(
        &self,
        lease: &Lease,
        stage: Stage,
        now: Timestamp,
        limit: u32,
    ) -> Answer<Vec<LaneView>> {
        let lease = *lease;
        let now = to_stored(now);
        self.write("claim_lanes", lease.workspace, move |tables| {
            lanes::claim(tables, lease, stage, now, limit).map(Ok)
        })
        .await
    }

    async fn claim_lane(
        &self,
        lease: &Lease,
        lane: LaneId,
        now: Timestamp,
    ) -> Answer<Option<LaneView>> {
        let lease = *lease;
        let now = to_stored(now);
        self.write("claim_lane", lease.workspace, move |tables| {
            lanes::claim_one(tables, lease, lane, now).map(Ok)
        })
        .await
    }

    async fn peek_lanes(
        &self,
        ctx: WorkspaceCtx,
        stage: Stage,
        after: LaneId,
        limit: u32,
    ) -> Answer<Vec<LaneView>> {
        self.read("peek_lanes", ctx.workspace, move |tables| {
            lanes::peek(tables, stage, after, limit)
        })
        .await
    }

    async fn lane_of(&self, ctx: WorkspaceCtx, record: &RecordKey) -> Answer<Option<LaneView>> {
        let record = record.clone();
        self.read("lane_of", ctx.workspace, move |tables| {
            lanes::view_of(tables, &record)
        })
        .await
    }

    async fn end_claim(
        &self,
        lease: &Lease,
        lane: LaneId,
        disposition: Disposition,
        now: Timestamp,
    ) -> Answer<()> {
        let lease = *lease;
        let now = to_stored(now);
        self.write("end_claim", lease.workspace, move |tables| {
            lanes::end_claim(tables, lease, lane, &disposition, now).map(Ok)
        })
        .await
    }

    async fn next_due(&self, ctx: WorkspaceCtx) -> Answer<Option<Timestamp>> {
        self.read("next_due", ctx.workspace, move |tables| {
            lanes::next_due(tables)
        })
        .await
    }

    async fn next_audit(&self, ctx: WorkspaceCtx) -> Answer<Option<Timestamp>> {
        self.read("next_audit", ctx.workspace, |tables| {
            tables.earliest_audit()
        })
        .await
    }

    async fn commit_observation(
        &self,
        lease: &Lease,
        observation: Observation,
        read: Option<ReadDone>,
        now: Timestamp,
    ) -> Answer<Observed> {
        let lease = *lease;
        let now = to_stored(now);
        // A page of a list comes with the place where the list goes on, and can be asked for again from there.
        let (durability, apart) = match observation.page {
            Some(_) => (
                Durability::WithALaterOne,
                self.take_apart(&observation.rows),
            ),
            None => (Durability::BeforeTheAnswer, Vec::new()),
        };
        let workspace = lease.workspace;
        self.write_with(durability, "commit_observation", workspace, move |tables| {
            mirror::commit_observation(tables, lease, (observation, apart), read, now).map(Ok)
        })
        .await
    }

    async fn mirror_row(&self, ctx: WorkspaceCtx, key: &RecordKey) -> Answer<Option<MirrorRow>> {
        let key = key.clone();
        self.read("mirror_row", ctx.workspace, move |tables| {
            tables.mirror_row(&key)
        })
        .await
    }

    async fn live_ids(&self, ctx: WorkspaceCtx, entity: Entity) -> Answer<IdSet> {
        self.read("live_ids", ctx.workspace, move |tables| {
            tables.live_ids(entity)
        })
        .await
    }

    async fn live_ids_in(
        &self,
        ctx: WorkspaceCtx,
        entity: Entity,
        range: &IdRange,
    ) -> Answer<Vec<RemoteId>> {
        let range = range.clone();
        self.read("live_ids_in", ctx.workspace, move |tables| {
            tables.live_ids_in(entity, &range)
        })
        .await
    }

    async fn find_matches(
        &self,
        ctx: WorkspaceCtx,
        entity: Entity,
        keys: &[MatchKey],
    ) -> Answer<Vec<MatchRow>> {
        let keys = keys.to_vec();
        self.read("find_matches", ctx.workspace, move |tables| {
            mirror::find_matches(tables, entity, &keys)
        })
        .await
    }

    async fn pair(&self, ctx: WorkspaceCtx, id: PairId) -> Answer<Option<Pair>> {
        self.read("pair", ctx.workspace, move |tables| tables.pair(id))
            .await
    }

    async fn pair_of(&self, ctx: WorkspaceCtx, record: &RecordKey) -> Answer<Option<Pair>> {
        let record = record.clone();
        self.read("pair_of", ctx.workspace, move |tables| {
            pairs::pair_of(tables, &record)
        })
        .await
    }

    async fn pairs(&self, ctx: WorkspaceCtx, after: PairId, limit: u32) -> Answer<Vec<Pair>> {
        self.read("pairs", ctx.workspace, move |tables| {
            tables.pairs_after(after, limit)
        })
        .await
    }

    async fn commit_plan(
        &self,
        lease: &Lease,
        plan: PlanCommit,
        now: Timestamp,
    ) -> Answer<PlanCommitted> {
        let lease = *lease;
        let now = to_stored(now);
        self.write("commit_plan", lease.workspace, move |tables| {
            plans::commit_plan(tables, lease, plan, now)
        })
        .await
    }

    async fn commit_intent(
        &self,
        lease: &Lease,
        outbox: OutboxId,
        snapshot: Snapshot,
        now: Timestamp,
    ) -> Answer<OutboxRow> {
        let lease = *lease;
        let now = to_stored(now);
        self.write("commit_intent", lease.workspace, move |tables| {
            outbox::commit_intent(tables, lease, outbox, snapshot, now).map(Ok)
        })
        .await
    }

    async fn commit_outcome(
        &self,
        lease: &Lease,
        outbox: OutboxId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Answer<()> {
        let lease = *lease;
        let now = to_stored(now);
        self.write("commit_outcome", lease.workspace, move |tables| {
            outbox::commit_outcome(tables, lease, outbox, outcome, now).map(Ok)
        })
        .await
    }

    async fn due_audits(
        &self,
        lease: &Lease,
        now: Timestamp,
        limit: u32,
    ) -> Answer<Vec<(OutboxRow, Pair)>> {
        let lease = *lease;
        let now = to_stored(now);
        self.read("due_audits", lease.workspace, move |tables| {
            audits::due_audits(tables, lease, now, limit)
        })
        .await
    }

    async fn commit_audit(
        &self,
        lease: &Lease,
        outbox: OutboxId,
        overwritten: Vec<plan::NewConflict>,
        restores: BTreeMap<Field, Option<Value>>,
        now: Timestamp,
    ) -> Answer<()> {
        let lease = *lease;
        let now = to_stored(now);
        self.write("commit_audit", lease.workspace, move |tables| {
            audits::commit_audit(tables, lease, outbox, overwritten, restores, now).map(Ok)
        })
        .await
    }

    async fn put_audit_off(&self, lease: &Lease, outbox: OutboxId, until: Timestamp) -> Answer<()> {
        let lease = *lease;
        let until = to_stored(until);
        self.write("put_audit_off", lease.workspace, move |tables| {
            audits::put_audit_off(tables, lease, outbox, until).map(Ok)
        })
        .await
    }

    async fn status(&self, ctx: WorkspaceCtx, now: Timestamp) -> Answer<Status> {
        let now = to_stored(now);
        self.read("status", ctx.workspace, move |tables| tables.status(now))
            .await
    }

    async fn conflicts(
        &self,
        ctx: WorkspaceCtx,
        filter: ConflictFilter,
        limit: u32,
    ) -> Answer<Vec<Conflict>> {
        self.read("conflicts", ctx.workspace, move |tables| {
            tables.conflicts(filter, limit)
        })
        .await
    }

    async fn conflict(&self, ctx: WorkspaceCtx, id: ConflictId) -> Answer<Option<Conflict>> {
        self.read("conflict", ctx.workspace, move |tables| tables.conflict(id))
            .await
    }

    async fn decide_conflict(
        &self,
        ctx: WorkspaceCtx,
        id: ConflictId,
        keep: Side,
        now: Timestamp,
    ) -> Answer<()> {
        let now = to_stored(now);
        self.write("decide_conflict", ctx.workspace, move |tables| {
            review::decide_conflict(tables, id, keep, now).map(Ok)
        })
        .await
    }

    async fn quarantined(&self, ctx: WorkspaceCtx, limit: u32) -> Answer<Vec<LaneView>> {
        self.read("quarantined", ctx.workspace, move |tables| {
            lanes::quarantined(tables, limit)
        })
        .await
    }

    async fn retry_lane(&self, ctx: WorkspaceCtx, lane: LaneId, now: Timestamp) -> Answer<()> {
        let now = to_stored(now);
        self.write("retry_lane", ctx.workspace, move |tables| {
            lanes::retry(tables, lane, now).map(Ok)
        })
        .await
    }

    async fn rest_lane(&self, ctx: WorkspaceCtx, lane: LaneId, now: Timestamp) -> Answer<()> {
        let now = to_stored(now);
        self.write("rest_lane", ctx.workspace, move |tables| {
            lanes::rest(tables, lane, now).map(Ok)
        })
        .await
    }

    async fn history(
        &self,
        ctx: WorkspaceCtx,
        pair: Option<PairId>,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Answer<Vec<HistoryRow>> {
        self.read("history", ctx.workspace, move |tables| {
            tables.history(pair, since.map(to_stored), limit)
        })
        .await
    }

    async fn count_history(
        &self,
        ctx: WorkspaceCtx,
        kind: HistoryKind,
        since: Timestamp,
    ) -> Answer<u64> {
        self.read("count_history", ctx.workspace, move |tables| {
            tables.count_history(kind, to_stored(since))
        })
        .await
    }

    async fn suggestions(&self, ctx: WorkspaceCtx, limit: u32) -> Answer<Vec<Suggested>> {
        self.read("suggestions", ctx.workspace, move |tables| {
            tables.suggestions(limit)
        })
        .await
    }

    async fn inbox(
        &self,
        ctx: WorkspaceCtx,
        filter: InboxFilter,
        limit: u32,
    ) -> Answer<Vec<InboxRow>> {
        self.read("inbox", ctx.workspace, move |tables| {
            tables.inbox(&filter, limit)
        })
        .await
    }

    async fn fact(&self, ctx: WorkspaceCtx, name: &str) -> Answer<Option<String>> {
        let name = name.to_owned();
        self.read("fact", ctx.workspace, move |tables| tables.fact(&name))
            .await
    }

    async fn facts(&self, ctx: WorkspaceCtx, prefix: &str) -> Answer<Vec<(String, String)>> {
        let prefix = prefix.to_owned();
        self.read("facts", ctx.workspace, move |tables| tables.facts(&prefix))
            .await
    }

    async fn put_fact(
        &self,
        ctx: WorkspaceCtx,
        name: &str,
        value: Option<&str>,
        now: Timestamp,
    ) -> Answer<()> {
        let now = to_stored(now);
        let name = name.to_owned();
        let value = value.map(str::to_owned);
        self.write("put_fact", ctx.workspace, move |tables| {
            tables.put_fact(&name, value.as_deref(), now).map(Ok)
        })
        .await
    }

    async fn spend(
        &self,
        ctx: WorkspaceCtx,
        api: Side,
        day: &str,
        spent: Vec<Spent>,
    ) -> Answer<i64> {
        let day = day.to_owned();
        self.write("spend", ctx.workspace, move |tables| {
            tables.spend(api, &day, spent).map(Ok)
        })
        .await
    }

    async fn spent(&self, ctx: WorkspaceCtx, api: Side, day: &str) -> Answer<Vec<Spent>> {
        let day = day.to_owned();
        self.read("spent", ctx.workspace, move |tables| {
            tables.spent(api, &day)
        })
        .await
    }

    async fn put_secret(
        &self,
        ctx: WorkspaceCtx,
        mut secret: StoredSecret,
        _now: Timestamp,
    ) -> Answer<()> {
        secret.changed_at = to_stored(secret.changed_at);
        self.write("put_secret", ctx.workspace, move |tables| {
            tables.put_secret(secret).map(Ok)
        })
        .await
    }

    async fn replace_secret(
        &self,
        ctx: WorkspaceCtx,
        name: &str,
        seen: Option<Vec<u8>>,
        secret: Option<StoredSecret>,
    ) -> Answer<bool> {
        let name = name.to_owned();
        self.write("replace_secret", ctx.workspace, move |tables| {
            facts::replace_secret(tables, &name, seen, secret).map(Ok)
        })
        .await
    }

    async fn secrets(&self, ctx: WorkspaceCtx) -> Answer<Vec<StoredSecret>> {
        self.read("secrets", ctx.workspace, move |tables| tables.secrets())
            .await
    }
}
