//! Intake: rows that say "this record may have changed", and the lanes they make due.
//!
//! In: new inbox rows. Out: inbox rows and hinted lanes. Never touches the mirror.

use model::{InboxSeq, RecordKey, Timestamp};

use super::lanes::change_lane_of;
use super::{fence, to_stored};
use crate::rows::{Appended, InboxRow, InboxSource, NewInboxRow};
use crate::tables::{Sequence, Tables};
use crate::{Answer, Lease, StoreError};

pub(crate) fn append(
    tables: &mut dyn Tables,
    rows: Vec<NewInboxRow>,
    now: Timestamp,
) -> Answer<Vec<Appended>> {
    let mut answers = Vec::with_capacity(rows.len());
    for row in rows {
        answers.push(append_one(tables, row, now)?);
    }
    Ok(answers)
}

fn append_one(tables: &mut dyn Tables, row: NewInboxRow, now: Timestamp) -> Answer<Appended> {
    if let Some(dedup) = &row.dedup
        && tables.inbox_knows(row.source, dedup)?
    {
        return Ok(Appended::AlreadyKnown);
    }
    let record = row.record.clone();
    let seq = insert(tables, row, now)?;
    if let Some(record) = record {
        hint(tables, &record, seq, now)?;
    }
    Ok(Appended::Stored(seq))
}

/// Keeps a row; its lane is the caller's business.
pub(crate) fn insert(
    tables: &mut dyn Tables,
    row: NewInboxRow,
    now: Timestamp,
) -> Answer<InboxSeq> {
    let seq = InboxSeq(tables.next_id(Sequence::Inbox)?);
    tables.insert_inbox(InboxRow {
        seq,
        source: row.source,
        dedup: row.dedup,
        record: row.record,
        body: row.body,
        summary: row.summary,
        received_at: to_stored(now),
    })?;
    Ok(seq)
}

/// Makes the lane of a record due for a read.
pub(crate) fn hint(
    tables: &mut dyn Tables,
    record: &RecordKey,
    seq: InboxSeq,
    now: Timestamp,
) -> Answer<()> {
    change_lane_of(tables, record, now, |lane| {
        lane.take_hint(record.side(), seq, now)
    })
}

pub(crate) fn replay(tables: &mut dyn Tables, seq: InboxSeq, now: Timestamp) -> Answer<()> {
    let row = tables.inbox_row(seq)?.ok_or_else(|| StoreError::NotFound {
        what: "inbox row",
        id: seq.to_string(),
    })?;
    let Some(record) = row.record else {
        return Err(StoreError::NotFound {
            what: "record of inbox row",
            id: seq.to_string(),
        });
    };
    // A lane is due when its hint is newer than its last read, so the replay is a row of its own.
    let again = NewInboxRow {
        source: InboxSource::Manual,
        dedup: None,
        record: Some(record.clone()),
        body: None,
        summary: format!("replay of inbox row {seq}"),
    };
    let seq = insert(tables, again, now)?;
    hint(tables, &record, seq, now)
}

pub(crate) fn purge(tables: &mut dyn Tables, lease: Lease, before: Timestamp) -> Answer<u64> {
    fence(tables, lease)?;
    tables.drop_inbox_bodies(before)
}
