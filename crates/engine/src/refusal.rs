//! Lists that a side does not let us read, because the login's permissions do not reach so far.
//!
//! In: failed reads of what is mirrored only. Out: a fact that says so until the list can be read, and a long wait instead of a loop.
//! Everything else goes on.

use api_client::CallError;
use model::{Entity, Timestamp, time};
use store::{Store, StoreError, WorkspaceCtx};

use crate::core::Core;
use crate::failure::EngineError;

/// Names of the facts begin with this; the entity follows. The value says since when.
const FACT_PREFIX: &str = "refused:";

fn fact_name(entity: Entity) -> String {
    format!("{FACT_PREFIX}{}", entity.name())
}

const FORBIDDEN: u16 = 403;

/// Whether a call was refused for want of permission, or because the account's plan has no such thing. A login that has ended is
/// something else: it holds up everything, and only until somebody logs in.
pub(crate) fn is_forbidden(error: &CallError) -> bool {
    let (CallError::NotAllowed(refusal) | CallError::Refused(refusal)) = error else {
        return false;
    };
    refusal.status == FORBIDDEN
}

fn is_refusal(error: &EngineError) -> bool {
    let EngineError::Call { source, .. } = error else {
        return false;
    };
    is_forbidden(source)
}

/// Puts a list off that could not be read. One that is refused and that no pair needs is told once, and asked for again after the
/// longest wait.
///
/// # Errors
/// The error itself when it is the store's.
pub(crate) async fn put_off<S: Store>(
    core: &Core<S>,
    entity: Entity,
    what: &str,
    error: EngineError,
) -> Result<(), EngineError> {
    if entity.is_always_paired() || !is_refusal(&error) {
        return core.put_off(what, error);
    }
    note(core, entity).await?;
    core.hold_off(
        what,
        time::plus_millis(core.now(), core.settings.timing.retry_longest),
    );
    Ok(())
}

/// Notes that an entity may not be read.
pub(crate) async fn note<S: Store>(core: &Core<S>, entity: Entity) -> Result<(), EngineError> {
    let name = fact_name(entity);
    if core.store.fact(core.ctx(), &name).await?.is_none() {
        tracing::warn!(
            side = entity.side().name(),
            entity = entity.name(),
            "the login may not read this; the rest goes on, and `pipestreet doctor` says what to do"
        );
        let since = core.now().to_string();
        core.store
            .put_fact(core.ctx(), &name, Some(&since), core.now())
            .await?;
    }
    Ok(())
}

/// An entity was read: whatever was refused is allowed by now.
pub(crate) async fn lift<S: Store>(core: &Core<S>, entity: Entity) -> Result<(), EngineError> {
    if entity.is_always_paired() {
        return Ok(());
    }
    let name = fact_name(entity);
    if core.store.fact(core.ctx(), &name).await?.is_some() {
        core.store
            .put_fact(core.ctx(), &name, None, core.now())
            .await?;
    }
    Ok(())
}

/// What may not be read, and since when that is known.
///
/// # Errors
/// When the store cannot be reached.
pub async fn refused<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
) -> Result<Vec<(Entity, Timestamp)>, StoreError> {
    let facts = store.facts(ctx, FACT_PREFIX).await?;
    let refused = facts.into_iter().filter_map(|(name, since)| {
        let entity = Entity::from_name(name.strip_prefix(FACT_PREFIX)?)?;
        Some((entity, since.parse().ok()?))
    });
    Ok(refused.collect())
}
