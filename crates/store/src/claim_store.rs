//! Claims of many lanes at once, to be worked on together, and when there is something to claim.
//!
//! In: a stage and an entity. Out: claimed lanes, a time. Part of [`crate::Store`].

use std::future::Future;

use model::{Entity, Timestamp};

use crate::lane::{LaneView, Stage};
use crate::transactions::{lanes, to_stored};
use crate::work::Runner;
use crate::{Answer, Lease, WorkspaceCtx};

/// What the program may ask of the lanes of one kind of record.
pub trait ClaimStore {
    /// Claims up to `limit` due lanes of this stage that belong to records of an entity, of those that have no pair. Otherwise
    /// like [`crate::Store::claim_lanes`].
    fn claim_lanes_of(
        &self,
        lease: &Lease,
        of: (Stage, Entity),
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<LaneView>>> + Send;

    /// When the next lane of this stage is due, now or later.
    fn next_due_of(
        &self,
        ctx: WorkspaceCtx,
        stage: Stage,
    ) -> impl Future<Output = Answer<Option<Timestamp>>> + Send;
}

impl<R: Runner> ClaimStore for R {
    async fn claim_lanes_of(
        &self,
        lease: &Lease,
        of: (Stage, Entity),
        now: Timestamp,
        limit: u32,
    ) -> Answer<Vec<LaneView>> {
        let (lease, now) = (*lease, to_stored(now));
        self.write("claim_lanes_of", lease.workspace, move |tables| {
            lanes::claim_of(tables, lease, of, now, limit).map(Ok)
        })
        .await
    }

    async fn next_due_of(&self, ctx: WorkspaceCtx, stage: Stage) -> Answer<Option<Timestamp>> {
        self.read("next_due_of", ctx.workspace, move |tables| {
            tables.earliest_due(stage)
        })
        .await
    }
}
