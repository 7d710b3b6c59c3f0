//! The journal of conflicts and a person's choices.
//!
//! In: fields on which the sides disagreed; a person's choice. Out: conflicts, restores, due lanes. Never picks a winner.

use model::{ConflictId, Pair, Side, Timestamp};
use plan::NewConflict;

use super::lanes::change_lane_of_key;
use super::pairs::existing;
use crate::lane::LaneKey;
use crate::rows::Conflict;
use crate::tables::{Sequence, Tables};
use crate::{Answer, StoreError};

/// Journals conflicts. The same one found again by planning again is journaled once; a waiting one whose values have
/// moved gives way to the new one, and both stay readable.
pub(crate) fn journal(
    tables: &mut dyn Tables,
    pair: &Pair,
    conflicts: &[NewConflict],
    now: Timestamp,
) -> Answer<()> {
    for conflict in conflicts {
        if let Some(known) = tables.newest_conflict(pair.id, conflict.field)? {
            if is_same(&known, conflict) {
                continue;
            }
            if known.settled_at.is_none() {
                let mut superseded = known.clone();
                superseded.settled_at = Some(now);
                tables.update_conflict(&known, superseded)?;
            }
        }
        let id = ConflictId(tables.next_id(Sequence::Conflict)?);
        tables.insert_conflict(Conflict {
            id,
            pair: pair.id,
            kind: pair.kind,
            ids: pair.ids.clone(),
            field: conflict.field,
            values: conflict.values.clone(),
            base: conflict.base.clone(),
            winner: conflict.winner,
            rule: conflict.rule,
            at: now,
            decided_at: None,
            settled_at: conflict.winner.map(|_| now),
        })?;
    }
    Ok(())
}

fn is_same(known: &Conflict, new: &NewConflict) -> bool {
    let undecided = known.decided_at.is_none();
    // A waiting conflict that was settled without a choice was over: the same values again are a new one.
    let in_force = known.winner.is_some() || known.settled_at.is_none();
    undecided
        && in_force
        && known.values == new.values
        && known.base == new.base
        && known.winner == new.winner
        && known.rule == new.rule
}

pub(crate) fn decide_conflict(
    tables: &mut dyn Tables,
    id: ConflictId,
    keep: Side,
    now: Timestamp,
) -> Answer<()> {
    let before = tables.conflict(id)?.ok_or_else(|| StoreError::NotFound {
        what: "conflict",
        id: id.to_string(),
    })?;
    let pair = pair_of(tables, &before)?;
    let mut after = before.clone();
    after.winner = Some(keep);
    after.decided_at = Some(now);
    let value = before.values.get(keep).clone();
    let field = before.field;
    let settled = before.settled_at.is_some();
    tables.update_conflict(&before, after)?;
    if settled {
        let mut restored = pair.clone();
        restored.restores.insert(field, value);
        tables.update_pair(&pair, restored)?;
    }
    change_lane_of_key(tables, LaneKey::Pair(pair.id), now, |lane| {
        lane.take_change(now)
    })
}

/// The pair that a conflict is about, unless it was taken apart since.
pub(crate) fn pair_of(tables: &dyn Tables, conflict: &Conflict) -> Answer<Pair> {
    let pair = existing(tables, conflict.pair)?;
    if pair.ids.pipedrive.is_none() && pair.ids.propstreet.is_none() {
        return Err(StoreError::NotFound {
            what: "pair any more for conflict",
            id: conflict.id.to_string(),
        });
    }
    Ok(pair)
}
