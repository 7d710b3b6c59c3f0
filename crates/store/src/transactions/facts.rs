//! Ownership: taking a workspace over; and secrets that several processes renew.
//!
//! In: the tables. Out: the new epoch, or whether a secret was still what the caller had seen. Facts, budget and secrets
//! otherwise need no rule and are read and written as they are.

use model::Timestamp;

use super::to_stored;
use crate::rows::StoredSecret;
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

pub(crate) fn replace_secret(
    tables: &mut dyn Tables,
    name: &str,
    seen: Option<Vec<u8>>,
    secret: Option<StoredSecret>,
) -> Answer<bool> {
    let kept = tables.secrets()?.into_iter().find(|kept| kept.name == name);
    if kept.map(|kept| kept.sealed) != seen {
        return Ok(false);
    }
    match secret {
        Some(mut secret) => {
            secret.name = name.to_owned();
            secret.changed_at = to_stored(secret.changed_at);
            tables.put_secret(secret)?;
        }
        None => tables.delete_secret(name)?,
    }
    Ok(true)
}
