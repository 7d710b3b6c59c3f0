//! Outbox rows in memory.
//!
//! In: rows as they were and are. Out: rows by id, and those that await an audit. Never sends anything.

use model::{OutboxId, PairId, Timestamp};

use super::rows::{Rows, at_most};
use crate::Answer;
use crate::rows::{OutboxRow, OutboxState};
use crate::tables::OutboxTable;

const fn audit_until(row: &OutboxRow) -> Option<Timestamp> {
    match &row.state {
        OutboxState::AwaitingAudit { until, .. } => Some(*until),
        OutboxState::Planned
        | OutboxState::Sent { .. }
        | OutboxState::OutcomeUnknown { .. }
        | OutboxState::Done { .. }
        | OutboxState::Dropped { .. } => None,
    }
}

impl OutboxTable for Rows {
    fn outbox_row(&self, id: OutboxId) -> Answer<Option<OutboxRow>> {
        Ok(self.outbox.get(&id).cloned())
    }

    fn insert_outbox(&mut self, row: OutboxRow) -> Answer<()> {
        if let Some(until) = audit_until(&row) {
            self.audits_due.insert((until, row.id));
            self.audits_of.insert((row.pair, row.id));
        }
        self.outbox.insert(row.id, row);
        Ok(())
    }

    fn update_outbox(&mut self, before: &OutboxRow, after: OutboxRow) -> Answer<()> {
        if let Some(until) = audit_until(before) {
            self.audits_due.remove(&(until, before.id));
            self.audits_of.remove(&(before.pair, before.id));
        }
        self.insert_outbox(after)
    }

    fn audits_of(&self, pair: PairId) -> Answer<Vec<OutboxRow>> {
        let rows = self
            .audits_of
            .range((pair, OutboxId(i64::MIN))..=(pair, OutboxId(i64::MAX)));
        Ok(rows
            .filter_map(|(_, id)| self.outbox.get(id).cloned())
            .collect())
    }

    fn audits_due(&self, now: Timestamp, limit: u32) -> Answer<Vec<OutboxRow>> {
        let rows = self
            .audits_due
            .range(..=(now, OutboxId(i64::MAX)))
            .take(at_most(limit));
        Ok(rows
            .filter_map(|(_, id)| self.outbox.get(id).cloned())
            .collect())
    }

    fn earliest_audit(&self) -> Answer<Option<Timestamp>> {
        Ok(self.audits_due.first().map(|(until, _)| *until))
    }
}
