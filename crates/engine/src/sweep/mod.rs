//! Sweeps: every record of a side, listed and compared by id. The first one fills the mirror; later ones find what no webhook
//! and no delta has told, above all deletions.
//!
//! In: lists. Out: mirror rows, and inbox rows for records that were not where they should be. Never decides that a
//! record is gone: a list can shift or lag while it is read, so absence is a reason to look, not a fact.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Priority};
use model::{Entity, RecordKey, RemoteId, Side, Timestamp, time};
use store::{InboxSource, NewInboxRow, Store, StoreError, WorkspaceCtx};

use crate::core::Core;
use crate::failure::EngineError;
use crate::intake;
use crate::refusal;
use crate::remote;

pub mod backfill;
pub mod completeness;
pub mod ends;
mod indexes;
mod listing;
pub(crate) mod pace;
pub mod pages;
pub mod tally;

use completeness::{Judged, Walked};
use listing::{EntityList, Seen};
use pages::{Progress, is_cursor_refused, walk};
use tally::{Fact, Tally};

/// More pages than this is a list that never ends.
const PAGES_MAX: usize = 10_000;
/// Absent records asked for at once.
const SUSPECTS_PER_BATCH: usize = 500;
/// More absent records than these, and the list itself is doubted before each of them is asked for.
const ABSENT_BEFORE_DOUBT: usize = 20;
/// A record that was added so long before a list was read is in it, however much lists lag and clocks differ.
const LISTED_AFTER_MILLIS: i64 = 60_000;

/// Names of the facts about sweeps begin with this; the entity follows.
const FACT_PREFIX: &str = "sweep:";
const BACKFILL: CallContext = CallContext::new(Priority::Backfill, "backfill");

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
        Some(Progress::Done { at }) if !entity.is_always_paired() || is_whole(known) => {
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
    read_all(core, due, entities.len(), heard).await
}

async fn read_all<S: Store>(
    core: &Core<S>,
    due: Vec<Entity>,
    at_once: usize,
    heard: PageHeard<'_>,
) -> Result<u64, EngineError> {
    let begin = |entity| async move { (entity, sweep_entity(core, entity, heard).await) };
    let mut swept = 0;
    for (entity, ended) in core.pace.keep(due, at_once, begin).await {
        match ended {
            Ok(()) => {
                swept += 1;
                refusal::lift(core, entity).await?;
            }
            Err(error) => refusal::put_off(core, entity, &fact_name(entity), error).await?,
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
    if let Some(tally) = tally::known(core, entity)
        .await?
        .filter(|tally| tally.is_over)
    {
        return conclude_fill(core, entity, tally).await;
    }
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
                    begin_anew(core, entity, heard).await
                }
                ended => ended,
            }
        }
        None => match tally::known(core, entity).await? {
            // Its other end was looked at just now, or it died before its first page.
            Some(tally) => fill(core, entity, None, tally.started_at, heard).await,
            None => begin_anew(core, entity, heard).await,
        },
    }
}

async fn begin_anew<S: Store>(
    core: &Core<S>,
    entity: Entity,
    heard: PageHeard<'_>,
) -> Result<(), EngineError> {
    let started_at = core.now();
    indexes::leave_out_board_indexes(core, entity).await?;
    tally::begin(core, entity, &Tally::begin(started_at)).await?;
    fill(core, entity, None, started_at, heard).await
}

/// The first time: everything is taken in, and what changes meanwhile is left to the polls that follow.
async fn fill<S: Store>(
    core: &Core<S>,
    entity: Entity,
    cursor: Option<String>,
    started_at: Timestamp,
    heard: PageHeard<'_>,
) -> Result<(), EngineError> {
    let tally = tally::known(core, entity).await?;
    let tally = tally.unwrap_or_else(|| Tally::begin(started_at));
    let list = EntityList::new(entity, heard, Some(tally));
    walk(core, &list, cursor, Some(started_at), &BACKFILL).await?;
    let Seen { tally, .. } = list.into_seen();
    conclude_fill(
        core,
        entity,
        tally.unwrap_or_else(|| Tally::begin(started_at)),
    )
    .await
}

/// The list was read to its end: what it showed is held against the mirror.
async fn conclude_fill<S: Store>(
    core: &Core<S>,
    entity: Entity,
    tally: Tally,
) -> Result<(), EngineError> {
    let ids = tally::ids(core, entity).await?;
    let is_cut = ends::is_cut(core, entity, &tally, &ids, &BACKFILL).await?;
    let started_at = tally.started_at;
    let walked = Walked {
        is_first: true,
        begun_at: started_at,
        pages: tally.pages,
        ids,
        rows: tally.rows,
        known: None,
        is_cut,
    };
    let judged = completeness::judge(core, entity, walked).await?;
    let mut facts = tally::leftovers(core, entity).await?;
    if is_cut {
        // It is read from its beginning.
        facts.push((fact_name(entity), None));
        return end_cut(core, entity, judged, facts).await;
    }
    look_for(core, entity, judged.suspects).await?;
    indexes::make_board_indexes(core, entity).await?;
    indexes::index_keys(core, entity).await?;
    intake::poll::begin_at(core, entity, started_at).await?;
    facts.extend(judged.facts);
    facts.push(done(core, entity));
    tally::keep(core, facts).await
}

/// A list that ended too soon says nothing about what it did not show. It is read again later.
async fn end_cut<S: Store>(
    core: &Core<S>,
    entity: Entity,
    judged: Judged,
    mut facts: Vec<Fact>,
) -> Result<(), EngineError> {
    tracing::warn!(
        entity = entity.name(),
        listed = judged.counts.listed,
        "a list ended before its last record; it is read again by itself"
    );
    facts.extend(judged.facts);
    tally::keep(core, facts).await?;
    let ended_too_soon = CallError::Unreadable {
        what: "a list that ended before its last record",
        line: 0,
        column: 0,
    };
    Err(EngineError::call(entity.side(), ended_too_soon))
}

/// The fact that a list was read to its end.
fn done<S: Store>(core: &Core<S>, entity: Entity) -> Fact {
    let done = Progress::Done { at: core.now() };
    let text = serde_json::to_string(&done).expect("progress is plain data");
    (fact_name(entity), Some(text))
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
    let list = EntityList::new(entity, heard, None);
    let begun_at = core.now();
    walk(core, &list, None, None, &call).await?;
    drop(need);
    let Seen {
        ids, rows, pages, ..
    } = list.into_seen();
    let absent = known.len() - known.shared(&ids);
    let is_cut = absent > ABSENT_BEFORE_DOUBT && ends::has_end(entity) && {
        let before = time::plus_millis(begun_at, -LISTED_AFTER_MILLIS);
        ends::lacks_last(core, entity, &ids, before, &call).await?
    };
    let walked = Walked {
        is_first: false,
        begun_at,
        pages,
        ids,
        rows,
        known: Some(known),
        is_cut,
    };
    let judged = completeness::judge(core, entity, walked).await?;
    if is_cut {
        return end_cut(core, entity, judged, Vec::new()).await;
    }
    look_for(core, entity, judged.suspects).await?;
    indexes::make_board_indexes(core, entity).await?;
    let mut facts = judged.facts;
    facts.push(done(core, entity));
    tally::keep(core, facts).await
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
