//! Two brakes on a plan that would go wrong at scale: a field that swings to and fro, and deletes by the dozen.
//!
//! In: a plan and what was applied lately. Out: whether to go on, wait, or quarantine the lane.

use std::collections::BTreeMap;

use model::{Field, Pair, PairId, Side, Timestamp, Value, time};
use plan::Write;
use store::{Disposition, HistoryKind, Store};

use crate::core::{Core, FACT_DELETES_ALLOWED, FACT_DELETES_STOPPED};
use crate::deals::members::Moves;
use crate::failure::{EngineError, problem};

const HOUR_MILLIS: i64 = 3_600_000;
/// Writes of one field within an hour after which the lane is quarantined, when all but the first two had been written before.
const SWINGS_MAX: usize = 5;
/// Deletes in an hour that are always let through.
const DELETES_FREE: u64 = 20;
/// Beyond those, this part of the pairs of the kind.
const DELETES_PART: u64 = 20;
const HISTORY_LOOKED_AT: u32 = 200;

/// A quarantine when this write would be one swing too many.
pub(crate) async fn swinging<S: Store>(
    core: &Core<S>,
    pair: PairId,
    write: &Write,
) -> Result<Option<Disposition>, EngineError> {
    if write.fields.is_empty() {
        return Ok(None);
    }
    let since = time::plus_millis(core.now(), -HOUR_MILLIS);
    let history = core
        .store
        .history(core.ctx(), Some(pair), Some(since), HISTORY_LOOKED_AT)
        .await?;
    let mut written: BTreeMap<Field, Vec<&Option<Value>>> = BTreeMap::new();
    for row in history.iter().rev() {
        if row.entry.side == write.side
            && row.entry.kind == HistoryKind::Updated
            && row.entry.before != row.entry.after
            && let Some(field) = row.entry.field
        {
            written.entry(field).or_default().push(&row.entry.after);
        }
    }
    // What rides along is not what swings.
    let mut carried = write
        .fields
        .iter()
        .filter(|(field, _)| write.source.contains_key(field));
    let swinging = carried.find(|(field, value)| {
        written.get_mut(field).is_some_and(|values| {
            values.push(value);
            values.len() > SWINGS_MAX && returns_of(values) + 1 >= SWINGS_MAX
        })
    });
    Ok(swinging.map(|(field, _)| Disposition::Quarantine {
        problem: problem(
            "loop",
            format!(
                "{} of pair {pair} was written on {} more than {SWINGS_MAX} times within an hour, with values that come back. \
                 Another integration may be changing it too: stop one of the two, then run `pipestreet quarantine retry`",
                field.name(),
                write.side
            ),
        ),
    }))
}

/// How many of these values, oldest first, had been written before.
fn returns_of(values: &[&Option<Value>]) -> usize {
    let is_return = |(place, value): &(usize, &&Option<Value>)| values[..*place].contains(*value);
    values.iter().enumerate().filter(is_return).count()
}

/// A wait when this would be one delete too many within the hour.
pub(crate) async fn too_many_deletes<S: Store>(
    core: &Core<S>,
    pair: &Pair,
    deleted_on: Side,
) -> Result<Option<Disposition>, EngineError> {
    let kinds = [HistoryKind::Deleted, HistoryKind::Unlinked];
    let what = format!("{}s were found deleted on {deleted_on}", pair.kind.name());
    too_many(core, pair, &kinds, &what).await
}

/// The same for those who leave deals, and a quarantine when somebody comes and goes for the sixth time within the hour.
pub(crate) async fn of_members<S: Store>(
    core: &Core<S>,
    pair: &Pair,
    side: Side,
    moves: &Moves,
) -> Result<Option<Disposition>, EngineError> {
    let since = time::plus_millis(core.now(), -HOUR_MILLIS);
    let history = core
        .store
        .history(core.ctx(), Some(pair.id), Some(since), HISTORY_LOOKED_AT)
        .await?;
    let is_about = |value: &Option<Value>, word: &String| match value {
        Some(Value::Set(words)) => words.contains(word),
        Some(Value::Text(_) | Value::Reference(_)) | None => false,
    };
    let times = |word: &String| {
        let of_side = history.iter().filter(|row| row.entry.side == side);
        let of_members = of_side.filter(|row| row.entry.field == Some(Field::DealProspects));
        of_members
            .filter(|row| is_about(&row.entry.before, word) || is_about(&row.entry.after, word))
            .count()
    };
    let mut moving = moves.coming.iter().chain(&moves.going);
    if moving.any(|word| times(word) >= SWINGS_MAX) {
        let message = format!(
            "Somebody came to pair {} and left it on {side} {SWINGS_MAX} times within an hour. Another integration may be doing it, \
             too: stop one of the two, then run `pipestreet quarantine retry`",
            pair.id
        );
        return Ok(Some(Disposition::Quarantine {
            problem: problem("loop", message),
        }));
    }
    if moves.going.is_empty() {
        return Ok(None);
    }
    let what = format!("persons and organizations left deals on {}", side.other());
    too_many(core, pair, &[HistoryKind::Left], &what).await
}

async fn too_many<S: Store>(
    core: &Core<S>,
    pair: &Pair,
    kinds: &[HistoryKind],
    what: &str,
) -> Result<Option<Disposition>, EngineError> {
    let now = core.now();
    if let Some(allowed) = core.store.fact(core.ctx(), FACT_DELETES_ALLOWED).await?
        && allowed.parse::<Timestamp>().is_ok_and(|until| until > now)
    {
        return Ok(None);
    }
    let since = time::plus_millis(now, -HOUR_MILLIS);
    let mut lately = 0;
    for kind in kinds {
        lately += core.store.count_history(core.ctx(), *kind, since).await?;
    }
    let status = core.store.status(core.ctx(), now).await?;
    let pairs = status.pairs_active.get(&pair.kind).copied().unwrap_or(0);
    let deletes_max = DELETES_FREE.max(pairs / DELETES_PART);
    let Err(lately) = core.let_delete_through(pair.id, lately, deletes_max, since) else {
        return Ok(None);
    };
    core.store
        .put_fact(
            core.ctx(),
            FACT_DELETES_STOPPED,
            Some(&now.to_string()),
            now,
        )
        .await?;
    Ok(Some(Disposition::PutOff {
        until: time::plus_millis(now, HOUR_MILLIS),
        problem: Some(problem(
            "mass_delete",
            format!(
                "{lately} {what} within an hour, so further deletes wait. If they are meant, run \
                 `pipestreet resume --deletes`; if not, look at the permissions of the API user first"
            ),
        )),
    }))
}
