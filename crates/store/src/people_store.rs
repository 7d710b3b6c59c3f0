//! What people decide about pairs: the part of [`Store`](crate::Store) that joins and parts records by hand, puts values back
//! and answers what was asked.
//!
//! In: a person's decision. Out: pairs and due lanes, or a refusal in words. What follows is planned and written like any
//! other change.

use std::collections::BTreeMap;
use std::future::Future;

use model::{
    BySide, ConflictId, Entity, Field, HistoryId, Pair, PairId, RecordKey, RemoteId, Side,
    Timestamp, Value,
};

use crate::rows::{HistoryRow, MatchKey, MatchKeyKind};
use crate::transactions::{apart, people, to_stored};
use crate::work::Runner;
use crate::{Answer, WorkspaceCtx};

/// Why a person's decision cannot be carried out, in words that say what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{record} was never read; look at its id, or wait until it is in the mirror")]
    Unknown { record: RecordKey },
    #[error("{record} is deleted; restore it first")]
    Deleted { record: RecordKey },
    #[error(
        "{record} is in pair {pair} already; take that apart first: `pipestreet pairs unlink {pair}`"
    )]
    Paired { record: RecordKey, pair: PairId },
    #[error(
        "{record} is being taken out of pair {pair}; try again when that is done: `pipestreet pairs show {pair}`"
    )]
    BeingParted { record: RecordKey, pair: PairId },
    #[error("{record} is worked on at this moment; try again")]
    Busy { record: RecordKey },
    #[error("pair {pair} is over already; there is nothing to take apart")]
    Over { pair: PairId },
    #[error(
        "nobody asks whether a record of pair {pair} shall be deleted; `pipestreet deletes list` shows what is asked"
    )]
    NotAsked { pair: PairId },
    #[error(
        "pair {pair} is not kept in step, so nothing would travel; `pipestreet pairs show {pair}` says why"
    )]
    NotInStep { pair: PairId },
}

/// A key that several living records of an entity carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedKey {
    pub key: MatchKey,
    /// Ascending as text, at most a hundred.
    pub ids: Vec<RemoteId>,
}

/// Of more records than this only the first are told.
const SHARED_IDS_MAX: usize = 100;

/// An answer to a person's decision: done, or why not.
pub type Decided<T> = Result<T, Refusal>;

/// What a person says of a record that was deleted on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteWord {
    /// Delete the other one, too.
    Approve,
    /// Keep it; the pair rests.
    Dismiss,
}

/// What people may decide. Each method is one transaction.
pub trait PeopleStore: Send + Sync + 'static {
    /// Makes a pair of two records of one kind, and of their lanes one, which is due for planning. What was said about keeping
    /// them apart is forgotten.
    fn link(
        &self,
        ctx: WorkspaceCtx,
        records: BySide<RecordKey>,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Decided<PairId>>> + Send;

    /// Takes a pair apart: its lane becomes due, so that our ids are taken off both records, and then it is over and each has a
    /// lane of its own again. From now on the two are kept apart, and nothing is made for either.
    fn unlink(
        &self,
        ctx: WorkspaceCtx,
        pair: PairId,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Decided<Pair>>> + Send;

    /// Remembers that two records are not the same: nothing pairs them, and nobody is asked about them again.
    fn keep_apart(
        &self,
        ctx: WorkspaceCtx,
        one: &RecordKey,
        other: &RecordKey,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// The records that this one is kept apart from.
    fn kept_apart(
        &self,
        ctx: WorkspaceCtx,
        record: &RecordKey,
    ) -> impl Future<Output = Answer<Vec<RecordKey>>> + Send;

    /// Keys of a kind that more than one record of an entity carries, by their values.
    fn shared_keys(
        &self,
        ctx: WorkspaceCtx,
        entity: Entity,
        kind: MatchKeyKind,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<SharedKey>>> + Send;

    /// Whether a person has taken the record out of a pair, so that nothing is made for it.
    fn is_left_alone(
        &self,
        ctx: WorkspaceCtx,
        record: &RecordKey,
    ) -> impl Future<Output = Answer<bool>> + Send;

    /// One applied change.
    fn change(
        &self,
        ctx: WorkspaceCtx,
        id: HistoryId,
    ) -> impl Future<Output = Answer<Option<HistoryRow>>> + Send;

    /// Wants values back on both sides of a pair. Both records are read first, and an edit since counts for more.
    fn put_back(
        &self,
        ctx: WorkspaceCtx,
        pair: PairId,
        values: BTreeMap<Field, Option<Value>>,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Decided<()>>> + Send;

    /// Takes back that a pair's record on a side was made: it is deleted there, unless somebody has edited it since.
    fn unmake(
        &self,
        ctx: WorkspaceCtx,
        pair: PairId,
        on: Side,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Decided<()>>> + Send;

    /// Settles a conflict with a value of neither side, which is then written to both.
    fn settle_with(
        &self,
        ctx: WorkspaceCtx,
        conflict: ConflictId,
        value: Option<Value>,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// Answers whether the remaining record of a pair shall be deleted.
    fn decide_delete(
        &self,
        ctx: WorkspaceCtx,
        pair: PairId,
        word: DeleteWord,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Decided<()>>> + Send;

    /// Pairs in which a person is asked whether the remaining record shall be deleted, by id.
    fn deletes_asked(
        &self,
        ctx: WorkspaceCtx,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<Pair>>> + Send;
}

impl<R: Runner> PeopleStore for R {
    async fn link(
        &self,
        ctx: WorkspaceCtx,
        records: BySide<RecordKey>,
        now: Timestamp,
    ) -> Answer<Decided<PairId>> {
        let now = to_stored(now);
        self.write("link", ctx.workspace, move |tables| {
            people::link(tables, &records, now).map(Ok)
        })
        .await
    }

    async fn unlink(
        &self,
        ctx: WorkspaceCtx,
        pair: PairId,
        now: Timestamp,
    ) -> Answer<Decided<Pair>> {
        let now = to_stored(now);
        self.write("unlink", ctx.workspace, move |tables| {
            people::unlink(tables, pair, now).map(Ok)
        })
        .await
    }

    async fn keep_apart(
        &self,
        ctx: WorkspaceCtx,
        one: &RecordKey,
        other: &RecordKey,
        now: Timestamp,
    ) -> Answer<()> {
        let (one, other, now) = (one.clone(), other.clone(), to_stored(now));
        self.write("keep_apart", ctx.workspace, move |tables| {
            apart::keep(tables, &one, &other, now).map(Ok)
        })
        .await
    }

    async fn kept_apart(&self, ctx: WorkspaceCtx, record: &RecordKey) -> Answer<Vec<RecordKey>> {
        let record = record.clone();
        self.read("kept_apart", ctx.workspace, move |tables| {
            apart::kept(tables, &record)
        })
        .await
    }

    async fn shared_keys(
        &self,
        ctx: WorkspaceCtx,
        entity: Entity,
        kind: MatchKeyKind,
        limit: u32,
    ) -> Answer<Vec<SharedKey>> {
        self.read("shared_keys", ctx.workspace, move |tables| {
            let values = tables.shared_values(entity, kind, limit)?;
            let shared = values.into_iter().map(|value| {
                let key = MatchKey { kind, value };
                let ids = tables.ids_with_key(entity, &key, SHARED_IDS_MAX)?;
                Ok(SharedKey { key, ids })
            });
            shared.collect()
        })
        .await
    }

    async fn is_left_alone(&self, ctx: WorkspaceCtx, record: &RecordKey) -> Answer<bool> {
        let record = record.clone();
        self.read("is_left_alone", ctx.workspace, move |tables| {
            apart::is_left_alone(tables, &record)
        })
        .await
    }

    async fn change(&self, ctx: WorkspaceCtx, id: HistoryId) -> Answer<Option<HistoryRow>> {
        self.read("change", ctx.workspace, move |tables| {
            tables.history_row(id)
        })
        .await
    }

    async fn put_back(
        &self,
        ctx: WorkspaceCtx,
        pair: PairId,
        values: BTreeMap<Field, Option<Value>>,
        now: Timestamp,
    ) -> Answer<Decided<()>> {
        let now = to_stored(now);
        self.write("put_back", ctx.workspace, move |tables| {
            people::put_back(tables, pair, values, now).map(Ok)
        })
        .await
    }

    async fn unmake(
        &self,
        ctx: WorkspaceCtx,
        pair: PairId,
        on: Side,
        now: Timestamp,
    ) -> Answer<Decided<()>> {
        let now = to_stored(now);
        self.write("unmake", ctx.workspace, move |tables| {
            people::unmake(tables, pair, on, now).map(Ok)
        })
        .await
    }

    async fn settle_with(
        &self,
        ctx: WorkspaceCtx,
        conflict: ConflictId,
        value: Option<Value>,
        now: Timestamp,
    ) -> Answer<()> {
        let now = to_stored(now);
        self.write("settle_with", ctx.workspace, move |tables| {
            people::settle_with(tables, conflict, value, now).map(Ok)
        })
        .await
    }

    async fn decide_delete(
        &self,
        ctx: WorkspaceCtx,
        pair: PairId,
        word: DeleteWord,
        now: Timestamp,
    ) -> Answer<Decided<()>> {
        let now = to_stored(now);
        self.write("decide_delete", ctx.workspace, move |tables| {
            people::decide_delete(tables, pair, word, now).map(Ok)
        })
        .await
    }

    async fn deletes_asked(&self, ctx: WorkspaceCtx, limit: u32) -> Answer<Vec<Pair>> {
        self.read("deletes_asked", ctx.workspace, move |tables| {
            tables.pairs_asked(limit)
        })
        .await
    }
}
