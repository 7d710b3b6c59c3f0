//! Views: a lane with everything a stage needs to know about it.
//!
//! In: a lane. Out: its view, gathered from all tables. Never writes.

use std::collections::BTreeSet;

use model::{BySide, Entity, InboxSeq, Pair, PairState, RecordKey, Side};
use plan::OpenConflict;

use crate::lane::{INBOX_PER_LANE_MAX, Lane, LaneKey, LaneView};
use crate::rows::{InboxRow, MirrorRow, PairReference};
use crate::tables::Tables;
use crate::{Answer, StoreError};

pub(crate) fn view(tables: &dyn Tables, lane: Lane) -> Answer<LaneView> {
    let pair = match lane.key {
        LaneKey::Pair(id) => Some(pair_of_lane(tables, &lane, id)?),
        LaneKey::Record(_) => None,
    };
    let records = records_of(&lane, pair.as_ref());
    let mut rows = BySide {
        pipedrive: None,
        propstreet: None,
    };
    for record in &records {
        *rows.get_mut(record.side()) = tables.mirror_row(record)?;
    }
    let links = links_of(tables, &records)?;
    let references = references_of(tables, &rows, &links)?;
    let inbox = inbox_of(tables, &lane, &records, &links)?;
    let open_conflicts = match &pair {
        Some(pair) => open_conflicts_of(tables, pair)?,
        None => Vec::new(),
    };
    let outbox = match lane.open_outbox {
        Some(id) => tables.outbox_row(id)?,
        None => None,
    };
    let audits = match &pair {
        Some(pair) => tables.audits_of(pair.id)?,
        None => Vec::new(),
    };
    Ok(LaneView {
        lane,
        pair,
        rows,
        links,
        references,
        open_conflicts,
        outbox,
        audits,
        inbox,
    })
}

fn pair_of_lane(tables: &dyn Tables, lane: &Lane, id: model::PairId) -> Answer<Pair> {
    tables.pair(id)?.ok_or_else(|| StoreError::Corrupt {
        table: "lanes",
        id: lane.id.to_string(),
        reason: format!("its pair {id} does not exist"),
    })
}

/// At most one record per side.
fn records_of(lane: &Lane, pair: Option<&Pair>) -> Vec<RecordKey> {
    match (&lane.key, pair) {
        (LaneKey::Record(record), _) => vec![record.clone()],
        (LaneKey::Pair(_), Some(pair)) => Side::BOTH
            .into_iter()
            .filter_map(|side| pair.record(side))
            .collect(),
        (LaneKey::Pair(_), None) => Vec::new(),
    }
}

fn links_of(tables: &dyn Tables, records: &[RecordKey]) -> Answer<Vec<MirrorRow>> {
    match records
        .iter()
        .find(|record| record.entity == Entity::Contact)
    {
        Some(contact) => tables.links_of(contact),
        None => Ok(Vec::new()),
    }
}

fn references_of(
    tables: &dyn Tables,
    rows: &BySide<Option<MirrorRow>>,
    links: &[MirrorRow],
) -> Answer<Vec<PairReference>> {
    let shown = rows.pipedrive.iter().chain(&rows.propstreet).chain(links);
    let referred: BTreeSet<&RecordKey> = shown.flat_map(|row| &row.refers_to).collect();
    let mut references = Vec::with_capacity(referred.len());
    for record in referred {
        let pair = match tables.pair_id_of(record)? {
            Some(id) => tables
                .pair(id)?
                .map(|pair| (id, pair.ids, pair.state == PairState::Active)),
            None => None,
        };
        references.push(PairReference {
            record: record.clone(),
            pair,
        });
    }
    Ok(references)
}

fn inbox_of(
    tables: &dyn Tables,
    lane: &Lane,
    records: &[RecordKey],
    links: &[MirrorRow],
) -> Answer<Vec<InboxRow>> {
    let behind = |side: Side| lane.hint.get(side) > lane.read.get(side);
    let mut pending: Vec<InboxRow> = Vec::new();
    for record in records.iter().chain(links.iter().map(|link| &link.key)) {
        if behind(record.side()) {
            let after: InboxSeq = *lane.read.get(record.side());
            pending.extend(tables.pending_inbox(record, after, INBOX_PER_LANE_MAX)?);
        }
    }
    pending.sort_by_key(|row| row.seq);
    let surplus = pending.len().saturating_sub(INBOX_PER_LANE_MAX);
    pending.drain(..surplus);
    Ok(pending)
}

fn open_conflicts_of(tables: &dyn Tables, pair: &Pair) -> Answer<Vec<OpenConflict>> {
    let conflicts = tables.open_conflicts(pair.id)?;
    Ok(conflicts
        .into_iter()
        .map(|conflict| OpenConflict {
            id: conflict.id,
            field: conflict.field,
            values: conflict.values,
            decided: conflict.winner,
        })
        .collect())
}
