//! The mirror stage: looks at what the inbox says may have changed, reads what has to be read, and takes it in.
//!
//! In: lanes with inbox rows not yet looked at. Out: mirror rows, and the end of overwrite audits. A webhook that tells nothing
//! new (an echo, an old or doubled event) costs no call. Records that take part in pairs are read again, never taken on a
//! webhook's word; those that are mirrored only are taken from it where it tells all of them.

pub mod events;
mod payload;
mod together;
mod versions;

use std::convert::Infallible;

use api_client::{Attempt, CallContext, CallError, NextStep, NotNowReason, Priority, next_step};
use model::{BySide, Entity, InboxSeq, RecordKey, Side};
use store::{
    Authority, Disposition, InboxRow, LaneKey, LaneView, Observation, ReadDone, Stage, Store,
    StoreError,
};

use crate::core::Core;
use crate::deals;
use crate::delivery::audit;
use crate::failure::{EngineError, problem};
use crate::planning::decision::fact_merged;
use crate::{mapping, remote, schedule};

/// Reads every lane that is due; answers how many.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_once<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    if core.definitions().is_none() {
        return Ok(0);
    }
    schedule::drain(core, Stage::Read, read_lanes).await
}

/// Reads lanes as they become due, for ever.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run<S: Store>(core: &Core<S>) -> Result<Infallible, EngineError> {
    schedule::keep_working(core, Stage::Read, &core.bells.read, read_lanes).await
}

/// Lanes that were claimed to be read together: of one kind of record, or a single one.
async fn read_lanes<S: Store>(core: &Core<S>, views: Vec<LaneView>) -> Result<usize, EngineError> {
    if let Some(entity) = views.first().and_then(mirrored_only) {
        return Box::pin(together::read(core, entity, views)).await;
    }
    let lanes = views.len();
    for view in views {
        read_lane(core, view).await?;
    }
    Ok(lanes)
}

fn mirrored_only(view: &LaneView) -> Option<Entity> {
    match &view.lane.key {
        LaneKey::Record(record) if remote::is_read_together(record.entity) => Some(record.entity),
        LaneKey::Record(_) | LaneKey::Pair(_) => None,
    }
}

pub(crate) async fn read_lane<S: Store>(core: &Core<S>, view: LaneView) -> Result<(), EngineError> {
    if let Some(entity) = mirrored_only(&view) {
        Box::pin(together::read(core, entity, vec![view])).await?;
        return Ok(());
    }
    let done = ReadDone {
        lane: view.lane.id,
        read: view.lane.hint,
    };
    let observation = match read_sides(core, &view).await? {
        Ok(mut observation) => {
            deals::mark(core, &mut observation);
            observation
        }
        Err(unread) => return put_off(core, &view, unread).await,
    };
    match core
        .store
        .commit_observation(&core.lease, observation, Some(done), core.now())
        .await
    {
        Ok(_) => {
            let read = view.lane.read;
            let taken = view.inbox.iter().filter(|row| {
                let record = row.record.as_ref();
                record.is_some_and(|record| row.seq > *read.get(record.side()))
            });
            core.lags.note(taken, core.now());
        }
        // The pair moved meanwhile; the lane is due again.
        Err(StoreError::Stale) => {}
        Err(error) => return Err(error.into()),
    }
    core.bells.ring_all();
    Ok(())
}

/// Why a lane's records could not be taken in.
enum Unread {
    /// The call failed.
    Failed(Side, CallError),
    /// The answer was older than what is known already.
    Behind,
}

/// Everything the lane's inbox rows make necessary.
async fn read_sides<S: Store>(
    core: &Core<S>,
    view: &LaneView,
) -> Result<Result<Observation, Unread>, EngineError> {
    let mapping = core.mapping()?;
    let mut observation = Observation::none();
    observation.authority = Authority::Read;
    for side in Side::BOTH {
        if view.lane.hint.get(side) <= view.lane.read.get(side) {
            continue;
        }
        let Some(key) = record_on(view, side) else {
            continue;
        };
        let known = view.rows.get(side).as_ref();
        let rows = view
            .inbox
            .iter()
            .filter(|row| is_about(row, side, view.lane.read))
            .collect::<Vec<_>>();
        let hint = events::weigh(core, view, &rows, known)?;
        if let Some(survivor) = &hint.merged_to {
            observation
                .facts
                .push((fact_merged(&key), Some(survivor.to_string())));
        }
        audit::match_events(core, view, &hint.events).await?;
        if key.entity == Entity::Deal {
            observation.stage_changes = events::stage_changes(&hint.events, known);
        }
        if core.settings.versions_of.contains(&key.entity) {
            let told = versions::told_before(&key, &hint.events, known);
            observation.told_before.extend(told);
        }
        if !hint.must_read && known.is_some() {
            continue;
        }
        if let Some(retry_at) = core.side_closed_until(side) {
            let reason = NotNowReason::CircuitOpen;
            let error = CallError::NotNow { retry_at, reason };
            return Ok(Err(Unread::Failed(side, error)));
        }
        match read_one(core, &key, known).await? {
            Ok(seen)
                if is_behind(&seen, (known, &hint), view, &mapping)?
                    || is_unsure(&seen, known, &view.lane) =>
            {
                return Ok(Err(Unread::Behind));
            }
            Ok(seen) => {
                if side == Side::Propstreet {
                    observation.gone.extend(links_that_ended(view, &seen));
                }
                observation.rows.extend(seen.rows);
                observation.gone.extend(seen.gone);
            }
            Err(error) => return Ok(Err(Unread::Failed(side, error))),
        }
    }
    Ok(Ok(observation))
}

/// How often a read that shows less than an event told is made again. An event may be wrong, too.
const READS_BEHIND_MAX: u32 = 5;
/// Code of the problem.
const BEHIND: &str = "behind";
const READ_BEHIND_AGAIN_MILLIS: i64 = 2_000;

/// Whether a read shows the record as it was before an event that is known already, or otherwise than the latest event of the
/// same second: it came from a copy that lags.
fn is_behind(
    seen: &Observation,
    (known, hint): (Option<&store::MirrorRow>, &events::Hint),
    view: &LaneView,
    mapping: &mapping::MappingContext,
) -> Result<bool, EngineError> {
    let Some(row) = seen
        .rows
        .first()
        .filter(|_| view.lane.attempts < READS_BEHIND_MAX)
    else {
        return Ok(false);
    };
    let is_living = row.deleted_at.is_none();
    if hint.shown_at.is_some_and(|at| row.remote_time < at)
        || (is_living && hint.gone_at.is_some_and(|at| row.remote_time <= at))
        || (!is_living && hint.lives_at(row.remote_time))
    {
        return Ok(true);
    }
    let is_known_of_second = match (known, &hint.latest) {
        (Some(known), Some(latest))
            if known.remote_time == row.remote_time && !hint.replaces_known =>
        {
            let record = mapping::record(known, &view.references, mapping)?;
            latest.record.as_ref() != Some(&record)
        }
        (Some(_) | None, _) => false,
    };
    match &hint.latest {
        // Where the second has had several versions already, and no event tells that it changed the known one, nobody knows
        // whether the event is the last of them.
        Some(_) if is_known_of_second => Ok(false),
        Some(latest) if is_living && latest.changed_at == row.remote_time => {
            let record = mapping::record(row, &view.references, mapping)?;
            Ok(latest
                .record
                .as_ref()
                .is_some_and(|latest| *latest != record))
        }
        Some(_) | None => Ok(false),
    }
}

/// Whether a read shows another record than the one known of the same second. Which of the two is the later one a second read
/// tells.
fn is_unsure(seen: &Observation, known: Option<&store::MirrorRow>, lane: &store::Lane) -> bool {
    let differs = |row: &store::MirrorRow| {
        known.is_some_and(|known| {
            row.key.side() == Side::Pipedrive
                && row.remote_time == known.remote_time
                && !store::says_the_same(&row.raw, &known.raw)
        })
    };
    let was_read_before = lane
        .problem
        .as_ref()
        .is_some_and(|problem| problem.code == BEHIND);
    !was_read_before && lane.attempts < READS_BEHIND_MAX && seen.rows.iter().any(differs)
}

/// A contact names the companies it is linked with: a link that it does not name any more is gone. Links are not read one by
/// one, and a link younger than what was read of the contact is not judged by it.
pub(crate) fn links_that_ended(view: &LaneView, seen: &Observation) -> Vec<RecordKey> {
    let contact = seen.rows.iter().find(|row| row.deleted_at.is_none());
    let has_ended = |link: &&store::MirrorRow| match contact {
        Some(contact) => {
            let is_named = link
                .refers_to
                .iter()
                .any(|end| contact.refers_to.contains(end));
            !is_named && link.remote_time <= contact.remote_time
        }
        None => true,
    };
    let live = view.links.iter().filter(|link| link.deleted_at.is_none());
    live.filter(has_ended)
        .map(|link| link.key.clone())
        .collect()
}

async fn read_one<S: Store>(
    core: &Core<S>,
    key: &RecordKey,
    known: Option<&store::MirrorRow>,
) -> Result<Result<Observation, CallError>, EngineError> {
    let context = CallContext::new(Priority::Change, "read");
    let mapping = core.mapping()?;
    Ok(match remote::read(core, key, &context).await {
        Ok(Some(mut row)) => {
            let seen_at = core.seen_at(&row);
            mapping::note_changes(&mut row, known, seen_at, &mapping)?;
            Ok(Observation {
                rows: vec![row],
                ..Observation::none()
            })
        }
        Ok(None) => Ok(Observation {
            gone: vec![key.clone()],
            ..Observation::none()
        }),
        Err(error) => Err(error),
    })
}

/// The lane's record on a side: the pair's, or the unpaired record itself.
fn record_on(view: &LaneView, side: Side) -> Option<RecordKey> {
    match (&view.pair, &view.lane.key) {
        (Some(pair), _) => pair.record(side),
        (None, LaneKey::Record(key)) if key.side() == side => Some(key.clone()),
        (None, LaneKey::Record(_) | LaneKey::Pair(_)) => None,
    }
}

fn is_about(row: &InboxRow, side: Side, read: BySide<InboxSeq>) -> bool {
    row.record
        .as_ref()
        .is_some_and(|record| record.side() == side)
        && row.seq > *read.get(side)
}

async fn put_off<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    unread: Unread,
) -> Result<(), EngineError> {
    let disposition = match unread {
        Unread::Failed(side, error) => after_failure(core, view, side, &error),
        Unread::Behind => Disposition::PutOff {
            until: model::time::plus_millis(core.now(), READ_BEHIND_AGAIN_MILLIS),
            problem: Some(problem(
                BEHIND,
                "An answer was older than what is known already. It is asked for again by itself",
            )),
        },
    };
    match core
        .store
        .end_claim(&core.lease, view.lane.id, disposition, core.now())
        .await
    {
        // Its record became part of a pair meanwhile, and the pair's lane looks at it.
        Ok(()) | Err(StoreError::Stale) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

const fn is_mirrored_only(key: &LaneKey) -> bool {
    match key {
        LaneKey::Record(record) => !record.entity.is_always_paired(),
        LaneKey::Pair(_) => false,
    }
}

fn after_failure<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    side: Side,
    error: &CallError,
) -> Disposition {
    let attempts = view.lane.attempts;
    let attempt = Attempt {
        number: attempts + 1,
        now: core.now(),
        jitter: core.randomness.next(),
    };
    let said = |code: &str| {
        problem(
            code,
            format!("A record could not be read: {error}. It is tried again by itself"),
        )
    };
    let later = || {
        crate::failure::retry_at(
            &core.settings.timing,
            attempts,
            core.randomness.next(),
            core.now(),
        )
    };
    match next_step(error, attempt) {
        NextStep::RetryAt(until) if matches!(error, CallError::NotNow { .. }) => {
            Disposition::PutOff {
                until,
                problem: None,
            }
        }
        NextStep::RetryAt(until) => Disposition::PutOff {
            until,
            problem: Some(said("unreachable")),
        },
        NextStep::Quarantine => Disposition::Quarantine {
            problem: problem(
                "unreadable",
                format!(
                    "A record could not be read: {error}. Try `pipestreet quarantine retry` later"
                ),
            ),
        },
        NextStep::StopSide => {
            let until = later();
            // What only the mirror wants may be refused without anything else being so.
            if view.pair.is_some() || !is_mirrored_only(&view.lane.key) {
                core.close_side(side, until);
            }
            Disposition::PutOff {
                until,
                problem: Some(said("not_allowed")),
            }
        }
        NextStep::Resolve | NextStep::Replan | NextStep::FindExisting => Disposition::PutOff {
            until: later(),
            problem: Some(said("unreadable")),
        },
    }
}
