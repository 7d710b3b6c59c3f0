//! The first read of everything, as a job of its own: what the dashboard shows comes first.
//!
//! In: entities. Out: what their sweeps leave. The other end of each long list is looked at before it is walked, so that it is
//! known how much there is, and whether the walk has arrived.

use model::{Entity, Timestamp};
use store::Store;

use super::listing::keep_last_page;
use super::tally::{self, Tally};
use super::{
    BACKFILL, PageHeard, Progress, due_of, ends, fact_name, indexes, progress_of_all, read_all,
};
use crate::core::Core;
use crate::failure::EngineError;

/// In this order: what the dashboard shows with what names it, then who is concerned, then the rest.
pub const ORDER: [Entity; 17] = [
    Entity::User,
    Entity::Pipeline,
    Entity::Stage,
    Entity::Deal,
    Entity::Organization,
    Entity::Person,
    Entity::Company,
    Entity::Contact,
    Entity::Link,
    Entity::Activity,
    Entity::Lead,
    Entity::Note,
    Entity::Product,
    Entity::Project,
    Entity::Property,
    Entity::Prospect,
    Entity::TimelineNote,
];

/// Enough to fill the burst window of the smaller subscriptions; with more, the first lists would be among the last to end.
const LISTS_AT_ONCE: usize = 4;

/// Reads what is due of these entities; answers how many lists were read to their end. One that the day's budget does not pay
/// any more keeps what it has and goes on at the reset.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_once<S: Store>(
    core: &Core<S>,
    entities: &[Entity],
    heard: PageHeard<'_>,
) -> Result<u64, EngineError> {
    let known = progress_of_all(core).await?;
    let due = ORDER
        .into_iter()
        .filter(|entity| entities.contains(entity) && due_of(core, *entity, &known) <= core.now());
    let due: Vec<Entity> = due.collect();
    let new = due
        .iter()
        .copied()
        .filter(|entity| ends::has_end(*entity) && !known.contains_key(entity));
    let new: Vec<Entity> = new.collect();
    let looks = core.pace.keep(new, LISTS_AT_ONCE, |entity| async move {
        (entity, look_at_end(core, entity, heard).await)
    });
    for (entity, looked) in looks.await {
        if let Err(error) = looked {
            core.put_off(&fact_name(entity), error)?;
        }
    }
    let now = core.now();
    let is_put_off = |entity: &Entity| core.not_before(&fact_name(*entity)) > Some(now);
    let due = due.into_iter().filter(|entity| !is_put_off(entity));
    read_all(core, due.collect(), LISTS_AT_ONCE, heard).await
}

async fn look_at_end<S: Store>(
    core: &Core<S>,
    entity: Entity,
    heard: PageHeard<'_>,
) -> Result<(), EngineError> {
    if tally::known(core, entity).await?.is_some() {
        return Ok(());
    }
    let begun_at = core.now();
    let page = ends::last_page(core, entity, &BACKFILL).await?;
    indexes::leave_out_board_indexes(core, entity).await?;
    if ends::is_part_of_walk(entity) {
        return keep_last_page(core, (entity, begun_at), page, heard).await;
    }
    let tally = Tally {
        end: ends::ids_of(&page).map(|(_, last)| last),
        ..Tally::begin(begun_at)
    };
    tally::begin(core, entity, &tally).await
}

/// What can be read by now: what has no list of its own waits for the records that it is listed under.
///
/// # Errors
/// When the store cannot be reached.
pub async fn readable<S: Store>(core: &Core<S>) -> Result<Vec<Entity>, EngineError> {
    let mut readable = Entity::PAIRED.to_vec();
    readable.extend(crate::intake::rounds::listable(core).await?);
    Ok(readable)
}

/// What can be read by now, and what was read to its end once and is asked for record by record since.
///
/// # Errors
/// When the store cannot be reached.
pub async fn readable_or_read<S: Store>(core: &Core<S>) -> Result<Vec<Entity>, EngineError> {
    let mut entities = readable(core).await?;
    let known = progress_of_all(core).await?;
    let mirrored = core.settings.mirrored.iter().copied();
    let read: Vec<Entity> = mirrored
        .filter(|entity| !entities.contains(entity))
        .filter(|entity| matches!(known.get(entity), Some(Progress::Done { .. })))
        .collect();
    entities.extend(read);
    Ok(entities)
}

/// What was never read to its end of these entities, in the order in which it is read.
///
/// # Errors
/// When the store cannot be reached.
pub async fn unread<S: Store>(
    core: &Core<S>,
    entities: &[Entity],
) -> Result<Vec<Entity>, EngineError> {
    let known = progress_of_all(core).await?;
    let is_done = |entity: &Entity| matches!(known.get(entity), Some(Progress::Done { .. }));
    let unread = ORDER
        .into_iter()
        .filter(|entity| entities.contains(entity) && !is_done(entity));
    Ok(unread.collect())
}

/// When the first of these lists that was put off may be asked for again.
#[must_use]
pub fn next_try<S: Store>(core: &Core<S>, entities: &[Entity]) -> Option<Timestamp> {
    let tries = entities
        .iter()
        .filter_map(|entity| core.not_before(&fact_name(*entity)));
    tries.min()
}
