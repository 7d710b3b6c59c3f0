//! What people decide about pairs: who belongs together, what is put back, what is deleted.
//!
//! In: a decision. Out: the pair as it is then, with its lane due, or why it cannot be. Never writes to a service: what follows
//! is planned like any other change.

use std::collections::BTreeMap;

use model::{
    Base, BySide, ConflictId, Field, LaneId, Pair, PairId, PairState, RecordKey, Side, Timestamp,
    Value,
};

use super::lanes::{change_lane_of_key, drop_planned, retry};
use super::pairs::{existing, wake_who_waits_for};
use super::{apart, plans, review};
use crate::lane::{Lane, LaneKey};
use crate::people_store::{Decided, DeleteWord, Refusal};
use crate::rows::{HistoryKind, NewHistory};
use crate::tables::{Sequence, Tables};
use crate::{Answer, StoreError};

pub(crate) fn link(
    tables: &mut dyn Tables,
    records: &BySide<RecordKey>,
    now: Timestamp,
) -> Answer<Decided<PairId>> {
    for side in Side::BOTH {
        if let Some(refusal) = cannot_be_linked(tables, records.get(side))? {
            return Ok(Err(refusal));
        }
    }
    let mut lanes = Vec::new();
    for side in Side::BOTH {
        let key = LaneKey::Record(records.get(side).clone());
        if let Some(lane) = tables.lane_by_key(&key)? {
            lanes.push((side, lane));
        }
    }
    // Who works on a lane finds it changed, and looks again; a lane that is gone would be missed.
    lanes.sort_by_key(|(_, lane)| lane.claimed_by_epoch.is_none());
    if let [_, (side, second)] = lanes.as_slice()
        && second.claimed_by_epoch.is_some()
    {
        return Ok(Err(Refusal::Busy {
            record: records.get(*side).clone(),
        }));
    }
    let pair = Pair {
        id: PairId(tables.next_id(Sequence::Pair)?),
        kind: records.pipedrive.kind_of_pair(),
        ids: BySide {
            pipedrive: Some(records.pipedrive.id.clone()),
            propstreet: Some(records.propstreet.id.clone()),
        },
        base: Base::default(),
        state: PairState::Active,
        restores: BTreeMap::new(),
    };
    tables.insert_pair(pair.clone())?;
    keep_joined_lane(tables, lanes, pair.id, now)?;
    apart::forget(tables, &records.pipedrive, &records.propstreet, now)?;
    tables.delete_suggestions(&records.pipedrive, Some(&records.propstreet))?;
    tables.delete_suggestions(&records.propstreet, Some(&records.pipedrive))?;
    let why = format!(
        "{} and {} are the same: a person said so",
        records.pipedrive, records.propstreet
    );
    note(tables, &pair, HistoryKind::Paired, why, now)?;
    wake_who_waits_for(tables, &pair, now)?;
    Ok(Ok(pair.id))
}

fn cannot_be_linked(tables: &dyn Tables, record: &RecordKey) -> Answer<Option<Refusal>> {
    let record = record.clone();
    let Some(row) = tables.mirror_row(&record)? else {
        return Ok(Some(Refusal::Unknown { record }));
    };
    if let Some(pair) = tables.pair_id_of(&record)? {
        let is_parting = matches!(existing(tables, pair)?.state, PairState::Parting { .. });
        return Ok(Some(if is_parting {
            Refusal::BeingParted { record, pair }
        } else {
            Refusal::Paired { record, pair }
        }));
    }
    Ok(row.deleted_at.map(|_| Refusal::Deleted { record }))
}

/// The first lane becomes the pair's and takes in the second.
fn keep_joined_lane(
    tables: &mut dyn Tables,
    lanes: Vec<(Side, Lane)>,
    pair: PairId,
    now: Timestamp,
) -> Answer<()> {
    let mut lanes = lanes.into_iter();
    let Some((_, before)) = lanes.next() else {
        let mut lane = Lane::new(
            LaneId(tables.next_id(Sequence::Lane)?),
            LaneKey::Pair(pair),
            now,
        );
        lane.take_change(now);
        return tables.insert_lane(lane);
    };
    let mut lane = before.clone();
    lane.key = LaneKey::Pair(pair);
    for (side, other) in lanes {
        lane.absorb(&other, side);
        tables.delete_lane(&other)?;
    }
    lane.waits_for.clear();
    lane.take_change(now);
    tables.update_lane(&before, lane)
}

pub(crate) fn unlink(tables: &mut dyn Tables, id: PairId, now: Timestamp) -> Answer<Decided<Pair>> {
    let before = existing(tables, id)?;
    match before.state {
        PairState::Active
        | PairState::Unlinked { .. }
        | PairState::Asked { .. }
        | PairState::Approved { .. }
        | PairState::Unmaking { .. } => {}
        PairState::Parting { .. } => return Ok(Ok(before)),
        PairState::Ended { .. } => return Ok(Err(Refusal::Over { pair: id })),
    }
    for conflict in tables.open_conflicts(id)? {
        let mut settled = conflict.clone();
        settled.settled_at = Some(now);
        tables.update_conflict(&conflict, settled)?;
    }
    let mut after = before.clone();
    after.state = PairState::Parting { at: now };
    after.restores.clear();
    tables.update_pair(&before, after)?;
    let [one, other] = Side::BOTH.map(|side| before.record(side));
    if let (Some(one), Some(other)) = (&one, &other) {
        apart::keep(tables, one, other, now)?;
    }
    let records: Vec<RecordKey> = [one, other].into_iter().flatten().collect();
    for record in &records {
        apart::leave_alone(tables, record, now)?;
    }
    let names: Vec<String> = records.iter().map(ToString::to_string).collect();
    let why = format!("{} taken apart by a person", names.join(" and "));
    note(tables, &before, HistoryKind::Parted, why, now)?;
    drop_planned(
        tables,
        LaneKey::Pair(id),
        "a person took the pair apart",
        now,
    )?;
    change_lane_of_key(tables, LaneKey::Pair(id), now, |lane| lane.take_change(now))?;
    Ok(Ok(before))
}

/// The pair is over, and each of its records has a lane of its own again, at rest but for what came in meanwhile.
pub(crate) fn split(
    tables: &mut dyn Tables,
    pair: &Pair,
    lane_before: &Lane,
    lane: &Lane,
    now: Timestamp,
) -> Answer<()> {
    let mut over = pair.clone();
    over.ids = BySide {
        pipedrive: None,
        propstreet: None,
    };
    tables.update_pair(pair, over)?;
    tables.delete_lane(lane_before)?;
    for side in Side::BOTH {
        let Some(record) = pair.record(side) else {
            continue;
        };
        let id = LaneId(tables.next_id(Sequence::Lane)?);
        let mut own = Lane::new(id, LaneKey::Record(record), now);
        *own.hint.get_mut(side) = *lane.hint.get(side);
        *own.read.get_mut(side) = *lane.read.get(side);
        tables.insert_lane(own)?;
    }
    Ok(())
}

pub(crate) fn put_back(
    tables: &mut dyn Tables,
    id: PairId,
    values: BTreeMap<Field, Option<Value>>,
    now: Timestamp,
) -> Answer<Decided<()>> {
    let before = existing(tables, id)?;
    if before.state != PairState::Active {
        return Ok(Err(Refusal::NotInStep { pair: id }));
    }
    let mut after = before.clone();
    after.restores.extend(values);
    keep_and_read(tables, &before, after, now).map(Ok)
}

pub(crate) fn unmake(
    tables: &mut dyn Tables,
    id: PairId,
    on: Side,
    now: Timestamp,
) -> Answer<Decided<()>> {
    let before = existing(tables, id)?;
    if before.state != PairState::Active {
        return Ok(Err(Refusal::NotInStep { pair: id }));
    }
    let mut after = before.clone();
    after.state = PairState::Unmaking { on, at: now };
    keep_and_read(tables, &before, after, now).map(Ok)
}

/// Both sides' values are taken for what was agreed on, so that the third is no edit against either.
pub(crate) fn settle_with(
    tables: &mut dyn Tables,
    id: ConflictId,
    value: Option<Value>,
    now: Timestamp,
) -> Answer<()> {
    let before = tables.conflict(id)?.ok_or_else(|| StoreError::NotFound {
        what: "conflict",
        id: id.to_string(),
    })?;
    let pair = review::pair_of(tables, &before)?;
    let mut restored = pair.clone();
    if before.settled_at.is_none() {
        for side in Side::BOTH {
            let shown = before.values.get(side).clone();
            restored.base.get_mut(side).put(before.field, shown);
        }
    }
    restored.restores.insert(before.field, value);
    let mut after = before.clone();
    after.decided_at = Some(now);
    after.settled_at = after.settled_at.or(Some(now));
    tables.update_conflict(&before, after)?;
    keep_and_wake(tables, &pair, restored, now)
}

pub(crate) fn decide_delete(
    tables: &mut dyn Tables,
    id: PairId,
    word: DeleteWord,
    now: Timestamp,
) -> Answer<Decided<()>> {
    let before = existing(tables, id)?;
    let PairState::Asked { deleted_on, .. } = before.state else {
        return Ok(Err(Refusal::NotAsked { pair: id }));
    };
    let mut after = before.clone();
    after.state = match word {
        DeleteWord::Approve => PairState::Approved {
            deleted_on,
            at: now,
        },
        DeleteWord::Dismiss => PairState::Unlinked {
            deleted_on,
            at: now,
        },
    };
    keep_and_read(tables, &before, after, now).map(Ok)
}

fn keep_and_wake(
    tables: &mut dyn Tables,
    before: &Pair,
    after: Pair,
    now: Timestamp,
) -> Answer<()> {
    let key = LaneKey::Pair(before.id);
    tables.update_pair(before, after)?;
    change_lane_of_key(tables, key, now, |lane| lane.take_change(now))
}

/// Both records are read before anything is planned: somebody may have edited one since, and that counts for more.
fn keep_and_read(
    tables: &mut dyn Tables,
    before: &Pair,
    after: Pair,
    now: Timestamp,
) -> Answer<()> {
    tables.update_pair(before, after)?;
    match tables.lane_by_key(&LaneKey::Pair(before.id))? {
        Some(lane) => retry(tables, lane.id, now),
        None => Err(StoreError::Corrupt {
            table: "pairs",
            id: before.id.to_string(),
            reason: "it has no lane".to_owned(),
        }),
    }
}

fn note(
    tables: &mut dyn Tables,
    pair: &Pair,
    kind: HistoryKind,
    why: String,
    now: Timestamp,
) -> Answer<()> {
    let entry = NewHistory {
        kind,
        side: Side::Pipedrive,
        field: None,
        before: None,
        after: None,
        why,
    };
    plans::insert_history(tables, pair, None, entry, now)
}
