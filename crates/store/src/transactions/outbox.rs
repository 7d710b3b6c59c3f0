//! Delivery: what is about to be sent is kept before it is sent, and what came back with everything that follows.
//!
//! In: an outbox row and what became of its call. Out: row, mirror, pair, base, history and lane. Never decides to retry.

use model::{Base, Carrier, Field, OutboxId, Pair, RecordKey, RemoteId, Side, Timestamp};
use plan::Operation;

use super::lanes::claimed;
use super::mirror::observe;
use super::pairs::{existing, wake_who_waits_for};
use super::{fence, plans, review, to_stored};
use crate::lane::{Lane, LaneKey, Problem};
use crate::rows::{
    Authority, Disposition, HistoryKind, NewHistory, Observation, OutboxRow, OutboxState, Outcome,
};
use crate::snapshot::Snapshot;
use crate::tables::Tables;
use crate::{Answer, Lease, StoreError};

pub(crate) fn row_of(tables: &dyn Tables, id: OutboxId) -> Answer<OutboxRow> {
    tables.outbox_row(id)?.ok_or_else(|| StoreError::NotFound {
        what: "outbox row",
        id: id.to_string(),
    })
}

pub(crate) fn wrong_state(row: &OutboxRow) -> StoreError {
    StoreError::WrongState {
        outbox: row.id,
        found: row.state.name(),
    }
}

pub(crate) fn commit_intent(
    tables: &mut dyn Tables,
    lease: Lease,
    outbox: OutboxId,
    snapshot: Snapshot,
    now: Timestamp,
) -> Answer<OutboxRow> {
    fence(tables, lease)?;
    let before = row_of(tables, outbox)?;
    if before.state != OutboxState::Planned {
        return Err(wrong_state(&before));
    }
    claimed(tables, lease, before.lane)?;
    let pair = existing(tables, before.pair)?;
    review::journal(tables, &pair, &before.conflicts, now)?;
    let mut after = before.clone();
    after.before = snapshot;
    after.state = OutboxState::Sent { at: now };
    tables.update_outbox(&before, after.clone())?;
    Ok(after)
}

pub(crate) fn commit_outcome(
    tables: &mut dyn Tables,
    lease: Lease,
    outbox: OutboxId,
    outcome: Outcome,
    now: Timestamp,
) -> Answer<()> {
    fence(tables, lease)?;
    let row = row_of(tables, outbox)?;
    let open = Open::find(tables, row)?;
    match outcome {
        Outcome::Applied {
            observation,
            created,
            base,
            audit_until,
            history,
        } => {
            let sent_at = open.sent_at()?;
            let applied = Applied {
                observation,
                created,
                base,
                history,
            };
            let state = match audit_until {
                Some(until) => OutboxState::AwaitingAudit {
                    sent_at,
                    until: to_stored(until),
                },
                None => OutboxState::Done { at: now },
            };
            open.apply(tables, applied, state, now)
        }
        Outcome::Unknown {
            parked_until,
            problem,
        } => {
            let sent_at = open.sent_at()?;
            let parked_until = to_stored(parked_until);
            open.put_off(
                tables,
                OutboxState::OutcomeUnknown {
                    sent_at,
                    parked_until,
                },
                parked_until,
                problem.as_ref(),
            )
        }
        Outcome::NotApplied {
            reason,
            observation,
            forget,
            disposition,
        } => {
            forget_base(tables, &open.row, &forget)?;
            open.drop_row(tables, reason, observation, &disposition, now)
        }
        Outcome::PutOff { until, problem } => {
            let state = match &open.row.state {
                // The call was refused before it did anything, so it is as if it had not been sent.
                OutboxState::Planned | OutboxState::Sent { .. } => OutboxState::Planned,
                OutboxState::OutcomeUnknown { sent_at, .. } => OutboxState::OutcomeUnknown {
                    sent_at: *sent_at,
                    parked_until: to_stored(until),
                },
                OutboxState::AwaitingAudit { .. }
                | OutboxState::Done { .. }
                | OutboxState::Dropped { .. } => {
                    return Err(wrong_state(&open.row));
                }
            };
            open.put_off(tables, state, until, problem.as_ref())
        }
    }
}

/// A write under way, with its lane.
struct Open {
    row: OutboxRow,
    lane: Lane,
}

struct Applied {
    observation: Observation,
    created: Option<RemoteId>,
    base: Base,
    history: Vec<NewHistory>,
}

impl Open {
    fn find(tables: &dyn Tables, row: OutboxRow) -> Answer<Self> {
        match tables.lane(row.lane)? {
            Some(lane) if lane.open_outbox == Some(row.id) => Ok(Self { row, lane }),
            Some(_) | None => Err(wrong_state(&row)),
        }
    }

    fn sent_at(&self) -> Answer<Timestamp> {
        match self.row.state {
            OutboxState::Sent { at } => Ok(at),
            OutboxState::OutcomeUnknown { sent_at, .. } => Ok(sent_at),
            OutboxState::Planned
            | OutboxState::AwaitingAudit { .. }
            | OutboxState::Done { .. }
            | OutboxState::Dropped { .. } => Err(wrong_state(&self.row)),
        }
    }

    fn apply(
        self,
        tables: &mut dyn Tables,
        applied: Applied,
        state: OutboxState,
        now: Timestamp,
    ) -> Answer<()> {
        // Found out late, it was done when it was sent.
        let sent_at = self.sent_at()?;
        let before = existing(tables, self.row.pair)?;
        let mut pair = before.clone();
        pair.base = applied.base;
        // What was carried is later than what somebody wanted back.
        pair.restores
            .retain(|field, _| !self.row.write.source.contains_key(field));
        let created = created_record(&self.row, &pair, applied.created);
        if let Some(record) = &created {
            if let Some(other) = tables.pair_id_of(record)?
                && other != pair.id
            {
                return Err(StoreError::AlreadyPaired {
                    record: record.clone(),
                });
            }
            *pair.ids.get_mut(record.side()) = Some(record.id.clone());
        }
        if pair != before {
            tables.update_pair(&before, pair.clone())?;
        }
        let mut observation = applied.observation;
        // What was read of a record while its create was open is not older than the answer to that.
        observation.authority = match self.row.write.operation {
            Operation::Create => Authority::Page,
            Operation::Update | Operation::Delete => Authority::Read,
        };
        self.end(tables, state, now, |lane| {
            lane.end_claim(&Disposition::Rest, now)
        })?;
        if let Some(record) = &created {
            absorb_lane_of(tables, record, &pair)?;
        }
        observe(tables, observation, now)?;
        for entry in applied.history {
            let at = if entry.kind == HistoryKind::Repointed {
                now
            } else {
                sent_at
            };
            plans::insert_history(tables, &pair, Some(self.row.id), entry, at)?;
        }
        if created.is_some() {
            wake_who_waits_for(tables, &pair, now)?;
        }
        Ok(())
    }

    fn drop_row(
        self,
        tables: &mut dyn Tables,
        reason: String,
        observation: Observation,
        disposition: &Disposition,
        now: Timestamp,
    ) -> Answer<()> {
        match self.row.state {
            OutboxState::Planned
            | OutboxState::Sent { .. }
            | OutboxState::OutcomeUnknown { .. } => {}
            OutboxState::AwaitingAudit { .. }
            | OutboxState::Done { .. }
            | OutboxState::Dropped { .. } => {
                return Err(wrong_state(&self.row));
            }
        }
        // What was seen first: a changed record gives a lane another try, which must not undo how this claim ends.
        observe(tables, observation, now)?;
        let open = Self {
            lane: tables.lane(self.lane.id)?.ok_or(StoreError::Stale)?,
            row: self.row,
        };
        open.end(
            tables,
            OutboxState::Dropped { at: now, reason },
            now,
            |lane| lane.end_claim(disposition, now),
        )
    }

    /// The row is over: the lane has no write under way and is planned again.
    fn end(
        &self,
        tables: &mut dyn Tables,
        state: OutboxState,
        now: Timestamp,
        ends: impl FnOnce(&mut Lane),
    ) -> Answer<()> {
        let mut row = self.row.clone();
        row.state = state;
        tables.update_outbox(&self.row, row)?;
        let mut lane = self.lane.clone();
        lane.open_outbox = None;
        lane.version += 1;
        lane.due_at = now;
        ends(&mut lane);
        tables.update_lane(&self.lane, lane)
    }

    fn put_off(
        self,
        tables: &mut dyn Tables,
        state: OutboxState,
        until: Timestamp,
        problem: Option<&Problem>,
    ) -> Answer<()> {
        let mut row = self.row.clone();
        row.state = state;
        tables.update_outbox(&self.row, row)?;
        let mut lane = self.lane.clone();
        lane.put_off(until, problem);
        tables.update_lane(&self.lane, lane)
    }
}

fn forget_base(tables: &mut dyn Tables, row: &OutboxRow, fields: &[Field]) -> Answer<()> {
    if fields.is_empty() {
        return Ok(());
    }
    let before = existing(tables, row.pair)?;
    let mut after = before.clone();
    for side in Side::BOTH {
        for field in fields {
            after.base.get_mut(side).put(*field, None);
        }
    }
    tables.update_pair(&before, after)
}

/// A created link is found through its contact; only a created record becomes part of the pair.
fn created_record(row: &OutboxRow, pair: &Pair, created: Option<RemoteId>) -> Option<RecordKey> {
    let makes_record = match (row.write.operation, row.write.carrier) {
        (Operation::Create, Carrier::Record) => true,
        (
            Operation::Create,
            Carrier::Link | Carrier::Closing | Carrier::Members | Carrier::Prospect,
        )
        | (Operation::Update | Operation::Delete, _) => false,
    };
    let entity = pair.kind.entity(row.write.side);
    created
        .filter(|_| makes_record)
        .map(|id| RecordKey { entity, id })
}

/// The news of a record we made may have come before the answer, and have made a lane of its own.
fn absorb_lane_of(tables: &mut dyn Tables, record: &RecordKey, pair: &Pair) -> Answer<()> {
    let Some(other) = tables.lane_by_key(&LaneKey::Record(record.clone()))? else {
        return Ok(());
    };
    let Some(before) = tables.lane_by_key(&LaneKey::Pair(pair.id))? else {
        return Ok(());
    };
    let mut after = before.clone();
    after.absorb(&other, record.side());
    after.version += 1;
    tables.delete_lane(&other)?;
    tables.update_lane(&before, after)
}
