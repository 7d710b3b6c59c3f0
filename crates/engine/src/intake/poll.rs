//! Delta polls: what changed on a side since we last looked, with an overlap, because lists lag and clocks differ.
//!
//! In: lists by `updated_since`. Out: mirror rows of what changed. A webhook that was lost costs one interval at the most, which of
//! what takes part in no pair becomes longer while nothing changes or tokens run short.

use api_client::{CallContext, Priority};
use model::{Entity, RecordKey, Side, Timestamp, time};
use serde::{Deserialize, Serialize};
use store::{Authority, InboxSource, NewInboxRow, Observation, Store, StoreError, WorkspaceCtx};

use crate::core::Core;
use crate::failure::EngineError;
use crate::intake::{page, rounds};
use crate::pace;
use crate::refusal;
use crate::remote::{self, ListQuery};
use crate::settings::Settings;
use crate::sweep::{self, completeness};

const PAGES_MAX: usize = 10_000;
/// New Pipedrive records have no `update_time` and no delta shows them; every so many polls the newest are listed.
pub(crate) const NEWEST_EVERY: u64 = 6;
/// What tokens are booked under.
pub(crate) const PURPOSE: &str = "poll";

/// Names of the facts about polling begin with this; the entity follows.
const FACT_PREFIX: &str = "poll:";

/// Where an entity's polling stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    /// By the vendor's clock: everything up to here has been seen, but for the overlap.
    seen_to: Timestamp,
    next_at: Timestamp,
    polls: u64,
    /// Polls in a row that found nothing that was not known.
    #[serde(default)]
    quiet: u64,
}

fn fact_name(entity: Entity) -> String {
    format!("{FACT_PREFIX}{}", entity.name())
}

async fn cursor<S: Store>(core: &Core<S>, entity: Entity) -> Result<Option<Cursor>, EngineError> {
    let text = core.store.fact(core.ctx(), &fact_name(entity)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// What the polls of an entity have seen, and when the next one is due.
pub(crate) async fn standing<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    entity: Entity,
) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
    let text = store.fact(ctx, &fact_name(entity)).await?;
    let cursor = text.and_then(|text| serde_json::from_str::<Cursor>(&text).ok());
    Ok(cursor.map(|cursor| (cursor.seen_to, cursor.next_at)))
}

/// How long after a poll the next one is due unless it is put off longer. Lists that cost more, or that change a few times a year, are asked for less often:
/// webhooks tell of them meanwhile.
pub(crate) fn usual_interval(settings: &Settings, entity: Entity) -> i64 {
    let usual = settings.timing.poll_interval;
    usual.saturating_mul(match entity {
        Entity::Organization
        | Entity::Person
        | Entity::Company
        | Entity::Contact
        | Entity::Link
        | Entity::Deal
        | Entity::Activity
        | Entity::Project
        | Entity::Property
        | Entity::Prospect
        | Entity::TimelineNote => 1,
        Entity::Lead | Entity::Note | Entity::Product => 3,
        Entity::User | Entity::Pipeline | Entity::Stage => 12,
    })
}

/// What so many polls as come between two looks at the newest records cost together, in tokens, those looks included.
pub(crate) fn tokens_of_looks(entity: Entity) -> u64 {
    let page = u64::from(remote::page_tokens(entity));
    page * (NEWEST_EVERY + u64::from(remote::hides_new_records(entity)))
}

/// How long after this poll the next one is due. What takes part in pairs waits as long as usual.
async fn interval_after<S: Store>(
    core: &Core<S>,
    entity: Entity,
    quiet: u64,
) -> Result<i64, EngineError> {
    let usual = usual_interval(&core.settings, entity);
    if core.plans(entity) || entity.side() != Side::Pipedrive {
        return Ok(usual);
    }
    let webhooks = &core.settings.webhooks;
    let is_told = webhooks.public_url.is_some() && webhooks.pipedrive.is_some();
    let timing = &core.settings.timing;
    let most = pace::most(timing.poll_interval, timing.poll_interval_longest);
    let percent = pace::for_quiet(quiet, is_told).max(pace::of_budget(core).await?);
    Ok(pace::stretched(usual, percent.min(most)))
}

fn remembered(cursor: &Cursor) -> String {
    serde_json::to_string(cursor).expect("a cursor is plain data")
}

/// Polls from the moment at which a complete read began.
pub(crate) async fn begin_at<S: Store>(
    core: &Core<S>,
    entity: Entity,
    started_at: Timestamp,
) -> Result<(), EngineError> {
    let (offset, uncertainty) = core.clock_offset(entity.side());
    let cursor = Cursor {
        seen_to: time::plus_millis(started_at, offset - uncertainty),
        next_at: time::plus_millis(core.now(), usual_interval(&core.settings, entity)),
        polls: 0,
        quiet: 0,
    };
    core.store
        .put_fact(
            core.ctx(),
            &fact_name(entity),
            Some(&remembered(&cursor)),
            core.now(),
        )
        .await?;
    Ok(())
}

/// When the next poll of these entities is due; `None` before any of them was read once.
///
/// # Errors
/// When the store cannot be reached.
pub async fn next_due<S: Store>(
    core: &Core<S>,
    entities: &[Entity],
) -> Result<Option<Timestamp>, EngineError> {
    let facts = core.store.facts(core.ctx(), FACT_PREFIX).await?;
    let due = facts.into_iter().filter_map(|(name, text)| {
        let entity = Entity::from_name(name.strip_prefix(FACT_PREFIX)?)?;
        if !entities.contains(&entity) {
            return None;
        }
        let cursor: Cursor = serde_json::from_str(&text).ok()?;
        let put_off = core.not_before(&name);
        Some(put_off.map_or(cursor.next_at, |until| until.max(cursor.next_at)))
    });
    Ok(due.min())
}

/// Makes every poll due now.
///
/// # Errors
/// When the store cannot be reached.
pub async fn make_due<S: Store>(core: &Core<S>) -> Result<(), EngineError> {
    for entity in Entity::ALL {
        if let Some(cursor) = cursor(core, entity).await? {
            let cursor = Cursor {
                next_at: core.now(),
                ..cursor
            };
            core.store
                .put_fact(
                    core.ctx(),
                    &fact_name(entity),
                    Some(&remembered(&cursor)),
                    core.now(),
                )
                .await?;
        }
    }
    core.bells.poll.ring();
    Ok(())
}

/// Carries out the polls of these entities that are due; answers how many. What takes part in pairs is not polled before all of
/// it was read once.
///
/// # Errors
/// When the store cannot be reached, or a list cannot be read.
pub async fn run_once<S: Store>(core: &Core<S>, entities: &[Entity]) -> Result<u64, EngineError> {
    let takes_part = |entity: &Entity| entity.is_always_paired();
    if entities.iter().any(takes_part) && !sweep::is_backfilled(core).await? {
        return Ok(0);
    }
    let mut polled = 0;
    if next_due(core, entities)
        .await?
        .is_none_or(|due| due > core.now())
    {
        return Ok(polled);
    }
    for entity in entities.iter().copied() {
        if let Some(cursor) = cursor(core, entity).await?
            && cursor.next_at <= core.now()
            && core
                .not_before(&fact_name(entity))
                .is_none_or(|until| until <= core.now())
        {
            match poll(core, entity, cursor).await {
                Ok(()) => {
                    polled += 1;
                    refusal::lift(core, entity).await?;
                }
                Err(error) => {
                    refusal::put_off(core, entity, &fact_name(entity), error).await?;
                }
            }
        }
    }
    Ok(polled)
}

async fn poll<S: Store>(core: &Core<S>, entity: Entity, before: Cursor) -> Result<(), EngineError> {
    let call = CallContext::new(Priority::Poll, PURPOSE);
    let since = time::plus_millis(before.seen_to, -core.settings.timing.poll_overlap);
    let (seen_to, mut found) = if entity.listed_under().is_empty() {
        changes(core, entity, (since, before.seen_to), &call).await?
    } else {
        let seen_to = rounds::poll(core, entity, (since, before.seen_to), &call).await?;
        (seen_to, seen_to > before.seen_to)
    };
    if remote::hides_new_records(entity) && before.polls.is_multiple_of(NEWEST_EVERY) {
        found |= newest(core, entity, since, &call).await?;
    }
    let quiet = if found { 0 } else { before.quiet + 1 };
    let after = Cursor {
        seen_to,
        next_at: time::plus_millis(core.now(), interval_after(core, entity, quiet).await?),
        polls: before.polls + 1,
        quiet,
    };
    core.store
        .put_fact(
            core.ctx(),
            &fact_name(entity),
            Some(&remembered(&after)),
            core.now(),
        )
        .await?;
    Ok(())
}

/// Takes in what changed since a moment; answers the newest change seen, and whether any was not known.
async fn changes<S: Store>(
    core: &Core<S>,
    entity: Entity,
    (since, mut seen_to): (Timestamp, Timestamp),
    call: &CallContext,
) -> Result<(Timestamp, bool), EngineError> {
    let mut next_page = None;
    let mut found = false;
    for _ in 0..PAGES_MAX {
        let page = remote::list(
            core,
            entity,
            &ListQuery::since(since, next_page.take()),
            call,
        )
        .await?;
        seen_to = page
            .rows
            .iter()
            .map(|row| row.remote_time)
            .fold(seen_to, Timestamp::max);
        next_page.clone_from(&page.next_cursor);
        found |= commit(core, entity, page).await?;
        if next_page.is_none() {
            break;
        }
    }
    Ok((seen_to, found))
}

/// The newest records first, until they are older than what the last such look has seen; answers whether any was not known.
async fn newest<S: Store>(
    core: &Core<S>,
    entity: Entity,
    since: Timestamp,
    call: &CallContext,
) -> Result<bool, EngineError> {
    let looked_back = usual_interval(&core.settings, entity)
        .saturating_mul(i64::try_from(NEWEST_EVERY).unwrap_or(i64::MAX));
    let since = time::plus_millis(since, -looked_back);
    let mut cursor = None;
    let mut found = false;
    for _ in 0..PAGES_MAX {
        let page = remote::list(core, entity, &ListQuery::newest(cursor.take()), call).await?;
        let reached = page
            .rows
            .iter()
            .any(|row| remote::added_at(row).is_some_and(|added| added < since));
        cursor.clone_from(&page.next_cursor);
        found |= commit(core, entity, page).await?;
        if reached || cursor.is_none() {
            break;
        }
    }
    Ok(found)
}

/// Takes a page in; answers whether anything in it was not known.
async fn commit<S: Store>(
    core: &Core<S>,
    entity: Entity,
    mut listed: remote::ListPage,
) -> Result<bool, EngineError> {
    let facts = completeness::facts_about(entity, &listed.unreadable, core.now());
    if listed.rows.is_empty() && facts.is_empty() {
        return Ok(false);
    }
    if core.plans(entity) {
        page::note_changes(core, &mut listed.rows).await?;
    } else {
        page::keep_known_form(core, &mut listed.rows).await?;
    }
    let summary = format!(
        "changes of {} list: {} rows",
        entity.name(),
        listed.rows.len()
    );
    commit_page(core, listed, summary, facts).await
}

/// Takes in what a list showed.
pub(crate) async fn commit_page<S: Store>(
    core: &Core<S>,
    listed: remote::ListPage,
    summary: String,
    facts: Vec<(String, Option<String>)>,
) -> Result<bool, EngineError> {
    let page_row = NewInboxRow {
        source: InboxSource::Poll,
        dedup: None,
        record: None,
        body: None,
        summary,
    };
    let mut observation = Observation {
        authority: Authority::Page,
        rows: listed.rows,
        participant_counts: listed.participant_counts,
        page: Some(page_row),
        facts,
        ..Observation::none()
    };
    crate::deals::mark(core, &mut observation);
    let observed = core
        .store
        .commit_observation(&core.lease, observation, None, core.now())
        .await?;
    let found = observed.new + observed.changed + observed.unsure > 0;
    if found {
        core.bells.ring_all();
    }
    Ok(found)
}

/// Asks for one record to be read again.
///
/// # Errors
/// When the store cannot be reached.
pub async fn look_again<S: Store>(core: &Core<S>, record: RecordKey) -> Result<(), EngineError> {
    let summary = format!("a person asked for {record}");
    let row = NewInboxRow {
        source: InboxSource::Manual,
        dedup: None,
        record: Some(record),
        body: None,
        summary,
    };
    core.store
        .append_inbox(core.ctx(), vec![row], core.now())
        .await?;
    core.bells.read.ring();
    Ok(())
}
