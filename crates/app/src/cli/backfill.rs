//! `pipestreet mirror backfill`: everything that is mirrored is read once, and what it came to is told.
//!
//! In: a workspace. Out: progress while it works, then counts for each table. It goes on where it was after whatever stopped it,
//! and never says that it is done while anything lacks: exit code 3 then, with what lacks and what to do.

use std::collections::BTreeMap;
use std::sync::Mutex;

use engine::standing::of_entities;
use engine::sweep::completeness::{self, Completeness};
use engine::sweep::{backfill, tally};
use engine::{Core, EngineError, schedule};
use model::{Entity, Timestamp, time};
use serde_json::json;
use store::{Store, mirror_table};

use super::estimate::grouped;
use super::mirror::read_what_is_due;
use super::outlook::{Left, Purse};
use super::output::{self, Output};
use super::reading::Reading;
use super::work::beside;
use super::{Exit, Opened};
use crate::occupancy;
use crate::running::return_unspent;
use crate::startup::{Program, WORKSPACE};

/// Kept while a backfill is at work: who finds it knows that the one before died.
const FACT_AT_WORK: &str = "backfill_at_work";
/// Times that lists may fail before a person is asked.
const TRIES_MAX: u32 = 6;
/// What may be asked for again later than this is not waited for.
const WAIT_MAX_MILLIS: i64 = 120_000;
/// Records without which it is not done that are told in words.
const TOLD_MAX: usize = 20;

/// How a backfill ended.
struct Ended {
    records: u64,
    millis: i64,
    /// When it may go on, where the budget or a service stopped it.
    goes_on_at: Option<Timestamp>,
}

/// Reads everything that is mirrored, as far as the budget goes.
///
/// # Errors
/// When another program is at work, a list cannot be read or the database does not answer.
pub async fn run(program: &Program, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    if occupancy::is_occupied(&program.config.storage.path)? {
        anyhow::bail!(
            "another pipestreet is at work on this database and reads by itself; `pipestreet mirror status` shows how far it is"
        );
    }
    let _occupied = occupancy::occupy(&program.config.storage.path)?;
    let owner = program.blueprint.build().await?;
    if owner.definitions().is_none() {
        anyhow::bail!(EngineError::NotSetUp);
    }
    let died = owner.store.fact(WORKSPACE, FACT_AT_WORK).await?.is_some();
    if died {
        owner.begin_carefully();
        owner.pipedrive.caller().budget().begin_after_a_death();
        owner.propstreet.caller().budget().begin_after_a_death();
    }
    note_at_work(&owner, Some("since its start")).await?;
    let ended = read_all(program, &owner, out.is_json()).await;
    return_unspent(&owner).await;
    note_at_work(&owner, None).await?;
    let ended = ended?;
    let entities = backfill::readable_or_read(&owner).await?;
    // What may not be read is told by `doctor` and `mirror status`.
    let standings = of_entities(&owner.store, owner.ctx(), entities.into_iter()).await?;
    let may_be_read = standings
        .iter()
        .filter(|standing| standing.refused_since.is_none());
    let entities: Vec<Entity> = may_be_read.map(|standing| standing.entity).collect();
    report(&owner, &entities, &ended, out).await
}

async fn note_at_work<S: Store>(owner: &Core<S>, value: Option<&str>) -> anyhow::Result<()> {
    let now = owner.now();
    let put = owner.store.put_fact(WORKSPACE, FACT_AT_WORK, value, now);
    Ok(put.await?)
}

async fn read_all<S: Store>(
    program: &Program,
    owner: &Core<S>,
    quiet: bool,
) -> anyhow::Result<Ended> {
    let opened = Opened {
        store: &program.store,
        ctx: WORKSPACE,
        now: owner.now(),
    };
    let limits = super::budget::limits(&opened, &program.config).await?;
    let limits = limits.pipedrive.limits;
    let begun_at = owner.now();
    let rows = Mutex::new(BTreeMap::new());
    let heard = |entity: Entity, of_entity: u64| {
        let mut rows = rows
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        rows.insert(entity, of_entity);
    };
    let mut reading = Reading::start(begun_at, quiet);
    let before = tally::under_way(&owner.store, owner.ctx()).await?;
    reading.went_on_from(before.iter().map(|(entity, tally)| (*entity, tally.rows)));
    let mut goes_on_at = None;
    for _ in 0..TRIES_MAX {
        let entities = &backfill::readable(owner).await?;
        let look = async || {
            let unread = backfill::unread(owner, entities).await;
            let tallies = tally::under_way(&owner.store, owner.ctx()).await;
            let (Ok(unread), Ok(tallies)) = (unread, tallies) else {
                return;
            };
            let budget = owner.pipedrive.caller().budget();
            let spent = u64::from(budget.spent_today());
            let purse = Purse::of(&budget.standing(), spent, limits.as_ref());
            let left = Left::of(&unread, &tallies);
            let rows = rows
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .clone();
            reading.show(&rows, &tallies, &unread, (left, purse), owner.now());
        };
        let working = backfill::run_once(owner, entities, &heard);
        beside(&*owner.clock, working, look).await?;
        goes_on_at = None;
        let unread = backfill::unread(owner, &backfill::readable(owner).await?).await?;
        if unread.is_empty() {
            schedule::look_beside_pairs(owner, &heard).await?;
            break;
        }
        goes_on_at = backfill::next_try(owner, &unread);
        let soon = time::plus_millis(owner.now(), WAIT_MAX_MILLIS);
        match goes_on_at {
            Some(at) if at <= soon => owner.clock.sleep_until(at).await,
            Some(_) => break,
            // What waited for other lists can be read now.
            None => {}
        }
    }
    read_what_is_due(owner).await?;
    let records = reading.finish(owner.now());
    let millis = time::to_millis(owner.now()) - time::to_millis(begun_at);
    Ok(Ended {
        records,
        millis,
        goes_on_at,
    })
}

async fn report<S: Store>(
    owner: &Core<S>,
    entities: &[Entity],
    ended: &Ended,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let unread = backfill::unread(owner, entities).await?;
    let mut all = Vec::with_capacity(entities.len());
    for entity in backfill::ORDER
        .into_iter()
        .filter(|one| entities.contains(one))
    {
        let known = completeness::of(&owner.store, owner.ctx(), entity).await?;
        all.push((entity, known));
    }
    let is_complete = unread.is_empty() && all.iter().all(|(_, known)| known.is_whole());
    if out.is_json() {
        let rows = all.iter().map(|(entity, known)| {
            json!({
                "entity": entity.name(),
                "table": mirror_table(*entity),
                "is_read": !unread.contains(entity),
                "is_complete": !unread.contains(entity) && known.is_whole(),
                "completeness": as_json(known),
            })
        });
        out.value(&json!({
            "is_complete": is_complete,
            "records": ended.records,
            "milliseconds": ended.millis,
            "goes_on_at": ended.goes_on_at,
            "entities": rows.collect::<Vec<_>>(),
        }))?;
    } else {
        print(&all, &unread, ended, out)?;
    }
    Ok(if is_complete {
        Exit::Done
    } else {
        Exit::NeedsPerson
    })
}

fn print(
    all: &[(Entity, Completeness)],
    unread: &[Entity],
    ended: &Ended,
    out: &mut Output<'_>,
) -> std::io::Result<()> {
    let rows = all.iter().map(|(entity, known)| {
        let mut row = vec![mirror_table(*entity).to_owned()];
        let counts = known.counts.as_ref();
        let number = |of: fn(&completeness::Counts) -> u64| {
            counts.map_or_else(|| "–".to_owned(), |counts| grouped(of(counts)))
        };
        row.push(number(|counts| counts.pages));
        row.push(number(|counts| counts.listed));
        row.push(number(|counts| counts.mirrored));
        row.push(if unread.contains(entity) {
            "not read to its end".to_owned()
        } else {
            words(known)
        });
        row
    });
    let header = ["Table", "Pages", "Source", "Mirror", ""];
    out.table(&header, rows.collect(), "nothing is mirrored")?;
    let lacks: Vec<String> = all
        .iter()
        .flat_map(|(entity, known)| lacking(*entity, known))
        .collect();
    for line in lacks.iter().take(TOLD_MAX) {
        out.line(line)?;
    }
    if lacks.len() > TOLD_MAX {
        out.line(format!(
            "and {} more; `pipestreet mirror status --json` tells all of them",
            grouped(u64::try_from(lacks.len() - TOLD_MAX).unwrap_or(u64::MAX))
        ))?;
    }
    if !unread.is_empty() {
        let when = ended.goes_on_at.map_or_else(
            || "later".to_owned(),
            |at| format!("from {} UTC on", output::time(at)),
        );
        return out.line(format!(
            "NOT DONE: what was read is kept; go on with `pipestreet mirror backfill` {when}, or leave it to `pipestreet serve`"
        ));
    }
    out.line(if lacks.is_empty() {
        "done: every record that the lists showed is in the mirror"
    } else {
        "NOT COMPLETE: once those records can be read in the service, `pipestreet mirror verify` reads them again"
    })
}

/// What lacks, record by record.
pub(super) fn lacking(entity: Entity, known: &Completeness) -> Vec<String> {
    let mut lines = Vec::new();
    if known.counts.as_ref().is_some_and(|counts| counts.is_cut) {
        lines.push(format!(
            "the list of {} ended before its last record",
            entity.plural()
        ));
    }
    for unread in &known.unread {
        let name = unread.id.as_ref().map_or_else(
            || format!("one of the {}", entity.plural()),
            |id| format!("{}/{id}", entity.name()),
        );
        lines.push(format!("{name} could not be read: {}", unread.reason));
    }
    for id in &known.missing {
        lines.push(format!(
            "{}/{id} was listed and is not in the mirror",
            entity.name()
        ));
    }
    match known.missing_untold() {
        0 => {}
        untold => lines.push(format!(
            "{} more {} were listed and are not known to be in the mirror",
            grouped(untold),
            entity.plural()
        )),
    }
    lines
}

/// How complete a table is, in a few words.
pub(super) fn words(known: &Completeness) -> String {
    let Some(counts) = &known.counts else {
        return "not known yet".to_owned();
    };
    if counts.is_cut {
        return "list ended too soon".to_owned();
    }
    if known.is_whole() {
        return "complete".to_owned();
    }
    let unread = u64::try_from(known.unread.len()).unwrap_or(u64::MAX);
    let of = counts.listed.saturating_add(unread);
    format!("lacks {} of {}", grouped(known.lacks()), grouped(of))
}

/// How complete a table is, for programs.
pub(super) fn as_json(known: &Completeness) -> serde_json::Value {
    let unreadable: Vec<_> = known
        .unread
        .iter()
        .map(|unread| json!({"id": unread.id, "reason": unread.reason, "seen_at": unread.seen_at}))
        .collect();
    json!({
        "is_whole": known.is_whole(),
        "counts": known.counts,
        "unreadable": unreadable,
        "missing": known.missing,
        "missing_untold": known.missing_untold(),
    })
}
