//! What a dashboard asks: the part of [`Store`](crate::Store) for boards. Each question walks an index, however many deals there are.
//!
//! In: a pipeline, filters, a place. Out: columns, pages, sums, moves, days. Changes nothing.

use std::future::Future;

use model::{Entity, RemoteId, Timestamp};

use crate::board::{
    BoardColumn, BoardFilter, DealCard, DealOrder, DealPlace, ExplainedQuery, OwnerSum, StageDay,
    StageSum, TitledChange,
};
use crate::transactions::board;
use crate::work::Runner;
use crate::{Answer, WorkspaceCtx};

/// What may be asked about boards. Each method is one transaction.
pub trait BoardStore: Send + Sync + 'static {
    /// What is in each stage of a pipeline, by stage and currency.
    fn board_sums(
        &self,
        ctx: WorkspaceCtx,
        filter: &BoardFilter,
    ) -> impl Future<Output = Answer<Vec<StageSum>>> + Send;

    /// What each owner has in a pipeline, by owner and currency.
    fn owner_sums(
        &self,
        ctx: WorkspaceCtx,
        pipeline_id: i64,
        status: &str,
    ) -> impl Future<Output = Answer<Vec<OwnerSum>>> + Send;

    /// The stages of a pipeline that hold deals, each with its sums and its newest cards.
    fn board(
        &self,
        ctx: WorkspaceCtx,
        filter: &BoardFilter,
        cards_each: u32,
    ) -> impl Future<Output = Answer<Vec<BoardColumn>>> + Send;

    /// The next deals behind a place; the first ones without one.
    fn deals_page(
        &self,
        ctx: WorkspaceCtx,
        filter: &BoardFilter,
        order: DealOrder,
        after: Option<DealPlace>,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<DealCard>>> + Send;

    /// The latest moves from stage to stage, newest first.
    fn newest_stage_changes(
        &self,
        ctx: WorkspaceCtx,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<TitledChange>>> + Send;

    /// What each stage of a pipeline held at the end of each day from `since` on, the earliest first. A day is kept by the first
    /// transaction after it that shows deals.
    fn stage_days(
        &self,
        ctx: WorkspaceCtx,
        pipeline_id: i64,
        status: &str,
        since: Timestamp,
    ) -> impl Future<Output = Answer<Vec<StageDay>>> + Send;

    /// Names of the live records of an entity of which there are few: pipelines, stages, users. By id.
    fn names(
        &self,
        ctx: WorkspaceCtx,
        entity: Entity,
    ) -> impl Future<Output = Answer<Vec<(RemoteId, String)>>> + Send;

    /// How the database goes about each of these questions.
    fn explain_board(
        &self,
        ctx: WorkspaceCtx,
    ) -> impl Future<Output = Answer<Vec<ExplainedQuery>>> + Send;
}

impl<R: Runner> BoardStore for R {
    async fn board_sums(&self, ctx: WorkspaceCtx, filter: &BoardFilter) -> Answer<Vec<StageSum>> {
        let filter = filter.clone();
        self.read("board_sums", ctx.workspace, move |tables| {
            board::sums(tables, &filter)
        })
        .await
    }

    async fn owner_sums(
        &self,
        ctx: WorkspaceCtx,
        pipeline_id: i64,
        status: &str,
    ) -> Answer<Vec<OwnerSum>> {
        let status = status.to_owned();
        self.read("owner_sums", ctx.workspace, move |tables| {
            tables.owner_sums(pipeline_id, &status)
        })
        .await
    }

    async fn board(
        &self,
        ctx: WorkspaceCtx,
        filter: &BoardFilter,
        cards_each: u32,
    ) -> Answer<Vec<BoardColumn>> {
        let filter = filter.clone();
        self.read("board", ctx.workspace, move |tables| {
            board::columns(tables, &filter, cards_each)
        })
        .await
    }

    async fn deals_page(
        &self,
        ctx: WorkspaceCtx,
        filter: &BoardFilter,
        order: DealOrder,
        after: Option<DealPlace>,
        limit: u32,
    ) -> Answer<Vec<DealCard>> {
        let filter = filter.clone();
        self.read("deals_page", ctx.workspace, move |tables| {
            board::page(tables, &filter, order, after.as_ref(), limit)
        })
        .await
    }

    async fn newest_stage_changes(
        &self,
        ctx: WorkspaceCtx,
        limit: u32,
    ) -> Answer<Vec<TitledChange>> {
        self.read("newest_stage_changes", ctx.workspace, move |tables| {
            tables.newest_stage_changes(limit)
        })
        .await
    }

    async fn stage_days(
        &self,
        ctx: WorkspaceCtx,
        pipeline_id: i64,
        status: &str,
        since: Timestamp,
    ) -> Answer<Vec<StageDay>> {
        let status = status.to_owned();
        self.read("stage_days", ctx.workspace, move |tables| {
            tables.stage_days(pipeline_id, &status, crate::board::day_number(since))
        })
        .await
    }

    async fn names(&self, ctx: WorkspaceCtx, entity: Entity) -> Answer<Vec<(RemoteId, String)>> {
        self.read("names", ctx.workspace, move |tables| tables.names(entity))
            .await
    }

    async fn explain_board(&self, ctx: WorkspaceCtx) -> Answer<Vec<ExplainedQuery>> {
        self.read("explain_board", ctx.workspace, |tables| {
            tables.explain_board()
        })
        .await
    }
}
