//! The other end of a list, looked at before the list is walked: how much there is at the most, and where the walk has to arrive.
//!
//! In: an entity whose newest records can be listed first. Out: the newest record. It costs one page, and is asked for once.

use api_client::CallContext;
use model::{Entity, IdSet, RecordKey, RemoteId, Timestamp};
use store::Store;

use crate::core::Core;
use crate::failure::EngineError;
use crate::remote::{self, ListQuery};

/// Whether the newest records of an entity can be listed first, and its ids grow.
#[must_use]
pub const fn has_end(entity: Entity) -> bool {
    remote::hides_new_records(entity) || matches!(entity, Entity::Note)
}

/// The record with the greatest id among the newest ones.
pub(super) async fn newest<S: Store>(
    core: &Core<S>,
    entity: Entity,
    call: &CallContext,
) -> Result<Option<RemoteId>, EngineError> {
    let page = remote::list(core, entity, &ListQuery::newest(None), call).await?;
    let numbers = page.rows.iter().filter_map(|row| row.key.id.as_number());
    Ok(numbers.max().map(RemoteId::from))
}

/// Whether a list ended before a record that was there before and is there still.
pub(super) async fn is_before<S: Store>(
    core: &Core<S>,
    entity: Entity,
    listed: &IdSet,
    end: &RemoteId,
    call: &CallContext,
) -> Result<bool, EngineError> {
    if listed.contains(end) {
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

/// Whether the newest records that were there before a moment are not in a list.
pub(super) async fn lacks_newest<S: Store>(
    core: &Core<S>,
    entity: Entity,
    listed: &IdSet,
    before: Timestamp,
    call: &CallContext,
) -> Result<bool, EngineError> {
    let page = remote::list(core, entity, &ListQuery::newest(None), call).await?;
    let is_old = |row: &store::MirrorRow| remote::added_at(row).is_some_and(|at| at < before);
    let mut old = page.rows.iter().filter(|row| is_old(row));
    Ok(old.any(|row| row.deleted_at.is_none() && !listed.contains(&row.key.id)))
}
