//! Pairs: forming them, giving them another record, and making two lanes one.
//!
//! In: the claimed lane and what a plan wants to form. Out: the pair and its one lane, or that it cannot be. Looks first
//! ([`prepare`]), writes later ([`Formed::keep`]). Never decides who is the same.

use model::{BySide, Pair, PairId, PairState, RecordKey, RemoteId, Side, Timestamp};

use super::lanes::wake_lanes_waiting_for;
use crate::lane::{Lane, LaneKey};
use crate::rows::{PairFormation, PlanCommit};
use crate::tables::{Sequence, Tables};
use crate::{Answer, Lease, StoreError};

/// What a plan's claim turned into: the pair (if any) and the lane that stays.
#[derive(Debug)]
pub(crate) struct Formed {
    pub(crate) pair: Option<PairChange>,
    /// The lane that stays, as it was.
    pub(crate) lane_before: Lane,
    /// The lane that stays, as it shall be.
    pub(crate) lane: Lane,
    /// Lanes that have become part of it.
    absorbed: Vec<Lane>,
    /// Whether lanes may wait for what has just become of the pair's records.
    news: bool,
}

#[derive(Debug)]
pub(crate) enum PairChange {
    /// Its id is given out when it is kept.
    New(Pair),
    Known {
        before: Pair,
        after: Pair,
    },
}

impl PairChange {
    pub(crate) const fn pair(&self) -> &Pair {
        match self {
            Self::New(pair) | Self::Known { after: pair, .. } => pair,
        }
    }

    pub(crate) const fn pair_mut(&mut self) -> &mut Pair {
        match self {
            Self::New(pair) | Self::Known { after: pair, .. } => pair,
        }
    }
}

pub(crate) fn pair_of(tables: &dyn Tables, record: &RecordKey) -> Answer<Option<Pair>> {
    match tables.pair_id_of(record)? {
        Some(id) => tables.pair(id),
        None => Ok(None),
    }
}

/// `None` when what the plan was computed from has moved on.
pub(crate) fn prepare(
    tables: &dyn Tables,
    lease: Lease,
    claimed: &Lane,
    plan: &PlanCommit,
) -> Answer<Option<Formed>> {
    let formed = match &plan.formation {
        None => Some(as_it_is(tables, claimed)?),
        Some(PairFormation::New { kind, ids, rule: _ }) => {
            let pair = Pair {
                id: PairId(0),
                kind: *kind,
                ids: ids.clone(),
                base: BySide::default(),
                state: PairState::Active,
                restores: std::collections::BTreeMap::new(),
            };
            join(tables, lease, claimed, pair)?
        }
        Some(PairFormation::Repoint { pair, side, id }) => {
            let before = existing(tables, *pair)?;
            repoint(tables, lease, claimed, before, (*side, id))?
        }
    };
    let Some(mut formed) = formed else {
        return Ok(None);
    };
    let Some(change) = &mut formed.pair else {
        return Ok(Some(formed));
    };
    let pair = change.pair_mut();
    if let Some(base) = &plan.base {
        pair.base = base.clone();
    }
    if let Some(state) = &plan.state {
        formed.news |= *state != pair.state;
        pair.state = stored_state(state);
    }
    for field in &plan.settled_restores {
        pair.restores.remove(field);
    }
    Ok(Some(formed))
}

fn stored_state(state: &PairState) -> PairState {
    match state {
        PairState::Active => PairState::Active,
        PairState::Unlinked { deleted_on, at } => PairState::Unlinked {
            deleted_on: *deleted_on,
            at: super::to_stored(*at),
        },
        PairState::Asked { deleted_on, at } => PairState::Asked {
            deleted_on: *deleted_on,
            at: super::to_stored(*at),
        },
        PairState::Approved { deleted_on, at } => PairState::Approved {
            deleted_on: *deleted_on,
            at: super::to_stored(*at),
        },
        PairState::Unmaking { on, at } => PairState::Unmaking {
            on: *on,
            at: super::to_stored(*at),
        },
        PairState::Parting { at } => PairState::Parting {
            at: super::to_stored(*at),
        },
        PairState::Ended { at } => PairState::Ended {
            at: super::to_stored(*at),
        },
    }
}

pub(crate) fn existing(tables: &dyn Tables, id: PairId) -> Answer<Pair> {
    tables.pair(id)?.ok_or_else(|| StoreError::NotFound {
        what: "pair",
        id: id.to_string(),
    })
}

fn as_it_is(tables: &dyn Tables, claimed: &Lane) -> Answer<Formed> {
    let pair = match claimed.key {
        LaneKey::Record(_) => None,
        LaneKey::Pair(id) => {
            let before = existing(tables, id)?;
            Some(PairChange::Known {
                after: before.clone(),
                before,
            })
        }
    };
    Ok(Formed {
        pair,
        lane_before: claimed.clone(),
        lane: claimed.clone(),
        absorbed: Vec::new(),
        news: false,
    })
}

/// The claimed lane becomes the new pair's lane and takes in the other record's.
fn join(tables: &dyn Tables, lease: Lease, claimed: &Lane, pair: Pair) -> Answer<Option<Formed>> {
    let records = BySide {
        pipedrive: pair.record(Side::Pipedrive),
        propstreet: pair.record(Side::Propstreet),
    };
    let mut lane = claimed.clone();
    let mut absorbed = Vec::new();
    let mut claims_one = false;
    for side in Side::BOTH {
        let Some(record) = records.get(side) else {
            continue;
        };
        if tables.pair_id_of(record)?.is_some() {
            return Ok(None);
        }
        let key = LaneKey::Record(record.clone());
        if key == claimed.key {
            claims_one = true;
        } else if let Some(other) = tables.lane_by_key(&key)? {
            if is_busy(&other, lease) {
                return Ok(None);
            }
            lane.absorb(&other, side);
            absorbed.push(other);
        }
    }
    if !claims_one {
        return Ok(None);
    }
    lane.version += 1;
    Ok(Some(Formed {
        pair: Some(PairChange::New(pair)),
        lane_before: claimed.clone(),
        lane,
        absorbed,
        news: true,
    }))
}

/// The pair's lane stays, whichever of the two was claimed, because its outbox rows name it.
fn repoint(
    tables: &dyn Tables,
    lease: Lease,
    claimed: &Lane,
    before: Pair,
    (side, id): (Side, &RemoteId),
) -> Answer<Option<Formed>> {
    let record = RecordKey {
        entity: before.kind.entity(side),
        id: id.clone(),
    };
    if tables
        .pair_id_of(&record)?
        .is_some_and(|other| other != before.id)
    {
        return Ok(None);
    }
    let pair_lane = tables.lane_by_key(&LaneKey::Pair(before.id))?;
    let record_lane = tables.lane_by_key(&LaneKey::Record(record))?;
    let claimed_is = |lane: &Option<Lane>| lane.as_ref().is_some_and(|lane| lane.id == claimed.id);
    if !claimed_is(&pair_lane) && !claimed_is(&record_lane) {
        return Ok(None);
    }
    let Some(lane_before) = pair_lane else {
        return Err(StoreError::Corrupt {
            table: "pairs",
            id: before.id.to_string(),
            reason: "it has no lane".to_owned(),
        });
    };
    let mut lane = lane_before.clone();
    let mut absorbed = Vec::new();
    for busy in [Some(&lane_before), record_lane.as_ref()]
        .into_iter()
        .flatten()
    {
        if busy.id != claimed.id && is_busy(busy, lease) {
            return Ok(None);
        }
    }
    if let Some(other) = record_lane {
        lane.absorb(&other, side);
        absorbed.push(other);
    }
    lane.version += 1;
    lane.attempts = claimed.attempts;
    lane.problem.clone_from(&claimed.problem);
    lane.quarantined = false;
    let mut after = before.clone();
    *after.ids.get_mut(side) = Some(id.clone());
    // The other record has agreed on nothing yet: what it lacks nobody has cleared.
    after.base = model::BySide::default();
    after.restores.clear();
    if let PairState::Ended { at } = after.state {
        // The record that is gone has a successor.
        after.state = PairState::Unlinked {
            deleted_on: side,
            at,
        };
    }
    Ok(Some(Formed {
        pair: Some(PairChange::Known { before, after }),
        lane_before,
        lane,
        absorbed,
        news: true,
    }))
}

/// Somebody works on it, or a write of it is under way.
fn is_busy(lane: &Lane, lease: Lease) -> bool {
    lane.claimed_by_epoch == Some(lease.epoch) || lane.open_outbox.is_some()
}

impl Formed {
    pub(crate) fn pair(&self) -> Option<&Pair> {
        self.pair.as_ref().map(PairChange::pair)
    }

    /// The pair, when a person took it apart and that is done now.
    pub(crate) fn parted(&self) -> Option<&Pair> {
        match &self.pair {
            Some(PairChange::Known { before, after })
                if matches!(before.state, PairState::Parting { .. })
                    && matches!(after.state, PairState::Ended { .. }) =>
            {
                Some(after)
            }
            Some(PairChange::Known { .. } | PairChange::New(_)) | None => None,
        }
    }

    /// Writes the pair, removes the lanes that have become part of this one, and wakes who waited. The lane itself is
    /// written by the caller, who has more to say about it; its key is right afterwards.
    pub(crate) fn keep(&mut self, tables: &mut dyn Tables) -> Answer<()> {
        match &mut self.pair {
            None => {}
            Some(PairChange::New(pair)) => {
                pair.id = PairId(tables.next_id(Sequence::Pair)?);
                self.lane.key = LaneKey::Pair(pair.id);
                tables.insert_pair(pair.clone())?;
            }
            Some(PairChange::Known { before, after }) if before != after => {
                tables.update_pair(before, after.clone())?;
            }
            Some(PairChange::Known { .. }) => {}
        }
        for lane in &self.absorbed {
            tables.delete_lane(lane)?;
        }
        Ok(())
    }

    /// Called after the lane was written, because it may be one of those that wait.
    pub(crate) fn wake_who_waits(&self, tables: &mut dyn Tables, now: Timestamp) -> Answer<()> {
        match self.pair() {
            Some(pair) if self.news => wake_who_waits_for(tables, pair, now),
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether both sides have a word for the pair: two records, kept in step, neither known to be deleted. Where one is, nothing
/// was decided about the pair yet, and what referred to it goes with it already.
pub(crate) fn is_whole(tables: &dyn Tables, pair: &Pair) -> Answer<bool> {
    let has_both = Side::BOTH.iter().all(|side| pair.ids.get(*side).is_some());
    Ok(pair.state == PairState::Active && has_both && !is_half_gone(tables, pair)?)
}

/// Whether a record of the pair is known to be deleted, be the pair still kept in step.
pub(crate) fn is_half_gone(tables: &dyn Tables, pair: &Pair) -> Answer<bool> {
    for record in Side::BOTH.into_iter().filter_map(|side| pair.record(side)) {
        if tables.is_deleted(&record)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A pair with both ids is what others wait for; one that is no longer kept in step will never be.
pub(crate) fn wake_who_waits_for(
    tables: &mut dyn Tables,
    pair: &Pair,
    now: Timestamp,
) -> Answer<()> {
    let records: Vec<RecordKey> = Side::BOTH
        .into_iter()
        .filter_map(|side| pair.record(side))
        .collect();
    if records.len() == Side::BOTH.len() || pair.state != PairState::Active {
        for record in &records {
            wake_lanes_waiting_for(tables, record, now)?;
        }
    }
    Ok(())
}
