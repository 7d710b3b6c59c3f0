//! Deals and projects (S4): how they have ended, how far they are, and what a closed project may leave behind.
//!
//! In: what is seen at rest, and what users did. Out: every deal that has not followed its project, or the other way round, without
//! a reason that is written down in `docs/sync.md`. Their names and prices are judged like those of other records.

use model::{Kind, Pair, PairState, Side, time};
use plan::{LostPolicy, Operation};
use store::OutboxState;

use super::super::deeds::UserWrite;
use super::super::edits::named;
use super::super::facets::Facet;
use super::super::run::Run;
use super::super::sales::STAGES;
use super::super::sales::facets::{DealFacet, LOST, OPEN, WON};
use super::super::world::Place;
use super::loss::TOLD_LATE_MILLIS;
use super::sight::{CTX, Sight, is_active, memory};

/// What is seen of a project for the first time moves no deal; by then it was seen.
const FIRST_SEEN_MILLIS: i64 = 60_000;
/// A deal that was moved so shortly before its project got on may have been seen with it, and then stays where it is.
const MOVED_TOGETHER_MILLIS: i64 = 10 * 60_000;

pub(super) fn sales_agree(run: &Run, sight: &Sight, wrong: &mut Vec<String>) {
    let Some(sales) = run.ground.weather.sales else {
        return;
    };
    for pair in sight.pairs.values().filter(|pair| pair.kind == Kind::Deal) {
        let Some((deal, project)) = places(pair) else {
            continue;
        };
        if sight.is_quarantined(&deal) {
            continue;
        }
        let here = status(sight, &deal);
        let there = status(sight, &project);
        match pair.state {
            PairState::Active => {
                let is_wrong = match (here.as_deref(), there.as_deref()) {
                    (Some(WON), Some(OPEN)) => true,
                    (Some(LOST), Some(OPEN)) => sales.lost != LostPolicy::Nothing,
                    (Some(OPEN), Some(WON)) => sales.closed_is_won && !was_reopened(run, &deal),
                    _ => false,
                };
                if is_wrong {
                    wrong.push(format!(
                        "S4: {} is {here:?} and {} is {there:?}",
                        named(&deal),
                        named(&project)
                    ));
                }
                if (here.as_deref(), there.as_deref()) == (Some(OPEN), Some(OPEN)) {
                    stage_follows(run, sight, (pair, &deal, &project), wrong);
                }
            }
            PairState::Unlinked {
                deleted_on: Side::Propstreet,
                ..
            } => {
                let removed = run.world.deeds.removed_at(&project);
                let is_open = here.as_deref() == Some(OPEN);
                if is_open && removed.is_some_and(|at| !was_reopened_since(run, &deal, at)) {
                    wrong.push(format!(
                        "S4: {} is open, and its {} was deleted",
                        named(&deal),
                        named(&project)
                    ));
                }
            }
            PairState::Unlinked { .. }
            | PairState::Asked { .. }
            | PairState::Approved { .. }
            | PairState::Unmaking { .. }
            | PairState::Parting { .. }
            | PairState::Ended { .. } => {}
        }
    }
}

fn places(pair: &Pair) -> Option<(Place, Place)> {
    let place = |side: Side| {
        let id = pair.ids.get(side).as_ref()?;
        Some((side, pair.kind, id.to_string()))
    };
    Some((place(Side::Pipedrive)?, place(Side::Propstreet)?))
}

fn status(sight: &Sight, place: &Place) -> Option<String> {
    let shown = sight.shown.get(place).filter(|shown| shown.is_live)?;
    shown.facets.get(&Facet::Deal(DealFacet::Status)).cloned()
}

fn writes_of<'a>(
    writes: &'a [UserWrite],
    place: &'a Place,
    facet: DealFacet,
) -> impl Iterator<Item = &'a UserWrite> {
    writes.iter().filter(move |write| {
        (write.side, write.kind, &write.id) == (place.0, place.1, &place.2)
            && write.facet == Facet::Deal(facet)
    })
}

fn was_reopened(run: &Run, deal: &Place) -> bool {
    was_reopened_since(run, deal, i64::MIN)
}

/// Whether a user has opened a deal again that was over.
fn was_reopened_since(run: &Run, deal: &Place, since: i64) -> bool {
    let mut writes = writes_of(&run.world.deeds.writes, deal, DealFacet::Status);
    writes.any(|write| {
        write.at >= since && write.value.as_deref() == Some(OPEN) && write.before.is_some()
    })
}

/// When both halves of a pair were known: one that was made is, once its write is settled.
fn seen_together_at(run: &Run, sight: &Sight, pair: &Pair) -> Option<i64> {
    let rows = memory(run).every_outbox_row(CTX);
    let made = rows
        .iter()
        .filter(|row| row.pair == pair.id && row.write.operation == Operation::Create);
    let settled = made.map(|row| match row.state {
        OutboxState::Done { at } | OutboxState::Dropped { at, .. } => time::to_millis(at),
        OutboxState::Planned
        | OutboxState::Sent { .. }
        | OutboxState::OutcomeUnknown { .. }
        | OutboxState::AwaitingAudit { .. } => i64::MAX / 2,
    });
    let joined = sight.joined_at(pair.id).map(time::to_millis);
    settled.chain(joined).max()
}

/// A project that got on has moved its deal to a stage that stands for how far it is, unless somebody had moved the deal, too.
fn stage_follows(
    run: &Run,
    sight: &Sight,
    (pair, deal, project): (&Pair, &Place, &Place),
    wrong: &mut Vec<String>,
) {
    let writes = &run.world.deeds.writes;
    let is_edit = |write: &&UserWrite| write.before.is_some();
    let moves = writes_of(writes, project, DealFacet::Stage).filter(is_edit);
    let Some(moved) = moves.last() else {
        return;
    };
    if seen_together_at(run, sight, pair).is_none_or(|joined| moved.at < joined + FIRST_SEEN_MILLIS)
    {
        return;
    }
    let shown = |place: &Place| {
        let shown = sight.shown.get(place)?;
        shown.facets.get(&Facet::Deal(DealFacet::Stage)).cloned()
    };
    let (Some(stage), Some(progress)) = (shown(deal), shown(project)) else {
        return;
    };
    let (classification, teaser) = progress.split_once(' ').unwrap_or((&progress, ""));
    let means = |(_, of_project, of_teaser): &(&str, &str, &str)| {
        *of_project == classification && (of_teaser.is_empty() || *of_teaser == teaser)
    };
    let mut fitting = STAGES.iter().filter(|row| means(row)).peekable();
    let with_it =
        |write: &UserWrite| write.before.is_some() && write.at >= moved.at - MOVED_TOGETHER_MILLIS;
    if fitting.peek().is_none()
        || fitting.any(|(name, ..)| *name == stage)
        || writes_of(writes, deal, DealFacet::Stage).any(with_it)
        || writes_of(writes, deal, DealFacet::Status).any(with_it)
    {
        return;
    }
    wrong.push(format!(
        "S4: {} is at {stage:?} and {} at {progress:?} since {}",
        named(deal),
        named(project),
        time::from_millis(moved.at)
    ));
}

/// What deals and projects may differ in: what is judged above, what only a portfolio has, and what was written to a deal whose
/// project takes no change any more.
pub(super) fn may_differ(sight: &Sight, pair: &Pair, facet: DealFacet) -> bool {
    let Some((deal, project)) = places(pair) else {
        return true;
    };
    let is_single = || {
        let shown = sight.shown.get(&project);
        let portfolio = shown.and_then(|shown| shown.facets.get(&PORTFOLIO));
        portfolio.is_none_or(|portfolio| portfolio != "yes")
    };
    match facet {
        DealFacet::Stage | DealFacet::Status => true,
        DealFacet::Properties => is_single() || is_frozen(sight, (&deal, &project), facet),
        DealFacet::Name | DealFacet::Price | DealFacet::Portfolio => {
            is_frozen(sight, (&deal, &project), facet)
        }
    }
}

const PORTFOLIO: Facet = Facet::Deal(DealFacet::Portfolio);

/// Whether a project is closed and its deal was edited since about then.
fn is_frozen(sight: &Sight, (deal, project): (&Place, &Place), facet: DealFacet) -> bool {
    if status(sight, project).as_deref() != Some(WON) {
        return false;
    }
    let ends = [deal, project]
        .into_iter()
        .flat_map(|place| writes_of(&sight.deal_writes, place, DealFacet::Status));
    let ended = ends.filter(|write| write.value.as_deref() != Some(OPEN));
    let first = ended.map(|write| write.at).min();
    let mut own = writes_of(&sight.deal_writes, deal, facet);
    own.any(|write| first.is_none_or(|first| write.at >= first - TOLD_LATE_MILLIS))
}

/// Whether a project is closed: it may have been so before it was told our id.
pub(super) fn takes_no_change(sight: &Sight, place: &Place) -> bool {
    (place.0, place.1) == (Side::Propstreet, Kind::Deal)
        && status(sight, place).as_deref() == Some(WON)
}

/// A deal or project that was over before the other side had one stays alone.
pub(super) fn may_be_alone(sight: &Sight, place: &Place) -> bool {
    place.1 == Kind::Deal && status(sight, place).as_deref() != Some(OPEN)
}

/// Whether the number of properties is of a project that has become a single one: there it is not shown, whoever wrote it.
pub(super) fn went_with_portfolio(sight: &Sight, place: &Place, facet: &Facet) -> bool {
    let is_count = *facet == Facet::Deal(DealFacet::Properties);
    let shown = sight.shown.get(place);
    let portfolio = shown.and_then(|shown| shown.facets.get(&PORTFOLIO));
    is_count
        && place.0 == Side::Propstreet
        && sight.pair_of(place).is_none_or(is_active)
        && portfolio.is_none_or(|portfolio| portfolio != "yes")
}
