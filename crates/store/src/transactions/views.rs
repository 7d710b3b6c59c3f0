//! Views: a lane with everything a stage needs to know about it.
//!
//! In: a lane. Out: its view, gathered from all tables. Never writes.

use std::collections::BTreeSet;

use model::{BySide, Entity, Field, InboxSeq, Pair, PairState, RecordKey, Reference, Side, Value};
use plan::OpenConflict;

use super::members;
use super::naming::{name_by_pair, name_written};
use super::pairs::is_half_gone;
use crate::lane::{INBOX_PER_LANE_MAX, Lane, LaneKey, LaneView};
use crate::participants::members::Membership;
use crate::rows::{InboxRow, MirrorRow, OutboxRow, PairReference};
use crate::tables::Tables;
use crate::{Answer, StoreError};

pub(crate) fn view(tables: &dyn Tables, lane: Lane) -> Answer<LaneView> {
    let pair = match lane.key {
        LaneKey::Pair(id) => {
            let mut pair = pair_of_lane(tables, &lane, id)?;
            name_by_pair(tables, &mut pair)?;
            Some(pair)
        }
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
    let inbox = inbox_of(tables, &lane, &records, &links)?;
    let open_conflicts = match &pair {
        Some(pair) => open_conflicts_of(tables, pair)?,
        None => Vec::new(),
    };
    let outbox = match lane.open_outbox {
        Some(id) => tables.outbox_row(id)?,
        None => None,
    };
    let mut referred: BTreeSet<RecordKey> = BTreeSet::new();
    for row in rows.pipedrive.iter().chain(&rows.propstreet).chain(&links) {
        referred.extend(row.refers_to.iter().cloned());
        // Whether it was left, or has ended, is for the planner to tell.
        referred.extend(row.left.values().cloned());
    }
    referred.extend(agreed_on(tables, pair.as_ref())?);
    let members = match &pair {
        Some(pair) => members::of_pair(tables, pair, rows.pipedrive.as_ref())?,
        None => None,
    };
    referred.extend(members.iter().flat_map(Membership::records));
    let restored = pair.iter().flat_map(|pair| pair.restores.values());
    let written = outbox.iter().flat_map(|row| row.write.fields.values());
    for value in restored.chain(written).flatten() {
        referred.extend(named_by(tables, value)?);
    }
    let audits = audits_of(tables, pair.as_ref(), &mut referred)?;
    let references = references_of(tables, referred)?;
    Ok(LaneView {
        lane,
        pair,
        rows,
        links,
        references,
        open_conflicts,
        members,
        outbox,
        audits,
        inbox,
    })
}

/// Its audits that are not done, and what they compare, which may have left both records since.
fn audits_of(
    tables: &dyn Tables,
    pair: Option<&Pair>,
    referred: &mut BTreeSet<RecordKey>,
) -> Answer<Vec<OutboxRow>> {
    let mut audits = match pair {
        Some(pair) => tables.audits_of(pair.id)?,
        None => Vec::new(),
    };
    for row in &mut audits {
        name_written(tables, row)?;
        let write = row.write.fields.values();
        for value in write.chain(row.before.fields.values()).flatten() {
            referred.extend(named_by(tables, value)?);
        }
    }
    Ok(audits)
}

/// The organizations that both records were last agreed on, or those who take part in both. They may have ended since, and have left both records with it.
fn agreed_on(tables: &dyn Tables, pair: Option<&Pair>) -> Answer<Vec<RecordKey>> {
    let mut records = Vec::new();
    let agreed = pair.into_iter().flat_map(|pair| {
        let bases = [&pair.base.pipedrive, &pair.base.propstreet];
        let fields = [Field::PersonOrganization, Field::DealProspects];
        bases
            .into_iter()
            .flat_map(move |base| fields.map(|field| base.get(field)))
    });
    for value in agreed.flatten() {
        records.extend(named_by(tables, value)?);
    }
    Ok(records)
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

/// The records that a value names.
fn named_by(tables: &dyn Tables, value: &Value) -> Answer<Vec<RecordKey>> {
    Ok(match value {
        Value::Reference(Reference::Pair(id)) => {
            tables.pair_head(*id)?.map_or_else(Vec::new, |pair| {
                Side::BOTH
                    .into_iter()
                    .filter_map(|side| pair.record(side))
                    .collect()
            })
        }
        Value::Reference(Reference::Unpaired(record)) => vec![record.clone()],
        Value::Set(elements) => {
            let mut records = Vec::new();
            for reference in elements.iter().filter_map(|word| Reference::parse(word)) {
                records.extend(named_by(tables, &Value::Reference(reference))?);
            }
            records
        }
        Value::Text(_) => Vec::new(),
    })
}

fn references_of(tables: &dyn Tables, referred: BTreeSet<RecordKey>) -> Answer<Vec<PairReference>> {
    let mut references = Vec::with_capacity(referred.len());
    for record in referred {
        let pair = match tables.pair_id_of(&record)? {
            Some(id) => tables.pair_head(id)?,
            None => None,
        };
        let pair = match pair {
            Some(pair) => {
                let is_kept = pair.state == PairState::Active && !is_half_gone(tables, &pair)?;
                Some((pair.id, pair.ids, is_kept))
            }
            None => None,
        };
        references.push(PairReference {
            is_deleted: tables.is_deleted(&record)?,
            record,
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
