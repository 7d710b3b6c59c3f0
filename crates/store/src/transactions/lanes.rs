//! Lanes: finding a record's lane, claiming lanes and ending claims.
//!
//! In: a stage, a record or a lane's id. Out: changed lanes. Never decides what a plan says.

use model::{Entity, LaneId, RecordKey, Side, Timestamp};

use super::views::view;
use super::{fence, inbox, to_stored};
use crate::lane::{Lane, LaneKey, LaneView, Stage};
use crate::rows::{Disposition, InboxSource, NewInboxRow, OutboxState};
use crate::tables::{Sequence, Tables};
use crate::{Answer, FACT_PAUSED, Lease, StoreError};

/// The lane of a record: its pair's, else (for a link) its owner's, else its own.
pub(crate) fn lane_of(tables: &dyn Tables, record: &RecordKey) -> Answer<Option<Lane>> {
    tables.lane_by_key(&key_of(tables, record)?)
}

fn key_of(tables: &dyn Tables, record: &RecordKey) -> Answer<LaneKey> {
    if let Some(pair) = tables.pair_id_of(record)? {
        return Ok(LaneKey::Pair(pair));
    }
    if record.entity != model::Entity::Link {
        return Ok(LaneKey::Record(record.clone()));
    }
    match tables.mirror_row(record)? {
        // Owners are never links themselves; checked, so that a row that says so cannot send us round in circles.
        Some(row) if row.owner.entity != model::Entity::Link => key_of(tables, &row.owner),
        Some(_) | None => Ok(LaneKey::Record(record.clone())),
    }
}

/// Changes the lane of a record, making it first when there is none.
pub(crate) fn change_lane_of(
    tables: &mut dyn Tables,
    record: &RecordKey,
    now: Timestamp,
    change: impl FnOnce(&mut Lane),
) -> Answer<()> {
    let key = key_of(tables, record)?;
    change_lane_of_key(tables, key, now, change)
}

pub(crate) fn change_lane_of_key(
    tables: &mut dyn Tables,
    key: LaneKey,
    now: Timestamp,
    change: impl FnOnce(&mut Lane),
) -> Answer<()> {
    if let Some(before) = tables.lane_by_key(&key)? {
        let mut after = before.clone();
        change(&mut after);
        return tables.update_lane(&before, after);
    }
    let mut lane = Lane::new(LaneId(tables.next_id(Sequence::Lane)?), key, to_stored(now));
    change(&mut lane);
    tables.insert_lane(lane)
}

pub(crate) fn claim(
    tables: &mut dyn Tables,
    lease: Lease,
    stage: Stage,
    now: Timestamp,
    limit: u32,
) -> Answer<Vec<LaneView>> {
    fence(tables, lease)?;
    let mut views = Vec::new();
    if tables.fact(FACT_PAUSED)?.is_some() {
        return Ok(views);
    }
    for before in tables.due_lanes(stage, now, limit)? {
        views.push(take(tables, lease, &before)?);
    }
    Ok(views)
}

pub(crate) fn claim_of(
    tables: &mut dyn Tables,
    lease: Lease,
    (stage, entity): (Stage, Entity),
    now: Timestamp,
    limit: u32,
) -> Answer<Vec<LaneView>> {
    fence(tables, lease)?;
    if tables.fact(FACT_PAUSED)?.is_some() {
        return Ok(Vec::new());
    }
    let due = tables.due_lanes_of(stage, entity, now, limit)?;
    due.iter()
        .map(|before| take(tables, lease, before))
        .collect()
}

fn take(tables: &mut dyn Tables, lease: Lease, before: &Lane) -> Answer<LaneView> {
    let mut after = before.clone();
    after.claimed_by_epoch = Some(lease.epoch);
    tables.update_lane(before, after.clone())?;
    view(tables, after)
}

pub(crate) fn claim_one(
    tables: &mut dyn Tables,
    lease: Lease,
    lane: LaneId,
    now: Timestamp,
) -> Answer<Option<LaneView>> {
    fence(tables, lease)?;
    let Some(before) = tables.lane(lane)? else {
        return Ok(None);
    };
    let has_work = match before.stage() {
        Stage::Read | Stage::Plan | Stage::Deliver => true,
        Stage::Rest | Stage::Quarantined => false,
    };
    if !has_work || before.claimed_by_epoch.is_some() || before.due_at > now {
        return Ok(None);
    }
    take(tables, lease, &before).map(Some)
}

pub(crate) fn peek(
    tables: &dyn Tables,
    stage: Stage,
    after: LaneId,
    limit: u32,
) -> Answer<Vec<LaneView>> {
    let lanes = tables.lanes_after(stage, after, limit)?;
    lanes.into_iter().map(|lane| view(tables, lane)).collect()
}

/// Oldest first.
pub(crate) fn quarantined(tables: &dyn Tables, limit: u32) -> Answer<Vec<LaneView>> {
    let lanes = tables.due_lanes(Stage::Quarantined, Timestamp::MAX, limit)?;
    lanes.into_iter().map(|lane| view(tables, lane)).collect()
}

pub(crate) fn view_of(tables: &dyn Tables, record: &RecordKey) -> Answer<Option<LaneView>> {
    lane_of(tables, record)?
        .map(|lane| view(tables, lane))
        .transpose()
}

/// The lane, when this lease has it claimed; a claim that is over means that the caller's work is stale.
pub(crate) fn claimed(tables: &dyn Tables, lease: Lease, lane: LaneId) -> Answer<Lane> {
    let lane = tables.lane(lane)?.ok_or(StoreError::Stale)?;
    if lane.claimed_by_epoch == Some(lease.epoch) {
        Ok(lane)
    } else {
        Err(StoreError::Stale)
    }
}

pub(crate) fn end_claim(
    tables: &mut dyn Tables,
    lease: Lease,
    lane: LaneId,
    disposition: &Disposition,
    now: Timestamp,
) -> Answer<()> {
    fence(tables, lease)?;
    let before = claimed(tables, lease, lane)?;
    let mut after = before.clone();
    after.end_claim(disposition, now);
    tables.update_lane(&before, after)
}

pub(crate) fn next_due(tables: &dyn Tables) -> Answer<Option<Timestamp>> {
    let mut earliest = tables.earliest_audit()?;
    for stage in [Stage::Read, Stage::Plan, Stage::Deliver] {
        let due = tables.earliest_due(stage)?;
        earliest = match (earliest, due) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    Ok(earliest)
}

/// Lanes that wait for a record are planned again.
pub(crate) fn wake_lanes_waiting_for(
    tables: &mut dyn Tables,
    record: &RecordKey,
    now: Timestamp,
) -> Answer<()> {
    for id in tables.lanes_waiting_for(record)? {
        if let Some(before) = tables.lane(id)? {
            let mut after = before.clone();
            after.stop_waiting_for(record, now);
            tables.update_lane(&before, after)?;
        }
    }
    Ok(())
}

pub(crate) fn retry(tables: &mut dyn Tables, lane: LaneId, now: Timestamp) -> Answer<()> {
    let before = existing(tables, lane)?;
    let (sides, what) = sides_of(tables, &before)?;
    let row = NewInboxRow {
        source: InboxSource::Manual,
        dedup: None,
        record: None,
        body: None,
        summary: format!("another try of {what}"),
    };
    let seq = inbox::insert(tables, row, now)?;
    let mut after = before.clone();
    after.retry(&sides, seq, now);
    tables.update_lane(&before, after)
}

fn sides_of(tables: &dyn Tables, lane: &Lane) -> Answer<(Vec<Side>, String)> {
    Ok(match &lane.key {
        LaneKey::Record(record) => (vec![record.side()], record.to_string()),
        LaneKey::Pair(id) => {
            let pair = tables.pair(*id)?;
            let has = |side: &Side| {
                pair.as_ref()
                    .is_some_and(|pair| pair.ids.get(*side).is_some())
            };
            (
                Side::BOTH.into_iter().filter(has).collect(),
                format!("pair {id}"),
            )
        }
    })
}

pub(crate) fn rest(tables: &mut dyn Tables, lane: LaneId, now: Timestamp) -> Answer<()> {
    let before = existing(tables, lane)?;
    let mut after = before.clone();
    forget_planned(tables, &mut after, "a person let the lane rest", now)?;
    after.rest();
    tables.update_lane(&before, after)
}

/// Drops the write of a lane that was planned and not sent.
pub(crate) fn drop_planned(
    tables: &mut dyn Tables,
    key: LaneKey,
    reason: &str,
    now: Timestamp,
) -> Answer<()> {
    let Some(before) = tables.lane_by_key(&key)? else {
        return Ok(());
    };
    let mut after = before.clone();
    forget_planned(tables, &mut after, reason, now)?;
    tables.update_lane(&before, after)
}

fn forget_planned(
    tables: &mut dyn Tables,
    lane: &mut Lane,
    reason: &str,
    now: Timestamp,
) -> Answer<()> {
    if let Some(open) = lane.open_outbox
        && let Some(row) = tables.outbox_row(open)?
        && row.state == OutboxState::Planned
    {
        let mut dropped = row.clone();
        dropped.state = OutboxState::Dropped {
            at: to_stored(now),
            reason: reason.to_owned(),
        };
        tables.update_outbox(&row, dropped)?;
        lane.open_outbox = None;
    }
    Ok(())
}

fn existing(tables: &dyn Tables, lane: LaneId) -> Answer<Lane> {
    tables.lane(lane)?.ok_or_else(|| StoreError::NotFound {
        what: "lane",
        id: lane.to_string(),
    })
}
