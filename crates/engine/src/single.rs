//! One record brought into step, and nothing else: its lane is read, planned and delivered until it rests, and before it the
//! records that it waits for.
//!
//! In: a record. Out: how many records were written. For a person who tries one thing first; the stages do the same for all.

use std::collections::BTreeSet;

use model::{RecordKey, Timestamp};
use store::{LaneView, Stage, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::{delivery, mirror, planning};

/// Steps after which a record that never comes to rest is an error of ours.
const STEPS_MAX: u32 = 1_000;

/// How far a record came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brought {
    /// Records that were written, those that it waited for included.
    pub written: u32,
    /// When it is tried again, where it could not be finished now.
    pub waits_until: Option<Timestamp>,
    /// A person has to look first.
    pub quarantined: bool,
}

/// Brings one record into step, writing at most `records_max` records.
///
/// # Errors
/// When the store cannot be reached.
pub async fn bring_into_step<S: Store>(
    core: &Core<S>,
    record: &RecordKey,
    records_max: u32,
) -> Result<Brought, EngineError> {
    let mut brought = Brought::default();
    let mut asked_for: BTreeSet<RecordKey> = BTreeSet::from([record.clone()]);
    let mut written = BTreeSet::new();
    let mut stack = vec![record.clone()];
    for _ in 0..STEPS_MAX {
        let Some(next) = stack.last() else {
            return Ok(brought);
        };
        let Some(view) = core.store.lane_of(core.ctx(), next).await? else {
            stack.pop();
            continue;
        };
        let lane = view.lane.id;
        let stage = view.lane.stage();
        if stage == Stage::Deliver && !written.contains(&lane) && brought.written >= records_max {
            return Ok(brought);
        }
        if !has_work(stage) || view.lane.due_at > core.now() {
            note_wait(&mut brought, &view, stage);
            let waits_for = view
                .lane
                .waits_for
                .into_iter()
                .filter(|key| asked_for.insert(key.clone()));
            let before = stack.len();
            stack.extend(waits_for);
            if stack.len() == before {
                stack.pop();
            }
            continue;
        }
        let Some(view) = core.store.claim_lane(&core.lease, lane, core.now()).await? else {
            stack.pop();
            continue;
        };
        if stage == Stage::Deliver && written.insert(lane) {
            brought.written += 1;
        }
        work(core, stage, view).await?;
    }
    Err(EngineError::Unreadable {
        what: record.to_string(),
        reason: "it does not come to rest".to_owned(),
    })
}

const fn has_work(stage: Stage) -> bool {
    match stage {
        Stage::Read | Stage::Plan | Stage::Deliver => true,
        Stage::Rest | Stage::Quarantined => false,
    }
}

fn note_wait(brought: &mut Brought, view: &LaneView, stage: Stage) {
    match stage {
        Stage::Rest => {}
        Stage::Quarantined => brought.quarantined = true,
        Stage::Read | Stage::Plan | Stage::Deliver => {
            let until = view.lane.due_at;
            brought.waits_until = Some(
                brought
                    .waits_until
                    .map_or(until, |before| before.max(until)),
            );
        }
    }
}

async fn work<S: Store>(core: &Core<S>, stage: Stage, view: LaneView) -> Result<(), EngineError> {
    match stage {
        Stage::Read => mirror::read_lane(core, view).await,
        Stage::Plan => planning::plan_lane(core, view).await,
        Stage::Deliver => delivery::deliver_lane(core, view).await,
        Stage::Rest | Stage::Quarantined => Ok(()),
    }
}
