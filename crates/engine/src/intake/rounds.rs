//! Rounds over what has no list of its own: prospects, and the notes of paired contacts and companies.
//!
//! In: the clock. Out: mirror rows of what is listed under each record, asked for one after another within a stated number of
//! requests per minute; and at once under records that changed. A round that is stopped goes on where it was. Never reads for the
//! first time: a sweep does.

use std::collections::BTreeMap;

use api_client::{CallContext, Priority};
use model::{Entity, RecordKey, Side, Timestamp, time};
use serde::{Deserialize, Serialize};
use store::{IdRange, Stage, Store, StoreError, WorkspaceCtx};

use crate::core::Core;
use crate::failure::EngineError;
use crate::remote::listed_under::{end, is_asked, known_under, records_above, take_in};
use crate::remote::{self, ListQuery};
use crate::{refusal, sweep};

const MINUTE_MILLIS: i64 = 60_000;
/// A minute's requests are made in so many steps.
const STEPS_PER_MINUTE: u32 = 6;
/// A round over notes begins so many polls after the one before. Nothing but a round tells of most of them; of prospects webhooks
/// do, and their rounds begin as often as sweeps.
const POLLS_PER_ROUND: i64 = 12;
const IDS_PER_LOOK: u32 = 1_000;
const PAGES_MAX: usize = 10_000;

/// Names of the facts about rounds begin with this; the entity follows.
const FACT_PREFIX: &str = "round:";

/// A round under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Round {
    /// The last record that was asked.
    after: Option<String>,
    began_at: Timestamp,
    next_at: Timestamp,
}

fn fact_name(entity: Entity) -> String {
    format!("{FACT_PREFIX}{}", entity.name())
}

const fn has_rounds(entity: Entity) -> bool {
    !entity.listed_under().is_empty()
}

async fn under_way<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    entity: Entity,
) -> Result<Option<Round>, StoreError> {
    let text = store.fact(ctx, &fact_name(entity)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Since when a round over an entity is under way.
pub(crate) async fn began_at<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    entity: Entity,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(under_way(store, ctx, entity)
        .await?
        .map(|round| round.began_at))
}

/// What is mirrored beside pairs and can be read or compared in full by now: what has rounds is read once, when the records that it
/// is listed under are there.
///
/// # Errors
/// When the store cannot be reached.
pub async fn listable<S: Store>(core: &Core<S>) -> Result<Vec<Entity>, EngineError> {
    let mut listable = Vec::new();
    for entity in core.settings.mirrored.iter().copied() {
        if !has_rounds(entity) || may_be_filled(core, entity).await? {
            listable.push(entity);
        }
    }
    Ok(listable)
}

async fn may_be_filled<S: Store>(core: &Core<S>, entity: Entity) -> Result<bool, EngineError> {
    let swept = sweep::swept_at(&core.store, core.ctx(), entity);
    if swept.await?.is_some() {
        return Ok(false);
    }
    for above in core.settings.asked_under(entity) {
        let swept = sweep::swept_at(&core.store, core.ctx(), above);
        if swept.await?.is_none() {
            return Ok(false);
        }
    }
    Ok(entity != Entity::TimelineNote || are_pairs_there(core).await?)
}

/// Notes belong to pairs: before the first ones have been made there is nothing to ask for. Where pairs do not come to rest, the
/// rest is asked for in rounds.
async fn are_pairs_there<S: Store>(core: &Core<S>) -> Result<bool, EngineError> {
    let status = core.store.status(core.ctx(), core.now()).await?;
    if status.pairs_active.values().all(|pairs| *pairs == 0) {
        return Ok(false);
    }
    let is_idle = |stage: &Stage| status.lanes.get(stage).is_none_or(|lanes| *lanes == 0);
    let swept = sweep::swept_at(&core.store, core.ctx(), Entity::Contact).await?;
    let waited = round_interval(core, Entity::TimelineNote);
    let is_late = swept.is_some_and(|at| time::plus_millis(at, waited) <= core.now());
    Ok(is_late
        || [Stage::Read, Stage::Plan, Stage::Deliver]
            .iter()
            .all(is_idle))
}

fn round_interval<S>(core: &Core<S>, entity: Entity) -> i64 {
    let timing = &core.settings.timing;
    if entity == Entity::TimelineNote {
        return timing.poll_interval.saturating_mul(POLLS_PER_ROUND);
    }
    timing.sweep_interval
}

async fn due_of<S: Store>(
    core: &Core<S>,
    entity: Entity,
) -> Result<Option<(Timestamp, Option<Round>)>, EngineError> {
    let swept = sweep::swept_at(&core.store, core.ctx(), entity).await?;
    let Some(swept_at) = swept.filter(|_| has_rounds(entity)) else {
        return Ok(None);
    };
    let round = under_way(&core.store, core.ctx(), entity).await?;
    let due = round.as_ref().map_or_else(
        || time::plus_millis(swept_at, round_interval(core, entity)),
        |round| round.next_at,
    );
    let put_off = core.not_before(&fact_name(entity));
    Ok(Some((put_off.map_or(due, |until| until.max(due)), round)))
}

/// When the next step of a round is due.
///
/// # Errors
/// When the store cannot be reached.
pub async fn next_due<S: Store>(core: &Core<S>) -> Result<Option<Timestamp>, EngineError> {
    let mut next = None;
    for entity in core.settings.mirrored.iter().copied() {
        let due = due_of(core, entity).await?.map(|(due, _)| due);
        next = next.into_iter().chain(due).min();
    }
    Ok(next)
}

/// Carries out the steps that are due; answers how many.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_once<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    run_once_of(core, &core.settings.mirrored).await
}

/// The same of some entities alone.
///
/// # Errors
/// When the store cannot be reached.
pub async fn run_once_of<S: Store>(
    core: &Core<S>,
    entities: &[Entity],
) -> Result<u64, EngineError> {
    let mut steps = 0;
    for entity in entities.iter().copied() {
        let Some((due, round)) = due_of(core, entity).await? else {
            continue;
        };
        if due > core.now() {
            continue;
        }
        match step(core, entity, round).await {
            Ok(()) => steps += 1,
            Err(error) => refusal::put_off(core, entity, &fact_name(entity), error).await?,
        }
    }
    Ok(steps)
}

async fn step<S: Store>(
    core: &Core<S>,
    entity: Entity,
    round: Option<Round>,
) -> Result<(), EngineError> {
    let call = CallContext::new(Priority::Poll, "round");
    let per_minute = core.settings.rounds_per_minute.max(1);
    let requests = (per_minute / STEPS_PER_MINUTE).max(1);
    let began_at = round.as_ref().map_or(core.now(), |round| round.began_at);
    let after = round.and_then(|round| round.after);
    let after = after.as_deref().and_then(RecordKey::parse);
    let limit = usize::try_from(requests).unwrap_or(usize::MAX);
    let above = records_above(core, entity, after.as_ref(), limit).await?;
    for record in &above {
        take_in(core, entity, record, &call).await?;
    }
    let name = fact_name(entity);
    let Some(last) = above.last().filter(|_| above.len() == limit) else {
        end_orphans(core, entity).await?;
        sweep::note_done(core, entity).await?;
        core.store
            .put_fact(core.ctx(), &name, None, core.now())
            .await?;
        return Ok(());
    };
    let pause = i64::from(requests) * MINUTE_MILLIS / i64::from(per_minute);
    let round = Round {
        after: Some(last.to_string()),
        began_at,
        next_at: time::plus_millis(core.now(), pause),
    };
    let text = serde_json::to_string(&round).expect("a round is plain data");
    core.store
        .put_fact(core.ctx(), &name, Some(&text), core.now())
        .await?;
    Ok(())
}

/// What is under a record that is gone, or in no pair any more, is not mirrored any more.
async fn end_orphans<S: Store>(core: &Core<S>, entity: Entity) -> Result<(), EngineError> {
    let mut behind = String::new();
    let mut judged: Option<(RecordKey, bool)> = None;
    loop {
        let range = IdRange::after(&behind, IDS_PER_LOOK);
        let ids = core.store.live_ids_in(core.ctx(), entity, &range).await?;
        let Some(last) = ids.last() else {
            return Ok(());
        };
        last.as_str().clone_into(&mut behind);
        let mut orphans = Vec::new();
        for id in ids {
            let key = RecordKey { entity, id };
            let Some((above, _)) = key.listed_at() else {
                continue;
            };
            let is_orphan = match &judged {
                Some((record, is_orphan)) if *record == above => *is_orphan,
                Some(_) | None => !is_there(core, entity, &above).await?,
            };
            judged = Some((above, is_orphan));
            if is_orphan {
                orphans.push(key);
            }
        }
        end(core, orphans).await?;
    }
}

async fn is_there<S: Store>(
    core: &Core<S>,
    entity: Entity,
    above: &RecordKey,
) -> Result<bool, EngineError> {
    let row = core.store.mirror_row(core.ctx(), above).await?;
    let lives = row.is_some_and(|row| row.deleted_at.is_none());
    Ok(lives && is_asked(core, entity, above).await?)
}

/// Takes in what is under the records that changed since a moment; answers the newest change seen.
pub(crate) async fn poll<S: Store>(
    core: &Core<S>,
    entity: Entity,
    (since, seen_to): (Timestamp, Timestamp),
    call: &CallContext,
) -> Result<Timestamp, EngineError> {
    let mut newest = seen_to;
    let mut listed = BTreeMap::new();
    for above in core.settings.asked_under(entity) {
        let mut cursor = None;
        for _ in 0..PAGES_MAX {
            let query = ListQuery::since(since, cursor.take());
            let page = remote::list(core, above, &query, call).await?;
            for row in page.rows {
                newest = newest.max(row.remote_time);
                let is_known = core.was_asked(entity, &row.key, &row.remote_version);
                if !is_known {
                    let is_alive = row.deleted_at.is_none();
                    take_in_changed(core, entity, (&row.key, is_alive), call).await?;
                    core.note_asked(entity, &row.key, &row.remote_version);
                }
                listed.insert(row.key, row.remote_version);
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    core.replace_asked(entity, listed);
    Ok(newest)
}

async fn take_in_changed<S: Store>(
    core: &Core<S>,
    entity: Entity,
    (above, is_alive): (&RecordKey, bool),
    call: &CallContext,
) -> Result<(), EngineError> {
    debug_assert_eq!(above.side(), Side::Propstreet);
    if !is_alive {
        return end(core, known_under(core, entity, above).await?).await;
    }
    if is_asked(core, entity, above).await? {
        take_in(core, entity, above, call).await?;
    }
    Ok(())
}

/// Under which records, in which version, an entity was asked for in the last poll: the next one looks back a little and sees them
/// again.
#[derive(Debug, Default)]
pub(crate) struct Asked(BTreeMap<Entity, BTreeMap<RecordKey, String>>);

impl Asked {
    pub(crate) fn has(&self, entity: Entity, above: &RecordKey, version: &str) -> bool {
        let known = self.0.get(&entity).and_then(|known| known.get(above));
        known.is_some_and(|known| known == version)
    }

    pub(crate) fn note(&mut self, entity: Entity, above: &RecordKey, version: &str) {
        let known = self.0.entry(entity).or_default();
        known.insert(above.clone(), version.to_owned());
    }

    pub(crate) fn replace(&mut self, entity: Entity, listed: BTreeMap<RecordKey, String>) {
        self.0.insert(entity, listed);
    }
}
