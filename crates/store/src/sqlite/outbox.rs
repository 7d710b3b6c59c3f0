//! Outbox rows on SQLite.
//!
//! In: rows as they were and are. Out: rows by id, and those that await an audit. Never sends anything.

use model::time::to_millis;
use model::{LaneId, OutboxId, PairId, Timestamp};
use rusqlite::types::Value;

use super::cells::{Cells, to_json};
use super::counters::Counter;
use super::rows::Rows;
use crate::Answer;
use crate::rows::{OutboxRow, OutboxState};
use crate::tables::OutboxTable;

const COLUMNS: &str = "outbox_id, lane_id, pair_id, write, if_match, idempotency_key, conflicts, snapshot_before, state, \
    state_at, state_until, state_reason, planned_at";

fn read(cells: &Cells<'_>) -> Answer<OutboxRow> {
    Ok(OutboxRow {
        id: OutboxId(cells.get()?),
        lane: LaneId(cells.get()?),
        pair: PairId(cells.get()?),
        write: cells.json()?,
        if_match: cells.get()?,
        idempotency_key: cells.get()?,
        conflicts: cells.json()?,
        before: cells.json()?,
        state: read_state(cells)?,
        planned_at: cells.time()?,
    })
}

fn read_state(cells: &Cells<'_>) -> Answer<OutboxState> {
    let state: String = cells.get()?;
    let (at, until) = (cells.time_or_none()?, cells.time_or_none()?);
    let reason: Option<String> = cells.get()?;
    match (state.as_str(), at, until, reason) {
        ("planned", None, None, None) => Ok(OutboxState::Planned),
        ("sent", Some(at), None, None) => Ok(OutboxState::Sent { at }),
        ("outcome_unknown", Some(sent_at), Some(parked_until), None) => {
            Ok(OutboxState::OutcomeUnknown {
                sent_at,
                parked_until,
            })
        }
        ("awaiting_audit", Some(sent_at), Some(until), None) => {
            Ok(OutboxState::AwaitingAudit { sent_at, until })
        }
        ("done", Some(at), None, None) => Ok(OutboxState::Done { at }),
        ("dropped", Some(at), None, Some(reason)) => Ok(OutboxState::Dropped { at, reason }),
        _ => Err(cells.corrupt(format!("its state {state:?} lacks what belongs to it"))),
    }
}

const fn state_columns(
    state: &OutboxState,
) -> (Option<Timestamp>, Option<Timestamp>, Option<&String>) {
    match state {
        OutboxState::Planned => (None, None, None),
        OutboxState::Sent { at } | OutboxState::Done { at } => (Some(*at), None, None),
        OutboxState::OutcomeUnknown {
            sent_at,
            parked_until: until,
        }
        | OutboxState::AwaitingAudit { sent_at, until } => (Some(*sent_at), Some(*until), None),
        OutboxState::Dropped { at, reason } => (Some(*at), None, Some(reason)),
    }
}

impl OutboxTable for Rows<'_> {
    fn outbox_row(&self, id: OutboxId) -> Answer<Option<OutboxRow>> {
        let sql =
            format!("select {COLUMNS} from outbox where workspace_id = ?1 and outbox_id = ?2");
        self.one("outbox", &sql, (self.workspace, id.0), read)
    }

    fn insert_outbox(&mut self, row: OutboxRow) -> Answer<()> {
        let sql = "insert into outbox (workspace_id, outbox_id, lane_id, pair_id, write, if_match, idempotency_key, \
            conflicts, snapshot_before, state, state_at, state_until, state_reason, planned_at) \
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        let (at, until, reason) = state_columns(&row.state);
        let values: [Value; 14] = [
            self.workspace.into(),
            row.id.0.into(),
            row.lane.0.into(),
            row.pair.0.into(),
            to_json(&row.write).into(),
            row.if_match.clone().into(),
            row.idempotency_key.clone().into(),
            to_json(&row.conflicts).into(),
            to_json(&row.before).into(),
            row.state.name().to_owned().into(),
            at.map(to_millis).into(),
            until.map(to_millis).into(),
            reason.cloned().into(),
            to_millis(row.planned_at).into(),
        ];
        self.run(sql, values)?;
        self.count(Counter::Outbox(row.state.name()), 1)
    }

    /// What a row was planned to do never changes.
    fn update_outbox(&mut self, before: &OutboxRow, after: OutboxRow) -> Answer<()> {
        let sql = "update outbox set snapshot_before = ?3, state = ?4, state_at = ?5, state_until = ?6, \
            state_reason = ?7 where workspace_id = ?1 and outbox_id = ?2";
        let (at, until, reason) = state_columns(&after.state);
        let params = (
            self.workspace,
            after.id.0,
            to_json(&after.before),
            after.state.name(),
            at.map(to_millis),
            until.map(to_millis),
            reason,
        );
        self.run(sql, params)?;
        self.recount(
            Counter::Outbox(before.state.name()),
            Counter::Outbox(after.state.name()),
        )
    }

    fn audits_of(&self, pair: PairId) -> Answer<Vec<OutboxRow>> {
        let sql = format!(
            "select {COLUMNS} from outbox where workspace_id = ?1 and pair_id = ?2 and state = 'awaiting_audit' \
             order by outbox_id"
        );
        self.many("outbox", &sql, (self.workspace, pair.0), read)
    }

    fn audits_due(&self, now: Timestamp, limit: u32) -> Answer<Vec<OutboxRow>> {
        let sql = format!(
            "select {COLUMNS} from outbox where workspace_id = ?1 and state_until <= ?2 and state = 'awaiting_audit' \
             order by state_until, outbox_id limit ?3"
        );
        self.many(
            "outbox",
            &sql,
            (self.workspace, to_millis(now), limit),
            read,
        )
    }

    fn earliest_audit(&self) -> Answer<Option<Timestamp>> {
        let sql = "select state_until from outbox where workspace_id = ?1 and state = 'awaiting_audit' \
            order by state_until limit 1";
        self.one("outbox", sql, [self.workspace], |cells| cells.time())
    }
}
