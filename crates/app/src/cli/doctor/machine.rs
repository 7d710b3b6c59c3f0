//! What this machine tells: the database, the room on its disk, the key.

use std::path::Path;

use model::{Entity, Side, Timestamp};
use store::{Status, Store, Vault};

use super::Finding;
use crate::config::Config;
use crate::startup::WORKSPACE;

const MEGABYTE: u64 = 1 << 20;
/// Less than this is used up by a busy day.
const FREE_WANTED: u64 = 1024 * MEGABYTE;
/// Less than this is used up by an hour.
pub(in crate::cli) const FREE_NEEDED: u64 = 64 * MEGABYTE;

pub(super) fn database(config: &Config, status: &Status) -> Finding {
    let (live, gone) = status
        .mirror
        .values()
        .fold((0, 0), |(live, gone), (more_live, more_gone)| {
            (live + more_live, gone + more_gone)
        });
    Finding::good(format!(
        "the database {} opens; it mirrors {live} records and remembers {gone} that are gone",
        config.storage.path.display()
    ))
}

pub(super) fn disk(path: &Path) -> Vec<Finding> {
    let Some(free) = free_bytes(path) else {
        return Vec::new();
    };
    let megabytes = free / MEGABYTE;
    vec![if free < FREE_NEEDED {
        Finding::error(
            format!("only {megabytes} MB are free where the database is"),
            "free some space, or move the database with storage.path",
        )
    } else if free < FREE_WANTED {
        Finding::warning(
            format!("{megabytes} MB are free where the database is"),
            "a first sync of a large account may need more; free some space",
        )
    } else {
        Finding::good(format!("{megabytes} MB are free where the database is"))
    }]
}

#[cfg(unix)]
pub(in crate::cli) fn free_bytes(path: &Path) -> Option<u64> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let disk = rustix::fs::statvfs(folder.unwrap_or(Path::new("."))).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
pub(in crate::cli) fn free_bytes(_path: &Path) -> Option<u64> {
    None
}

pub(super) fn key(vault: Option<&Vault>) -> Finding {
    match vault {
        Some(_) => {
            Finding::good("there is a key for stored secrets; keep a copy of it somewhere else")
        }
        None => Finding::warning(
            "there is no key for stored secrets",
            "secrets can only come from variables and files, and webhooks need a key: bring back the key file, or run `pipestreet init` in a new folder for one",
        ),
    }
}

/// What a side does not let this login read: one finding for each side.
fn refused(refused: &[(Entity, Timestamp)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for side in Side::BOTH {
        let of_side = refused.iter().filter(|(entity, _)| entity.side() == side);
        let names: Vec<&str> = of_side.map(|(entity, _)| entity.plural()).collect();
        if !names.is_empty() {
            findings.push(Finding::warning(
                format!("{side} does not let this login read {}; the rest goes on", names.join(", ")),
                "give the login the right to read them (they are asked for again within the hour), or name them in mirror.without",
            ));
        }
    }
    findings
}

/// What the program itself is waiting for.
pub(super) async fn standing<S: Store>(store: &S, status: &Status) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let standing = engine::standing::standing(store, WORKSPACE).await?;
    if !standing.is_set_up {
        findings.push(Finding::error(
            "fields and webhooks are not set up",
            "run `pipestreet setup`",
        ));
        return Ok(findings);
    }
    let sides = [standing.sides.pipedrive, standing.sides.propstreet];
    findings.push(if sides.iter().all(|side| side.swept_at.is_some()) {
        Finding::good("both sides have been read completely")
    } else {
        Finding::warning(
            "both sides have not been read completely yet",
            "`pipestreet plan` does it, and shows what would be written",
        )
    });
    if store
        .fact(WORKSPACE, engine::core::FACT_PAUSED)
        .await?
        .is_some()
    {
        findings.push(Finding::warning(
            "the workspace is paused",
            "go on with `pipestreet resume`",
        ));
    }
    if store
        .fact(WORKSPACE, engine::core::FACT_DELETES_STOPPED)
        .await?
        .is_some()
    {
        findings.push(Finding::warning(
            "unusually many records were deleted, so deletes are stopped",
            "look at what was deleted and by whom; if it is meant, run `pipestreet resume --deletes`",
        ));
    }
    findings.extend(refused(&standing.refused));
    let quarantined = status
        .lanes
        .get(&store::Stage::Quarantined)
        .copied()
        .unwrap_or(0);
    if quarantined > 0 {
        findings.push(Finding::warning(
            format!("{quarantined} records cannot be synced as they are"),
            "see `pipestreet quarantine list`",
        ));
    }
    Ok(findings)
}
