//! The overwrite audit: Pipedrive has no versions, so an edit made between our read and our write is overwritten unseen. The
//! webhook of our own write tells what it really replaced; where that is not what we meant to replace, the edit is journaled
//! and, when the policy gives it the field, put back.
//!
//! In: finished writes that await their audit, and our own webhooks (or, when those do not come, the changelog). Out: the end
//! of the audit, conflicts and restores.

use std::collections::{BTreeMap, BTreeSet};

use api_client::CallError;
use model::{BySide, Field, Pair, Record, Side, Timestamp, Value, time};
use pipedrive::{EventAction, WebhookEvent, WebhookRecord};
use plan::{NewConflict, Rule, Winner};
use store::{LaneView, OutboxRow, OutboxState, PairReference, Store, StoreError};

use crate::core::Core;
use crate::delivery::{changelog, main_company, told_by_changelog};
use crate::failure::{EngineError, retry_at};
use crate::mapping::{self, MappingContext};
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
    let of_pipedrive = |row: &&OutboxRow| row.write.side == Side::Pipedrive;
    for row in view.audits.iter().filter(of_pipedrive) {
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

/// Carries out the audits whose webhook did not come, by what the sides' logs tell; answers how many.
///
/// # Errors
/// When the store cannot be reached. A log that cannot be read is asked for again.
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
        if let Some(until) = core.side_closed_until(row.write.side) {
            put_off(core, &row, until).await?;
            continue;
        }
        let replaced = match row.write.side {
            Side::Pipedrive => told_by_changelog::replaced(core, &row, &pair).await?,
            Side::Propstreet => main_company::replaced(core, &row, &pair).await?,
        };
        match replaced {
            Ok(replaced) => {
                finish(core, &pair, &row, replaced).await?;
                done += 1;
            }
            Err(error) => {
                tracing::debug!(pair.id = %pair.id, error = %error, "what a write replaced cannot be found out now; it is asked again");
                let until = again_at(core, &row, &error);
                put_off(core, &row, until).await?;
            }
        }
    }
    Ok(done)
}

/// Each wait is about as long as all of them before, so that a log that cannot be read keeps nobody else waiting.
fn again_at<S: Store>(core: &Core<S>, row: &OutboxRow, error: &CallError) -> Timestamp {
    let now = core.now();
    if let CallError::NotNow { retry_at, .. } = error {
        return (*retry_at).max(now);
    }
    let timing = &core.settings.timing;
    let waited = time::to_millis(now) - time::to_millis(sent_at(row));
    let attempts = (waited / timing.retry_first.max(1)).max(1).ilog2();
    let until = retry_at(timing, attempts, core.randomness.next(), now);
    if let CallError::NotAllowed(_) = error {
        core.close_side(row.write.side, until);
    }
    until
}

async fn put_off<S: Store>(
    core: &Core<S>,
    row: &OutboxRow,
    until: Timestamp,
) -> Result<(), EngineError> {
    match core.store.put_audit_off(&core.lease, row.id, until).await {
        // Its webhook may have ended it meanwhile.
        Ok(()) | Err(StoreError::WrongState { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn sent_at(row: &OutboxRow) -> Timestamp {
    match &row.state {
        OutboxState::AwaitingAudit { sent_at, .. }
        | OutboxState::OutcomeUnknown { sent_at, .. } => *sent_at,
        OutboxState::Sent { at } => *at,
        OutboxState::Planned | OutboxState::Done { .. } | OutboxState::Dropped { .. } => {
            row.planned_at
        }
    }
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
    let present = if replaced.values.is_empty() {
        None
    } else {
        present(core, pair, side).await?
    };
    for (field, value) in replaced.values {
        let sent = row.write.fields.get(&field).cloned().flatten();
        let expected = row.before.value(field).cloned();
        let has_right = has_right(core, field, side);
        if has_right {
            let present = present.as_ref().map_or(sent.as_ref(), |now| now.get(field));
            let restore = restored(value.as_ref(), present, expected.as_ref());
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

/// The record as it is known now: somebody may have gone on with it since the write.
async fn present<S: Store>(
    core: &Core<S>,
    pair: &Pair,
    side: Side,
) -> Result<Option<Record>, EngineError> {
    let Some(key) = pair.record(side) else {
        return Ok(None);
    };
    let row = core.store.mirror_row(core.ctx(), &key).await?;
    let mapping = core.mapping()?;
    row.map(|row| mapping::record(&row, &[], &mapping))
        .transpose()
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

/// A set gets back what the overwritten edit added and loses what it took away, whatever else of it was edited since; any
/// other value comes back whole.
fn restored(
    replaced: Option<&Value>,
    present: Option<&Value>,
    expected: Option<&Value>,
) -> Option<Value> {
    let elements = |value: Option<&Value>| match value {
        Some(Value::Set(elements)) => elements.clone(),
        Some(Value::Text(_) | Value::Reference(_)) | None => BTreeSet::new(),
    };
    if ![replaced, present, expected]
        .into_iter()
        .flatten()
        .any(|value| matches!(value, Value::Set(_)))
    {
        return replaced.cloned();
    }
    let (replaced, present, expected) = (elements(replaced), elements(present), elements(expected));
    let removed: BTreeSet<_> = expected.difference(&replaced).cloned().collect();
    let added = replaced.difference(&expected).cloned();
    Value::set(
        present
            .into_iter()
            .chain(added)
            .filter(|element| !removed.contains(element))
            .collect(),
    )
}
