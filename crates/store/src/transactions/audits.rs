//! Audits: what a finished write has really replaced is found out later, and journaled or put back.
//!
//! In: writes that await their audit, and what was found. Out: conflicts, restores and the end of the audit. Never asks a
//! service.

use std::collections::BTreeMap;

use model::{Field, OutboxId, Pair, Timestamp, Value};
use plan::NewConflict;

use super::lanes::change_lane_of_key;
use super::naming::{name_by_pair, name_written};
use super::outbox::{row_of, wrong_state};
use super::pairs::existing;
use super::{fence, review};
use crate::lane::LaneKey;
use crate::rows::{OutboxRow, OutboxState};
use crate::tables::Tables;
use crate::{Answer, Lease};

fn write_under_way(tables: &dyn Tables, pair: &Pair) -> Answer<Option<OutboxRow>> {
    let lane = tables.lane_by_key(&LaneKey::Pair(pair.id))?;
    match lane.and_then(|lane| lane.open_outbox) {
        Some(open) => tables.outbox_row(open),
        None => Ok(None),
    }
}

/// Whether nobody has edited a field since the write whose audit it is: what it replaced is put back only then.
fn is_last_word(
    written: &OutboxRow,
    pair: &Pair,
    under_way: Option<&OutboxRow>,
    field: Field,
) -> bool {
    let side = written.write.side;
    let is_carried = under_way.is_some_and(|row| row.write.source.contains_key(&field));
    let is_agreed = match written.write.source.get(&field) {
        Some(source) => pair.base.get(side.other()).get(field) == source.as_ref(),
        None => {
            let sent = written.write.fields.get(&field).and_then(Option::as_ref);
            pair.base.get(side).get(field) == sent
        }
    };
    is_agreed && !is_carried
}

pub(crate) fn due_audits(
    tables: &dyn Tables,
    lease: Lease,
    now: Timestamp,
    limit: u32,
) -> Answer<Vec<(OutboxRow, Pair)>> {
    fence(tables, lease)?;
    let mut audits = Vec::new();
    for mut row in tables.audits_due(now, limit)? {
        let mut pair = existing(tables, row.pair)?;
        name_written(tables, &mut row)?;
        name_by_pair(tables, &mut pair)?;
        audits.push((row, pair));
    }
    Ok(audits)
}

pub(crate) fn commit_audit(
    tables: &mut dyn Tables,
    lease: Lease,
    outbox: OutboxId,
    mut overwritten: Vec<NewConflict>,
    mut restores: BTreeMap<Field, Option<Value>>,
    now: Timestamp,
) -> Answer<()> {
    fence(tables, lease)?;
    let before = awaiting(tables, outbox)?;
    let pair = existing(tables, before.pair)?;
    let mut after = before.clone();
    after.state = OutboxState::Done { at: now };
    tables.update_outbox(&before, after)?;
    if overwritten.is_empty() && restores.is_empty() {
        return Ok(());
    }
    let under_way = write_under_way(tables, &pair)?;
    let mut written = before.clone();
    name_written(tables, &mut written)?;
    let mut agreed = pair.clone();
    name_by_pair(tables, &mut agreed)?;
    restores.retain(|field, _| {
        let is_last = is_last_word(&written, &agreed, under_way.as_ref(), *field);
        for conflict in overwritten.iter_mut().filter(|_| !is_last) {
            if conflict.field == *field {
                conflict.winner = Some(before.write.side.other());
            }
        }
        is_last
    });
    review::journal(tables, &pair, &overwritten, now)?;
    if !restores.is_empty() {
        let mut restored = pair.clone();
        restored.restores.extend(restores);
        tables.update_pair(&pair, restored)?;
    }
    change_lane_of_key(tables, LaneKey::Pair(pair.id), now, |lane| {
        lane.take_change(now)
    })
}

/// AwaitingAudit until a later moment: who could tell what was replaced cannot be asked now.
pub(crate) fn put_audit_off(
    tables: &mut dyn Tables,
    lease: Lease,
    outbox: OutboxId,
    until: Timestamp,
) -> Answer<()> {
    fence(tables, lease)?;
    let before = awaiting(tables, outbox)?;
    let mut after = before.clone();
    if let OutboxState::AwaitingAudit { until: due, .. } = &mut after.state {
        *due = until;
    }
    tables.update_outbox(&before, after)
}

fn awaiting(tables: &dyn Tables, outbox: OutboxId) -> Answer<OutboxRow> {
    let row = row_of(tables, outbox)?;
    match row.state {
        OutboxState::AwaitingAudit { .. } => Ok(row),
        OutboxState::Planned
        | OutboxState::Sent { .. }
        | OutboxState::OutcomeUnknown { .. }
        | OutboxState::Done { .. }
        | OutboxState::Dropped { .. } => Err(wrong_state(&row)),
    }
}
