//! `pipestreet pairs`: which records are the same thing on both sides.

use model::{Kind, Pair, PairId, PairState, Side};
use serde_json::json;
use store::Store;

use super::output::{Output, ids_json, shown, time, value_json};
use super::subject::{Subject, find_pair};
use super::{Exit, LIST_ROWS, Opened, Print};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Pairs in the order in which they were made
    List(ListArgs),
    /// One pair, with what both sides last agreed on
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Go on after this pair
    #[arg(long, default_value_t = 0)]
    pub after: i64,
    /// At most so many rows
    #[arg(long, default_value_t = LIST_ROWS)]
    pub limit: u32,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The pair's number, or one of its records such as person/12
    pub subject: Subject,
    #[command(flatten)]
    pub print: Print,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(args) => args.print.json,
            Self::Show(args) => args.print.json,
        }
    }
}

/// # Errors
/// When the database does not answer, or has no such pair.
pub async fn run<S: Store>(
    opened: &Opened<'_, S>,
    command: Command,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list(opened, &args, out).await,
        Command::Show(args) => show(&find_pair(opened, &args.subject).await?, out),
    }
}

async fn list<S: Store>(
    opened: &Opened<'_, S>,
    args: &ListArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let pairs = opened
        .store
        .pairs(opened.ctx, PairId(args.after), args.limit)
        .await?;
    if out.is_json() {
        let pairs: Vec<_> = pairs.iter().map(as_json).collect();
        out.value(&json!(pairs))?;
        return Ok(Exit::Done);
    }
    let rows = pairs
        .iter()
        .map(|pair| {
            vec![
                pair.id.to_string(),
                record(pair, Side::Pipedrive),
                record(pair, Side::Propstreet),
                state(pair),
            ]
        })
        .collect();
    out.table(
        &["Pair", "Pipedrive", "Propstreet", "State"],
        rows,
        "there are no pairs here",
    )?;
    if pairs.len() == usize::try_from(args.limit).unwrap_or(usize::MAX)
        && let Some(last) = pairs.last()
    {
        out.line(format!("more with --after {}", last.id))?;
    }
    Ok(Exit::Done)
}

fn show(pair: &Pair, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    if out.is_json() {
        let mut value = as_json(pair);
        value["base"] = Side::BOTH
            .into_iter()
            .map(|side| {
                let values = pair.base.get(side).values.iter();
                let values =
                    values.map(|(field, value)| (field.name().to_owned(), value_json(Some(value))));
                (
                    side.name().to_owned(),
                    serde_json::Value::Object(values.collect()),
                )
            })
            .collect::<serde_json::Map<_, _>>()
            .into();
        out.value(&value)?;
        return Ok(Exit::Done);
    }
    let kind = match pair.kind {
        Kind::Organization => "an organization and a company",
        Kind::Person => "a person and a contact",
    };
    out.line(format!("pair {}: {kind}, {}", pair.id, state(pair)))?;
    for side in Side::BOTH {
        out.line(format!("{side}: {}", record(pair, side)))?;
    }
    let rows = model::Field::of(pair.kind)
        .iter()
        .map(|field| {
            let of = |side| shown(pair.base.get(side).get(*field));
            vec![
                field.name().to_owned(),
                of(Side::Pipedrive),
                of(Side::Propstreet),
            ]
        })
        .collect();
    out.table(&["Agreed on", "Pipedrive", "Propstreet"], rows, "")?;
    for field in pair.restores.keys() {
        out.line(format!(
            "the {} is being put back on both sides",
            field.name()
        ))?;
    }
    Ok(Exit::Done)
}

fn as_json(pair: &Pair) -> serde_json::Value {
    json!({ "pair": pair.id, "kind": pair.kind, "ids": ids_json(&pair.ids), "state": pair.state })
}

fn record(pair: &Pair, side: Side) -> String {
    pair.record(side)
        .map_or_else(|| "being made".to_owned(), |record| record.to_string())
}

fn state(pair: &Pair) -> String {
    match &pair.state {
        PairState::Active => "active".to_owned(),
        PairState::Unlinked { deleted_on, at } => {
            format!("unlinked: deleted on {deleted_on} {}", time(*at))
        }
        PairState::Ended { at } => format!("ended {}", time(*at)),
    }
}
