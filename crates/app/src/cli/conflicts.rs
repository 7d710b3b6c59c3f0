//! `pipestreet conflicts`: fields that both sides changed, the value that lost, and a person's choice between them.

use anyhow::Context;
use model::canonical::country::Country;
use model::{ConflictId, RecordKey, RemoteId, Side};
use plan::Rule;
use serde_json::json;
use store::{Conflict, ConflictFilter, Store};

use super::output::{Output, ids_json, shown, time, time_or_dash, value_json};
use super::subject::{Subject, find_pair};
use super::{Exit, LIST_ROWS, Opened, Print, resolving};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Conflicts that wait for a person
    List(ListArgs),
    /// Both values of one conflict
    Show(ShowArgs),
    /// Choose what is kept, one by one or by a rule; also puts back a value that a rule let lose
    Resolve(resolving::Args),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Also those that a rule or a person has settled
    #[arg(long)]
    pub all: bool,
    /// Only those of this record or pair
    #[arg(long)]
    pub record: Option<Subject>,
    /// At most so many rows
    #[arg(long, default_value_t = LIST_ROWS)]
    pub limit: u32,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The conflict's number
    pub id: i64,
    #[command(flatten)]
    pub print: Print,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(args) => args.print.json,
            Self::Show(args) => args.print.json,
            Self::Resolve(args) => args.print.json,
        }
    }
}

/// # Errors
/// When the database does not answer, or has no such conflict.
pub async fn run<S: Store>(
    opened: &Opened<'_, S>,
    command: Command,
    country: Option<Country>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list(opened, args, out).await,
        Command::Show(args) => show(opened, ConflictId(args.id), out).await,
        Command::Resolve(args) => resolving::run(opened, &args, country, out).await,
    }
}

async fn list<S: Store>(
    opened: &Opened<'_, S>,
    args: ListArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let filter = match (&args.record, args.all) {
        (Some(subject), _) => ConflictFilter::OfPair(find_pair(opened, subject).await?.id),
        (None, true) => ConflictFilter::All,
        (None, false) => ConflictFilter::Waiting,
    };
    let conflicts = opened
        .store
        .conflicts(opened.ctx, filter, args.limit)
        .await?;
    if out.is_json() {
        let conflicts: Vec<_> = conflicts.iter().map(as_json).collect();
        out.value(&json!(conflicts))?;
        return Ok(Exit::Done);
    }
    let rows = conflicts
        .iter()
        .map(|conflict| {
            let kept = conflict
                .winner
                .map_or("waits for you".to_owned(), |side| side.to_string());
            vec![
                conflict.id.to_string(),
                time(conflict.at),
                record_name(conflict),
                conflict.field.name().to_owned(),
                kept,
                rule_words(conflict.rule).to_owned(),
            ]
        })
        .collect();
    out.table(
        &["Conflict", "Found (UTC)", "Record", "Field", "Kept", "Why"],
        rows,
        "no conflict waits for a person",
    )?;
    Ok(Exit::Done)
}

async fn show<S: Store>(
    opened: &Opened<'_, S>,
    id: ConflictId,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let conflict = opened.store.conflict(opened.ctx, id).await?;
    let conflict = conflict.with_context(|| format!("there is no conflict {id}"))?;
    if out.is_json() {
        out.value(&as_json(&conflict))?;
        return Ok(Exit::Done);
    }
    out.line(format!(
        "conflict {} about the {} of {}",
        conflict.id,
        conflict.field.name(),
        record_name(&conflict)
    ))?;
    out.line(format!(
        "found {} UTC: {}",
        time(conflict.at),
        rule_words(conflict.rule)
    ))?;
    let rows = Side::BOTH
        .into_iter()
        .map(|side| {
            let before = shown(conflict.base.get(side).as_ref());
            let kept = if conflict.winner == Some(side) {
                "kept"
            } else {
                ""
            };
            vec![
                side.to_string(),
                before,
                shown(conflict.values.get(side).as_ref()),
                kept.to_owned(),
            ]
        })
        .collect();
    out.table(&["Side", "Agreed before", "Changed to", ""], rows, "")?;
    if conflict.winner.is_none() {
        out.line(format!(
            "choose with `pipestreet conflicts resolve {id} --keep pipedrive|propstreet`, or give another value with `--value`"
        ))?;
    } else {
        out.line(format!(
            "decided {} UTC, settled {} UTC",
            time_or_dash(conflict.decided_at),
            time_or_dash(conflict.settled_at)
        ))?;
    }
    Ok(Exit::Done)
}

fn as_json(conflict: &Conflict) -> serde_json::Value {
    let by_side = |values: &model::BySide<Option<model::Value>>| json!({ "pipedrive": value_json(values.pipedrive.as_ref()), "propstreet": value_json(values.propstreet.as_ref()) });
    json!({
        "id": conflict.id,
        "pair": conflict.pair,
        "kind": conflict.kind,
        "ids": ids_json(&conflict.ids),
        "field": conflict.field.name(),
        "values": by_side(&conflict.values),
        "base": by_side(&conflict.base),
        "kept": conflict.winner,
        "rule": conflict.rule,
        "at": conflict.at,
        "decided_at": conflict.decided_at,
        "settled_at": conflict.settled_at,
    })
}

pub(super) fn record_name(conflict: &Conflict) -> String {
    let name = |side: Side| -> Option<String> {
        let id: &Option<RemoteId> = conflict.ids.get(side);
        let id = id.clone()?;
        Some(
            RecordKey {
                entity: conflict.kind.entity(side),
                id,
            }
            .to_string(),
        )
    };
    name(Side::Pipedrive)
        .or_else(|| name(Side::Propstreet))
        .unwrap_or_else(|| format!("pair {}", conflict.pair))
}

const fn rule_words(rule: Rule) -> &'static str {
    match rule {
        Rule::PipedriveWins => "Pipedrive wins this field",
        Rule::PropstreetWins => "Propstreet wins this field",
        Rule::Latest => "the later edit won",
        Rule::Tie => "too close in time to tell, so the fixed side won",
        Rule::Manual => "a person decides this field",
        Rule::Overwritten => "an edit made while we wrote was overwritten",
        Rule::DeleteAgainstEdit => "deleted on one side, edited on the other",
        Rule::OneWay => "the field flows one way and was edited at its end",
    }
}
