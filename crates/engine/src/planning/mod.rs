//! Planning: takes due lanes, asks `plan` what should happen to them, and keeps the answer as pairs, conflicts and outbox rows.
//!
//! In: due lanes. Out: outbox rows. Never calls an API and never edits a mirror row. Nothing is planned before both sides
//! have been read completely and a person has approved the first plan.

mod breakers;
pub mod decision;
mod notes;
pub(crate) mod pairing;
pub(crate) mod quiet;

use std::convert::Infallible;

use store::{Disposition, LaneKey, LaneView, PlanCommit, Stage, Store, StoreError};

use crate::core::{Core, FACT_APPROVED};
use crate::failure::EngineError;
use crate::schedule;
use crate::sweep;

/// Plans every due lane; answers how many.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_once<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    if !is_open(core).await? {
        return Ok(0);
    }
    schedule::drain(core, Stage::Plan, plan_lanes).await
}

/// Plans lanes as they become due, for ever.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run<S: Store>(core: &Core<S>) -> Result<Infallible, EngineError> {
    while !is_open(core).await? {
        let look = model::time::plus_millis(core.now(), 1_000);
        drop(
            futures_util::future::select(
                std::pin::pin!(core.bells.plan.heard()),
                core.clock.sleep_until(look),
            )
            .await,
        );
    }
    schedule::keep_working(core, Stage::Plan, &core.bells.plan, plan_lanes).await
}

/// Whether plans may be made: both sides are read and the first plan is approved. A paused workspace gives no lanes to plan.
///
/// # Errors
/// When the store cannot be reached.
pub async fn is_open<S: Store>(core: &Core<S>) -> Result<bool, EngineError> {
    Ok(core.definitions().is_some()
        && sweep::is_backfilled(core).await?
        && (core.settings.approve || core.store.fact(core.ctx(), FACT_APPROVED).await?.is_some()))
}

async fn plan_lanes<S: Store>(core: &Core<S>, views: Vec<LaneView>) -> Result<usize, EngineError> {
    let lanes = views.len();
    for view in views {
        plan_lane(core, view).await?;
    }
    Ok(lanes)
}

pub(crate) async fn plan_lane<S: Store>(core: &Core<S>, view: LaneView) -> Result<(), EngineError> {
    if let Some(until) = quiet::until(core, &view)? {
        let later = Disposition::PutOff {
            until,
            problem: None,
        };
        let ended = core
            .store
            .end_claim(&core.lease, view.lane.id, later, core.now());
        ended.await?;
        // What came in meanwhile is due now.
        core.bells.read.ring();
        return Ok(());
    }
    let commit = match (&view.lane.key, &view.pair) {
        (LaneKey::Record(_), None) => pairing::plan_record(core, &view).await?,
        (LaneKey::Pair(_) | LaneKey::Record(_), _) => decision::plan_pair(core, &view).await?,
    };
    match core
        .store
        .commit_plan(&core.lease, commit, core.now())
        .await
    {
        Ok(committed) => {
            if committed.outbox.is_some() {
                core.bells.deliver.ring();
            }
            core.bells.plan.ring();
            // What came in while it was planned is due now.
            core.bells.read.ring();
            Ok(())
        }
        // The store has ended the claim; the lane is due again with what is new.
        Err(StoreError::Stale | StoreError::AlreadyPaired { .. }) => {
            core.bells.plan.ring();
            core.bells.read.ring();
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// A commit that changes nothing but the lane.
fn nothing(view: &LaneView, disposition: Disposition) -> PlanCommit {
    PlanCommit {
        lane: view.lane.id,
        lane_version: view.lane.version,
        formation: None,
        base: None,
        state: None,
        conflicts: Vec::new(),
        settled_conflicts: Vec::new(),
        settled_restores: Vec::new(),
        outbox: None,
        suggestions: Vec::new(),
        waits_for: Vec::new(),
        notes: Vec::new(),
        history: Vec::new(),
        disposition,
    }
}
