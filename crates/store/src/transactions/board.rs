//! Boards: a page of a pipeline is a merge of the pages of its stages, because each stage has its own stretch of an index.
//!
//! In: a filter, an order, a place. Out: cards in order. Only reads, but for the day that is kept when it is over.

use std::collections::{BTreeSet, VecDeque};

use model::Timestamp;

use super::fence;
use crate::board::{
    BoardColumn, BoardFilter, DealCard, DealOrder, DealPlace, InStage, StageSum, day_number,
    in_order,
};
use crate::tables::Tables;
use crate::{Answer, Lease};

/// The day whose end is not kept yet, as a number.
const FACT_DAY: &str = "board_day";

pub(crate) fn sums(tables: &dyn Tables, filter: &BoardFilter) -> Answer<Vec<StageSum>> {
    let mut sums = tables.stage_sums(filter.pipeline_id, &filter.status, filter.owner_id)?;
    sums.retain(|sum| filter.stage_id.is_none_or(|stage| sum.stage_id == stage));
    Ok(sums)
}

pub(crate) fn columns(
    tables: &dyn Tables,
    filter: &BoardFilter,
    cards_each: u32,
) -> Answer<Vec<BoardColumn>> {
    let mut columns: Vec<BoardColumn> = Vec::new();
    for sum in sums(tables, filter)? {
        match columns.last_mut() {
            Some(last) if last.stage_id == sum.stage_id => last.sums.push(sum),
            Some(_) | None => {
                let cards = tables.deals_in_stage(&InStage {
                    pipeline_id: filter.pipeline_id,
                    stage_id: sum.stage_id,
                    status: &filter.status,
                    owner_id: filter.owner_id,
                    order: DealOrder::Newest,
                    after: None,
                    limit: cards_each,
                })?;
                columns.push(BoardColumn {
                    stage_id: sum.stage_id,
                    sums: vec![sum],
                    cards,
                });
            }
        }
    }
    Ok(columns)
}

pub(crate) fn page(
    tables: &dyn Tables,
    filter: &BoardFilter,
    order: DealOrder,
    after: Option<&DealPlace>,
    limit: u32,
) -> Answer<Vec<DealCard>> {
    let stages: BTreeSet<i64> = match filter.stage_id {
        Some(stage) => BTreeSet::from([stage]),
        None => sums(tables, filter)?
            .iter()
            .map(|sum| sum.stage_id)
            .collect(),
    };
    let begin = |stage_id| Stretch {
        stage_id,
        after: after.cloned(),
        cards: VecDeque::new(),
        is_over: false,
    };
    let mut stretches: Vec<Stretch> = stages.into_iter().map(begin).collect();
    let share = limit.div_ceil(u32::try_from(stretches.len()).unwrap_or(1).max(1));
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut cards = Vec::new();
    while cards.len() < wanted {
        for stretch in &mut stretches {
            stretch.fill(tables, filter, order, share)?;
        }
        let heads = stretches.iter_mut().filter(|it| !it.cards.is_empty());
        let first = heads.min_by(|a, b| in_order(&a.cards[0], &b.cards[0], order));
        match first.and_then(|stretch| stretch.cards.pop_front()) {
            Some(card) => cards.push(card),
            None => break,
        }
    }
    Ok(cards)
}

/// How far a page has taken the deals of one stage. They are read in small parts: most of what a stage holds comes behind the page.
struct Stretch {
    stage_id: i64,
    after: Option<DealPlace>,
    cards: VecDeque<DealCard>,
    is_over: bool,
}

impl Stretch {
    /// Reads the next part when none is left.
    fn fill(
        &mut self,
        tables: &dyn Tables,
        filter: &BoardFilter,
        order: DealOrder,
        limit: u32,
    ) -> Answer<()> {
        if self.is_over || !self.cards.is_empty() {
            return Ok(());
        }
        let cards = tables.deals_in_stage(&InStage {
            pipeline_id: filter.pipeline_id,
            stage_id: self.stage_id,
            status: &filter.status,
            owner_id: filter.owner_id,
            order,
            after: self.after.as_ref(),
            limit,
        })?;
        self.is_over = cards.is_empty();
        self.after = cards.last().map(DealCard::place);
        self.cards = cards.into();
        Ok(())
    }
}

/// Before deals change for the first time on a day, what they were at the end of the last day with changes is kept.
pub(crate) fn begin_day(tables: &mut dyn Tables, now: Timestamp) -> Answer<()> {
    let today = day_number(now);
    let known = tables.fact(FACT_DAY)?.and_then(|day| day.parse().ok());
    match known {
        Some(day) if day >= today => return Ok(()),
        Some(day) => tables.keep_stage_day(day)?,
        None => (),
    }
    tables.put_fact(FACT_DAY, Some(&today.to_string()), now)
}

pub(crate) fn leave_out_indexes(tables: &mut dyn Tables, lease: Lease) -> Answer<()> {
    fence(tables, lease)?;
    tables.leave_out_indexes()
}

pub(crate) fn make_index(tables: &mut dyn Tables, lease: Lease) -> Answer<bool> {
    fence(tables, lease)?;
    tables.make_index()
}
