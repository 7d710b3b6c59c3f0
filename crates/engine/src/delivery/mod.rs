//! Delivery: carries out outbox rows, one remote call each, and finds out what became of those whose answer was lost.
//!
//! In: lanes with an open outbox row. Out: the call, and its answer in mirror, pair, base and history. Makes no choices: a row
//! says which call and what it expects to find; if the world has moved, the row is dropped and the pair planned again.

pub mod audit;
mod call;
mod changelog;
mod entries;
mod evidence;
mod lost_place;
mod made;
mod main_company;
mod members;
mod note;
mod outcome;
mod place;
mod resolve;
mod send;
mod told_by_changelog;

use std::convert::Infallible;

use plan::Operation;
use store::{LaneView, OutboxRow, OutboxState, Outcome, Stage, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::schedule;

/// Works on every outbox row that is due; answers how many.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_once<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    schedule::drain(core, Stage::Deliver, deliver_lanes).await
}

/// Works on outbox rows as they become due, for ever. Waits while the workspace is paused.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run<S: Store>(core: &Core<S>) -> Result<Infallible, EngineError> {
    schedule::keep_working(core, Stage::Deliver, &core.bells.deliver, deliver_lanes).await
}

async fn deliver_lanes<S: Store>(
    core: &Core<S>,
    views: Vec<LaneView>,
) -> Result<usize, EngineError> {
    let lanes = views.len();
    for view in views {
        deliver_lane(core, view).await?;
    }
    Ok(lanes)
}

pub(crate) async fn deliver_lane<S: Store>(
    core: &Core<S>,
    view: LaneView,
) -> Result<(), EngineError> {
    let Some(row) = &view.outbox else {
        let rest = store::Disposition::Rest;
        return Ok(core
            .store
            .end_claim(&core.lease, view.lane.id, rest, core.now())
            .await?);
    };
    let outcome = match &row.state {
        OutboxState::Planned => send::send(core, &view, row).await?,
        // The program ended between sending and the answer: nobody knows.
        OutboxState::Sent { at } => outcome::unknown_since(core, *at),
        OutboxState::OutcomeUnknown { sent_at, .. } => {
            resolve::resolve(core, &view, row, *sent_at).await?
        }
        OutboxState::AwaitingAudit { .. }
        | OutboxState::Done { .. }
        | OutboxState::Dropped { .. } => {
            let rest = store::Disposition::Rest;
            return Ok(core
                .store
                .end_claim(&core.lease, view.lane.id, rest, core.now())
                .await?);
        }
    };
    tell(row, &outcome);
    core.store
        .commit_outcome(&core.lease, row.id, outcome, core.now())
        .await?;
    core.bells.ring_all();
    Ok(())
}

/// A line in the log about a write; never a value.
fn tell(row: &OutboxRow, outcome: &Outcome) {
    let side = row.write.side.name();
    let operation = match row.write.operation {
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
    };
    let fields = row.write.fields.len();
    match outcome {
        Outcome::Applied { .. } => {
            tracing::info!(pair.id = %row.pair, side, operation, fields, "written")
        }
        Outcome::Unknown { .. } => {
            tracing::warn!(pair.id = %row.pair, side, operation, fields, "the answer was lost; what became of it is found out");
        }
        Outcome::NotApplied { .. } => {
            tracing::info!(pair.id = %row.pair, side, operation, fields, "not written; the pair is planned again or waits for a person");
        }
        Outcome::PutOff { .. } => {
            tracing::debug!(pair.id = %row.pair, side, operation, fields, "put off")
        }
    }
}
