//! Transactions about field definitions: the part of [`Store`](crate::Store) that only the definitions use.
//!
//! In: complete lists of an entity's fields. Out: fields with their history, and pairs that are planned anew because of them.

use std::future::Future;

use model::{PairId, Timestamp};

use crate::fields::{FieldChange, Reconsider, SeenFields, StoredField, TakenIn};
use crate::transactions::fields;
use crate::work::Runner;
use crate::{Answer, Lease, WorkspaceCtx};

/// What may be asked about field definitions. Each method is one transaction.
pub trait FieldStore: Send + Sync + 'static {
    /// Takes in complete lists of fields: fields that are not in their entity's list any more are remembered as deleted, and
    /// whatever has changed is logged. Keeps a fact in the same transaction. Answers what has changed.
    fn commit_fields(
        &self,
        ctx: WorkspaceCtx,
        lists: Vec<SeenFields>,
        fact: (&str, String),
        now: Timestamp,
    ) -> impl Future<Output = Answer<Vec<FieldChange>>> + Send;

    /// All fields that are or were, by entity and code.
    fn fields(&self, ctx: WorkspaceCtx) -> impl Future<Output = Answer<Vec<StoredField>>> + Send;

    /// What has changed about fields, newest first.
    fn field_changes(
        &self,
        ctx: WorkspaceCtx,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<FieldChange>>> + Send;

    /// Makes the lanes of the next pairs due for planning, quarantined ones too, and forgets what the pairs have agreed on
    /// about the named fields. Answers the last pair it looked at; `None` when there was none left.
    fn reconsider_pairs(
        &self,
        lease: &Lease,
        what: Reconsider,
        now: Timestamp,
    ) -> impl Future<Output = Answer<Option<PairId>>> + Send;
}

/// What would become of the known fields, without keeping it.
#[must_use]
pub fn take_in(known: &[StoredField], list: &SeenFields, now: Timestamp) -> TakenIn {
    fields::take_in(known, list, now)
}

impl<R: Runner> FieldStore for R {
    async fn commit_fields(
        &self,
        ctx: WorkspaceCtx,
        lists: Vec<SeenFields>,
        fact: (&str, String),
        now: Timestamp,
    ) -> Answer<Vec<FieldChange>> {
        let (name, value) = (fact.0.to_owned(), fact.1);
        self.write("commit_fields", ctx.workspace, move |tables| {
            fields::commit(tables, &lists, (&name, &value), now).map(Ok)
        })
        .await
    }

    async fn fields(&self, ctx: WorkspaceCtx) -> Answer<Vec<StoredField>> {
        self.read("fields", ctx.workspace, |tables| tables.fields())
            .await
    }

    async fn field_changes(&self, ctx: WorkspaceCtx, limit: u32) -> Answer<Vec<FieldChange>> {
        self.read("field_changes", ctx.workspace, move |tables| {
            tables.field_changes(limit)
        })
        .await
    }

    async fn reconsider_pairs(
        &self,
        lease: &Lease,
        what: Reconsider,
        now: Timestamp,
    ) -> Answer<Option<PairId>> {
        let lease = *lease;
        self.write("reconsider_pairs", lease.workspace, move |tables| {
            fields::reconsider(tables, lease, &what, now).map(Ok)
        })
        .await
    }
}
