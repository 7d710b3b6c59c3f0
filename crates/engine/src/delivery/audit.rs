//! The overwrite audit: Pipedrive has no versions, so an edit made between our read and our write is overwritten unseen. The
//! webhook of our own write tells what it really replaced; where that is not what we meant to replace, the edit is journaled
//! and, when the policy gives it the field, put back.
//!
//! In: finished writes that await their audit, and our own webhooks (or, when those do not come, the changelog). Out: the end
//! of the audit, conflicts and restores.

use std::collections::{BTreeMap, BTreeSet};

use api_client::{CallContext, CallError, Priority};
use model::{
    BySide, Entity, Field, Kind, Pair, PairState, Record, RecordKey, Reference, Side, Timestamp,
    Value,
};
use pipedrive::{ChangelogEntry, EventAction, WebhookEvent, WebhookRecord};
use plan::{NewConflict, Rule, Winner};
use store::{LaneView, OutboxRow, OutboxState, PairReference, Store, StoreError};

use crate::core::Core;
use crate::delivery::{changelog, evidence, main_company};
use crate::failure::EngineError;
use crate::mapping::MappingContext;
use crate::mirror::events;

const AUDITS_AT_ONCE: u32 = 50;

/// Ends the audits whose webhook is among these events.
pub(crate) async fn match_events<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    news: &[WebhookEvent],
) -> Result<(), EngineError> {
    let mapping = core.mapping()?;
    let Some(pair) = &view.pair else {
        return Ok(());
    };
    let mut used = BTreeSet::new();
    for row in &view.audits {
        let found = news.iter().enumerate().find(|(i, event)| {
            !used.contains(i)
                && is_our_change(event, &mapping)
                && changes_what_was_written(event, row, &mapping)
                && shows_write(event, row, &view.references, &mapping)
        });
        let Some((i, event)) = found else { continue };
        used.insert(i);
        let before = event
            .previous
            .as_ref()
            .and_then(|before| events::shown(&before.record, &view.references, &mapping));
        let replaced = Replaced {
            values: before.map_or_else(BTreeMap::new, |(record, _)| overwritten(row, &record)),
            others: others_overwritten(row, event),
        };
        finish(core, pair, row, replaced).await?;
    }
    Ok(())
}

fn is_our_change(event: &WebhookEvent, mapping: &MappingContext) -> bool {
    event.action == EventAction::Change && events::is_ours(event, mapping)
}

/// Whether the event is about a field of the row. A later write of ours shows what this one has sent, too.
fn changes_what_was_written(
    event: &WebhookEvent,
    row: &OutboxRow,
    mapping: &MappingContext,
) -> bool {
    let Some(before) = &event.previous else {
        return false;
    };
    let mut changed = before.changed.iter().chain(&before.changed_custom);
    changed.any(|name| {
        let mut fields = row.write.fields.keys();
        fields.any(|field| changelog::is_name_of(name, *field, mapping))
    })
}

/// Whether the event shows exactly the values the row has sent.
fn shows_write(
    event: &WebhookEvent,
    row: &OutboxRow,
    references: &[PairReference],
    mapping: &MappingContext,
) -> bool {
    let Some((shown, _)) = event
        .data
        .as_ref()
        .and_then(|data| events::shown(data, references, mapping))
    else {
        return false;
    };
    !row.write.fields.is_empty()
        && row
            .write
            .fields
            .iter()
            .all(|(field, value)| shown.get(*field) == value.as_ref())
}

/// What a write has replaced unseen.
#[derive(Debug, Default)]
pub(crate) struct Replaced {
    pub(crate) values: BTreeMap<Field, Option<Value>>,
    /// The entries beside the primary one of a list that went with it.
    pub(crate) others: BTreeMap<Field, BTreeSet<String>>,
}

impl Replaced {
    pub(crate) fn values(values: BTreeMap<Field, Option<Value>>) -> Self {
        Self {
            values,
            ..Self::default()
        }
    }
}

/// The lists of addresses and numbers that were others than those the write was planned to replace.
fn others_overwritten(row: &OutboxRow, event: &WebhookEvent) -> BTreeMap<Field, BTreeSet<String>> {
    let Some(WebhookRecord::Person(before)) = event.previous.as_ref().map(|before| &before.record)
    else {
        return BTreeMap::new();
    };
    crate::mapping::person::others(&before.value)
        .into_iter()
        .filter(|(field, entries)| {
            let expected = row.before.others.get(field);
            expected.is_some_and(|expected| expected != entries)
        })
        .map(|(field, entries)| (field, entries.into_iter().collect()))
        .collect()
}

/// The fields whose replaced value is not the one the write was planned to replace, with that value.
fn overwritten(row: &OutboxRow, before: &Record) -> BTreeMap<Field, Option<Value>> {
    row.write
        .fields
        .iter()
        .filter_map(|(field, sent)| {
            let replaced = before.get(*field).cloned();
            let expected = row.before.value(*field).cloned();
            (replaced != expected && replaced != *sent).then_some((*field, replaced))
        })
        .collect()
}

/// Carries out the audits whose webhook did not come, by the changelog; answers how many.
///
/// # Errors
/// When the store cannot be reached. A changelog that cannot be read is asked for again.
pub async fn run_once<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    if core.definitions().is_none() {
        return Ok(0);
    }
    let due = core
        .store
        .due_audits(&core.lease, core.now(), AUDITS_AT_ONCE)
        .await?;
    if due.is_empty() || core.is_paused().await? {
        return Ok(0);
    }
    let mut done = 0;
    for (row, pair) in due {
        let is_done = match row.write.side {
            Side::Pipedrive => by_changelog(core, &row, &pair).await?,
            Side::Propstreet => main_company::audit(core, &row, &pair).await?,
        };
        done += u64::from(is_done);
    }
    Ok(done)
}

async fn by_changelog<S: Store>(
    core: &Core<S>,
    row: &OutboxRow,
    pair: &Pair,
) -> Result<bool, EngineError> {
    let Some(id) = pair
        .ids
        .pipedrive
        .as_ref()
        .and_then(model::RemoteId::as_number)
    else {
        finish(core, pair, row, Replaced::default()).await?;
        return Ok(true);
    };
    let call = CallContext::new(Priority::Change, "audit");
    let entries = match evidence::changelog(core, (pair.kind, id), &call).await {
        Ok(entries) => entries,
        Err(error) => return Ok(later(pair, &error)),
    };
    let mapping = core.mapping()?;
    let told = Told {
        since: evidence::changelog_since(core, sent_at(row)),
        organizations: organizations_of(core, &entries).await?,
        entries,
    };
    let replaced = replaced_by_changelog(row, &told, &mapping);
    let replaced = Replaced {
        others: others_by_changelog(row, &told, &mapping),
        ..Replaced::values(replaced)
    };
    finish(core, pair, row, replaced).await?;
    Ok(true)
}

/// What a changelog tells.
struct Told {
    /// Newest first.
    entries: Vec<ChangelogEntry>,
    /// Not before our write, by the vendor's clock.
    since: Timestamp,
    /// The organizations it names, told by their pairs.
    organizations: BTreeMap<String, Value>,
}

/// A log that cannot be read is asked for again.
fn later(pair: &Pair, error: &CallError) -> bool {
    tracing::debug!(pair.id = %pair.id, error = %error, "what a write replaced cannot be found out now; it is asked for again");
    false
}

fn sent_at(row: &OutboxRow) -> Timestamp {
    match &row.state {
        OutboxState::AwaitingAudit { sent_at, .. }
        | OutboxState::OutcomeUnknown { sent_at, .. } => *sent_at,
        OutboxState::Sent { at } => *at,
        OutboxState::Planned | OutboxState::Done { .. } | OutboxState::Dropped { .. } => {
            row.planned_at
        }
    }
}

async fn organizations_of<S: Store>(
    core: &Core<S>,
    entries: &[ChangelogEntry],
) -> Result<BTreeMap<String, Value>, EngineError> {
    let named = entries
        .iter()
        .filter(|entry| entry.field_key == changelog::ORGANIZATION);
    let ids: BTreeSet<&String> = named
        .flat_map(|entry| entry.old_value.iter().chain(&entry.new_value))
        .collect();
    let mut organizations = BTreeMap::new();
    for id in ids {
        let record = RecordKey::new(Entity::Organization, id.as_str());
        let pair = core
            .store
            .pair_of(core.ctx(), &record)
            .await?
            .filter(|pair| {
                pair.state == PairState::Active
                    && Side::BOTH.iter().all(|side| pair.ids.get(*side).is_some())
            });
        let reference = pair.map_or(Reference::Unpaired(record), |pair| Reference::Pair(pair.id));
        organizations.insert(id.clone(), Value::Reference(reference));
    }
    Ok(organizations)
}

/// What the changelog says our write replaced, for the fields it tells in a form that can be compared.
fn replaced_by_changelog(
    row: &OutboxRow,
    told: &Told,
    mapping: &MappingContext,
) -> BTreeMap<Field, Option<Value>> {
    let mut found = BTreeMap::new();
    for (field, sent) in &row.write.fields {
        let Some(entry) = told.entry_of(*field, sent.as_ref(), mapping) else {
            continue;
        };
        let Some(replaced) = told.value(entry.old_value.as_deref(), *field, mapping) else {
            continue;
        };
        let expected = row.before.value(*field).cloned();
        if replaced != expected && replaced != *sent {
            found.insert(*field, replaced);
        }
    }
    found
}

/// The entries beside the primary one that our write replaced, where they were others than it was planned to replace.
fn others_by_changelog(
    row: &OutboxRow,
    told: &Told,
    mapping: &MappingContext,
) -> BTreeMap<Field, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for (field, expected) in &row.before.others {
        let sent = row.write.fields.get(field).and_then(Option::as_ref);
        let entry = told.entry_of(*field, sent, mapping);
        let Some(old) = entry.and_then(|entry| entry.old_value.as_deref()) else {
            continue;
        };
        let others: Vec<&str> = old.split(',').skip(1).map(str::trim).collect();
        if others != *expected {
            found.insert(*field, others.into_iter().map(str::to_owned).collect());
        }
    }
    found
}

impl Told {
    fn value(
        &self,
        text: Option<&str>,
        field: Field,
        mapping: &MappingContext,
    ) -> Option<Option<Value>> {
        changelog::value(text, field, &self.organizations, mapping)
    }

    /// Our write of a field. The oldest that fits is it: a later write of ours may have set the same again.
    fn entry_of(
        &self,
        field: Field,
        sent: Option<&Value>,
        mapping: &MappingContext,
    ) -> Option<&ChangelogEntry> {
        self.entries.iter().rev().find(|entry| {
            entry.actor_user_id == Some(mapping.definitions.our_user)
                && entry.time.is_none_or(|time| time >= self.since)
                && changelog::is_field(entry, field, mapping)
                && self
                    .value(entry.new_value.as_deref(), field, mapping)
                    .is_some_and(|value| value.as_ref() == sent)
        })
    }
}

/// Whether Pipedrive has carried out a write: its changelog tells of at least one of the fields as sent.
///
/// # Errors
/// The outer error when the store cannot be reached, the inner one when the changelog cannot be read.
pub(crate) async fn was_carried_out<S: Store>(
    core: &Core<S>,
    row: &OutboxRow,
    record: (Kind, i64),
    call: &CallContext,
) -> Result<Result<bool, CallError>, EngineError> {
    let entries = match evidence::changelog(core, record, call).await {
        Ok(entries) => entries,
        Err(error) => return Ok(Err(error)),
    };
    let mapping = core.mapping()?;
    let told = Told {
        since: evidence::changelog_since(core, sent_at(row)),
        organizations: organizations_of(core, &entries).await?,
        entries,
    };
    let mut fields = row.write.fields.iter();
    Ok(Ok(fields.any(|(field, sent)| {
        told.entry_of(*field, sent.as_ref(), &mapping).is_some()
    })))
}

/// Journals what was overwritten, and puts back what the policy gives to the side it was overwritten on.
pub(crate) async fn finish<S: Store>(
    core: &Core<S>,
    pair: &Pair,
    row: &OutboxRow,
    replaced: Replaced,
) -> Result<(), EngineError> {
    let side = row.write.side;
    let mut conflicts = Vec::new();
    let mut restores = BTreeMap::new();
    for (field, value) in replaced.values {
        let sent = row.write.fields.get(&field).cloned().flatten();
        let expected = row.before.value(field).cloned();
        let has_right = has_right(core, field, side);
        if has_right {
            let restore = restored(value.as_ref(), sent.as_ref(), expected.as_ref());
            restores.insert(field, restore);
        }
        let other = pair.base.get(side.other()).get(field).cloned();
        conflicts.push(NewConflict {
            field,
            values: by_side(side, value, sent),
            base: by_side(side, expected, other),
            winner: Some(if has_right { side } else { side.other() }),
            rule: Rule::Overwritten,
        });
    }
    for (field, entries) in replaced.others {
        let expected = row.before.others.get(&field);
        let expected = expected.map(|entries| entries.iter().cloned().collect());
        conflicts.push(NewConflict {
            field,
            values: by_side(side, Value::set(entries), None),
            base: by_side(side, expected.and_then(Value::set), None),
            winner: Some(side.other()),
            rule: Rule::Overwritten,
        });
    }
    let kept = core
        .store
        .commit_audit(&core.lease, row.id, conflicts, restores, core.now())
        .await;
    match kept {
        // The webhook and the changelog may both have told, at the same time.
        Ok(()) | Err(StoreError::WrongState { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    core.bells.plan.ring();
    Ok(())
}

fn by_side<T>(side: Side, of_side: T, of_other: T) -> BySide<T> {
    match side {
        Side::Pipedrive => BySide {
            pipedrive: of_side,
            propstreet: of_other,
        },
        Side::Propstreet => BySide {
            pipedrive: of_other,
            propstreet: of_side,
        },
    }
}

/// Whether an edit on this side that came after our read has a right to the field. It is the later one.
fn has_right<S: Store>(core: &Core<S>, field: Field, side: Side) -> bool {
    let policy = core.settings.policies.fields.get(&field);
    policy.is_none_or(|policy| {
        let wins = match policy.winner {
            Winner::Latest | Winner::Manual => true,
            Winner::PipedriveWins => side == Side::Pipedrive,
            Winner::PropstreetWins => side == Side::Propstreet,
        };
        wins && policy.direction.allows(side.other())
    })
}

/// A set gets back what the overwritten edit added and loses what it took away; any other value comes back whole.
fn restored(
    replaced: Option<&Value>,
    sent: Option<&Value>,
    expected: Option<&Value>,
) -> Option<Value> {
    let elements = |value: Option<&Value>| match value {
        Some(Value::Set(elements)) => elements.clone(),
        Some(Value::Text(_) | Value::Reference(_)) | None => BTreeSet::new(),
    };
    if ![replaced, sent, expected]
        .into_iter()
        .flatten()
        .any(|value| matches!(value, Value::Set(_)))
    {
        return replaced.cloned();
    }
    let (replaced, sent, expected) = (elements(replaced), elements(sent), elements(expected));
    let removed: BTreeSet<_> = expected.difference(&replaced).cloned().collect();
    let added = replaced.difference(&expected).cloned();
    Value::set(
        sent.into_iter()
            .chain(added)
            .filter(|element| !removed.contains(element))
            .collect(),
    )
}
