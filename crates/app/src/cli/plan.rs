//! `pipestreet plan`: everything that would be written, without writing.
//!
//! In: an open workspace; both sides are read first if they never were. Out: counts, what it costs, and the first records in
//! sentences. Writes to neither side.

use std::sync::atomic::{AtomicU64, Ordering};

use engine::Core;
use engine::preview::{DoublePreview, FieldPreview, Preview, RecordPreview, preview};
use model::{BySide, Kind, RecordKey, Side};
use serde_json::json;
use store::{AnyStore, Stage, Store};

use super::estimate::{Estimate, count, estimate};
use super::output::{Output, ids_json, value_json};
use super::progress::Progress;
use super::work::{beside, is_approved, looking_on};
use super::{Exit, LIST_ROWS, Print, subject};
use crate::running::return_unspent;
use crate::startup::Program;

/// Doubles and records held up that are shown to people, of each.
const TOLD_ROWS: usize = 10;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Only this record, such as person/12
    #[arg(long, value_parser = subject::synced_record)]
    pub record: Option<RecordKey>,
    /// Show at most so many records; the counts are of all
    #[arg(long, default_value_t = LIST_ROWS)]
    pub limit: u32,
    #[command(flatten)]
    pub print: Print,
}

/// What would be written, and what that costs.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) preview: Preview,
    pub(super) estimate: Estimate,
}

/// # Errors
/// When it is not set up, or a side cannot be read.
pub async fn run(program: &Program, args: Args, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    crate::log::start_beside_progress(&program.config.log);
    let core = looking_on(program, out.is_json()).await?;
    let records_max = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let planned = plan(
        program,
        &core,
        args.record.as_ref(),
        (records_max, out.is_json()),
    )
    .await;
    return_unspent(&core).await;
    let planned = planned?;
    let approved = is_approved(program).await?;
    if out.is_json() {
        out.value(&as_json(&planned, approved))?;
        return Ok(Exit::Done);
    }
    if let Some(record) = &args.record {
        return print_record(record, &planned.preview.records, out);
    }
    print_counts(&planned, out)?;
    print_records(&planned.preview, out)?;
    if !is_empty(&planned.preview) && !approved {
        out.line("nothing was written; `pipestreet sync --approve` does it")?;
    }
    Ok(Exit::Done)
}

/// Looks at everything that waits, with a progress bar.
pub(super) async fn plan(
    program: &Program,
    core: &Core<AnyStore>,
    only: Option<&RecordKey>,
    (records_max, quiet): (usize, bool),
) -> anyhow::Result<Planned> {
    let status = core.store.status(core.ctx(), core.now()).await?;
    let total = status.lanes.get(&Stage::Plan).copied().unwrap_or(0);
    let looked = AtomicU64::new(0);
    let heard = |so_far: u64| looked.store(so_far, Ordering::Relaxed);
    let mut progress = Progress::start("planning", total, quiet);
    let planning = Box::pin(preview(core, only, records_max, &heard));
    let preview = beside(&*core.clock, planning, async || {
        progress.set_done(looked.load(Ordering::Relaxed));
    });
    let preview = preview.await?;
    progress.finish(&format!(
        "{} looked at",
        count(looked.load(Ordering::Relaxed), "record")
    ));
    let estimate = estimate(&preview, &program.budgets, left_today(program, core).await?);
    Ok(Planned { preview, estimate })
}

/// Tokens that may still be spent on Pipedrive today.
async fn left_today(program: &Program, core: &Core<AnyStore>) -> anyhow::Result<Option<u64>> {
    let Some(daily) = program
        .budgets
        .pipedrive
        .limits
        .and_then(|limits| limits.tokens_per_day)
    else {
        return Ok(None);
    };
    // What is in hand and not spent is not spent.
    return_unspent(core).await;
    let spent =
        super::status::spent_today(&core.store, core.ctx(), Side::Pipedrive, core.now()).await?;
    let spent: i64 = spent.iter().map(|spent| spent.tokens).sum();
    Ok(Some(
        u64::from(daily).saturating_sub(u64::try_from(spent).unwrap_or(0)),
    ))
}

/// Whether nothing would be written.
pub(super) fn is_empty(preview: &Preview) -> bool {
    writes(preview) == 0
}

/// How many records would be written.
fn writes(preview: &Preview) -> u64 {
    [
        &preview.creates,
        &preview.updates,
        &preview.markers,
        &preview.deletes,
    ]
    .iter()
    .flat_map(|counts| counts.values())
    .sum()
}

/// Prints counts and cost.
pub(super) fn print_counts(planned: &Planned, out: &mut Output<'_>) -> std::io::Result<()> {
    let preview = &planned.preview;
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        let lines = [
            ("made", &preview.creates),
            ("changed", &preview.updates),
            ("marked with the other side's id", &preview.markers),
            ("deleted", &preview.deletes),
        ];
        for (verb, counts) in lines {
            let on = |side| counts.get(&(kind, side)).copied().unwrap_or(0);
            let (here, there) = (on(Side::Pipedrive), on(Side::Propstreet));
            if here + there > 0 {
                rows.push(vec![
                    format!("{}s {verb}", kind.name()),
                    here.to_string(),
                    there.to_string(),
                ]);
            }
        }
    }
    out.table(
        &["To be", "in Pipedrive", "in Propstreet"],
        rows,
        "nothing would be written",
    )?;
    let formed: u64 = preview.pairs_formed.values().sum();
    for (number, noun, rest) in [
        (
            formed,
            "pair",
            "would be formed of records that are there already",
        ),
        (preview.at_rest, "pair", "agree already"),
        (
            preview.conflicts,
            "field",
            "differing on both sides: the rule of each decides, and what loses is kept",
        ),
        (
            preview.ambiguous,
            "record",
            "could be several: a person has to look, see `pipestreet quarantine list` after the sync",
        ),
        (
            preview.suggestions,
            "record",
            "may have a double on the other side, and are only suggested",
        ),
    ] {
        if number > 0 {
            out.line(format!("{} {rest}", count(number, noun)))?;
        }
    }
    print_doubts(preview, out)?;
    if is_empty(preview) {
        return Ok(());
    }
    out.line(format!("it takes {}", planned.estimate.sentence()))
}

/// Who is held up, and who may be whom.
fn print_doubts(preview: &Preview, out: &mut Output<'_>) -> std::io::Result<()> {
    for (record, reason) in preview.held_up.iter().take(TOLD_ROWS) {
        out.line(format!("    {record}: {reason}"))?;
    }
    for double in preview.doubles.iter().take(TOLD_ROWS) {
        out.line(format!(
            "    {} may be {} ({:.0} % alike): `pipestreet pairs link {} {}` before the sync, if it is",
            double.record,
            double.other,
            double.similarity * 100.0,
            double.record,
            double.other
        ))?;
    }
    if preview.held_up.len().max(preview.doubles.len()) > TOLD_ROWS {
        out.line("    --json shows more of them")?;
    }
    Ok(())
}

fn print_records(preview: &Preview, out: &mut Output<'_>) -> std::io::Result<()> {
    if preview.records.is_empty() {
        return Ok(());
    }
    out.line("")?;
    for record in &preview.records {
        print_sentences(record, out)?;
    }
    out.line("")
}

fn print_sentences(record: &RecordPreview, out: &mut Output<'_>) -> std::io::Result<()> {
    let names: Vec<String> = Side::BOTH
        .iter()
        .filter_map(|side| record.records.get(*side).as_ref().map(ToString::to_string))
        .collect();
    out.line(names.join(" ↔ "))?;
    for sentence in &record.sentences {
        out.line(format!("    {sentence}"))?;
    }
    Ok(())
}

fn print_record(
    record: &RecordKey,
    shown: &[RecordPreview],
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    if shown.is_empty() {
        out.line(format!(
            "{record}: nothing would be written; see `pipestreet explain {record}`"
        ))?;
    }
    for record in shown {
        print_sentences(record, out)?;
    }
    Ok(Exit::Done)
}

/// The plan for programs.
pub(super) fn as_json(planned: &Planned, approved: bool) -> serde_json::Value {
    let preview = &planned.preview;
    let records: Vec<_> = preview
        .records
        .iter()
        .map(|record| {
            let ids = BySide {
                pipedrive: record.records.pipedrive.as_ref().map(|key| key.id.clone()),
                propstreet: record.records.propstreet.as_ref().map(|key| key.id.clone()),
            };
            let kind = record
                .records
                .pipedrive
                .as_ref()
                .or(record.records.propstreet.as_ref());
            json!({
                "kind": kind.map(|key| key.kind_of_pair().name()),
                "records": ids_json(&ids),
                "sentences": record.sentences,
                "changes": record.changes.iter().map(change_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "approved": approved,
        "writes": writes(preview),
        "pairs_formed": preview.pairs_formed.iter().map(|(kind, count)| (kind.name(), *count)).collect::<std::collections::BTreeMap<_, _>>(),
        "creates": by_side_json(&preview.creates),
        "updates": by_side_json(&preview.updates),
        "markers": by_side_json(&preview.markers),
        "deletes": by_side_json(&preview.deletes),
        "conflicts": preview.conflicts,
        "suggestions": preview.suggestions,
        "ambiguous": preview.ambiguous,
        "at_rest": preview.at_rest,
        "cost": planned.estimate.as_json(),
        "records": records,
        "doubles": preview.doubles.iter().map(double_json).collect::<Vec<_>>(),
        "held_up": preview.held_up.iter().map(|(record, why)| json!({ "record": record.to_string(), "why": why })).collect::<Vec<_>>(),
    })
}

fn change_json(change: &FieldPreview) -> serde_json::Value {
    json!({
        "side": change.side,
        "operation": change.operation,
        "field": change.field.map(model::Field::name),
        "before": value_json(change.before.as_ref()),
        "after": value_json(change.after.as_ref()),
    })
}

fn double_json(double: &DoublePreview) -> serde_json::Value {
    json!({
        "record": double.record.to_string(),
        "other": double.other.to_string(),
        "similarity": double.similarity,
    })
}

fn by_side_json(counts: &std::collections::BTreeMap<(Kind, Side), u64>) -> serde_json::Value {
    let mut all = serde_json::Map::new();
    for ((kind, side), count) in counts {
        all.insert(kind.entity(*side).name().to_owned(), json!(count));
    }
    serde_json::Value::Object(all)
}
