//! Those who take part in a deal and its project: what the planner is shown of them, and that it is shown when they change.
//!
//! In: a pair, or a record under which somebody came or went. Out: a view, or a due lane. Never decides anything.

use model::{Entity, Kind, Pair, RecordKey, Side, Timestamp};

use super::lanes::change_lane_of_key;
use crate::Answer;
use crate::id_range::IdRange;
use crate::lane::LaneKey;
use crate::participants::members::{Membership, fact_refused_members, own_of};
use crate::rows::MirrorRow;
use crate::tables::Tables;

/// Nothing of what is no deal.
pub(crate) fn of_pair(
    tables: &dyn Tables,
    pair: &Pair,
    deal: Option<&MirrorRow>,
) -> Answer<Option<Membership>> {
    if pair.kind != Kind::Deal {
        return Ok(None);
    }
    let mut found = Membership::default();
    if let Some(deal) = deal {
        (found.primary, found.organization) = own_of(deal);
        let participants = tables.participants_of(&deal.key.id)?.into_iter();
        found.participants = participants
            .filter(|row| row.deleted_at.is_none())
            .collect();
        let check = tables.participant_check(&deal.key.id)?;
        found.is_known =
            check.is_some_and(|check| check.count_read.is_some() || check.count_shown == 0);
    }
    if let Some(project) = pair.record(Side::Propstreet) {
        let range = IdRange::beginning_with(&project.prefix_of(Entity::Prospect));
        for id in tables.live_ids_in(Entity::Prospect, &range)? {
            let key = RecordKey {
                entity: Entity::Prospect,
                id,
            };
            found.prospects.extend(tables.mirror_row(&key)?);
        }
    }
    found.refused = tables.fact(&fact_refused_members(pair.id))?;
    Ok(Some(found))
}

/// Somebody came or went, or may have: the pair of the record under which that is told is planned again.
pub(crate) fn wake(tables: &mut dyn Tables, record: &RecordKey, now: Timestamp) -> Answer<()> {
    match tables.pair_id_of(record)? {
        Some(pair) => change_lane_of_key(tables, LaneKey::Pair(pair), now, |lane| {
            lane.take_change(now);
        }),
        None => Ok(()),
    }
}

/// The same for a prospect.
pub(crate) fn wake_project_of(
    tables: &mut dyn Tables,
    prospect: &RecordKey,
    now: Timestamp,
) -> Answer<()> {
    match prospect.listed_at() {
        Some((project, _)) if prospect.entity == Entity::Prospect => wake(tables, &project, now),
        Some(_) | None => Ok(()),
    }
}
