//! Sweeps: every record of a side, listed and compared by id. The first one fills the mirror; later ones find what no webhook
//! and no delta has told, above all deletions.
//!
//! In: lists. Out: mirror rows, and inbox rows for records that were not where they should be. Never decides that a
//! record is gone: a list can shift or lag while it is read, so absence is a reason to look, not a fact.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use api_client::{CallContext, Priority};
use futures_util::future::join_all;
use model::{Entity, RecordKey, RemoteId, Side, Timestamp, time};
use store::{Authority, InboxSource, NewInboxRow, Observation, Store, StoreError, WorkspaceCtx};

use crate::core::Core;
use crate::failure::EngineError;
use crate::intake;
use crate::refusal;
use crate::remote::{self, ListPage, ListQuery};

pub mod pages;

use pages::{List, Progress, is_cursor_refused, walk};

/// More pages than this is a list that never ends.
const PAGES_MAX: usize = 10_000;
/// Absent records asked for at once.
const SUSPECTS_PER_BATCH: usize = 500;

/// Names of the facts about sweeps begin with this; the entity follows.
const FACT_PREFIX: &str = "sweep:";

fn fact_name(entity: Entity) -> String {
    format!("{FACT_PREFIX}{}", entity.name())
}

async fn progress<S: Store>(
    core: &Core<S>,
    entity: Entity,
) -> Result<Option<Progress>, EngineError> {
    let text = core.store.fact(core.ctx(), &fact_name(entity)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// When an entity was last listed from end to end.
pub(crate) async fn swept_at<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    entity: Entity,
) -> Result<Option<Timestamp>, StoreError> {
    let text = store.fact(ctx, &fact_name(entity)).await?;
    Ok(
        match text.and_then(|text| serde_json::from_str(&text).ok()) {
            Some(Progress::Done { at }) => Some(at),
            Some(Progress::Filling { .. }) | None => None,
        },
    )
}

/// What is being read for the first time and not read completely yet, and since when.
///
/// # Errors
/// When the store cannot be reached.
pub async fn being_filled<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
) -> Result<Vec<(Entity, Timestamp)>, StoreError> {
    let facts = store.facts(ctx, FACT_PREFIX).await?;
    let filling = facts.into_iter().filter_map(|(name, text)| {
        let entity = Entity::from_name(name.strip_prefix(FACT_PREFIX)?)?;
        match serde_json::from_str(&text).ok()? {
            Progress::Filling { started_at, .. } => Some((entity, started_at)),
            Progress::Done { .. } => None,
        }
    });
    Ok(filling.collect())
}

/// Whether everything that takes part in pairs has been read completely once.
///
/// # Errors
/// When the store cannot be reached.
pub async fn is_backfilled<S: Store>(core: &Core<S>) -> Result<bool, EngineError> {
    if core.is_known_backfilled() {
        return Ok(true);
    }
    let known = progress_of_all(core).await?;
    let is_whole = is_whole(&known);
    if is_whole {
        core.note_backfilled();
    }
    Ok(is_whole)
}

fn is_whole(known: &BTreeMap<Entity, Progress>) -> bool {
    let is_done = |entity: &Entity| matches!(known.get(entity), Some(Progress::Done { .. }));
    Entity::PAIRED.iter().all(is_done)
}

/// Where every entity's sweep stands, in one read.
async fn progress_of_all<S: Store>(
    core: &Core<S>,
) -> Result<BTreeMap<Entity, Progress>, EngineError> {
    let facts = core.store.facts(core.ctx(), FACT_PREFIX).await?;
    let read = |(name, text): (String, String)| {
        let entity = Entity::from_name(name.strip_prefix(FACT_PREFIX)?)?;
        Some((entity, serde_json::from_str(&text).ok()?))
    };
    Ok(facts.into_iter().filter_map(read).collect())
}

/// When the first sweep is due, of whichever of these entities.
///
/// # Errors
/// When the store cannot be reached.
pub async fn next_due<S: Store>(
    core: &Core<S>,
    entities: &[Entity],
) -> Result<Timestamp, EngineError> {
    let known = progress_of_all(core).await?;
    let due = entities.iter().map(|entity| due_of(core, *entity, &known));
    Ok(due.min().unwrap_or(Timestamp::MAX))
}

/// When the next sweep of an entity is due; now when it was never finished. What takes part in pairs is not compared before all
/// of it was read once, because until then nothing is done with what a comparison finds.
fn due_of<S: Store>(
    core: &Core<S>,
    entity: Entity,
    known: &BTreeMap<Entity, Progress>,
) -> Timestamp {
    let due = match known.get(&entity) {
        Some(Progress::Done { at }) if entity.kind().is_none() || is_whole(known) => {
            time::plus_millis(*at, core.settings.timing.sweep_interval)
        }
        Some(Progress::Done { .. }) => Timestamp::MAX,
        Some(Progress::Filling { .. }) | None => core.now(),
    };
    core.not_before(&fact_name(entity))
        .map_or(due, |until| until.max(due))
}

/// Told after each page: entity, rows so far.
pub type PageHeard<'a> = &'a (dyn Fn(Entity, u64) + Send + Sync);

/// Carries out the sweeps of these entities that are due, all lists at once; answers how many entities were swept. One that the
/// day's budget does not pay any more keeps what it has and goes on at the reset.
///
/// # Errors
/// When the store cannot be reached, or a list cannot be read.
pub async fn run_once<S: Store>(
    core: &Core<S>,
    entities: &[Entity],
    heard: PageHeard<'_>,
) -> Result<u64, EngineError> {
    let known = progress_of_all(core).await?;
    let due: Vec<Entity> = entities
        .iter()
        .copied()
        .filter(|entity| due_of(core, *entity, &known) <= core.now())
        .collect();
    let sweeps = due.iter().map(|entity| sweep_entity(core, *entity, heard));
    let mut swept = 0;
    for (entity, ended) in due.iter().zip(join_all(sweeps).await) {
        match ended {
            Ok(()) => {
                swept += 1;
                refusal::lift(core, *entity).await?;
            }
            Err(error) => refusal::put_off(core, *entity, &fact_name(*entity), error).await?,
        }
    }
    Ok(swept)
}

/// Makes every entity's next sweep due now.
///
/// # Errors
/// When the store cannot be reached.
pub async fn make_due<S: Store>(core: &Core<S>) -> Result<(), EngineError> {
    for entity in Entity::ALL {
        if let Some(Progress::Done { .. }) = progress(core, entity).await? {
            let long_ago = Progress::Done {
                at: Timestamp::UNIX_EPOCH,
            };
            remember(core, entity, &long_ago).await?;
        }
    }
    Ok(())
}

/// Notes that everything of an entity has been asked for anew.
pub(crate) async fn note_done<S: Store>(core: &Core<S>, entity: Entity) -> Result<(), EngineError> {
    remember(core, entity, &Progress::Done { at: core.now() }).await
}

async fn remember<S: Store>(
    core: &Core<S>,
    entity: Entity,
    progress: &Progress,
) -> Result<(), EngineError> {
    let text = serde_json::to_string(progress).expect("progress is plain data");
    core.store
        .put_fact(core.ctx(), &fact_name(entity), Some(&text), core.now())
        .await?;
    Ok(())
}

async fn sweep_entity<S: Store>(
    core: &Core<S>,
    entity: Entity,
    heard: PageHeard<'_>,
) -> Result<(), EngineError> {
    match progress(core, entity).await? {
        Some(Progress::Done { .. }) => compare(core, entity, heard).await,
        Some(Progress::Filling { cursor, started_at }) => {
            let had_cursor = cursor.is_some();
            match fill(core, entity, cursor, started_at, heard).await {
                Err(error) if had_cursor && is_cursor_refused(&error) => {
                    tracing::warn!(
                        entity = entity.name(),
                        "the place in the list is not known any more; it is read from its beginning"
                    );
                    fill(core, entity, None, core.now(), heard).await
                }
                ended => ended,
            }
        }
        None => fill(core, entity, None, core.now(), heard).await,
    }
}

/// The first time: everything is taken in, and what changes meanwhile is left to the polls that follow.
async fn fill<S: Store>(
    core: &Core<S>,
    entity: Entity,
    cursor: Option<String>,
    started_at: Timestamp,
    heard: PageHeard<'_>,
) -> Result<(), EngineError> {
    let call = CallContext::new(Priority::Backfill, "backfill");
    let list = EntityList::new(entity, heard);
    walk(core, &list, cursor, Some(started_at), &call).await?;
    intake::poll::begin_at(core, entity, started_at).await?;
    remember(core, entity, &Progress::Done { at: core.now() }).await
}

/// Later: what changed unseen is taken in, and what is not there any more is asked for.
async fn compare<S: Store>(
    core: &Core<S>,
    entity: Entity,
    heard: PageHeard<'_>,
) -> Result<(), EngineError> {
    let known = core.store.live_ids(core.ctx(), entity).await?;
    let call = CallContext::new(Priority::Poll, "sweep");
    let need = Need::of(core, entity, known.len(), call)?;
    let list = EntityList::new(entity, heard);
    walk(core, &list, None, None, &call).await?;
    drop(need);
    let seen = list.into_seen();
    let absent = known.into_iter().filter(|id| !seen.contains(id)).collect();
    look_for(core, entity, absent).await?;
    remember(core, entity, &Progress::Done { at: core.now() }).await
}

/// What a comparison will cost, as the forecast shows it until the comparison has ended.
struct Need<'a> {
    budget: &'a api_client::Budget,
    job: &'static str,
    call: CallContext,
}

impl<'a> Need<'a> {
    /// Says what it will cost; an error when the rest of the day cannot pay it, because half a comparison is worth nothing.
    fn of<S: Store>(
        core: &'a Core<S>,
        entity: Entity,
        known: usize,
        call: CallContext,
    ) -> Result<Option<Self>, EngineError> {
        let side = entity.side();
        if side != Side::Pipedrive {
            return Ok(None);
        }
        let budget = core.pipedrive.caller().budget();
        let tokens = remote::list_tokens(entity, known);
        budget
            .affords(tokens, call.priority)
            .map_err(|error| EngineError::call(side, error))?;
        budget.note_need(entity.name(), call, u64::from(tokens));
        let job = entity.name();
        Ok(Some(Self { budget, job, call }))
    }
}

impl Drop for Need<'_> {
    fn drop(&mut self) {
        self.budget.note_need(self.job, self.call, 0);
    }
}

/// The list of an entity, and what was seen in it.
struct EntityList<'a> {
    entity: Entity,
    heard: PageHeard<'a>,
    seen: Mutex<(BTreeSet<RemoteId>, u64)>,
}

impl<'a> EntityList<'a> {
    const fn new(entity: Entity, heard: PageHeard<'a>) -> Self {
        Self {
            entity,
            heard,
            seen: Mutex::new((BTreeSet::new(), 0)),
        }
    }

    fn into_seen(self) -> BTreeSet<RemoteId> {
        self.seen
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// Answers how many rows there were so far.
    fn note(&self, rows: &[store::MirrorRow]) -> u64 {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.0.extend(rows.iter().map(|row| row.key.id.clone()));
        seen.1 += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        seen.1
    }
}

impl<S: Store> List<S> for EntityList<'_> {
    type Page = ListPage;

    async fn read(
        &self,
        core: &Core<S>,
        cursor: Option<String>,
        call: &CallContext,
    ) -> Result<(ListPage, Option<String>), EngineError> {
        let page = remote::list(core, self.entity, &ListQuery::all(cursor), call).await?;
        let next = page.next_cursor.clone();
        Ok((page, next))
    }

    async fn keep(
        &self,
        core: &Core<S>,
        page: ListPage,
        after: Option<&Progress>,
    ) -> Result<(), EngineError> {
        let rows = self.note(&page.rows);
        commit_page(core, self.entity, page, after).await?;
        (self.heard)(self.entity, rows);
        Ok(())
    }
}

async fn commit_page<S: Store>(
    core: &Core<S>,
    entity: Entity,
    mut page: ListPage,
    after: Option<&Progress>,
) -> Result<(), EngineError> {
    if entity.kind().is_some() && is_backfilled(core).await? {
        // What a comparison finds changed, changed at some time, which decides who was later.
        intake::page::note_changes(core, &mut page.rows).await?;
    }
    if entity.kind().is_none() {
        intake::page::keep_known_form(core, &mut page.rows).await?;
    }
    let observation = Observation {
        authority: Authority::Page,
        page: Some(NewInboxRow {
            source: InboxSource::Sweep,
            dedup: None,
            record: None,
            body: None,
            summary: format!("page of {} list: {} rows", entity.name(), page.rows.len()),
        }),
        rows: page.rows,
        participant_counts: page.participant_counts,
        cursor: after.map(|progress| {
            (
                fact_name(entity),
                Some(serde_json::to_string(progress).expect("progress is plain data")),
            )
        }),
        ..Observation::none()
    };
    core.store
        .commit_observation(&core.lease, observation, None, core.now())
        .await?;
    core.bells.ring_all();
    Ok(())
}

/// Asks for records that a complete list did not show. Links are looked at through their contacts.
async fn look_for<S: Store>(
    core: &Core<S>,
    entity: Entity,
    absent: Vec<RemoteId>,
) -> Result<(), EngineError> {
    for batch in absent.chunks(SUSPECTS_PER_BATCH) {
        let mut rows = Vec::with_capacity(batch.len());
        for id in batch {
            let key = RecordKey {
                entity,
                id: id.clone(),
            };
            let record = match entity {
                Entity::Link => core
                    .store
                    .mirror_row(core.ctx(), &key)
                    .await?
                    .map(|row| row.owner),
                Entity::Organization
                | Entity::Person
                | Entity::Company
                | Entity::Contact
                | Entity::User
                | Entity::Pipeline
                | Entity::Stage
                | Entity::Deal
                | Entity::Lead
                | Entity::Activity
                | Entity::Note
                | Entity::Product
                | Entity::Project
                | Entity::Property
                | Entity::Prospect
                | Entity::TimelineNote => Some(key.clone()),
            };
            rows.push(NewInboxRow {
                source: InboxSource::Sweep,
                dedup: None,
                record,
                body: None,
                summary: format!("{key} was not in the list"),
            });
        }
        core.store
            .append_inbox(core.ctx(), rows, core.now())
            .await?;
        core.bells.read.ring();
    }
    Ok(())
}
