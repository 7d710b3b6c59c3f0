//! What a dashboard shows of deals: the columns of a pipeline, pages of deals, moves, and what each stage held day by day.
//!
//! In: deals as Pipedrive shows them. Out: cards, and the places between which pages are cut. Pure.

use std::cmp::Ordering;

use model::{RemoteId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::deals::{StageChange, StageTotal};
use crate::rows::MirrorRow;

/// A day of the chart.
pub const DAY_MILLIS: i64 = 86_400_000;

/// Which deals of a pipeline. Archived ones are on no board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardFilter {
    pub pipeline_id: i64,
    pub stage_id: Option<i64>,
    /// open, won or lost.
    pub status: String,
    pub owner_id: Option<i64>,
}

/// In which order deals are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealOrder {
    /// What changed last comes first.
    Newest,
    /// What is expected to close first comes first; deals without an expected date are left out.
    ExpectedClose,
}

/// The last card of a page: the next page begins behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealPlace {
    pub changed_at: Timestamp,
    pub expected_close_date: Option<String>,
    pub id: RemoteId,
}

/// A deal on a board.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DealCard {
    pub id: RemoteId,
    pub changed_at: Timestamp,
    #[serde(flatten)]
    pub shown: ShownDeal,
}

/// What a card shows of a deal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShownDeal {
    pub title: Option<String>,
    pub pipeline_id: i64,
    pub stage_id: i64,
    pub status: String,
    pub owner_id: Option<i64>,
    pub person_id: Option<i64>,
    pub org_id: Option<i64>,
    pub value: Option<f64>,
    pub currency: Option<String>,
    pub probability: Option<f64>,
    pub expected_close_date: Option<String>,
    pub stage_change_time: Option<String>,
    #[serde(default, skip_serializing)]
    is_archived: Option<bool>,
}

/// What is in a stage, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageSum {
    pub stage_id: i64,
    pub currency: String,
    pub total: StageTotal,
}

/// What an owner has in a pipeline, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnerSum {
    /// 0 where deals have none.
    pub owner_id: i64,
    pub currency: String,
    pub total: StageTotal,
}

/// A stage of a board with its first cards.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoardColumn {
    pub stage_id: i64,
    /// By currency.
    pub sums: Vec<StageSum>,
    pub cards: Vec<DealCard>,
}

/// A move with the title of its deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TitledChange {
    pub change: StageChange,
    pub title: Option<String>,
}

/// What a stage held when a day ended, in UTC. A day without a row ended as the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageDay {
    /// Its midnight.
    pub day: Timestamp,
    pub stage_id: i64,
    pub currency: String,
    pub total: StageTotal,
}

/// A question of the dashboard, and how the database goes about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedQuery {
    pub name: &'static str,
    /// One line per step. Empty in a store without a query planner.
    pub plan: Vec<String>,
}

/// One stage's part of a page.
#[derive(Debug, Clone)]
pub(crate) struct InStage<'a> {
    pub(crate) pipeline_id: i64,
    pub(crate) stage_id: i64,
    pub(crate) status: &'a str,
    pub(crate) owner_id: Option<i64>,
    pub(crate) order: DealOrder,
    pub(crate) after: Option<&'a DealPlace>,
    pub(crate) limit: u32,
}

impl DealCard {
    /// `None` for a deal that is on no board.
    pub(crate) fn read(row: &MirrorRow) -> Option<Self> {
        let card = Self::parse(row.key.id.clone(), row.remote_time, &row.raw)?;
        (row.deleted_at.is_none() && card.shown.is_archived != Some(true)).then_some(card)
    }

    pub(crate) fn parse(id: RemoteId, changed_at: Timestamp, raw: &str) -> Option<Self> {
        let shown = serde_json::from_str(raw).ok()?;
        Some(Self {
            id,
            changed_at,
            shown,
        })
    }

    /// Where the next page begins.
    #[must_use]
    pub fn place(&self) -> DealPlace {
        DealPlace {
            changed_at: self.changed_at,
            expected_close_date: self.shown.expected_close_date.clone(),
            id: self.id.clone(),
        }
    }
}

/// Which of two cards comes first, as the database has it.
pub(crate) fn in_order(a: &DealCard, b: &DealCard, order: DealOrder) -> Ordering {
    match order {
        DealOrder::Newest => (b.changed_at, &b.id).cmp(&(a.changed_at, &a.id)),
        DealOrder::ExpectedClose => {
            (&a.shown.expected_close_date, &a.id).cmp(&(&b.shown.expected_close_date, &b.id))
        }
    }
}

/// Whether a card comes behind a place.
pub(crate) fn is_behind(card: &DealCard, place: &DealPlace, order: DealOrder) -> bool {
    match order {
        DealOrder::Newest => (card.changed_at, &card.id) < (place.changed_at, &place.id),
        DealOrder::ExpectedClose => {
            (&card.shown.expected_close_date, &card.id) > (&place.expected_close_date, &place.id)
        }
    }
}

/// The number of a day, counted from 1970.
pub(crate) fn day_number(at: Timestamp) -> i64 {
    model::time::to_millis(at).div_euclid(DAY_MILLIS)
}

/// Its midnight.
pub(crate) fn midnight(day: i64) -> Timestamp {
    model::time::from_millis(day.saturating_mul(DAY_MILLIS))
}
