//! Conflicts, history, suggestions and the numbers of one screen, on SQLite.
//!
//! In: rows to keep. Out: rows, newest first, and counts from counters. Never decides a conflict.

use model::time::to_millis;
use model::{
    BySide, ConflictId, Entity, Field, HistoryId, Kind, OutboxId, PairId, RecordKey, RemoteId,
    Side, Timestamp,
};
use rusqlite::types::Value;

use super::cells::{Cells, millis, to_json, to_json_or_none};
use super::counters::Counter;
use super::rows::Rows;
use super::words::{self, STAGES, from_plain, kind_from, match_rule_from, side_from};
use crate::Answer;
use crate::lane::Stage;
use crate::rows::{
    Conflict, ConflictFilter, HistoryKind, HistoryRow, InboxSource, NewHistory, OutboxState,
    Status, Suggested,
};
use crate::tables::{ReviewTables, Sequence};

const CONFLICT: &str = "conflict_id, pair_id, kind, pipedrive_id, propstreet_id, field, field_values, base, winner, rule, \
    at, decided_at, settled_at";
const HISTORY: &str =
    "history_id, pair_id, outbox_id, at, kind, side, field, value_before, value_after, why";

fn read_conflict(cells: &Cells<'_>) -> Answer<Conflict> {
    Ok(Conflict {
        id: ConflictId(cells.get()?),
        pair: PairId(cells.get()?),
        kind: cells.word(kind_from)?,
        ids: BySide {
            pipedrive: cells.remote_id_or_none()?,
            propstreet: cells.remote_id_or_none()?,
        },
        field: cells.word(from_plain)?,
        values: cells.json()?,
        base: cells.json()?,
        winner: cells.word_or_none(side_from)?,
        rule: cells.word(from_plain)?,
        at: cells.time()?,
        decided_at: cells.time_or_none()?,
        settled_at: cells.time_or_none()?,
    })
}

fn read_history(cells: &Cells<'_>) -> Answer<HistoryRow> {
    Ok(HistoryRow {
        id: HistoryId(cells.get()?),
        pair: PairId(cells.get()?),
        outbox: cells.get::<Option<i64>>()?.map(OutboxId),
        at: cells.time()?,
        entry: NewHistory {
            kind: cells.word(from_plain)?,
            side: cells.word(side_from)?,
            field: cells.word_or_none(from_plain)?,
            before: cells.json_or_none()?,
            after: cells.json_or_none()?,
            why: cells.get()?,
        },
    })
}

fn read_suggestion(cells: &Cells<'_>) -> Answer<Suggested> {
    let _id: i64 = cells.get()?;
    Ok(Suggested {
        record: cells.record()?,
        candidate: cells.record()?,
        rule: cells.word(match_rule_from)?,
        similarity: cells.get()?,
        at: cells.time()?,
    })
}

const fn waits(conflict: &Conflict) -> bool {
    conflict.winner.is_none() && conflict.settled_at.is_none()
}

/// A counter as a number of things.
fn things(count: Option<&i64>) -> u64 {
    count.map_or(0, |count| u64::try_from(*count).unwrap_or(0))
}

impl ReviewTables for Rows<'_> {
    fn conflict(&self, id: ConflictId) -> Answer<Option<Conflict>> {
        let sql = format!(
            "select {CONFLICT} from conflicts where workspace_id = ?1 and conflict_id = ?2"
        );
        self.one("conflicts", &sql, (self.workspace, id.0), read_conflict)
    }

    fn insert_conflict(&mut self, conflict: Conflict) -> Answer<()> {
        let sql = "insert into conflicts (workspace_id, conflict_id, pair_id, kind, pipedrive_id, propstreet_id, field, \
            field_values, base, winner, rule, at, decided_at, settled_at) \
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        let text = |id: &Option<RemoteId>| id.as_ref().map(RemoteId::to_string);
        let values: [Value; 14] = [
            self.workspace.into(),
            conflict.id.0.into(),
            conflict.pair.0.into(),
            conflict.kind.name().to_owned().into(),
            text(&conflict.ids.pipedrive).into(),
            text(&conflict.ids.propstreet).into(),
            words::field(conflict.field).into(),
            to_json(&conflict.values).into(),
            to_json(&conflict.base).into(),
            conflict.winner.map(|side| side.name().to_owned()).into(),
            words::rule(conflict.rule).into(),
            to_millis(conflict.at).into(),
            millis(conflict.decided_at).into(),
            millis(conflict.settled_at).into(),
        ];
        self.run(sql, values)?;
        self.count(Counter::ConflictsWaiting, i64::from(waits(&conflict)))
    }

    /// The values of a conflict never change.
    fn update_conflict(&mut self, before: &Conflict, after: Conflict) -> Answer<()> {
        let sql = "update conflicts set winner = ?3, decided_at = ?4, settled_at = ?5 \
            where workspace_id = ?1 and conflict_id = ?2";
        let winner = after.winner.map(Side::name);
        self.run(
            sql,
            (
                self.workspace,
                after.id.0,
                winner,
                millis(after.decided_at),
                millis(after.settled_at),
            ),
        )?;
        self.count(
            Counter::ConflictsWaiting,
            i64::from(waits(&after)) - i64::from(waits(before)),
        )
    }

    fn conflicts(&self, filter: ConflictFilter, limit: u32) -> Answer<Vec<Conflict>> {
        let (condition, pair) = match filter {
            ConflictFilter::Waiting => {
                ("winner is null and settled_at is null and ?2 is null", None)
            }
            ConflictFilter::All => ("?2 is null", None),
            ConflictFilter::OfPair(pair) => ("pair_id = ?2", Some(pair.0)),
        };
        let sql = format!(
            "select {CONFLICT} from conflicts where workspace_id = ?1 and {condition} order by conflict_id desc limit ?3"
        );
        self.many(
            "conflicts",
            &sql,
            (self.workspace, pair, limit),
            read_conflict,
        )
    }

    fn open_conflicts(&self, pair: PairId) -> Answer<Vec<Conflict>> {
        let sql = format!(
            "select {CONFLICT} from conflicts where workspace_id = ?1 and pair_id = ?2 and settled_at is null \
             order by conflict_id"
        );
        self.many("conflicts", &sql, (self.workspace, pair.0), read_conflict)
    }

    fn newest_conflict(&self, pair: PairId, field: Field) -> Answer<Option<Conflict>> {
        let sql = format!(
            "select {CONFLICT} from conflicts where workspace_id = ?1 and pair_id = ?2 and field = ?3 \
             order by conflict_id desc limit 1"
        );
        self.one(
            "conflicts",
            &sql,
            (self.workspace, pair.0, words::field(field)),
            read_conflict,
        )
    }

    fn insert_history(&mut self, row: HistoryRow) -> Answer<()> {
        let sql = "insert into history (workspace_id, history_id, pair_id, outbox_id, at, kind, side, field, \
            value_before, value_after, why) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let entry = row.entry;
        let params = (
            self.workspace,
            row.id.0,
            row.pair.0,
            row.outbox.map(|outbox| outbox.0),
            to_millis(row.at),
            words::history_kind(entry.kind),
            entry.side.name(),
            entry.field.map(words::field),
            to_json_or_none(entry.before.as_ref()),
            to_json_or_none(entry.after.as_ref()),
            entry.why,
        );
        self.run(sql, params)?;
        Ok(())
    }

    fn history_row(&self, id: HistoryId) -> Answer<Option<HistoryRow>> {
        let sql =
            format!("select {HISTORY} from history where workspace_id = ?1 and history_id = ?2");
        self.one("history", &sql, (self.workspace, id.0), read_history)
    }

    fn history(
        &self,
        pair: Option<PairId>,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Answer<Vec<HistoryRow>> {
        let condition = match (pair, since) {
            (Some(_), _) => "pair_id = ?2 and (?3 is null or at >= ?3)",
            (None, Some(_)) => "?2 is null and at >= ?3",
            (None, None) => "?2 is null and ?3 is null",
        };
        let sql = format!(
            "select {HISTORY} from history where workspace_id = ?1 and {condition} order by history_id desc limit ?4"
        );
        let params = (
            self.workspace,
            pair.map(|pair| pair.0),
            millis(since),
            limit,
        );
        self.many("history", &sql, params, read_history)
    }

    fn count_history(&self, kind: HistoryKind, since: Timestamp) -> Answer<u64> {
        let sql = "select count(*) from history where workspace_id = ?1 and kind = ?2 and at >= ?3";
        let params = (self.workspace, words::history_kind(kind), to_millis(since));
        let count: Option<i64> = self.one("history", sql, params, |cells| cells.get())?;
        Ok(things(count.as_ref()))
    }

    fn insert_suggestion(&mut self, id: i64, suggestion: Suggested) -> Answer<()> {
        let sql = "insert into suggestions (workspace_id, suggestion_id, entity, remote_id, candidate_entity, \
            candidate_id, rule, similarity, at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let params = (
            self.workspace,
            id,
            suggestion.record.entity.name(),
            suggestion.record.id.as_str(),
            suggestion.candidate.entity.name(),
            suggestion.candidate.id.as_str(),
            words::match_rule(suggestion.rule),
            suggestion.similarity,
            to_millis(suggestion.at),
        );
        self.run(sql, params)?;
        self.count(Counter::Suggestions, 1)
    }

    fn delete_suggestions(
        &mut self,
        record: &RecordKey,
        candidate: Option<&RecordKey>,
    ) -> Answer<()> {
        let sql = "delete from suggestions where workspace_id = ?1 and entity = ?2 and remote_id = ?3 \
            and (?4 is null or (candidate_entity = ?4 and candidate_id = ?5))";
        let params = (
            self.workspace,
            record.entity.name(),
            record.id.as_str(),
            candidate.map(|candidate| candidate.entity.name()),
            candidate.map(|candidate| candidate.id.as_str()),
        );
        let deleted = self.run(sql, params)?;
        if deleted == 0 {
            return Ok(());
        }
        self.count(
            Counter::Suggestions,
            -i64::try_from(deleted).unwrap_or(i64::MAX),
        )
    }

    fn suggestions(&self, limit: u32) -> Answer<Vec<Suggested>> {
        let sql = "select suggestion_id, entity, remote_id, candidate_entity, candidate_id, rule, similarity, at \
            from suggestions where workspace_id = ?1 order by suggestion_id desc limit ?2";
        self.many("suggestions", sql, (self.workspace, limit), read_suggestion)
    }

    fn status(&self, now: Timestamp) -> Answer<Status> {
        let mut status = self.counted()?;
        self.count_due(now, &mut status)?;
        for (side, source) in [
            (Side::Pipedrive, InboxSource::PipedriveWebhook),
            (Side::Propstreet, InboxSource::PropstreetWebhook),
        ] {
            let sql = "select received_at from inbox where workspace_id = ?1 and source = ?2 order by seq desc limit 1";
            let last = self.one(
                "inbox",
                sql,
                (self.workspace, words::source(source)),
                |cells| cells.time(),
            )?;
            *status.last_webhook_at.get_mut(side) = last;
        }
        Ok(status)
    }
}

impl Rows<'_> {
    /// Everything that is kept counted.
    fn counted(&self) -> Answer<Status> {
        let sql = "select name, value from counters where workspace_id = ?1";
        let read = |cells: &Cells<'_>| Ok((cells.get::<String>()?, cells.get::<i64>()?));
        let counts: std::collections::BTreeMap<String, i64> = self
            .many("counters", sql, [self.workspace], read)?
            .into_iter()
            .collect();
        let count = |counter: Counter| things(counts.get(&counter.name()));
        let mut status = Status {
            pairs_at_rest: count(Counter::PairsAtRest),
            conflicts_waiting: count(Counter::ConflictsWaiting),
            conflicts_journaled: count(Counter::Last(Sequence::Conflict)),
            suggestions: count(Counter::Suggestions),
            inbox_rows: count(Counter::Last(Sequence::Inbox)),
            ..Status::default()
        };
        for entity in Entity::ALL {
            let numbers = (
                count(Counter::Live(entity)),
                count(Counter::Deleted(entity)),
            );
            if numbers != (0, 0) {
                status.mirror.insert(entity, numbers);
            }
        }
        let some = |number: &u64| *number > 0;
        for kind in Kind::ALL {
            let number = Some(count(Counter::PairsActive(kind))).filter(some);
            status
                .pairs_active
                .extend(number.map(|number| (kind, number)));
        }
        for stage in STAGES {
            let number = Some(count(Counter::Lanes(stage))).filter(some);
            status.lanes.extend(number.map(|number| (stage, number)));
        }
        for state in OutboxState::NAMES {
            let number = Some(count(Counter::Outbox(state))).filter(some);
            status
                .outbox
                .extend(number.map(|number| (state.to_owned(), number)));
        }
        Ok(status)
    }

    fn count_due(&self, now: Timestamp, status: &mut Status) -> Answer<()> {
        let sql = "select count(*), min(due_at) from lanes where workspace_id = ?1 and stage = ?2 and due_at <= ?3 \
            and claimed_by_epoch is null and stage <> 'rest'";
        for stage in [Stage::Read, Stage::Plan, Stage::Deliver] {
            let params = (self.workspace, words::stage(stage), to_millis(now));
            let found = self.one("lanes", sql, params, |cells| {
                Ok((cells.get::<i64>()?, cells.time_or_none()?))
            })?;
            if let Some((count, oldest)) = found {
                status.lanes_due += things(Some(&count));
                status.oldest_due_at = match (status.oldest_due_at, oldest) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
        }
        Ok(())
    }
}
