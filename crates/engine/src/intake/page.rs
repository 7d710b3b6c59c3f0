//! Pages of lists on their way into the mirror: each row is held against what is known of its record.
//!
//! In: the rows of a page. Out: the same rows with the times of what changed. A list may tell more of a record than a read
//! does, and that alone is no news of it. Never writes.

use std::sync::Arc;

use model::Side;
use store::{MirrorRow, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::mapping::{self, MappingContext};

/// Notes in every row what has changed since its record was last seen.
pub(crate) async fn note_changes<S: Store>(
    core: &Core<S>,
    rows: &mut [MirrorRow],
) -> Result<(), EngineError> {
    let mapping = core.mapping()?;
    for row in rows {
        let before = core.store.mirror_row(core.ctx(), &row.key).await?;
        let seen_at = core.seen_at(row);
        mapping::note_changes(row, before.as_ref(), seen_at, &mapping)?;
        if let Some(before) = &before
            && shows_known_version(row, before, &mapping)?
        {
            row.raw = Arc::clone(&before.raw);
        }
    }
    Ok(())
}

fn is_version_of(row: &MirrorRow, before: &MirrorRow) -> bool {
    !row.remote_version.is_empty() && before.remote_version == row.remote_version
}

/// A list of Propstreet tells more of a record than a read does. Rows of the version that is known already keep the form in which it
/// is known, so that nothing looks changed.
pub(crate) async fn keep_known_form<S: Store>(
    core: &Core<S>,
    rows: &mut [MirrorRow],
) -> Result<(), EngineError> {
    let of_propstreet = rows
        .iter_mut()
        .filter(|row| row.key.side() == Side::Propstreet);
    for row in of_propstreet {
        let before = core.store.mirror_row(core.ctx(), &row.key).await?;
        if let Some(before) = before.filter(|before| is_version_of(row, before)) {
            row.raw = before.raw;
        }
    }
    Ok(())
}

/// Whether a row shows the version that is known already, and nothing of it that travels otherwise. Only Propstreet's versions
/// tell that: Pipedrive's are whole seconds, in which much may happen.
pub(crate) fn shows_known_version(
    row: &MirrorRow,
    before: &MirrorRow,
    mapping: &MappingContext,
) -> Result<bool, EngineError> {
    if row.key.side() != Side::Propstreet
        || row.remote_version != before.remote_version
        || row.raw == before.raw
    {
        return Ok(false);
    }
    Ok(mapping::record(row, &[], mapping)? == mapping::record(before, &[], mapping)?)
}
