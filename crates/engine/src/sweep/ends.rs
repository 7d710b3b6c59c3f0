//! The other end of a list, looked at before the list is walked: how much there is at the most, and where the walk has to arrive.
//!
//! In: an entity whose list can be asked for from its other end. Out: its last page, which is part of the walk where lists are in
//! the order of ids: the walk need not read it again, so that the look costs nothing.

use api_client::CallContext;
use model::{Entity, IdSet, RecordKey, RemoteId, Timestamp};
use store::Store;

use super::tally::Tally;
use crate::core::Core;
use crate::failure::EngineError;
use crate::remote::{self, ListPage, ListQuery};

/// Whether a list can be asked for from its other end, and its ids grow.
#[must_use]
pub const fn has_end(entity: Entity) -> bool {
    is_part_of_walk(entity) || matches!(entity, Entity::Note)
}

/// Whether the last page shows what the walk would come to in the end. Notes are in the order in which they were added.
pub(super) const fn is_part_of_walk(entity: Entity) -> bool {
    remote::hides_new_records(entity)
}

/// The last page of a list.
pub(super) async fn last_page<S: Store>(
    core: &Core<S>,
    entity: Entity,
    call: &CallContext,
) -> Result<ListPage, EngineError> {
    remote::list(core, entity, &ListQuery::last(), call).await
}

/// Whether a list ended before a record that was there before and is there still.
pub(super) async fn is_cut<S: Store>(
    core: &Core<S>,
    entity: Entity,
    tally: &Tally,
    listed: &IdSet,
    call: &CallContext,
) -> Result<bool, EngineError> {
    let Some(end) = &tally.end else {
        return Ok(false);
    };
    let has_arrived = match is_part_of_walk(entity) {
        true => tally.has_arrived,
        false => listed.contains(end),
    };
    if has_arrived {
        return Ok(false);
    }
    let key = RecordKey {
        entity,
        id: end.clone(),
    };
    let row = remote::read(core, &key, call).await;
    let row = row.map_err(|error| EngineError::call(entity.side(), error))?;
    Ok(row.is_some_and(|row| row.deleted_at.is_none()))
}

/// Whether the last records that were there before a moment are not in a list.
pub(super) async fn lacks_last<S: Store>(
    core: &Core<S>,
    entity: Entity,
    listed: &IdSet,
    before: Timestamp,
    call: &CallContext,
) -> Result<bool, EngineError> {
    let page = last_page(core, entity, call).await?;
    let is_old = |row: &store::MirrorRow| remote::added_at(row).is_some_and(|at| at < before);
    let mut old = page.rows.iter().filter(|row| is_old(row));
    Ok(old.any(|row| row.deleted_at.is_none() && !listed.contains(&row.key.id)))
}

/// The least and the greatest id of a page.
pub(super) fn ids_of(page: &ListPage) -> Option<(RemoteId, RemoteId)> {
    let numbers = || page.rows.iter().filter_map(|row| row.key.id.as_number());
    Some((numbers().min()?.into(), numbers().max()?.into()))
}
