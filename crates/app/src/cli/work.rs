//! What the commands that run the engine share: filling the mirror, working until nothing is left, and showing how far it is.
//!
//! In: an engine. Out: the same, further on. Waits on the engine's clock only.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::bail;
use api_client::Clock;
use engine::core::FACT_APPROVED;
use engine::{Core, EngineError, schedule, sweep};
use futures_util::future::{Either, select};
use model::{Entity, Timestamp, time};
use store::{AnyStore, Stage, Status, Store};

use super::progress::Progress;
use crate::occupancy;
use crate::running::return_unspent;
use crate::startup::{Program, WORKSPACE};

const LOOK_EVERY_MILLIS: i64 = 200;
/// What is due later than this is not waited for.
const WAIT_MAX_MILLIS: i64 = 120_000;
/// How long webhooks of our own writes are waited for.
const ECHOES_MILLIS: i64 = 3_000;
/// Times that a list may fail before a person is asked.
const READS_MAX: u32 = 4;

/// How work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    AtRest,
    /// So many records are tried again later.
    Waits {
        records: u64,
    },
    Paused,
}

/// Whether a person has approved the first plan.
pub(super) async fn is_approved(program: &Program) -> anyhow::Result<bool> {
    let fact = program.store.fact(WORKSPACE, FACT_APPROVED).await?;
    Ok(program.config.sync.approve || fact.is_some())
}

/// An engine that looks on. The mirror is filled first if it never was.
pub(super) async fn looking_on(program: &Program, quiet: bool) -> anyhow::Result<Core<AnyStore>> {
    let core = program.blueprint.observe().await?;
    if core.definitions().is_none() {
        bail!(EngineError::NotSetUp);
    }
    if sweep::is_backfilled(&core).await? && engine::deals::are_ready(&core) {
        return Ok(core);
    }
    if occupancy::is_occupied(&program.config.storage.path)? {
        bail!(
            "another pipestreet reads both sides at this moment; try again when `pipestreet status` shows both as read"
        );
    }
    let _occupied = occupancy::occupy(&program.config.storage.path)?;
    let owner = program.blueprint.build().await?;
    let filled = fill(&owner, quiet).await;
    return_unspent(&owner).await;
    filled?;
    // What this engine was built with knew nothing of pipelines yet.
    engine::deals::adopt(&core).await?;
    Ok(core)
}

/// Reads both sides completely.
pub(super) async fn fill<S: Store>(core: &Core<S>, quiet: bool) -> anyhow::Result<()> {
    let rows = AtomicU64::new(0);
    let current = AtomicU64::new(0);
    let heard = |_: Entity, of_entity: u64| {
        // Rows are told per entity, from one on.
        let before = current.swap(of_entity, Ordering::Relaxed);
        let more = if of_entity > before {
            of_entity - before
        } else {
            of_entity
        };
        rows.fetch_add(more, Ordering::Relaxed);
    };
    let mut progress = Progress::count("reading both sides", quiet);
    for _ in 0..READS_MAX {
        let filling = sweep::run_once(core, &Entity::PAIRED, &heard);
        let filled = beside(&*core.clock, filling, async || {
            progress.set_done(rows.load(Ordering::Relaxed));
        });
        filled.await?;
        if sweep::is_backfilled(core).await? {
            Box::pin(engine::deals::keep_up(core, &heard)).await?;
            let rows = rows.load(Ordering::Relaxed);
            progress.finish(&format!("both sides are read: {rows} records"));
            return Ok(());
        }
        let Some(again) = schedule::next_due(core).await? else {
            break;
        };
        if again > time::plus_millis(core.now(), WAIT_MAX_MILLIS) {
            bail!(
                "both sides cannot be read completely before {}; what was read is kept",
                super::output::time(again)
            );
        }
        core.clock.sleep_until(again).await;
    }
    bail!("both sides could not be read; `pipestreet doctor` tells what is wrong")
}

/// Runs all stages until nothing is left that can be done soon. Who receives webhooks waits a moment for those of our own writes.
pub(super) async fn until_rest<S: Store>(
    core: &Core<S>,
    receives: bool,
    quiet: bool,
) -> anyhow::Result<Ended> {
    let status = core.store.status(core.ctx(), core.now()).await?;
    let (mut total, mut done) = (pending(&status), 0);
    let mut progress = Progress::start("writing", total, quiet);
    let mut echoes_until = None;
    let ended = loop {
        let working = schedule::run_until_idle(core);
        let look = async || {
            if let Ok(status) = core.store.status(core.ctx(), core.now()).await {
                let left = pending(&status);
                total = total.max(left);
                progress.set_total(total);
                // An answer that makes more to look at is no step back.
                done = done.max(total - left);
                progress.set_done(done);
            }
        };
        beside(&*core.clock, working, look).await?;
        let status = core.store.status(core.ctx(), core.now()).await?;
        let left = pending(&status);
        if left == 0 && sweep::is_backfilled(core).await? {
            let until =
                *echoes_until.get_or_insert_with(|| time::plus_millis(core.now(), ECHOES_MILLIS));
            if receives && awaits_audit(&status) && core.now() < until {
                core.clock.sleep_until(later(core.now(), core.now())).await;
                continue;
            }
            break Ended::AtRest;
        }
        if core.is_paused().await? {
            break Ended::Paused;
        }
        let soon = time::plus_millis(core.now(), WAIT_MAX_MILLIS);
        match schedule::next_due(core).await?.filter(|due| *due <= soon) {
            Some(due) => core.clock.sleep_until(later(due, core.now())).await,
            None => break Ended::Waits { records: left },
        }
    };
    progress.finish("nothing is left to do at this moment");
    Ok(ended)
}

/// Whether a write waits for the webhook that tells what it replaced.
fn awaits_audit(status: &Status) -> bool {
    status
        .outbox
        .get("awaiting_audit")
        .is_some_and(|count| *count > 0)
}

/// Never now, so that what cannot be done now is not asked for in a circle.
fn later(due: Timestamp, now: Timestamp) -> Timestamp {
    due.max(time::plus_millis(now, LOOK_EVERY_MILLIS))
}

/// Records that a stage has to look at, now or later.
pub(super) fn pending(status: &Status) -> u64 {
    [Stage::Read, Stage::Plan, Stage::Deliver]
        .iter()
        .filter_map(|stage| status.lanes.get(stage))
        .sum()
}

/// Does the work, and looks at it now and then.
pub(super) async fn beside<T>(
    clock: &dyn Clock,
    work: impl Future<Output = T>,
    mut look: impl AsyncFnMut(),
) -> T {
    let mut work = pin!(work);
    loop {
        let pause = clock.sleep_until(time::plus_millis(clock.now(), LOOK_EVERY_MILLIS));
        match select(work.as_mut(), pause).await {
            Either::Left((done, _)) => return done,
            Either::Right(((), _)) => look().await,
        }
    }
}
