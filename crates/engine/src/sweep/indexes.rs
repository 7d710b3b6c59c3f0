//! What the first read of a long list does without, because it makes that read slow: the indexes of boards of deals, and finding
//! records by their keys. It is made when the read ends.
//!
//! In: an entity whose first read begins or has ended. Out: a store that takes pages in quicker, then one that answers quicker. A
//! board that cannot be made quick is slow, and no reason to end a sweep; nobody is paired before everybody can be found.

use model::Entity;
use store::{Keys, Store, StoreError};

use crate::core::Core;
use crate::failure::EngineError;

/// When rows of a first read can be found by their keys. Others than these are looked for by a marker of ours at any time.
pub(super) const fn keys_of_first_read(entity: Entity) -> Keys {
    if entity.is_always_paired() {
        Keys::Later
    } else {
        Keys::Now
    }
}

pub(super) async fn leave_out_board_indexes<S: Store>(
    core: &Core<S>,
    entity: Entity,
) -> Result<(), EngineError> {
    if entity == Entity::Deal {
        core.store.leave_out_board_indexes(&core.lease).await?;
    }
    Ok(())
}

/// Lets the records of a first read be found by their keys.
pub(super) async fn index_keys<S: Store>(
    core: &Core<S>,
    entity: Entity,
) -> Result<(), EngineError> {
    if keys_of_first_read(entity) == Keys::Now {
        return Ok(());
    }
    let mut after = String::new();
    while let Some(last) = core.store.index_keys(&core.lease, entity, &after).await? {
        after = last.to_string();
    }
    Ok(())
}

pub(super) async fn make_board_indexes<S: Store>(
    core: &Core<S>,
    entity: Entity,
) -> Result<(), EngineError> {
    if entity != Entity::Deal {
        return Ok(());
    }
    loop {
        match core.store.make_board_index(&core.lease).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(StoreError::Unavailable { reason }) => {
                tracing::warn!(
                    reason,
                    "an index for boards of deals could not be made; boards are slower until the next sweep of the deals, which \
                     tries again. It needs a directory for temporary files that can be written: SQLITE_TMPDIR names one"
                );
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
}
