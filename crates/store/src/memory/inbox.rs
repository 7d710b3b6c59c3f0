//! Inbox rows in memory.
//!
//! In: rows to keep, records and places to look for. Out: rows. Never hints a lane.

use model::{InboxSeq, RecordKey, Timestamp};

use super::rows::{Rows, at_most};
use crate::Answer;
use crate::rows::{InboxFilter, InboxRow, InboxSource};
use crate::tables::InboxTable;

impl InboxTable for Rows {
    fn inbox_row(&self, seq: InboxSeq) -> Answer<Option<InboxRow>> {
        Ok(self.inbox.get(&seq).cloned())
    }

    fn inbox_knows(&self, source: InboxSource, dedup: &str) -> Answer<bool> {
        Ok(self.dedup.contains(&(source, dedup.to_owned())))
    }

    fn insert_inbox(&mut self, row: InboxRow) -> Answer<()> {
        if let Some(dedup) = &row.dedup {
            self.dedup.insert((row.source, dedup.clone()));
        }
        if let Some(record) = &row.record {
            self.inbox_by_record
                .entry(record.clone())
                .or_default()
                .push(row.seq);
        }
        self.inbox.insert(row.seq, row);
        Ok(())
    }

    fn drop_inbox_bodies(&mut self, before: Timestamp) -> Answer<u64> {
        let mut dropped = 0;
        for row in self.inbox.values_mut() {
            if row.received_at < before && row.body.take().is_some() {
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    fn pending_inbox(
        &self,
        record: &RecordKey,
        after: InboxSeq,
        limit: usize,
    ) -> Answer<Vec<InboxRow>> {
        let seqs = self
            .inbox_by_record
            .get(record)
            .map_or(&[][..], Vec::as_slice);
        let newest = seqs
            .iter()
            .rev()
            .take_while(|seq| **seq > after)
            .take(limit);
        Ok(newest
            .filter_map(|seq| self.inbox.get(seq).cloned())
            .collect())
    }

    fn inbox(&self, filter: &InboxFilter, limit: u32) -> Answer<Vec<InboxRow>> {
        let asked_for = |row: &&InboxRow| {
            filter.seq.is_none_or(|seq| row.seq == seq)
                && filter.source.is_none_or(|source| row.source == source)
                && filter
                    .record
                    .as_ref()
                    .is_none_or(|record| row.record.as_ref() == Some(record))
        };
        Ok(self
            .inbox
            .values()
            .rev()
            .filter(asked_for)
            .take(at_most(limit))
            .cloned()
            .collect())
    }
}
