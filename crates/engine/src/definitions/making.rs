//! Making labels that tags lack, where the settings allow it.
//!
//! In: names of tags that Pipedrive has no label for, as planning comes upon them. Out: labels, each made once; the pairs that wait for
//! them are gone through by [`super::upkeep`], because the definitions have changed. What is being made is written down first, as a
//! fact of the workspace: where the answer is lost, it is looked for after the grace time and only then made again. A label that
//! somebody has deleted or renamed is not made again, and one that differs only in case counts as there.

use std::collections::BTreeSet;

use api_client::{CallContext, CallError, Priority};
use model::canonical::text;
use model::{Side, Timestamp, time};
use pipedrive::FieldsOf;
use plan::Note;
use serde::{Deserialize, Serialize};
use store::{FieldChangeKind, FieldEntity, Store};

use super::{known, upkeep};
use crate::core::Core;
use crate::failure::EngineError;

/// What making them is called where it is put off.
const WHAT: &str = "labels";
const FACT_PREFIX: &str = "label:";
/// Pipedrive takes no longer one.
const LABEL_MAX: usize = 255;
const REFUSED_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// Far more than what an account goes through.
const CHANGES_MAX: u32 = 10_000;
const CALL: CallContext = CallContext::new(Priority::Change, "labels");

/// How far a label is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Making {
    Wanted,
    /// It may have been made.
    Sent {
        at: Timestamp,
    },
    /// Pipedrive had it once. If it has it no more, that was somebody's doing.
    Done,
    Refused {
        until: Timestamp,
    },
}

impl Making {
    /// When something is to be done about it.
    fn due(self, grace: i64) -> Option<Timestamp> {
        match self {
            Self::Wanted => Some(Timestamp::MIN),
            Self::Sent { at } => Some(time::plus_millis(at, grace)),
            Self::Done => None,
            Self::Refused { until } => Some(until),
        }
    }
}

/// Writes down which labels are missing; they are made by [`tend`].
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn want<S: Store>(core: &Core<S>, notes: &[Note]) -> Result<(), EngineError> {
    if !core.settings.create_labels {
        return Ok(());
    }
    for note in notes {
        let Note::LabelMissing { label } = note else {
            continue;
        };
        let fact = format!("{FACT_PREFIX}{label}");
        if label.chars().count() > LABEL_MAX || core.store.fact(core.ctx(), &fact).await?.is_some()
        {
            continue;
        }
        keep(core, label, Making::Wanted).await?;
        core.bells.poll.ring();
    }
    Ok(())
}

async fn keep<S: Store>(core: &Core<S>, label: &str, making: Making) -> Result<(), EngineError> {
    let fact = format!("{FACT_PREFIX}{label}");
    let text = serde_json::to_string(&making).expect("a state is plain data");
    core.store
        .put_fact(core.ctx(), &fact, Some(&text), core.now())
        .await?;
    Ok(())
}

/// Labels with when something is to be done about them.
async fn under_way<S: Store>(
    core: &Core<S>,
) -> Result<Vec<(String, Making, Timestamp)>, EngineError> {
    if !core.settings.create_labels || !core.owns_workspace() {
        return Ok(Vec::new());
    }
    let facts = core.store.facts(core.ctx(), FACT_PREFIX).await?;
    let grace = core.settings.timing.grace;
    let labels = facts.into_iter().filter_map(|(name, text)| {
        let label = name.strip_prefix(FACT_PREFIX)?.to_owned();
        let making: Making = serde_json::from_str(&text).ok()?;
        Some((label, making, making.due(grace)?))
    });
    Ok(labels.collect())
}

/// When labels are to be made or looked for.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn next_due<S: Store>(core: &Core<S>) -> Result<Option<Timestamp>, EngineError> {
    let due = under_way(core).await?.into_iter().map(|(_, _, due)| due);
    let later = [
        core.not_before(WHAT),
        core.side_closed_until(Side::Pipedrive),
    ];
    let later = later.into_iter().flatten().max();
    Ok(due.min().map(|due| {
        let due = due.max(core.now());
        later.map_or(due, |later| later.max(due))
    }))
}

/// Makes what is wanted and looks for what may have been made; answers how much that was.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn tend<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    let now = core.now();
    if next_due(core).await?.is_none_or(|due| due > now) {
        return Ok(0);
    }
    // What is there, whoever made it, is not made.
    if let Err(error) = look(core).await {
        return core.put_off(WHAT, error).map(|()| 0);
    }
    let there = there_or_taken_away(core).await?;
    let mut done = 0;
    let mut has_made = false;
    for (label, _, due) in under_way(core).await? {
        if due > now {
            continue;
        }
        done += 1;
        if there.contains(&text::fold(&label)) {
            keep(core, &label, Making::Done).await?;
            continue;
        }
        keep(core, &label, Making::Sent { at: now }).await?;
        match make(core, &label).await? {
            Made::Yes => has_made = true,
            Made::No => {}
            Made::NotNow => break,
        }
    }
    if has_made && let Err(error) = look(core).await {
        // It is seen with the next list at the latest.
        core.put_off(WHAT, error)?;
    }
    Ok(done)
}

async fn look<S: Store>(core: &Core<S>) -> Result<(), EngineError> {
    let entities = BTreeSet::from([FieldEntity::Person]);
    upkeep::refresh(core, &entities, &CALL).await.map(drop)
}

/// The names of labels that are there, and of those that somebody has deleted or renamed, without case.
async fn there_or_taken_away<S: Store>(core: &Core<S>) -> Result<BTreeSet<String>, EngineError> {
    let names = core
        .definitions()
        .map_or_else(BTreeSet::new, |known| known.label_names());
    let changes = core.store.field_changes(core.ctx(), CHANGES_MAX).await?;
    let taken_away = changes.into_iter().filter(|change| {
        change.entity == FieldEntity::Person
            && change.code == known::LABELS
            && matches!(
                change.kind,
                FieldChangeKind::OptionRemoved | FieldChangeKind::OptionRenamed
            )
    });
    let taken_away = taken_away.filter_map(|change| change.before);
    Ok(names
        .into_iter()
        .chain(taken_away)
        .map(|name| text::fold(&name))
        .collect())
}

enum Made {
    Yes,
    No,
    /// Nothing was sent, and nothing else would be.
    NotNow,
}

async fn make<S: Store>(core: &Core<S>, label: &str) -> Result<Made, EngineError> {
    let made = core
        .pipedrive
        .add_field_options(FieldsOf::Person, known::LABELS, &[label], &CALL)
        .await;
    let Err(error) = made else {
        keep(core, label, Making::Done).await?;
        return Ok(Made::Yes);
    };
    match &error {
        // It may have been made, and is looked for.
        CallError::OutcomeUnknown { .. } | CallError::Unreadable { .. } => Ok(Made::No),
        CallError::NotNow { .. } | CallError::Unreachable { .. } => {
            keep(core, label, Making::Wanted).await?;
            core.put_off(WHAT, EngineError::call(Side::Pipedrive, error))?;
            Ok(Made::NotNow)
        }
        CallError::NotAllowed(_)
        | CallError::Refused(_)
        | CallError::AlreadyExists(_)
        | CallError::NotFound
        | CallError::Gone
        | CallError::Stale => {
            tracing::warn!(
                error = %error,
                "a label could not be made in Pipedrive; its tag stays in Propstreet, and it is tried again after a day. Make the label \
                 by hand, or allow it to whom the token belongs"
            );
            let until = time::plus_millis(core.now(), REFUSED_MILLIS);
            keep(core, label, Making::Refused { until }).await?;
            Ok(Made::No)
        }
    }
}
