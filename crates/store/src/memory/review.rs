//! Conflicts, history, suggestions and the numbers of one screen, in memory.
//!
//! In: rows to keep. Out: rows, newest first, and counts taken by counting. Never decides a conflict.

use model::{ConflictId, Field, HistoryId, PairId, PairState, RecordKey, Side, Timestamp};

use super::rows::{Rows, at_most};
use crate::Answer;
use crate::lane::{LaneKey, Stage};
use crate::rows::{
    Conflict, ConflictFilter, HistoryKind, HistoryRow, InboxSource, Status, Suggested,
};
use crate::tables::ReviewTables;

const fn is_waiting(conflict: &Conflict) -> bool {
    conflict.winner.is_none() && conflict.settled_at.is_none()
}

impl Rows {
    fn conflicts_of(&self, pair: PairId) -> impl DoubleEndedIterator<Item = &Conflict> {
        let ids = self
            .conflicts_of
            .range((pair, ConflictId(i64::MIN))..=(pair, ConflictId(i64::MAX)));
        ids.filter_map(|(_, id)| self.conflicts.get(id))
    }

    fn history_of(&self, pair: PairId) -> impl DoubleEndedIterator<Item = &HistoryRow> {
        let ids = self
            .history_of
            .range((pair, HistoryId(i64::MIN))..=(pair, HistoryId(i64::MAX)));
        ids.filter_map(|(_, id)| self.history.get(id))
    }

    fn count_lanes(&self, now: Timestamp, status: &mut Status) {
        for lane in self.lanes.values() {
            let stage = lane.stage();
            *status.lanes.entry(stage).or_default() += 1;
            if stage == Stage::Rest && matches!(lane.key, LaneKey::Pair(_)) {
                status.pairs_at_rest += 1;
            }
        }
        for (stage, due_at, _) in &self.lanes_due {
            if *stage != Stage::Quarantined && *due_at <= now {
                status.lanes_due += 1;
                status.oldest_due_at = status
                    .oldest_due_at
                    .map_or(Some(*due_at), |oldest| Some(oldest.min(*due_at)));
            }
        }
    }

    fn last_received(&self, source: InboxSource) -> Option<Timestamp> {
        self.inbox
            .values()
            .rev()
            .find(|row| row.source == source)
            .map(|row| row.received_at)
    }
}

impl ReviewTables for Rows {
    fn conflict(&self, id: ConflictId) -> Answer<Option<Conflict>> {
        Ok(self.conflicts.get(&id).cloned())
    }

    fn insert_conflict(&mut self, conflict: Conflict) -> Answer<()> {
        self.conflicts_of.insert((conflict.pair, conflict.id));
        self.conflicts.insert(conflict.id, conflict);
        Ok(())
    }

    fn update_conflict(&mut self, _before: &Conflict, after: Conflict) -> Answer<()> {
        self.conflicts.insert(after.id, after);
        Ok(())
    }

    fn conflicts(&self, filter: ConflictFilter, limit: u32) -> Answer<Vec<Conflict>> {
        let newest = self.conflicts.values().rev();
        Ok(match filter {
            ConflictFilter::Waiting => newest
                .filter(|conflict| is_waiting(conflict))
                .take(at_most(limit))
                .cloned()
                .collect(),
            ConflictFilter::All => newest.take(at_most(limit)).cloned().collect(),
            ConflictFilter::OfPair(pair) => self
                .conflicts_of(pair)
                .rev()
                .take(at_most(limit))
                .cloned()
                .collect(),
        })
    }

    fn open_conflicts(&self, pair: PairId) -> Answer<Vec<Conflict>> {
        Ok(self
            .conflicts_of(pair)
            .filter(|conflict| conflict.settled_at.is_none())
            .cloned()
            .collect())
    }

    fn newest_conflict(&self, pair: PairId, field: Field) -> Answer<Option<Conflict>> {
        Ok(self
            .conflicts_of(pair)
            .rev()
            .find(|conflict| conflict.field == field)
            .cloned())
    }

    fn insert_history(&mut self, row: HistoryRow) -> Answer<()> {
        self.history_of.insert((row.pair, row.id));
        self.history_kinds.insert((row.entry.kind, row.at, row.id));
        self.history.insert(row.id, row);
        Ok(())
    }

    fn history_row(&self, id: HistoryId) -> Answer<Option<HistoryRow>> {
        Ok(self.history.get(&id).cloned())
    }

    fn history(
        &self,
        pair: Option<PairId>,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Answer<Vec<HistoryRow>> {
        let late_enough = |row: &&HistoryRow| since.is_none_or(|since| row.at >= since);
        Ok(match pair {
            Some(pair) => self
                .history_of(pair)
                .rev()
                .filter(late_enough)
                .take(at_most(limit))
                .cloned()
                .collect(),
            None => self
                .history
                .values()
                .rev()
                .filter(late_enough)
                .take(at_most(limit))
                .cloned()
                .collect(),
        })
    }

    fn count_history(&self, kind: HistoryKind, since: Timestamp) -> Answer<u64> {
        let first = (kind, since, HistoryId(i64::MIN));
        let last = (kind, Timestamp::MAX, HistoryId(i64::MAX));
        Ok(if first <= last {
            self.history_kinds
                .range(first..=last)
                .fold(0, |count, _| count + 1)
        } else {
            0
        })
    }

    fn insert_suggestion(&mut self, id: i64, suggestion: Suggested) -> Answer<()> {
        self.suggestions.insert(id, suggestion);
        Ok(())
    }

    fn delete_suggestions(
        &mut self,
        record: &RecordKey,
        candidate: Option<&RecordKey>,
    ) -> Answer<()> {
        self.suggestions.retain(|_, suggestion| {
            suggestion.record != *record
                || candidate.is_some_and(|candidate| suggestion.candidate != *candidate)
        });
        Ok(())
    }

    fn suggestions(&self, limit: u32) -> Answer<Vec<Suggested>> {
        Ok(self
            .suggestions
            .values()
            .rev()
            .take(at_most(limit))
            .cloned()
            .collect())
    }

    fn status(&self, now: Timestamp) -> Answer<Status> {
        let mut status = Status::default();
        for row in self.mirror.values() {
            let (live, deleted) = status.mirror.entry(row.key.entity).or_default();
            *(if row.deleted_at.is_none() {
                live
            } else {
                deleted
            }) += 1;
        }
        for pair in self
            .pairs
            .values()
            .filter(|pair| pair.state == PairState::Active)
        {
            *status.pairs_active.entry(pair.kind).or_default() += 1;
        }
        self.count_lanes(now, &mut status);
        for row in self.outbox.values() {
            *status
                .outbox
                .entry(row.state.name().to_owned())
                .or_default() += 1;
        }
        let waiting = self
            .conflicts
            .values()
            .filter(|conflict| is_waiting(conflict));
        status.conflicts_waiting = waiting.fold(0, |count, _| count + 1);
        status.conflicts_journaled = self.conflicts.keys().fold(0, |count, _| count + 1);
        status.suggestions = self.suggestions.keys().fold(0, |count, _| count + 1);
        status.inbox_rows = self.inbox.keys().fold(0, |count, _| count + 1);
        *status.last_webhook_at.get_mut(Side::Pipedrive) =
            self.last_received(InboxSource::PipedriveWebhook);
        *status.last_webhook_at.get_mut(Side::Propstreet) =
            self.last_received(InboxSource::PropstreetWebhook);
        Ok(status)
    }
}
