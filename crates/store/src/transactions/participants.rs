//! Participants of deals: who came and went, and which deals are to be looked at.
//!
//! In: counts that lists of deals show, deals that change, reads of participants. Out: rows, and what is due. Counts and changes
//! are part of the transactions that keep mirror rows.

use std::collections::BTreeMap;

use model::{Entity, RecordKey, RemoteId, Timestamp, time};
use serde_json::Value;

use super::{fence, members};
use crate::participants::{
    Check, Participant, ParticipantsKept, SeenParticipant, SeenParticipants, ShownCount,
};
use crate::rows::MirrorRow;
use crate::tables::Tables;
use crate::{Answer, Lease};

/// What moves by itself when anything about a deal does.
const UPDATE_TIME: &str = "update_time";

pub(crate) fn commit(
    tables: &mut dyn Tables,
    lease: Lease,
    deal: &RemoteId,
    seen: SeenParticipants,
    now: Timestamp,
) -> Answer<ParticipantsKept> {
    fence(tables, lease)?;
    keep(tables, deal, seen, now)
}

/// Also part of the transaction that keeps the outcome of a write.
pub(crate) fn keep(
    tables: &mut dyn Tables,
    deal: &RemoteId,
    seen: SeenParticipants,
    now: Timestamp,
) -> Answer<ParticipantsKept> {
    let check = tables.participant_check(deal)?;
    let (seen, begun_at) = match seen {
        SeenParticipants::All(seen) => (seen, None),
        SeenParticipants::AllSince { begun_at, all } => (all, Some(begun_at)),
        SeenParticipants::Changed { came, went } => {
            return change(tables, deal, (came, &went), check, now);
        }
        SeenParticipants::NoDeal => {
            if let Some(check) = check {
                let gone = Check {
                    is_open: false,
                    is_due: false,
                    ..check
                };
                tables.put_participant_check(gone)?;
            }
            return Ok(ParticipantsKept::default());
        }
        SeenParticipants::Unreadable => {
            if let Some(check) = check {
                tables.put_participant_check(check.unreadable(now))?;
            }
            return Ok(ParticipantsKept::default());
        }
    };
    let count = u32::try_from(seen.len()).unwrap_or(u32::MAX);
    let begun_at = begun_at.map(super::to_stored);
    let seen = Seen {
        rows: seen,
        begun_at,
    };
    let (kept, is_sure) = take_in(tables, deal, seen, now)?;
    let is_first = check
        .as_ref()
        .is_none_or(|check| check.count_read.is_none());
    if is_first || kept != ParticipantsKept::default() {
        members::wake(tables, &RecordKey::new(Entity::Deal, deal.clone()), now)?;
    }
    let check = check.or_else(|| {
        let deal = deal.clone();
        Check::first_seen(&ShownCount {
            deal,
            count,
            is_open: true,
        })
    });
    if let Some(check) = check {
        let read = check.read(count, now);
        tables.put_participant_check(Check {
            is_due: !is_sure,
            ..read
        })?;
    }
    Ok(kept)
}

/// A read of everybody.
struct Seen {
    rows: Vec<SeenParticipant>,
    /// What came or went since then was our doing.
    begun_at: Option<Timestamp>,
}

/// What a write of ours has changed.
fn change(
    tables: &mut dyn Tables,
    deal: &RemoteId,
    (came, went): (Vec<SeenParticipant>, &[i64]),
    check: Option<Check>,
    now: Timestamp,
) -> Answer<ParticipantsKept> {
    let known = tables.participants_of(deal)?;
    let mut kept = ParticipantsKept::default();
    for one in came {
        let is_known = |row: &&Participant| row.id == one.id && row.deleted_at.is_none();
        kept.added += u32::from(!known.iter().any(|row| is_known(&row)));
        tables.put_participant(of_deal(deal, one, now))?;
    }
    let live: Vec<Participant> = known
        .into_iter()
        .filter(|row| row.deleted_at.is_none())
        .collect();
    // A deal that no list has told of yet: what is known of it stands until a list tells of another number.
    let number = u32::try_from(live.len()).unwrap_or(u32::MAX);
    let check = check.or_else(|| {
        let shown = ShownCount {
            deal: deal.clone(),
            count: number,
            is_open: true,
        };
        Check::first_seen(&shown).map(|check| check.read(number, now))
    });
    for gone in live.into_iter().filter(|row| went.contains(&row.id)) {
        kept.removed += 1;
        tables.put_participant(Participant {
            synced_at: now,
            deleted_at: Some(now),
            ..gone
        })?;
    }
    if let Some(check) = check {
        let change = i64::from(kept.added) - i64::from(kept.removed);
        tables.put_participant_check(check.changed_by(change))?;
    }
    Ok(kept)
}

fn of_deal(deal: &RemoteId, one: SeenParticipant, now: Timestamp) -> Participant {
    Participant {
        deal: deal.clone(),
        id: one.id,
        person_id: one.person_id,
        added_at: one.added_at.map(super::to_stored),
        raw: one.raw,
        synced_at: now,
        deleted_at: None,
    }
}

fn take_in(
    tables: &mut dyn Tables,
    deal: &RemoteId,
    seen: Seen,
    now: Timestamp,
) -> Answer<(ParticipantsKept, bool)> {
    let known = tables.participants_of(deal)?.into_iter();
    let mut known: BTreeMap<i64, Participant> = known.map(|row| (row.id, row)).collect();
    let mut kept = ParticipantsKept::default();
    let mut is_sure = true;
    let begun_at = seen.begun_at;
    let is_ours = |at: Timestamp| begun_at.is_some_and(|begun_at| at > begun_at);
    for one in seen.rows {
        let row = of_deal(deal, one, now);
        match known.remove(&row.id) {
            Some(known) if known.deleted_at.is_some_and(is_ours) => {
                is_sure = false;
                continue;
            }
            Some(known) if known.deleted_at.is_none() => {
                let synced_at = known.synced_at;
                if (Participant {
                    synced_at,
                    ..row.clone()
                }) == known
                {
                    continue;
                }
                kept.changed += 1;
            }
            Some(_) | None => kept.added += 1,
        }
        tables.put_participant(row)?;
    }
    for gone in known.into_values().filter(|row| row.deleted_at.is_none()) {
        if is_ours(gone.synced_at) {
            is_sure = false;
            continue;
        }
        kept.removed += 1;
        tables.put_participant(Participant {
            synced_at: now,
            deleted_at: Some(now),
            ..gone
        })?;
    }
    Ok((kept, is_sure))
}

/// A list of deals shows how many take part.
pub(crate) fn note_count(tables: &mut dyn Tables, shown: &ShownCount) -> Answer<()> {
    let before = tables.participant_check(&shown.deal)?;
    let after = match &before {
        Some(check) => Some(check.shown(shown)),
        None => Check::first_seen(shown),
    };
    match after {
        Some(after) if before.as_ref() != Some(&after) => tables.put_participant_check(after),
        Some(_) | None => Ok(()),
    }
}

/// Somebody knows that they are not as they are known.
pub(crate) fn want(tables: &mut dyn Tables, deals: &[RemoteId]) -> Answer<()> {
    for deal in deals {
        if let Some(check) = tables.participant_check(deal)? {
            let is_due = true;
            tables.put_participant_check(Check { is_due, ..check })?;
        }
    }
    Ok(())
}

/// A deal has changed. Another person on it takes somebody's place among the participants, which no count shows; and one of which
/// nothing but its time has moved may have changed in what it does not show.
pub(crate) fn note_change(
    tables: &mut dyn Tables,
    before: Option<&MirrorRow>,
    after: &MirrorRow,
) -> Answer<()> {
    let Some(before) = before else {
        return Ok(());
    };
    let Some(check) = tables.participant_check(&after.key.id)? else {
        return Ok(());
    };
    let (Some(was), Some(is)) = (read(before), read(after)) else {
        return Ok(());
    };
    let mut changed = check.clone();
    changed.is_open = after.deleted_at.is_none()
        && is.get("status").and_then(Value::as_str) == Some("open")
        && is.get("is_archived").and_then(Value::as_bool) != Some(true);
    if after.deleted_at.is_some() {
        changed.is_due = false;
    } else if was.get("person_id") != is.get("person_id") {
        changed.is_due = true;
    } else if differs_in_time_only(was, is) {
        changed.turn_at = time::from_millis(0);
    }
    if changed == check {
        return Ok(());
    }
    tables.put_participant_check(changed)
}

fn read(row: &MirrorRow) -> Option<serde_json::Map<String, Value>> {
    serde_json::from_str(&row.raw).ok()
}

fn differs_in_time_only(
    mut was: serde_json::Map<String, Value>,
    mut is: serde_json::Map<String, Value>,
) -> bool {
    was.remove(UPDATE_TIME) != is.remove(UPDATE_TIME) && was == is
}
