//! Keeping the definitions true: reading them when they are old, when something unknown was seen, or while a name means
//! nothing; and going through the pairs when what a plan depends on has changed.
//!
//! In: the clock, what was noticed, what others have read. Out: remembered fields, the definitions in use, lanes that are due.
//! Costs 10 tokens for each list.

use std::collections::{BTreeMap, BTreeSet};

use api_client::{CallContext, CallError, Priority};
use model::{Kind, Side, Timestamp, time};
use store::{FieldChange, FieldChangeKind, FieldEntity, Reconsider, SeenFields, Store};

use super::in_use::InUse;
use super::listing::{self, is_needed, listed};
use super::{Definitions, FACT_DEFINITIONS, FACT_IN_USE, Read};
use crate::core::Core;
use crate::failure::EngineError;

/// What reading them is called where it is put off.
const WHAT: &str = "definitions";
/// How often they are read while a configured name means no field.
const UNRESOLVED_INTERVAL_MILLIS: i64 = 30 * 60 * 1_000;
const PAIRS_AT_ONCE: u32 = 500;

/// Reads the definitions of all entities again, and who we are where that is not known (2 tokens).
///
/// # Errors
/// When Pipedrive cannot be asked or the store cannot be reached.
pub async fn refresh_all<S: Store>(
    core: &Core<S>,
    call: &CallContext,
) -> Result<Vec<FieldChange>, EngineError> {
    refresh(core, &listed(&core.settings).collect(), call).await
}

/// The same without those that settings name fields of, which `setup` reads by itself.
///
/// # Errors
/// When Pipedrive cannot be asked or the store cannot be reached.
pub async fn refresh_others<S: Store>(
    core: &Core<S>,
    call: &CallContext,
) -> Result<Vec<FieldChange>, EngineError> {
    let others = listed(&core.settings).filter(|entity| !is_needed(*entity, &core.settings.fields));
    let others: BTreeSet<FieldEntity> = others.collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    refresh(core, &others, call).await
}

/// Reads the definitions of some entities again; answers what has changed.
///
/// # Errors
/// When Pipedrive cannot be asked or the store cannot be reached.
pub(super) async fn refresh<S: Store>(
    core: &Core<S>,
    entities: &BTreeSet<FieldEntity>,
    call: &CallContext,
) -> Result<Vec<FieldChange>, EngineError> {
    let failed = |error| EngineError::call(Side::Pipedrive, error);
    let mut looked = Looked::default();
    let mut failure = None;
    // What something travels in comes first.
    let mut entities: Vec<FieldEntity> = entities.iter().copied().collect();
    entities.sort_by_key(|entity| !is_needed(*entity, &core.settings.fields));
    for entity in entities {
        match listing::list(&core.pipedrive, entity, call).await {
            Ok(list) => looked.lists.push(list),
            Err(error) if is_final(&error) && !is_needed(entity, &core.settings.fields) => {
                tracing::warn!(
                    entity = entity.name(),
                    error = %error,
                    "the field definitions of an entity may not be read; nothing travels in them, and they are asked for again by and by"
                );
                looked.refused.insert(entity);
            }
            Err(error) => {
                failure = Some(failed(error));
                break;
            }
        }
    }
    let our_user = match (core.definitions(), failure.is_some()) {
        (Some(known), _) => known.our_user,
        (None, false) => core.pipedrive.me(call).await.map_err(failed)?.value.id,
        (None, true) => return failure.map_or_else(|| Ok(Vec::new()), Err),
    };
    // What was paid for is kept, whatever came after it.
    let changes = remember(core, looked, our_user).await?;
    failure.map_or(Ok(changes), Err)
}

/// Lists that were just read, and whose may not be read.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    pub(crate) lists: Vec<SeenFields>,
    refused: BTreeSet<FieldEntity>,
}

impl Looked {
    pub(crate) const fn at(lists: Vec<SeenFields>) -> Self {
        Self {
            lists,
            refused: BTreeSet::new(),
        }
    }
}

/// Whether asking again soon brings nothing else: the account or its login has no such thing.
const fn is_final(error: &CallError) -> bool {
    match error {
        CallError::NotAllowed(_)
        | CallError::Refused(_)
        | CallError::NotFound
        | CallError::Gone => true,
        CallError::NotNow { .. }
        | CallError::Unreachable { .. }
        | CallError::OutcomeUnknown { .. }
        | CallError::Stale
        | CallError::AlreadyExists(_)
        | CallError::Unreadable { .. } => false,
    }
}

/// Remembers lists that were just read, and uses them from now on.
pub(crate) async fn remember<S: Store>(
    core: &Core<S>,
    looked: Looked,
    our_user: i64,
) -> Result<Vec<FieldChange>, EngineError> {
    let now = core.now();
    let Looked { lists, refused } = looked;
    let mut entities = refused;
    entities.extend(lists.iter().map(|list| list.entity));
    let before = read_fact(core).await?;
    let mut read = before.unwrap_or_else(|| Read {
        our_user,
        lists_read_at: BTreeMap::new(),
    });
    read.our_user = our_user;
    for entity in &entities {
        read.lists_read_at.insert(*entity, now);
    }
    let text = serde_json::to_string(&read).expect("times are plain data");
    let changes = core
        .store
        .commit_fields(core.ctx(), lists, (FACT_DEFINITIONS, text), now)
        .await?;
    for change in &changes {
        tell(change);
    }
    core.noticed.asked(&entities, !changes.is_empty());
    adopt(core).await?;
    Ok(changes)
}

/// Labels and names may be about people, so only codes are logged.
fn tell(change: &FieldChange) {
    let (entity, code) = (change.entity.name(), change.code.as_str());
    let what = change.kind.name();
    match change.kind {
        FieldChangeKind::Added | FieldChangeKind::Restored | FieldChangeKind::OptionAdded => {
            tracing::info!(
                entity,
                field = code,
                change = what,
                "a field of Pipedrive changed"
            );
        }
        FieldChangeKind::Renamed
        | FieldChangeKind::TypeChanged
        | FieldChangeKind::Deleted
        | FieldChangeKind::OptionRenamed
        | FieldChangeKind::OptionRemoved => {
            tracing::warn!(
                entity,
                field = code,
                change = what,
                "a field of Pipedrive changed; `pipestreet fields list --changes` tells the names"
            );
        }
    }
}

/// Goes by what is remembered of the fields from now on. Nothing where they were never read.
///
/// # Errors
/// When the store cannot be reached.
pub async fn adopt<S: Store>(core: &Core<S>) -> Result<(), EngineError> {
    let Some(read) = read_fact(core).await? else {
        return Ok(());
    };
    let fields = core.store.fields(core.ctx()).await?;
    if fields.is_empty() {
        return Ok(());
    }
    let text = core.store.fact(core.ctx(), FACT_IN_USE).await?;
    let in_use: InUse = text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let mut definitions = Definitions::resolve(&core.settings.fields, &fields, read, &in_use);
    let settings = &core.settings;
    let (all_of, create_labels) = (settings.all_of(), settings.create_labels);
    definitions.in_use.take_settings(all_of, create_labels);
    if definitions.in_use != in_use && core.owns_workspace() {
        keep(core, &definitions.in_use).await?;
    }
    let known: BTreeSet<_> = core
        .definitions()
        .map(|known| known.unresolved.iter().map(|known| known.setting).collect())
        .unwrap_or_default();
    for unresolved in &definitions.unresolved {
        if !known.contains(&unresolved.setting) {
            let setting = unresolved.setting;
            tracing::warn!(
                setting = setting.name(),
                "fields.{} means no field of Pipedrive, so {}; see `pipestreet fields check`",
                setting.name(),
                setting.stands_still()
            );
        }
    }
    core.use_definitions(definitions);
    core.bells.ring_all();
    Ok(())
}

async fn keep<S: Store>(core: &Core<S>, in_use: &InUse) -> Result<(), EngineError> {
    let text = serde_json::to_string(in_use).expect("fields in use are plain data");
    core.store
        .put_fact(core.ctx(), FACT_IN_USE, Some(&text), core.now())
        .await?;
    Ok(())
}

async fn read_fact<S: Store>(core: &Core<S>) -> Result<Option<Read>, EngineError> {
    let text = core.store.fact(core.ctx(), FACT_DEFINITIONS).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Goes by what another program (`setup`, `fields check`) has read, if one has.
pub(crate) async fn recall_if_changed<S: Store>(core: &Core<S>) -> Result<(), EngineError> {
    let read = read_fact(core).await?;
    let known = core.definitions();
    match (read, known) {
        (Some(read), Some(known)) if read != known.read => adopt(core).await,
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

/// When the definitions have to be read, or pairs have to be gone through.
pub(crate) fn next_due<S: Store>(core: &Core<S>) -> Option<Timestamp> {
    let definitions = core.definitions()?;
    if core.owns_workspace() && !definitions.in_use.settling.is_empty() {
        return Some(core.now());
    }
    let due = listed(&core.settings)
        .map(|entity| due_of(core, &definitions, entity))
        .min()?;
    Some(core.not_before(WHAT).map_or(due, |until| until.max(due)))
}

fn due_of<S: Store>(core: &Core<S>, definitions: &Definitions, entity: FieldEntity) -> Timestamp {
    let read_at = definitions.read_at(entity);
    let is_unresolved = definitions
        .unresolved
        .iter()
        .any(|unresolved| unresolved.setting.entity() == entity);
    let interval = core.settings.timing.definitions_interval;
    let interval = if is_unresolved {
        interval.min(UNRESOLVED_INTERVAL_MILLIS)
    } else {
        interval
    };
    let due = time::plus_millis(read_at, interval);
    if !core.noticed.wanted().contains(&entity) {
        return due;
    }
    core.noticed
        .due(read_at)
        .map_or(due, |noticed| noticed.min(due))
}

/// Does what is due; answers how much that was.
pub(crate) async fn tend<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    let Some(definitions) = core.definitions() else {
        return Ok(0);
    };
    if next_due(core).is_none_or(|due| due > core.now()) {
        return Ok(0);
    }
    if core.owns_workspace() && !definitions.in_use.settling.is_empty() {
        return settle_some(core, &definitions).await;
    }
    let due = |entity: &FieldEntity| due_of(core, &definitions, *entity) <= core.now();
    let entities: BTreeSet<FieldEntity> = listed(&core.settings).filter(due).collect();
    let call = CallContext::new(Priority::Poll, "definitions");
    match refresh(core, &entities, &call).await {
        Ok(_) => Ok(1),
        Err(error) => core.put_off(WHAT, error).map(|()| 0),
    }
}

/// Goes through the next pairs.
async fn settle_some<S: Store>(
    core: &Core<S>,
    definitions: &Definitions,
) -> Result<u64, EngineError> {
    let mut in_use = definitions.in_use.clone();
    let Some((kind, settling)) = in_use.settling.iter_mut().next() else {
        return Ok(0);
    };
    let kind: Kind = *kind;
    let what = Reconsider {
        kind,
        forget: settling.forget.iter().copied().collect(),
        after: settling.after,
        limit: PAIRS_AT_ONCE,
    };
    let last = core
        .store
        .reconsider_pairs(&core.lease, what, core.now())
        .await?;
    match last {
        Some(last) => settling.after = last,
        None => in_use.went_through(kind),
    }
    keep(core, &in_use).await?;
    adopt(core).await?;
    Ok(1)
}
