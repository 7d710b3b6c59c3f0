//! `pipestreet explain`: why a record is as it is, and what would happen to it next.
//!
//! In: a record. Out: its pair, what both sides show and showed when they last agreed, the plan in sentences, and everything that
//! waits. Asks neither service: it tells what is remembered. Prints values, for the person who asks, and logs none.

use engine::inspect::{Inspection, inspect};
use model::{BySide, Field, Pair, PairState, RecordKey, Side};
use serde_json::json;
use store::{Conflict, ConflictFilter, HistoryRow, InboxFilter, InboxRow, OutboxRow, Stage, Store};

use super::output::{Output, ids_json, shown_of, time, value_json};
use super::{Exit, Print, stage_name, subject};
use crate::startup::{Program, WORKSPACE};

const HISTORY_ROWS: u32 = 5;
const INBOX_ROWS: u32 = 5;
const CONFLICT_ROWS: u32 = 20;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The record, such as person/12 or contact/ID
    #[arg(value_parser = subject::synced_record)]
    pub record: RecordKey,
    #[command(flatten)]
    pub print: Print,
}

/// What is remembered beside the lane.
struct Trail {
    conflicts: Vec<Conflict>,
    history: Vec<HistoryRow>,
    inbox: Vec<InboxRow>,
}

/// # Errors
/// When it is not set up, or nothing is known of the record.
pub async fn run(program: &Program, args: Args, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    let core = program.blueprint.observe().await?;
    let record = &args.record;
    let Some(found) = inspect(&core, record).await? else {
        anyhow::bail!(
            "nothing is known of {record}; it is not in the mirror, or its id is another"
        );
    };
    let trail = trail(&program.store, record, &found).await?;
    if out.is_json() {
        out.value(&as_json(record, &found, &trail))?;
    } else {
        print(record, &found, &trail, out)?;
    }
    Ok(Exit::Done)
}

async fn trail<S: Store>(
    store: &S,
    record: &RecordKey,
    found: &Inspection,
) -> anyhow::Result<Trail> {
    let pair = found.view.pair.as_ref();
    let (conflicts, history) = match pair {
        Some(pair) => (
            store
                .conflicts(WORKSPACE, ConflictFilter::OfPair(pair.id), CONFLICT_ROWS)
                .await?,
            store
                .history(WORKSPACE, Some(pair.id), None, HISTORY_ROWS)
                .await?,
        ),
        None => (Vec::new(), Vec::new()),
    };
    let mut records: Vec<RecordKey> = pair
        .map(|pair| {
            Side::BOTH
                .into_iter()
                .filter_map(|side| pair.record(side))
                .collect()
        })
        .unwrap_or_default();
    if records.is_empty() {
        records.push(record.clone());
    }
    let mut inbox = Vec::new();
    for record in records {
        let filter = InboxFilter {
            record: Some(record),
            ..InboxFilter::default()
        };
        inbox.extend(store.inbox(WORKSPACE, filter, INBOX_ROWS).await?);
    }
    inbox.sort_by_key(|row| std::cmp::Reverse(row.seq));
    Ok(Trail {
        conflicts,
        history,
        inbox,
    })
}

fn print(
    record: &RecordKey,
    found: &Inspection,
    trail: &Trail,
    out: &mut Output<'_>,
) -> std::io::Result<()> {
    out.line(standing(record, found))?;
    for side in Side::BOTH {
        if let Some(line) = seen(found, side) {
            out.line(line)?;
        }
    }
    out.table(
        &["Field", "Pipedrive shows", "Propstreet shows"],
        field_rows(record, found),
        "neither side shows a field that is synced",
    )?;
    out.line("")?;
    out.line("What would happen next:")?;
    for sentence in &found.sentences {
        out.line(format!("    {sentence}"))?;
    }
    print_waiting(found, out)?;
    print_trail(trail, out)
}

fn standing(record: &RecordKey, found: &Inspection) -> String {
    match &found.view.pair {
        Some(pair) => {
            let names: Vec<String> = Side::BOTH
                .iter()
                .map(|side| {
                    pair.record(*side)
                        .map_or_else(|| format!("nothing yet in {side}"), |key| key.to_string())
                })
                .collect();
            format!(
                "{}: pair {}, {}",
                names.join(" ↔ "),
                pair.id,
                state_name(&pair.state)
            )
        }
        None => format!("{record} is in no pair"),
    }
}

/// When a side's record was last read, and whether it is gone.
fn seen(found: &Inspection, side: Side) -> Option<String> {
    let row = found.view.rows.get(side).as_ref()?;
    let read = format!(
        "{}: changed {} UTC, read {} UTC",
        row.key,
        time(row.remote_time),
        time(row.synced_at)
    );
    Some(match row.deleted_at {
        Some(at) => format!("{read}, found gone {} UTC", time(at)),
        None => read,
    })
}

fn field_rows(record: &RecordKey, found: &Inspection) -> Vec<Vec<String>> {
    let base = found.view.pair.as_ref().map(|pair| &pair.base);
    let cell = |side: Side, field: Field| {
        let Some(seen) = found.shown.get(side) else {
            return "–".to_owned();
        };
        let seen = seen.get(field);
        match base.map(|base| base.get(side).get(field)) {
            Some(agreed) if agreed != seen => {
                let (seen, agreed) = (shown_of(field, seen), shown_of(field, agreed));
                format!("{seen} (at the last agreement: {agreed})")
            }
            Some(_) | None => shown_of(field, seen),
        }
    };
    let row = |field: &Field| {
        vec![
            field.name().to_owned(),
            cell(Side::Pipedrive, *field),
            cell(Side::Propstreet, *field),
        ]
    };
    let fields = record.entity.kind().map_or(&[][..], Field::of);
    fields.iter().map(row).collect()
}

fn print_waiting(found: &Inspection, out: &mut Output<'_>) -> std::io::Result<()> {
    let lane = &found.view.lane;
    if let Some(row) = &found.view.outbox {
        out.line(format!("Under way: {}", write_line(row)))?;
    }
    for row in &found.view.audits {
        out.line(format!(
            "Written, and waiting to learn what it replaced: {}",
            write_line(row)
        ))?;
    }
    match found.stage() {
        Stage::Rest => {}
        stage @ (Stage::Read | Stage::Plan | Stage::Deliver | Stage::Quarantined) => {
            out.line(format!(
                "It is {}, since or from {} UTC.",
                stage_name(stage),
                time(lane.due_at)
            ))?;
        }
    }
    if let Some(problem) = &lane.problem {
        out.line(format!(
            "Problem: {} ({}, failed {} times in a row)",
            problem.message, problem.code, lane.attempts
        ))?;
    }
    for record in &lane.waits_for {
        out.line(format!("It waits until {record} is paired."))?;
    }
    Ok(())
}

fn print_trail(trail: &Trail, out: &mut Output<'_>) -> std::io::Result<()> {
    for conflict in &trail.conflicts {
        let kept = match conflict.winner {
            Some(side) => format!("the value of {side} was kept"),
            None => format!("waits for `pipestreet conflicts resolve {}`", conflict.id),
        };
        out.line(format!(
            "Conflict {} of {} UTC about {}: {kept}",
            conflict.id,
            time(conflict.at),
            conflict.field.name()
        ))?;
    }
    if !trail.history.is_empty() {
        out.line("")?;
        let rows = trail.history.iter().map(|row| {
            let field = row
                .entry
                .field
                .map_or_else(String::new, |field| field.name().to_owned());
            vec![
                time(row.at),
                row.entry.side.to_string(),
                field,
                row.entry.why.clone(),
            ]
        });
        out.table(
            &["Last changes (UTC)", "Changed", "Field", "Why"],
            rows.collect(),
            "",
        )?;
    }
    if !trail.inbox.is_empty() {
        out.line("")?;
        let rows = trail.inbox.iter().map(|row| {
            vec![
                row.seq.to_string(),
                time(row.received_at),
                row.summary.clone(),
            ]
        });
        out.table(&["Inbox", "Last came in (UTC)", "What"], rows.collect(), "")?;
    }
    Ok(())
}

fn write_line(row: &OutboxRow) -> String {
    let fields: Vec<&str> = row.write.fields.keys().map(|field| field.name()).collect();
    let about = if fields.is_empty() {
        "the marker".to_owned()
    } else {
        fields.join(", ")
    };
    format!(
        "{:?} in {} of {about} ({})",
        row.write.operation,
        row.write.side,
        row.state.name().replace('_', " ")
    )
    .to_lowercase()
}

const fn state_name(state: &PairState) -> &'static str {
    match state {
        PairState::Active => "kept in step",
        PairState::Unlinked { .. } => "no longer synced, because one record was deleted",
        PairState::Asked { .. } => {
            "waiting for a person, because one record was deleted: `pipestreet deletes list`"
        }
        PairState::Approved { .. } => "about to lose its second record, as a person said",
        PairState::Unmaking { .. } => "about to lose what was made, as a person said",
        PairState::Parting { .. } => "being taken apart by a person",
        PairState::Ended { .. } => "over, because both records are gone or were taken apart",
    }
}

fn as_json(record: &RecordKey, found: &Inspection, trail: &Trail) -> serde_json::Value {
    let lane = &found.view.lane;
    let base = found.view.pair.as_ref().map(|pair| &pair.base);
    let fields: serde_json::Map<_, _> = record
        .entity
        .kind()
        .map_or(&[][..], Field::of)
        .iter()
        .map(|field| {
            let shown = |side| {
                value_json(
                    found
                        .shown
                        .get(side)
                        .as_ref()
                        .and_then(|record| record.get(*field)),
                )
            };
            let based = |side| value_json(base.and_then(|base| base.get(side).get(*field)));
            let of = |side| json!({ "shown": shown(side), "base": based(side) });
            (
                field.name().to_owned(),
                json!({ "pipedrive": of(Side::Pipedrive), "propstreet": of(Side::Propstreet) }),
            )
        })
        .collect();
    json!({
        "record": record.to_string(),
        "pair": found.view.pair.as_ref().map(pair_json),
        "stage": stage_name(found.stage()),
        "due_at": lane.due_at,
        "fields": fields,
        "next": found.sentences,
        "under_way": found.view.outbox.as_ref().map(write_line),
        "audits": found.view.audits.iter().map(write_line).collect::<Vec<_>>(),
        "problem": lane.problem,
        "attempts": lane.attempts,
        "waits_for": lane.waits_for.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "conflicts": trail.conflicts.iter().map(conflict_json).collect::<Vec<_>>(),
        "history": trail.history.iter().map(history_json).collect::<Vec<_>>(),
        "inbox": trail.inbox.iter().map(|row| json!({ "seq": row.seq, "at": row.received_at, "summary": row.summary })).collect::<Vec<_>>(),
    })
}

fn pair_json(pair: &Pair) -> serde_json::Value {
    let ids = BySide {
        pipedrive: pair.ids.pipedrive.clone(),
        propstreet: pair.ids.propstreet.clone(),
    };
    json!({ "id": pair.id, "records": ids_json(&ids), "state": state_name(&pair.state) })
}

fn conflict_json(conflict: &Conflict) -> serde_json::Value {
    json!({ "id": conflict.id, "field": conflict.field.name(), "at": conflict.at, "winner": conflict.winner.map(Side::name) })
}

fn history_json(row: &HistoryRow) -> serde_json::Value {
    let entry = &row.entry;
    json!({
        "at": row.at,
        "side": entry.side.name(),
        "field": entry.field.map(Field::name),
        "before": value_json(entry.before.as_ref()),
        "after": value_json(entry.after.as_ref()),
        "why": entry.why,
    })
}
