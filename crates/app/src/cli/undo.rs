//! `pipestreet undo`: takes changes back, one by one, the last one of a record, or all since a time.
//!
//! In: changes by number, a record, a time. Out: values put back on both sides, and what stays, with the reason. Refuses where
//! somebody has edited since.

use anyhow::{Context, bail};
use engine::Core;
use engine::undo::{PairUndo, Stays, Undo, carry_out, plan};
use model::{HistoryId, Pair, PairId, RecordKey, Side};
use serde_json::json;
use store::{HistoryKind, HistoryRow, Store};

use super::history::{Since, parse_since};
use super::output::{Output, ids_json, shown_of, value_json};
use super::subject::record;
use super::{Exit, Print, UsageError};
use crate::startup::Program;

/// Changes that are taken back at once at the most.
const CHANGES_MAX: u32 = 50_000;
/// Rows that are shown to people.
const ROWS_SHOWN: usize = 200;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Changes by their number in `pipestreet history`, or a record such as person/12: its last change
    #[arg(value_parser = parse_what)]
    pub what: Vec<What>,
    /// Everything since so long ago, such as 2h, or since a time, such as 2026-11-03T08:00:00Z
    #[arg(long, value_parser = parse_since)]
    pub since: Option<Since>,
    /// Also delete records again that were made
    #[arg(long)]
    pub delete_made: bool,
    /// Show what would be taken back, and leave it
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub print: Print,
}

/// What is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Change(HistoryId),
    Record(RecordKey),
}

/// # Errors
/// When it is not set up, the database does not answer, or there is no such change.
pub async fn run(program: &Program, args: Args, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    let core = program.blueprint.observe().await?;
    run_on(&core, &args, out).await
}

/// The same, on an engine that is there.
///
/// # Errors
/// When the database does not answer, or there is no such change.
pub async fn run_on<S: Store>(
    core: &Core<S>,
    args: &Args,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let changes = chosen(core, args).await?;
    let mut undo = plan(core, &changes, args.delete_made).await?;
    if !args.dry_run {
        let stays = carry_out(core, &undo).await?;
        let refused: Vec<PairId> = stays.iter().map(|stays| stays.pair).collect();
        undo.pairs.retain(|of| !refused.contains(&of.pair.id));
        undo.stays.extend(stays);
    }
    if out.is_json() {
        out.value(&as_json(&undo, args.dry_run))?;
    } else {
        print(&undo, args, out)?;
    }
    Ok(if undo.stays.is_empty() {
        Exit::Done
    } else {
        Exit::NeedsPerson
    })
}

async fn chosen<S: Store>(core: &Core<S>, args: &Args) -> anyhow::Result<Vec<HistoryRow>> {
    let since = args.since.map(|since| since.before(core.now()));
    if args.what.is_empty() {
        let Some(since) = since else {
            bail!(UsageError(
                "say what to take back: the number of a change in `pipestreet history`, a record such as person/12, or --since 2h"
                    .to_owned()
            ));
        };
        let rows = core
            .store
            .history(core.ctx(), None, Some(since), CHANGES_MAX)
            .await?;
        if rows.len() == usize::try_from(CHANGES_MAX).unwrap_or(usize::MAX) {
            bail!("there were more than {CHANGES_MAX} changes since then; choose a later time");
        }
        return Ok(rows.into_iter().filter(is_a_write).collect());
    }
    let mut rows = Vec::new();
    for what in &args.what {
        match what {
            What::Change(id) => {
                let row = core.store.change(core.ctx(), *id).await?;
                let row = row.with_context(|| {
                    format!("there is no change {id}; `pipestreet history` shows their numbers")
                })?;
                if since.is_none_or(|since| row.at >= since) {
                    rows.push(row);
                }
            }
            What::Record(record) => {
                let pair = core.store.pair_of(core.ctx(), record).await?;
                let pair = pair.with_context(|| format!("{record} is in no pair"))?;
                let all = core
                    .store
                    .history(core.ctx(), Some(pair.id), since, CHANGES_MAX)
                    .await?;
                let mut written = all.into_iter().filter(is_a_write).peekable();
                let newest = written.peek().and_then(|row| row.outbox);
                rows.extend(written.filter(|row| since.is_some() || row.outbox == newest));
            }
        }
    }
    rows.sort_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// Whether the change touched what people see; our own marks do not.
fn is_a_write(row: &HistoryRow) -> bool {
    match row.entry.kind {
        HistoryKind::Created | HistoryKind::Deleted | HistoryKind::Came | HistoryKind::Left => true,
        HistoryKind::Updated => row.entry.field.is_some(),
        HistoryKind::Paired
        | HistoryKind::Unlinked
        | HistoryKind::Repointed
        | HistoryKind::Parted
        | HistoryKind::Asked => false,
    }
}

fn print(undo: &Undo, args: &Args, out: &mut Output<'_>) -> std::io::Result<()> {
    let rows: Vec<Vec<String>> = undo.pairs.iter().flat_map(rows_of).collect();
    let more = rows.len().saturating_sub(ROWS_SHOWN);
    out.table(
        &["Record", "Field", "Now", "Put back"],
        rows.into_iter().take(ROWS_SHOWN).collect(),
        "nothing is taken back",
    )?;
    if more > 0 {
        out.line(format!("and {more} more; --json shows all"))?;
    }
    if !undo.stays.is_empty() {
        out.line("")?;
        let rows = undo.stays.iter().take(ROWS_SHOWN).map(|stays| {
            vec![
                change_name(stays),
                stays.field.map_or("–", model::Field::name).to_owned(),
                stays.why.clone(),
            ]
        });
        out.table(&["Stays", "Field", "Why"], rows.collect(), "")?;
    }
    if !undo.pairs.is_empty() {
        out.line(if args.dry_run {
            "nothing was changed; without --dry-run it is put back on both sides"
        } else {
            "it is put back on both sides next (`serve` does it at once, else `sync --once`), unless somebody edits it before"
        })?;
    }
    Ok(())
}

fn change_name(stays: &Stays) -> String {
    if stays.change == HistoryId(0) {
        format!("pair {}", stays.pair)
    } else {
        format!("change {}", stays.change)
    }
}

fn rows_of(of: &PairUndo) -> Vec<Vec<String>> {
    if let Some(on) = of.unmake {
        let made = of.pair.record(on);
        let made = made.map_or_else(|| "–".to_owned(), |record| record.to_string());
        return vec![vec![
            made,
            "–".to_owned(),
            format!("made in {on}"),
            "is deleted again".to_owned(),
        ]];
    }
    let name = name(&of.pair);
    of.values
        .iter()
        .map(|value| {
            vec![
                name.clone(),
                value.field.name().to_owned(),
                shown_of(value.field, value.from.as_ref()),
                shown_of(value.field, value.to.as_ref()),
            ]
        })
        .collect()
}

fn name(pair: &Pair) -> String {
    Side::BOTH
        .into_iter()
        .find_map(|side| pair.record(side))
        .map_or_else(|| format!("pair {}", pair.id), |record| record.to_string())
}

fn as_json(undo: &Undo, dry_run: bool) -> serde_json::Value {
    let put_back = undo.pairs.iter().flat_map(|of| {
        of.values.iter().map(|value| {
            json!({
                "pair": of.pair.id,
                "ids": ids_json(&of.pair.ids),
                "field": value.field.name(),
                "from": value_json(value.from.as_ref()),
                "to": value_json(value.to.as_ref()),
            })
        })
    });
    let deleted = undo.pairs.iter().filter_map(|of| {
        let record = of.pair.record(of.unmake?)?;
        Some(json!({ "pair": of.pair.id, "record": record.to_string() }))
    });
    let stays = undo.stays.iter().map(|stays| {
        json!({
            "change": (stays.change != HistoryId(0)).then_some(stays.change),
            "pair": stays.pair,
            "field": stays.field.map(model::Field::name),
            "why": stays.why,
        })
    });
    json!({
        "dry_run": dry_run,
        "put_back": put_back.collect::<Vec<_>>(),
        "deleted": deleted.collect::<Vec<_>>(),
        "stays": stays.collect::<Vec<_>>(),
    })
}

fn parse_what(text: &str) -> Result<What, String> {
    if let Ok(number) = text.parse() {
        return Ok(What::Change(HistoryId(number)));
    }
    record(text)
        .map(What::Record)
        .map_err(|error| format!("{error}, or the number of a change in `pipestreet history`"))
}
