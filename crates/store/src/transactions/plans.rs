//! Plans: what a plan changes, kept in one transaction with the end of its claim.
//!
//! In: a plan and the lane version it was computed from. Out: pair, base, conflicts, outbox row, suggestions and lane.
//! Never decides anything but whether the plan is still about what is stored.

use model::{ConflictId, OutboxId, Pair, RecordKey, Side, Timestamp, time};

use super::lanes::claimed;
use super::pairs::{Formed, is_whole, pair_of, prepare};
use super::{fence, people, review};
use crate::lane::{Lane, LaneKey};
use crate::rows::{
    Disposition, HistoryRow, NewHistory, OutboxRow, OutboxState, PlanCommit, PlanCommitted,
    Suggested,
};
use crate::tables::{Sequence, Tables, history_id};
use crate::{Answer, Lease, StoreError};

/// How long a lane leaves the way to another one that is in work, at least; the rest is spread by its id.
const YIELD_MILLIS: i64 = 20;
const YIELD_SPREAD: i64 = 16;

/// The inner answer is what the caller gets; the outer one says whether anything is kept.
pub(crate) fn commit_plan(
    tables: &mut dyn Tables,
    lease: Lease,
    plan: PlanCommit,
    now: Timestamp,
) -> Answer<Answer<PlanCommitted>> {
    fence(tables, lease)?;
    let lane = claimed(tables, lease, plan.lane)?;
    if lane.version != plan.lane_version {
        return end_stale_claim(tables, &lane, now);
    }
    if plan.outbox.is_some()
        && let Some(outbox) = lane.open_outbox
    {
        let found = tables
            .outbox_row(outbox)?
            .map_or("missing", |row| row.state.name());
        return Err(StoreError::WrongState { outbox, found });
    }
    let Some(formed) = prepare(tables, lease, &lane, &plan)? else {
        // The other record's lane may be in work. Two lanes that want each other must not both come back at once, for ever.
        let spread = YIELD_MILLIS + lane.id.0.rem_euclid(YIELD_SPREAD) * YIELD_MILLIS;
        return end_stale_claim(tables, &lane, time::plus_millis(now, spread));
    };
    check(tables, &formed, &plan)?;
    keep(tables, &lane, formed, plan, now).map(Ok)
}

/// The plan is dropped, and the lane is planned again.
fn end_stale_claim(
    tables: &mut dyn Tables,
    before: &Lane,
    until: Timestamp,
) -> Answer<Answer<PlanCommitted>> {
    let mut after = before.clone();
    after.put_off(until, None);
    tables.update_lane(before, after)?;
    Ok(Err(StoreError::Stale))
}

/// Everything that could be refused later, before anything is written.
fn check(tables: &dyn Tables, formed: &Formed, plan: &PlanCommit) -> Answer<()> {
    let needs_pair = plan.base.is_some()
        || plan.state.is_some()
        || plan.outbox.is_some()
        || !plan.conflicts.is_empty()
        || !plan.settled_conflicts.is_empty()
        || !plan.settled_restores.is_empty()
        || !plan.history.is_empty();
    let Some(pair) = formed.pair() else {
        if needs_pair {
            return Err(StoreError::NotFound {
                what: "pair of lane",
                id: plan.lane.to_string(),
            });
        }
        return Ok(());
    };
    for id in &plan.settled_conflicts {
        conflict_of(tables, pair, *id)?;
    }
    Ok(())
}

fn conflict_of(tables: &dyn Tables, pair: &Pair, id: ConflictId) -> Answer<crate::Conflict> {
    let found = tables
        .conflict(id)?
        .filter(|conflict| conflict.pair == pair.id);
    found.ok_or_else(|| StoreError::NotFound {
        what: "conflict",
        id: id.to_string(),
    })
}

fn keep(
    tables: &mut dyn Tables,
    claimed: &Lane,
    mut formed: Formed,
    plan: PlanCommit,
    now: Timestamp,
) -> Answer<PlanCommitted> {
    formed.keep(tables)?;
    let pair = formed.pair().cloned();
    let mut outbox = None;
    if let Some(pair) = &pair {
        settle(tables, pair, &plan.settled_conflicts, now)?;
        review::journal(tables, pair, &plan.conflicts, now)?;
        for entry in plan.history {
            insert_history(tables, pair, None, entry, now)?;
        }
        if let Some(row) = plan.outbox {
            let id = OutboxId(tables.next_id(Sequence::Outbox)?);
            outbox = Some(id);
            tables.insert_outbox(OutboxRow {
                id,
                lane: formed.lane.id,
                pair: pair.id,
                write: row.write,
                if_match: row.if_match,
                idempotency_key: row.idempotency_key,
                conflicts: row.conflicts,
                before: crate::snapshot::Snapshot::default(),
                state: OutboxState::Planned,
                planned_at: now,
            })?;
        }
    }
    suggest(tables, claimed, pair.as_ref(), plan.suggestions, now)?;

    let lane = &mut formed.lane;
    lane.end_claim(&plan.disposition, now);
    lane.open_outbox = outbox.or(lane.open_outbox);
    let planned = match plan.disposition {
        Disposition::Rest => true,
        Disposition::PutOff { .. } | Disposition::Quarantine { .. } => outbox.is_some(),
    };
    if planned {
        lane.planned_version = plan.lane_version;
    }
    lane.notes = plan.notes;
    lane.waits_for = still_missing(tables, plan.waits_for, lane)?;
    if let Some(pair) = formed.parted() {
        people::split(tables, pair, &formed.lane_before, &formed.lane, now)?;
    } else {
        tables.update_lane(&formed.lane_before, formed.lane.clone())?;
    }
    formed.wake_who_waits(tables, now)?;
    Ok(PlanCommitted {
        pair: pair.map(|pair| pair.id),
        outbox,
    })
}

/// A record that was paired while the plan was computed is not waited for: the lane is planned again instead.
fn still_missing(
    tables: &dyn Tables,
    waits_for: Vec<RecordKey>,
    lane: &mut Lane,
) -> Answer<Vec<RecordKey>> {
    let mut missing: Vec<RecordKey> = Vec::with_capacity(waits_for.len());
    for record in waits_for {
        let there = match pair_of(tables, &record)? {
            Some(pair) => is_whole(tables, &pair)?,
            None => false,
        };
        if there {
            lane.version += 1;
        } else if !missing.contains(&record) {
            missing.push(record);
        }
    }
    Ok(missing)
}

fn settle(
    tables: &mut dyn Tables,
    pair: &Pair,
    conflicts: &[ConflictId],
    now: Timestamp,
) -> Answer<()> {
    for id in conflicts {
        let before = conflict_of(tables, pair, *id)?;
        let mut after = before.clone();
        after.settled_at = after.settled_at.or(Some(now));
        tables.update_conflict(&before, after)?;
    }
    Ok(())
}

pub(crate) fn insert_history(
    tables: &mut dyn Tables,
    pair: &Pair,
    outbox: Option<OutboxId>,
    entry: NewHistory,
    now: Timestamp,
) -> Answer<()> {
    let id = history_id(tables)?;
    tables.insert_history(HistoryRow {
        id,
        pair: pair.id,
        outbox,
        at: now,
        entry,
    })
}

/// What was suggested for a record before is replaced as long as it has no pair. Later plans of the pair keep what the
/// last plan of the record said; what has become the pair itself is no suggestion any more.
fn suggest(
    tables: &mut dyn Tables,
    claimed: &Lane,
    pair: Option<&Pair>,
    suggestions: Vec<crate::NewSuggestion>,
    now: Timestamp,
) -> Answer<()> {
    let record = match (&claimed.key, pair) {
        (LaneKey::Record(record), _) => {
            tables.delete_suggestions(record, None)?;
            Some(record.clone())
        }
        (LaneKey::Pair(_), Some(pair)) => Side::BOTH.into_iter().find_map(|side| pair.record(side)),
        (LaneKey::Pair(_), None) => None,
    };
    if let Some(record) = record {
        for suggestion in suggestions {
            tables.delete_suggestions(&record, Some(&suggestion.candidate))?;
            let id = tables.next_id(Sequence::Suggestion)?;
            tables.insert_suggestion(
                id,
                Suggested {
                    record: record.clone(),
                    candidate: suggestion.candidate,
                    rule: suggestion.rule,
                    similarity: suggestion.similarity,
                    at: now,
                },
            )?;
        }
    }
    if let LaneKey::Record(_) = claimed.key
        && let Some(pair) = pair
        && let (Some(one), Some(other)) =
            (pair.record(Side::Pipedrive), pair.record(Side::Propstreet))
    {
        tables.delete_suggestions(&one, Some(&other))?;
        tables.delete_suggestions(&other, Some(&one))?;
    }
    Ok(())
}
