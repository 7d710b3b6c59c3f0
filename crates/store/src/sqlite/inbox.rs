//! Inbox rows on SQLite.
//!
//! In: rows to keep, records and places to look for. Out: rows. Never hints a lane.

use model::time::to_millis;
use model::{InboxSeq, RecordKey, Timestamp};

use super::cells::Cells;
use super::rows::Rows;
use super::words::{self, from_plain};
use crate::Answer;
use crate::rows::{InboxFilter, InboxRow, InboxSource};
use crate::tables::InboxTable;

const COLUMNS: &str = "seq, source, dedup, entity, remote_id, body, summary, received_at";

fn read(cells: &Cells<'_>) -> Answer<InboxRow> {
    Ok(InboxRow {
        seq: InboxSeq(cells.get()?),
        source: cells.word(from_plain)?,
        dedup: cells.get()?,
        record: cells.record_or_none()?,
        body: cells.get()?,
        summary: cells.get()?,
        received_at: cells.time()?,
    })
}

impl InboxTable for Rows<'_> {
    fn inbox_row(&self, seq: InboxSeq) -> Answer<Option<InboxRow>> {
        let sql = format!("select {COLUMNS} from inbox where workspace_id = ?1 and seq = ?2");
        self.one("inbox", &sql, (self.workspace, seq.0), read)
    }

    fn inbox_knows(&self, source: InboxSource, dedup: &str) -> Answer<bool> {
        let sql = "select seq from inbox where workspace_id = ?1 and source = ?2 and dedup = ?3";
        let known = self.one(
            "inbox",
            sql,
            (self.workspace, words::source(source), dedup),
            |cells| cells.get::<i64>(),
        )?;
        Ok(known.is_some())
    }

    fn insert_inbox(&mut self, row: InboxRow) -> Answer<()> {
        let sql = "insert into inbox (workspace_id, seq, source, dedup, entity, remote_id, body, summary, received_at) \
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let record = row.record.as_ref();
        self.run(
            sql,
            (
                self.workspace,
                row.seq.0,
                words::source(row.source),
                row.dedup,
                record.map(|record| record.entity.name()),
                record.map(|record| record.id.as_str()),
                row.body,
                row.summary,
                to_millis(row.received_at),
            ),
        )?;
        Ok(())
    }

    fn drop_inbox_bodies(&mut self, before: Timestamp) -> Answer<u64> {
        let sql = "update inbox set body = null where workspace_id = ?1 and received_at < ?2 and body is not null";
        let dropped = self.run(sql, (self.workspace, to_millis(before)))?;
        Ok(u64::try_from(dropped).unwrap_or(u64::MAX))
    }

    fn pending_inbox(
        &self,
        record: &RecordKey,
        after: InboxSeq,
        limit: usize,
    ) -> Answer<Vec<InboxRow>> {
        let sql = format!(
            "select {COLUMNS} from inbox where workspace_id = ?1 and entity = ?2 and remote_id = ?3 and seq > ?4 \
             order by seq desc limit ?5"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.many(
            "inbox",
            &sql,
            (
                self.workspace,
                record.entity.name(),
                record.id.as_str(),
                after.0,
                limit,
            ),
            read,
        )
    }

    fn inbox(&self, filter: &InboxFilter, limit: u32) -> Answer<Vec<InboxRow>> {
        // One condition per question, so that each walks its own index.
        let (condition, first, second) = match (filter.seq, &filter.record, filter.source) {
            (Some(seq), _, _) => ("seq = ?2", seq.to_string(), String::new()),
            (None, Some(record), _) => (
                "entity = ?2 and remote_id = ?3",
                record.entity.name().to_owned(),
                record.id.to_string(),
            ),
            (None, None, Some(source)) => (
                "source = ?2",
                words::source(source).to_owned(),
                String::new(),
            ),
            (None, None, None) => ("?2 = ?3", String::new(), String::new()),
        };
        let sql = format!(
            "select {COLUMNS} from inbox where workspace_id = ?1 and {condition} and (?4 is null or source = ?4) \
             and (?5 is null or (entity = ?5 and remote_id = ?6)) and ?3 is not null order by seq desc limit ?7"
        );
        let record = filter.record.as_ref();
        let params = (
            self.workspace,
            first,
            second,
            filter.source.map(words::source),
            record.map(|record| record.entity.name()),
            record.map(|record| record.id.as_str()),
            limit,
        );
        self.many("inbox", &sql, params, read)
    }
}
