//! What notes cost: their writes, which are dear in the older version of Pipedrive's API, and reading them once.
//!
//! In: a write, or a preview. Out: tokens and requests. Keeps nothing.

use model::{Entity, Kind, Side};
use plan::{Operation, Write};
use store::Store;

use super::Preview;
use crate::core::Core;
use crate::failure::EngineError;
use crate::remote;

/// A note that is made or changed.
pub(super) const TOKENS_WRITE: u64 = 10;
const TOKENS_READ: u64 = 2;
const TOKENS_DELETE: u64 = 6;

/// Of a write in Pipedrive, with the read before it.
pub(super) const fn cost(write: &Write) -> u64 {
    match write.operation {
        Operation::Create => TOKENS_WRITE,
        Operation::Update => TOKENS_WRITE + TOKENS_READ,
        Operation::Delete => TOKENS_DELETE + TOKENS_READ,
    }
}

/// Notes are read once there are pairs: their list in Pipedrive, and in Propstreet those of each record.
pub(super) async fn count_to_read<S: Store>(
    core: &Core<S>,
    preview: &mut Preview,
) -> Result<(), EngineError> {
    let Some(notes) = &core.settings.notes else {
        return Ok(());
    };
    if core.are_notes_open() {
        return Ok(());
    }
    let status = core.store.status(core.ctx(), core.now()).await?;
    let made = |kind: Kind| {
        let creates = Side::BOTH
            .iter()
            .filter_map(|side| preview.creates.get(&(kind, *side)));
        creates.sum::<u64>()
    };
    let kinds = notes.of.iter().copied();
    let pairs: u64 = kinds
        .map(|kind| {
            let known = status.pairs_active.get(&kind).copied().unwrap_or_default();
            let formed = preview.pairs_formed.get(&kind).copied().unwrap_or_default();
            known + formed + made(kind)
        })
        .sum();
    preview.propstreet_requests += pairs;
    preview.tokens += u64::from(remote::list_tokens(Entity::Note, 0));
    Ok(())
}
