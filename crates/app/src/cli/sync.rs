//! `pipestreet sync`: brings both sides into step, for one record, for a few, once, or for good.
//!
//! In: an open workspace. Out: how it ended. Writes nothing before a person has approved the first plan.

use std::sync::Arc;

use api_client::Priority;
use engine::core::FACT_APPROVED;
use engine::single::{Brought, bring_into_step};
use engine::standing::standing;
use engine::{Core, EngineError};
use futures_util::future::{Either, select};
use model::{Kind, LaneId, RecordKey};
use serde_json::json;
use store::{AnyStore, LaneKey, LaneView, Stage, Status, Store};

use super::estimate::count;
use super::output::Output;
use super::work::{Ended, fill, is_approved, looking_on, until_rest};
use super::{Exit, Print, plan, serve, subject};
use crate::occupancy;
use crate::running::{Running, finish, return_unspent};
use crate::startup::{Program, WORKSPACE};
use crate::stop_signal::stop_signal;

const LANES_PER_PAGE: u32 = 500;
/// A change costs so much with the read before it.
const CHANGE_TOKENS: u32 = 6;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Approve the first plan of this workspace; from then on changes are written as they come
    #[arg(long)]
    pub approve: bool,
    /// Stop when nothing is left to do, instead of going on
    #[arg(long)]
    pub once: bool,
    /// Only this record, such as person/12, and those it needs
    #[arg(long, value_parser = subject::synced_record, conflicts_with = "limit")]
    pub record: Option<RecordKey>,
    /// Write at most so many records, then stop
    #[arg(long)]
    pub limit: Option<u32>,
    #[command(flatten)]
    pub print: Print,
}

/// # Errors
/// When it is not set up, a side cannot be read, or another process works on the same workspace.
pub async fn run(program: Program, args: Args, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    let is_trial = args.record.is_some() || args.limit.is_some();
    if is_trial || args.once {
        crate::log::start_beside_progress(&program.config.log);
    } else {
        crate::log::start(&program.config.log);
    }
    let standing = standing(&program.store, WORKSPACE).await?;
    if !standing.is_set_up {
        return Err(EngineError::NotSetUp.into());
    }
    if !args.approve && !is_approved(&program).await? {
        return Box::pin(show_plan(&program, out)).await;
    }
    if occupancy::is_occupied(&program.config.storage.path)? {
        return leave_it_to_the_other(&program, &args, out).await;
    }
    if args.approve {
        approve(&program).await?;
    }
    if !is_trial && !args.once {
        return Box::pin(serve::run(program, serve::Args::default(), out)).await;
    }
    let _occupied = occupancy::occupy(&program.config.storage.path)?;
    let (core, running) = engine(&program).await?;
    let working = Box::pin(work(&core, running.is_some(), &args, out));
    let ended = match select(working, Box::pin(stop_signal())).await {
        Either::Left((ended, _)) => Some(ended),
        Either::Right(((), working)) => {
            finish(&core, working).await;
            None
        }
    };
    match running {
        Some(running) => running.stop().await,
        None => return_unspent(&core).await,
    }
    match ended {
        Some(ended) => ended,
        None => {
            out.line("stopped; nothing is lost, and the next run goes on where it was")?;
            Ok(Exit::Failed)
        }
    }
}

/// An engine that owns the workspace. Where webhooks are to come it receives them: our own writes set them off, and both services
/// stop sending to an address that refuses too many.
async fn engine(
    program: &Program,
) -> anyhow::Result<(Arc<Core<AnyStore>>, Option<Running<AnyStore>>)> {
    let server = &program.config.server;
    let listener = match &server.public_url {
        Some(_) => serve::listen(server.listen)
            .await
            .inspect_err(|error| {
                tracing::warn!(error = %format!("{error:#}"), "webhooks are not received meanwhile");
            })
            .ok(),
        None => None,
    };
    let core = program.blueprint.build().await?;
    Ok(match listener {
        Some(listener) => {
            let running = Running::receive(core, listener, serve::face(program));
            (running.engine.get(), Some(running))
        }
        None => (Arc::new(core), None),
    })
}

async fn approve(program: &Program) -> anyhow::Result<()> {
    let now = program.blueprint.clock.now();
    let text = now.to_string();
    program
        .store
        .put_fact(WORKSPACE, FACT_APPROVED, Some(&text), now)
        .await?;
    Ok(())
}

/// What would be written, for a person to approve.
async fn show_plan(program: &Program, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    let core = looking_on(program, out.is_json()).await?;
    let planned = plan::plan(program, &core, None, (0, out.is_json())).await;
    return_unspent(&core).await;
    let planned = planned?;
    if out.is_json() {
        out.value(&plan::as_json(&planned, false))?;
    } else {
        plan::print_counts(&planned, out)?;
        out.line("nothing is written before a person approves: look at `pipestreet plan`, then run `pipestreet sync --approve`")?;
    }
    Ok(Exit::NeedsPerson)
}

async fn leave_it_to_the_other(
    program: &Program,
    args: &Args,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    if args.approve {
        approve(program).await?;
        out.line("approved")?;
    }
    out.line("another pipestreet is at work on this workspace and keeps both sides in step; see `pipestreet status`")?;
    let wants_more = args.once || args.record.is_some() || args.limit.is_some();
    Ok(if wants_more && !args.approve {
        Exit::Failed
    } else {
        Exit::Done
    })
}

async fn work(
    core: &Core<AnyStore>,
    receives: bool,
    args: &Args,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    if !engine::sweep::is_backfilled(core).await? {
        fill(core, out.is_json()).await?;
    }
    if core.is_paused().await? {
        out.line("paused: nothing is written until `pipestreet resume`")?;
        return Ok(Exit::NeedsPerson);
    }
    if let Some(record) = &args.record {
        let brought = bring_into_step(core, record, args.limit.unwrap_or(u32::MAX)).await?;
        return tell_brought(&brought, Some(record), out);
    }
    if let Some(most) = args.limit {
        let brought = bring_some(core, most).await?;
        return tell_brought(&brought, None, out);
    }
    let before = finished(core).await?;
    let ended = until_rest(core, receives, out.is_json()).await?;
    tell_ended(core, ended, before, out).await
}

/// Brings records into step, one after the other, until so many were written.
async fn bring_some(core: &Core<AnyStore>, records_max: u32) -> anyhow::Result<Brought> {
    let mut all = Brought::default();
    for kind in Kind::ALL {
        let mut after = LaneId(0);
        loop {
            let lanes = core
                .store
                .peek_lanes(core.ctx(), Stage::Plan, after, LANES_PER_PAGE)
                .await?;
            let Some(last) = lanes.last() else { break };
            after = last.lane.id;
            for record in lanes
                .iter()
                .filter_map(record_of)
                .filter(|record| record.entity.kind() == Some(kind))
            {
                if all.written >= records_max {
                    return Ok(all);
                }
                let brought = bring_into_step(core, &record, records_max - all.written).await?;
                all.written += brought.written;
                all.waits_until = all.waits_until.max(brought.waits_until);
                all.quarantined |= brought.quarantined;
            }
        }
    }
    Ok(all)
}

fn record_of(view: &LaneView) -> Option<RecordKey> {
    match (&view.pair, &view.lane.key) {
        (Some(pair), _) => model::Side::BOTH
            .into_iter()
            .find_map(|side| pair.record(side)),
        (None, LaneKey::Record(record)) => Some(record.clone()),
        (None, LaneKey::Pair(_)) => None,
    }
}

fn tell_brought(
    brought: &Brought,
    record: Option<&RecordKey>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    if out.is_json() {
        out.value(&json!({
            "written": brought.written,
            "waits_until": brought.waits_until,
            "quarantined": brought.quarantined,
        }))?;
    } else {
        out.line(format!(
            "{} written",
            count(u64::from(brought.written), "record")
        ))?;
        if let Some(until) = brought.waits_until {
            out.line(format!(
                "something waits until {} UTC",
                super::output::time(until)
            ))?;
        }
        if brought.quarantined {
            out.line(
                "something has to be looked at by a person: see `pipestreet quarantine list`",
            )?;
        }
        if let Some(record) = record {
            out.line(format!("`pipestreet explain {record}` tells how it stands"))?;
        }
    }
    Ok(if brought.quarantined {
        Exit::NeedsPerson
    } else {
        Exit::Done
    })
}

/// Writes that were carried out so far.
async fn finished(core: &Core<AnyStore>) -> anyhow::Result<u64> {
    let status = core.store.status(core.ctx(), core.now()).await?;
    let of = |state: &str| status.outbox.get(state).copied().unwrap_or(0);
    Ok(of("done") + of("awaiting_audit"))
}

async fn tell_ended(
    core: &Core<AnyStore>,
    ended: Ended,
    before: u64,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let status = core.store.status(core.ctx(), core.now()).await?;
    let writes = finished(core).await?.saturating_sub(before);
    let quarantined = status.lanes.get(&Stage::Quarantined).copied().unwrap_or(0);
    if out.is_json() {
        out.value(&json!({
            "writes": writes,
            "pairs": status.pairs_active.values().sum::<u64>(),
            "waiting": super::work::pending(&status),
            "conflicts_waiting": status.conflicts_waiting,
            "quarantined": quarantined,
            "suggestions": status.suggestions,
        }))?;
    } else {
        tell_in_words(&status, (writes, quarantined), out)?;
    }
    match ended {
        Ended::AtRest => Ok(Exit::Done),
        Ended::Paused => {
            out.line("paused: the rest is written after `pipestreet resume`")?;
            Ok(Exit::NeedsPerson)
        }
        Ended::Waits { records } => {
            if !out.is_json() {
                let records = count(records, "record");
                let why = if is_day_spent(core) {
                    "the day's Pipedrive tokens are spent; there are new ones after midnight UTC"
                } else {
                    "`pipestreet explain RECORD` tells why for each of them"
                };
                out.line(format!(
                    "{records} cannot be finished now and wait for another run: {why}"
                ))?;
            }
            Ok(Exit::Failed)
        }
    }
}

/// Whether too little is left of the day's tokens for another change.
fn is_day_spent(core: &Core<AnyStore>) -> bool {
    let budget = core.pipedrive.caller().budget();
    budget.affords(CHANGE_TOKENS, Priority::Change).is_err()
}

fn tell_in_words(
    status: &Status,
    (writes, quarantined): (u64, u64),
    out: &mut Output<'_>,
) -> std::io::Result<()> {
    let pairs: u64 = status.pairs_active.values().sum();
    out.line(format!(
        "{}, {} in step",
        count(writes, "write"),
        count(pairs, "pair")
    ))?;
    if status.conflicts_waiting > 0 {
        let conflicts = count(status.conflicts_waiting, "conflict");
        out.line(format!(
            "{conflicts} wait for a decision: see `pipestreet conflicts list`"
        ))?;
    }
    if quarantined > 0 {
        let records = count(quarantined, "record");
        out.line(format!(
            "{records} cannot be synced as they are: see `pipestreet quarantine list`"
        ))?;
    }
    Ok(())
}
