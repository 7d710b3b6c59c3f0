//! Sweeps: every record of a side, listed and compared by id. The first one fills the mirror; later ones find what no webhook
//! and no delta has told, above all deletions.
//!
//! In: lists. Out: mirror rows, and inbox rows for records that were not where they should be. Never decides that a
//! record is gone: a list can shift or lag while it is read, so absence is a reason to look, not a fact.

use std::collections::{BTreeMap, BTreeSet};

use api_client::{CallContext, Priority};
use model::{Entity, RecordKey, RemoteId, Timestamp, time};
use serde::{Deserialize, Serialize};
use store::{Authority, InboxSource, NewInboxRow, Observation, Store, StoreError, WorkspaceCtx};

use crate::core::Core;
use crate::failure::EngineError;
use crate::intake;
use crate::remote::{self, ListQuery};

/// More pages than this is a list that never ends.
const PAGES_MAX: usize = 10_000;
/// Absent records asked for at once.
const SUSPECTS_PER_BATCH: usize = 500;

/// Names of the facts about sweeps begin with this; the entity follows.
const FACT_PREFIX: &str = "sweep:";

/// Where a side's sweep of an entity stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Progress {
    /// The first fill goes on behind this cursor after a restart.
    Filling {
        cursor: Option<String>,
        started_at: Timestamp,
    },
    Done {
        at: Timestamp,
    },
}

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

/// Whether every entity of both sides has been read completely once.
///
/// # Errors
/// When the store cannot be reached.
pub async fn is_backfilled<S: Store>(core: &Core<S>) -> Result<bool, EngineError> {
    if core.is_known_backfilled() {
        return Ok(true);
    }
    let known = progress_of_all(core).await?;
    let is_done = |entity: &Entity| matches!(known.get(entity), Some(Progress::Done { .. }));
    let is_whole = Entity::ALL.iter().all(is_done);
    if is_whole {
        core.note_backfilled();
    }
    Ok(is_whole)
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

/// When the first sweep is due, of whichever entity.
///
/// # Errors
/// When the store cannot be reached.
pub async fn next_due<S: Store>(core: &Core<S>) -> Result<Timestamp, EngineError> {
    let known = progress_of_all(core).await?;
    let due = |entity| due_of(core, entity, known.get(&entity));
    Ok(Entity::ALL
        .into_iter()
        .map(due)
        .min()
        .unwrap_or(Timestamp::MAX))
}

/// When the next sweep of an entity is due; now when it was never finished.
///
/// # Errors
/// When the store cannot be reached.
pub async fn due_at<S: Store>(core: &Core<S>, entity: Entity) -> Result<Timestamp, EngineError> {
    let known = progress(core, entity).await?;
    Ok(due_of(core, entity, known.as_ref()))
}

fn due_of<S: Store>(core: &Core<S>, entity: Entity, known: Option<&Progress>) -> Timestamp {
    let due = match known {
        Some(Progress::Done { at }) => time::plus_millis(*at, core.settings.timing.sweep_interval),
        Some(Progress::Filling { .. }) | None => core.now(),
    };
    core.not_before(&fact_name(entity))
        .map_or(due, |until| until.max(due))
}

/// Told after each page: entity, rows so far.
pub type PageHeard<'a> = &'a (dyn Fn(Entity, u64) + Send + Sync);

/// Carries out the sweeps that are due; answers how many entities were swept.
///
/// # Errors
/// When the store cannot be reached, or a list cannot be read.
pub async fn run_once<S: Store>(core: &Core<S>, heard: PageHeard<'_>) -> Result<u64, EngineError> {
    let mut swept = 0;
    if next_due(core).await? > core.now() {
        return Ok(swept);
    }
    for entity in Entity::ALL {
        if due_at(core, entity).await? <= core.now() {
            match sweep_entity(core, entity, heard).await {
                Ok(()) => swept += 1,
                Err(error) => core.put_off(&fact_name(entity), error)?,
            }
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
    let before = progress(core, entity).await?;
    let is_first = !matches!(before, Some(Progress::Done { .. }));
    let (mut cursor, started_at) = match before {
        Some(Progress::Filling { cursor, started_at }) => (cursor, started_at),
        Some(Progress::Done { .. }) | None => (None, core.now()),
    };
    // A fill that goes on behind a cursor has not seen the first pages, so it cannot say what is absent.
    let is_whole = cursor.is_none();
    let known = if is_first {
        Vec::new()
    } else {
        core.store.live_ids(core.ctx(), entity).await?
    };
    let mut seen: BTreeSet<RemoteId> = BTreeSet::new();
    let mut rows = 0;
    let call = CallContext::new(
        if is_first {
            Priority::Backfill
        } else {
            Priority::Poll
        },
        if is_first { "backfill" } else { "sweep" },
    );
    for _ in 0..PAGES_MAX {
        let page = remote::list(core, entity, &ListQuery::all(cursor.take()), &call).await?;
        rows += u64::try_from(page.rows.len()).unwrap_or(u64::MAX);
        seen.extend(page.rows.iter().map(|row| row.key.id.clone()));
        cursor.clone_from(&page.next_cursor);
        let ends = cursor.is_none();
        let after = if ends {
            None
        } else {
            Some(Progress::Filling {
                cursor: cursor.clone(),
                started_at,
            })
        };
        commit_page(core, entity, page, if is_first { after } else { None }).await?;
        heard(entity, rows);
        if ends {
            break;
        }
    }
    if is_whole {
        look_for(
            core,
            entity,
            known.into_iter().filter(|id| !seen.contains(id)).collect(),
        )
        .await?;
    }
    if is_first {
        intake::poll::begin_at(core, entity, started_at).await?;
    }
    remember(core, entity, &Progress::Done { at: core.now() }).await
}

async fn commit_page<S: Store>(
    core: &Core<S>,
    entity: Entity,
    mut page: remote::ListPage,
    progress: Option<Progress>,
) -> Result<(), EngineError> {
    if is_backfilled(core).await? {
        // What a comparison finds changed, changed at some time, which decides who was later.
        let mapping = core.mapping()?;
        for row in &mut page.rows {
            let before = core.store.mirror_row(core.ctx(), &row.key).await?;
            let seen_at = core.seen_at(row);
            crate::mapping::note_changes(row, before.as_ref(), seen_at, &mapping)?;
        }
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
        gone: Vec::new(),
        cursor: progress.map(|progress| {
            (
                fact_name(entity),
                Some(serde_json::to_string(&progress).expect("progress is plain data")),
            )
        }),
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
                Entity::Organization | Entity::Person | Entity::Company | Entity::Contact => {
                    Some(key.clone())
                }
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
