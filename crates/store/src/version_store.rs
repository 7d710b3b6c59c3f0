//! Versions of records and what is given back of the disk: the part of [`Store`](crate::Store) for what grows with time.
//!
//! In: of which entities versions are kept, and how long. Out: versions; how much was dropped. They are written by the
//! transactions that keep mirror rows.

use std::collections::BTreeSet;
use std::future::Future;

use model::{Entity, RecordKey, Timestamp};

use crate::transactions::versions;
use crate::versions::RecordVersion;
use crate::work::Runner;
use crate::{Answer, Lease, WorkspaceCtx};

/// What may be asked about versions, and done about size. Each method is one transaction.
pub trait VersionStore: Send + Sync + 'static {
    /// From now on every version of these entities' records is kept. What is kept of others stays.
    fn keep_versions(
        &self,
        lease: &Lease,
        entities: BTreeSet<Entity>,
        now: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// The versions of a record, the earliest first.
    fn versions(
        &self,
        ctx: WorkspaceCtx,
        record: &RecordKey,
    ) -> impl Future<Output = Answer<Vec<RecordVersion>>> + Send;

    /// Drops up to `limit` versions that had been replaced before `before`. Answers how many.
    fn purge_versions(
        &self,
        lease: &Lease,
        before: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Answer<u64>> + Send;

    /// Gives up to `pages` pages that nothing lies on any more back to the file system. Answers how many are left.
    fn give_back(&self, lease: &Lease, pages: u32) -> impl Future<Output = Answer<u64>> + Send;
}

impl<R: Runner> VersionStore for R {
    async fn keep_versions(
        &self,
        lease: &Lease,
        entities: BTreeSet<Entity>,
        now: Timestamp,
    ) -> Answer<()> {
        let lease = *lease;
        self.write("keep_versions", lease.workspace, move |tables| {
            versions::keep(tables, lease, &entities, now).map(Ok)
        })
        .await
    }

    async fn versions(&self, ctx: WorkspaceCtx, record: &RecordKey) -> Answer<Vec<RecordVersion>> {
        let record = record.clone();
        self.read("versions", ctx.workspace, move |tables| {
            tables.versions(&record)
        })
        .await
    }

    async fn purge_versions(&self, lease: &Lease, before: Timestamp, limit: u32) -> Answer<u64> {
        let lease = *lease;
        self.write("purge_versions", lease.workspace, move |tables| {
            versions::purge(tables, lease, before, limit).map(Ok)
        })
        .await
    }

    async fn give_back(&self, lease: &Lease, pages: u32) -> Answer<u64> {
        let lease = *lease;
        self.write("give_back", lease.workspace, move |tables| {
            versions::give_back(tables, lease, pages).map(Ok)
        })
        .await
    }
}
