//! What boards of deals need besides the deals: the first read of them does without it, and it is made when that read ends.
//!
//! In: an entity whose first read begins or has ended. Out: a store that takes pages in quicker, then one that answers boards
//! quicker. A board that cannot be made quick is slow, and no reason to end a sweep.

use model::Entity;
use store::{Store, StoreError};

use crate::core::Core;
use crate::failure::EngineError;

pub(super) async fn leave_out_indexes<S: Store>(
    core: &Core<S>,
    entity: Entity,
) -> Result<(), EngineError> {
    if entity == Entity::Deal {
        core.store.leave_out_board_indexes(&core.lease).await?;
    }
    Ok(())
}

pub(super) async fn make_indexes<S: Store>(
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
