//! Who runs when: the loop that keeps a stage's lanes moving, and the waits between.
//!
//! In: claimed lanes, bells, the clock. Out: calls of a stage's handler, many at once. The only place that waits. A
//! failing store ends the loop: whoever started the engine starts it anew, which is the same way as after a crash.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use model::{Entity, Timestamp, time};
use store::{LaneKey, LaneView, Stage, Store};

use crate::bell::Bell;
use crate::core::Core;
use crate::failure::EngineError;
use crate::intake::rounds;
use crate::{delivery, intake, mirror, participants, planning, remote, sweep, upkeep};

/// Rounds after which a workspace that never comes to rest is an error of ours.
const ROUNDS_MAX: u32 = 10_000;

/// Lanes of one kind of record that are claimed to be read together: as many as the longest page of a list shows.
const READ_TOGETHER_MAX: usize = 500;

/// How long an idle stage waits at the most before it looks by itself.
const LOOK_AT_LEAST_EVERY_MILLIS: i64 = 1_000;

/// Works until no lane of the stage is due; answers how many were worked on.
pub(crate) async fn drain<'a, S, F, Fut>(
    core: &'a Core<S>,
    stage: Stage,
    handle: F,
) -> Result<u64, EngineError>
where
    S: Store,
    F: Fn(&'a Core<S>, Vec<LaneView>) -> Fut,
    Fut: Future<Output = Result<usize, EngineError>>,
{
    let mut done = 0;
    let first = claim(core, stage, 0).await?;
    if first.is_empty() {
        return Ok(done);
    }
    let mut active = FuturesUnordered::new();
    active.extend(first.into_iter().map(|views| handle(core, views)));
    loop {
        let lanes = match active.next().await {
            Some(result) => result?,
            None => return Ok(done),
        };
        core.under_way.finished(lanes);
        done += u64::try_from(lanes).unwrap_or(u64::MAX);
        fill(core, stage, &handle, &mut active).await?;
    }
}

/// Works for ever: claims lanes as they become due, and waits for the bell or the next due moment when there are none.
pub(crate) async fn keep_working<'a, S, F, Fut>(
    core: &'a Core<S>,
    stage: Stage,
    bell: &'a Bell,
    handle: F,
) -> Result<Infallible, EngineError>
where
    S: Store,
    F: Fn(&'a Core<S>, Vec<LaneView>) -> Fut,
    Fut: Future<Output = Result<usize, EngineError>>,
{
    let mut active = FuturesUnordered::new();
    loop {
        let claimed = fill(core, stage, &handle, &mut active).await?;
        if claimed > 0 && active.len() < core.settings.lanes_at_once {
            // A full answer may leave more to claim; look again once what is there has begun.
            if let Some(Some(result)) = active.next().now_or_never() {
                core.under_way.finished(result?);
            }
            continue;
        }
        let until = wake_at(core, stage).await?;
        let wake = async { drop(select(pin!(bell.heard()), core.clock.sleep_until(until)).await) };
        if active.is_empty() {
            wake.await;
        } else if let Either::Left((Some(result), _)) = select(active.next(), pin!(wake)).await {
            core.under_way.finished(result?);
        }
    }
}

async fn fill<'a, S, F, Fut>(
    core: &'a Core<S>,
    stage: Stage,
    handle: &F,
    active: &mut FuturesUnordered<Fut>,
) -> Result<usize, EngineError>
where
    S: Store,
    F: Fn(&'a Core<S>, Vec<LaneView>) -> Fut,
    Fut: Future<Output = Result<usize, EngineError>>,
{
    let groups = claim(core, stage, active.len()).await?;
    let claimed = groups.len();
    active.extend(groups.into_iter().map(|views| handle(core, views)));
    Ok(claimed)
}

/// As many due lanes as there is room for beside those under way, each by itself. Only the reads of records that are mirrored
/// and in no pair are made together: many of one kind cost less than each alone.
async fn claim<S: Store>(
    core: &Core<S>,
    stage: Stage,
    active: usize,
) -> Result<Vec<Vec<LaneView>>, EngineError> {
    let room = core.settings.lanes_at_once.saturating_sub(active);
    if room == 0 || core.under_way.is_stopping() {
        return Ok(Vec::new());
    }
    let limit = u32::try_from(room).unwrap_or(u32::MAX);
    let views = core
        .store
        .claim_lanes(&core.lease, stage, core.now(), limit)
        .await?;
    core.under_way.began(views.len());
    let may_be_more = views.len() == room;
    let mut groups = Vec::with_capacity(views.len());
    let mut together: BTreeMap<Entity, Vec<LaneView>> = BTreeMap::new();
    for view in views {
        match read_with_its_kind(stage, &view) {
            Some(entity) => together.entry(entity).or_default().push(view),
            None => groups.push(vec![view]),
        }
    }
    for (entity, mut views) in together {
        if may_be_more {
            let limit = READ_TOGETHER_MAX.saturating_sub(views.len());
            let limit = u32::try_from(limit).unwrap_or(u32::MAX);
            let more = core
                .store
                .claim_lanes_of(&core.lease, (stage, entity), core.now(), limit)
                .await?;
            core.under_way.began(more.len());
            views.extend(more);
        }
        groups.push(views);
    }
    Ok(groups)
}

fn read_with_its_kind(stage: Stage, view: &LaneView) -> Option<Entity> {
    match (stage, &view.lane.key) {
        (Stage::Read, LaneKey::Record(record)) if remote::is_read_together(record.entity) => {
            Some(record.entity)
        }
        (
            Stage::Read | Stage::Plan | Stage::Deliver | Stage::Rest | Stage::Quarantined,
            LaneKey::Record(_) | LaneKey::Pair(_),
        ) => None,
    }
}

async fn wake_at<S: Store>(core: &Core<S>, stage: Stage) -> Result<Timestamp, EngineError> {
    let now = core.now();
    let look = time::plus_millis(now, LOOK_AT_LEAST_EVERY_MILLIS);
    let due = core.store.next_due_of(core.ctx(), stage).await?;
    Ok(due
        .filter(|due| *due > now)
        .map_or(look, |due| due.min(look)))
}

/// Runs all stages, one after another, until none has anything to do at this moment; answers how much was done.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_until_idle<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    let mut done = 0;
    for _ in 0..ROUNDS_MAX {
        let mut round = crate::definitions::tend(core).await?;
        round += Box::pin(crate::definitions::making::tend(core)).await?;
        round += sweep::run_once(core, &Entity::PAIRED, &|_, _| ()).await?;
        round += intake::poll::run_once(core, &Entity::PAIRED).await?;
        round += Box::pin(crate::deals::keep_up(core, &|_, _| ())).await?;
        round += Box::pin(crate::deals::properties::tend(core)).await?;
        round += Box::pin(crate::notes::keep_up(core, &|_, _| ())).await?;
        round += mirror::run_once(core).await?;
        round += planning::run_once(core).await?;
        round += delivery::run_once(core).await?;
        round += delivery::audit::run_once(core).await?;
        if round == 0 {
            return Ok(done);
        }
        done += round;
    }
    Err(EngineError::Unreadable {
        what: "the workspace".to_owned(),
        reason: "it does not come to rest".to_owned(),
    })
}

/// The earliest moment at which something is due for the pairs: a lane, an audit, a poll, a sweep.
///
/// # Errors
/// When the store cannot be reached.
pub async fn next_due<S: Store>(core: &Core<S>) -> Result<Option<Timestamp>, EngineError> {
    if core.definitions().is_none() || core.is_paused().await? {
        return Ok(None);
    }
    let looks = next_look(core).await?;
    let lanes = core.store.next_due(core.ctx()).await?;
    Ok(looks.into_iter().chain(lanes).min())
}

/// The earliest moment at which something that takes part in pairs is polled or swept, or an audit or a look at the definitions
/// is due.
///
/// # Errors
/// When the store cannot be reached.
pub async fn next_look<S: Store>(core: &Core<S>) -> Result<Option<Timestamp>, EngineError> {
    let lists = next_look_at(core, &Entity::PAIRED).await?;
    let audits = core.store.next_audit(core.ctx()).await?;
    let definitions = crate::definitions::next_due(core);
    let labels = crate::definitions::making::next_due(core).await?;
    let properties = crate::deals::properties::next_due(core);
    Ok([lists, audits, definitions, labels, properties]
        .into_iter()
        .flatten()
        .min())
}

/// The earliest moment at which something that takes part in no pair is polled or swept.
///
/// # Errors
/// When the store cannot be reached.
pub async fn next_look_beside_pairs<S: Store>(
    core: &Core<S>,
) -> Result<Option<Timestamp>, EngineError> {
    let participants = participants::next_due(core).await?;
    if core.settings.mirrored.is_empty() {
        return Ok(participants);
    }
    let polls = intake::poll::next_due(core, &core.settings.mirrored).await?;
    let sweeps = sweep::next_due(core, &rounds::listable(core).await?).await?;
    let rounds = rounds::next_due(core).await?;
    let lists = polls.into_iter().chain([sweeps]).chain(rounds);
    Ok(lists.chain(participants).min())
}

async fn next_look_at<S: Store>(
    core: &Core<S>,
    entities: &[Entity],
) -> Result<Option<Timestamp>, EngineError> {
    if entities.is_empty() {
        return Ok(None);
    }
    let polls = intake::poll::next_due(core, entities).await?;
    let sweeps = sweep::next_due(core, entities).await?;
    Ok(polls.into_iter().chain([sweeps]).min())
}

/// Looks for changes for ever: polls and sweeps as they become due, and audits whose webhook did not come.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_polls<S: Store>(
    core: &Core<S>,
    heard: sweep::PageHeard<'_>,
) -> Result<Infallible, EngineError> {
    loop {
        if !core.is_paused().await? && core.definitions().is_some() {
            intake::missed::run_once(core).await?;
            crate::definitions::recall_if_changed(core).await?;
            crate::definitions::tend(core).await?;
            Box::pin(crate::definitions::making::tend(core)).await?;
            Box::pin(crate::deals::properties::tend(core)).await?;
            sweep::run_once(core, &Entity::PAIRED, heard).await?;
            intake::poll::run_once(core, &Entity::PAIRED).await?;
            delivery::audit::run_once(core).await?;
        }
        upkeep::run_once(core).await?;
        let now = core.now();
        let look = time::plus_millis(now, LOOK_AT_LEAST_EVERY_MILLIS);
        drop(select(pin!(core.bells.poll.heard()), core.clock.sleep_until(look)).await);
    }
}

/// Carries out the sweeps and polls that are due of what takes part in no pair; answers how many.
///
/// # Errors
/// When the store cannot be reached.
pub async fn look_beside_pairs<S: Store>(
    core: &Core<S>,
    heard: sweep::PageHeard<'_>,
) -> Result<u64, EngineError> {
    let swept = sweep::run_once(core, &rounds::listable(core).await?, heard).await?;
    let polled = intake::poll::run_once(core, &core.settings.mirrored).await?;
    let rounds = rounds::run_once(core).await?;
    let brought_in =
        Box::pin(crate::deals::tend(core)).await? + Box::pin(crate::notes::tend(core)).await?;
    Ok(swept + polled + rounds + brought_in + participants::run_once(core).await?)
}

/// Keeps the mirror of what takes part in no pair current, for ever. A task of its own, because its first read may last days,
/// which pairs need not wait for.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_mirror<S: Store>(
    core: &Core<S>,
    heard: sweep::PageHeard<'_>,
) -> Result<Infallible, EngineError> {
    loop {
        if !core.is_paused().await? && core.definitions().is_some() {
            look_beside_pairs(core, heard).await?;
        }
        let look = time::plus_millis(core.now(), LOOK_AT_LEAST_EVERY_MILLIS);
        core.clock.sleep_until(look).await;
    }
}
