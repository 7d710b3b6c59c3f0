//! Ownership: taking a workspace over.
//!
//! In: the tables. Out: the new epoch. Facts, budget and secrets need no rule and are read and written as they are.

use model::Timestamp;

use crate::tables::Tables;
use crate::{Answer, Lease, WorkspaceCtx};

pub(crate) fn acquire_lease(
    tables: &mut dyn Tables,
    ctx: WorkspaceCtx,
    now: Timestamp,
) -> Answer<Lease> {
    let epoch = tables.epoch()?.unwrap_or(0) + 1;
    tables.set_epoch(epoch, now)?;
    let mut suspects = 0;
    for before in tables.claimed_lanes()? {
        let mut after = before.clone();
        after.survive_death(suspects, now);
        suspects += i64::from(after.is_suspect());
        tables.update_lane(&before, after)?;
    }
    Ok(Lease {
        workspace: ctx.workspace,
        epoch,
    })
}
