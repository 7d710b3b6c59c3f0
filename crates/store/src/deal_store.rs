//! What is known of deals beyond their rows: the part of [`Store`](crate::Store) for totals and moves.
//!
//! In: which deal. Out: totals of stages, moves. Both are kept by the transactions that keep mirror rows.

use std::future::Future;

use model::RemoteId;

use crate::deals::{StageChange, StageTotal, StageTotalKey};
use crate::work::Runner;
use crate::{Answer, WorkspaceCtx};

/// What may be asked about deals. Each method is one transaction.
pub trait DealStore: Send + Sync + 'static {
    /// What is in each stage, by pipeline, stage, status, currency and owner; archived deals are left out.
    fn stage_totals(
        &self,
        ctx: WorkspaceCtx,
    ) -> impl Future<Output = Answer<Vec<(StageTotalKey, StageTotal)>>> + Send;

    /// The moves of a deal from stage to stage, the earliest first.
    fn stage_changes(
        &self,
        ctx: WorkspaceCtx,
        deal: &RemoteId,
    ) -> impl Future<Output = Answer<Vec<StageChange>>> + Send;
}

impl<R: Runner> DealStore for R {
    async fn stage_totals(&self, ctx: WorkspaceCtx) -> Answer<Vec<(StageTotalKey, StageTotal)>> {
        self.read("stage_totals", ctx.workspace, |tables| {
            tables.stage_totals()
        })
        .await
    }

    async fn stage_changes(&self, ctx: WorkspaceCtx, deal: &RemoteId) -> Answer<Vec<StageChange>> {
        let deal = deal.clone();
        self.read("stage_changes", ctx.workspace, move |tables| {
            tables.stage_changes(&deal)
        })
        .await
    }
}
