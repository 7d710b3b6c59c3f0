//! What grows with time is cut back, in small steps and only while there is nothing else to do.
//!
//! In: how long things are kept. Out: bodies of old inbox rows and old versions dropped, and their room given back to the file
//! system. The rows themselves stay, with what tells doubles apart.

use model::{Timestamp, time};
use store::Store;

use crate::core::Core;
use crate::failure::EngineError;

/// How often it is looked whether something is too old.
const EVERY_MILLIS: i64 = 10 * 60 * 1_000;
/// How much is done in one step.
const VERSIONS_AT_ONCE: u32 = 1_000;
/// Of 4 KiB each.
const PAGES_AT_ONCE: u32 = 500;
/// A step that did all it may is followed by another one after this time.
const MORE_MILLIS: i64 = 1_000;
const WHAT: &str = "upkeep";

/// Does one step when one is due and nothing else is under way; answers whether it did.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_once<S: Store>(core: &Core<S>) -> Result<bool, EngineError> {
    let now = core.now();
    if core.not_before(WHAT).is_some_and(|at| at > now) || core.under_way.lanes() > 0 {
        return Ok(false);
    }
    let timing = &core.settings.timing;
    let before = |kept: i64| time::plus_millis(now, -kept);
    let bodies = core
        .store
        .purge_inbox(&core.lease, before(timing.inbox_bodies_kept), now)
        .await?;
    let versions = match timing.versions_kept {
        Some(kept) => {
            core.store
                .purge_versions(&core.lease, before(kept), VERSIONS_AT_ONCE)
                .await?
        }
        None => 0,
    };
    let pages_left = core.store.give_back(&core.lease, PAGES_AT_ONCE).await?;
    if bodies + versions > 0 {
        tracing::info!(bodies, versions, "what is kept for a time only was dropped");
    }
    let is_more = versions >= u64::from(VERSIONS_AT_ONCE) || pages_left > 0;
    core.do_not_before(WHAT, next(now, is_more));
    Ok(true)
}

fn next(now: Timestamp, is_more: bool) -> Timestamp {
    time::plus_millis(now, if is_more { MORE_MILLIS } else { EVERY_MILLIS })
}
