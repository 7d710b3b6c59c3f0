//! `pipestreet pairs`: which records are the same thing on both sides.

use anyhow::bail;
use api_client::{Clock, SystemClock};
use model::time::plus_millis;
use model::{BySide, Entity, Field, Kind, Pair, PairId, PairState, RecordKey, Reference, Side};
use serde_json::json;
use store::{Refusal, Store};

use super::output::{Output, ids_json, shown_of, time, value_json};
use super::subject::{Subject, find_pair, synced_record};
use super::{Exit, LIST_ROWS, Opened, Print, UsageError};

/// How often a record that is worked on is tried again, and after how long.
const TRIES: u32 = 20;
const TRY_AGAIN_MILLIS: i64 = 100;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Pairs in the order in which they were made
    List(ListArgs),
    /// One pair, with what both sides last agreed on
    Show(ShowArgs),
    /// Pair two records that are the same, such as person/12 and contact/ID
    Link(LinkArgs),
    /// Take a pair apart: both records stay, and nothing pairs them again
    Unlink(UnlinkArgs),
}

#[derive(Debug, clap::Args)]
pub struct LinkArgs {
    /// A record of one side
    #[arg(value_parser = synced_record)]
    pub one: RecordKey,
    /// The record of the other side that is the same
    #[arg(value_parser = synced_record)]
    pub other: RecordKey,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
pub struct UnlinkArgs {
    /// The pair's number, or one of its records such as person/12
    pub subject: Subject,
    #[command(flatten)]
    pub print: Print,
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
            Self::Link(args) => args.print.json,
            Self::Unlink(args) => args.print.json,
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
        Command::Show(args) => {
            let pair = find_pair(opened, &args.subject).await?;
            let exit = show(&pair, out)?;
            if !out.is_json() {
                show_members(opened, &pair, out).await?;
            }
            Ok(exit)
        }
        Command::Link(args) => link(opened, &args, out).await,
        Command::Unlink(args) => unlink(opened, &args, out).await,
    }
}

async fn link<S: Store>(
    opened: &Opened<'_, S>,
    args: &LinkArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let records = by_side(&args.one, &args.other)?;
    let mut linked = opened
        .store
        .link(opened.ctx, records.clone(), opened.now)
        .await?;
    for _ in 0..TRIES {
        if !matches!(linked, Err(Refusal::Busy { .. })) {
            break;
        }
        SystemClock
            .sleep_until(plus_millis(SystemClock.now(), TRY_AGAIN_MILLIS))
            .await;
        linked = opened
            .store
            .link(opened.ctx, records.clone(), opened.now)
            .await?;
    }
    let pair = linked?;
    if out.is_json() {
        let ids = BySide {
            pipedrive: Some(records.pipedrive.id),
            propstreet: Some(records.propstreet.id),
        };
        out.value(&json!({ "pair": pair, "ids": ids_json(&ids) }))?;
        return Ok(Exit::Done);
    }
    out.line(format!(
        "{} and {} are pair {pair} now",
        records.pipedrive, records.propstreet
    ))?;
    out.line(format!(
        "what they show otherwise is brought into step like any other change; `pipestreet explain {}` tells what",
        records.pipedrive
    ))?;
    Ok(Exit::Done)
}

/// Two records of one kind, one of each side.
fn by_side(one: &RecordKey, other: &RecordKey) -> anyhow::Result<BySide<RecordKey>> {
    for record in [one, other] {
        if record.entity == Entity::Link {
            bail!(UsageError(
                "a link is no record of its own: pair its contact and its company".to_owned()
            ));
        }
    }
    if one.side() == other.side() {
        bail!(UsageError(format!(
            "{one} and {other} are both of {}; a pair has one record of each side. If the two are one, see `pipestreet \
             duplicates merge`",
            one.side()
        )));
    }
    if one.kind_of_pair() != other.kind_of_pair() {
        let kind = one.kind_of_pair();
        bail!(UsageError(format!(
            "{other} is no counterpart of {one}: {} of Pipedrive go with {} of Propstreet",
            kind.entity(Side::Pipedrive).plural(),
            kind.entity(Side::Propstreet).plural()
        )));
    }
    Ok(match one.side() {
        Side::Pipedrive => BySide {
            pipedrive: one.clone(),
            propstreet: other.clone(),
        },
        Side::Propstreet => BySide {
            pipedrive: other.clone(),
            propstreet: one.clone(),
        },
    })
}

async fn unlink<S: Store>(
    opened: &Opened<'_, S>,
    args: &UnlinkArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let pair = find_pair(opened, &args.subject).await?;
    let pair = opened
        .store
        .unlink(opened.ctx, pair.id, opened.now)
        .await??;
    if out.is_json() {
        out.value(&json!({ "pair": pair.id, "ids": ids_json(&pair.ids), "state": "parting" }))?;
        return Ok(Exit::Done);
    }
    let names: Vec<String> = Side::BOTH
        .into_iter()
        .filter_map(|side| pair.record(side))
        .map(|record| record.to_string())
        .collect();
    out.line(format!(
        "pair {} is taken apart: {} stay as they are, and nothing travels between them any more",
        pair.id,
        names.join(" and ")
    ))?;
    out.line(
        "our ids are taken off them next (`serve` does it at once, else `sync --once`); nothing pairs the two again but \
         `pipestreet pairs link`",
    )?;
    Ok(Exit::Done)
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
        Kind::Deal => "a deal and a project",
        Kind::Note => "a note in Pipedrive and one in Propstreet",
    };
    out.line(format!("pair {}: {kind}, {}", pair.id, state(pair)))?;
    for side in Side::BOTH {
        out.line(format!("{side}: {}", record(pair, side)))?;
    }
    let rows = model::Field::of(pair.kind)
        .iter()
        .map(|field| {
            let of = |side| shown_of(*field, pair.base.get(side).get(*field));
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

/// Those who take part on both sides, by their records.
async fn show_members<S: Store>(
    opened: &Opened<'_, S>,
    pair: &Pair,
    out: &mut Output<'_>,
) -> anyhow::Result<()> {
    let of_side = |side: Side| pair.base.get(side).set(Field::DealProspects);
    for word in of_side(Side::Pipedrive).intersection(&of_side(Side::Propstreet)) {
        let Some(Reference::Pair(id)) = Reference::parse(word) else {
            continue;
        };
        if let Some(member) = opened.store.pair(opened.ctx, id).await? {
            out.line(format!(
                "pair {id} takes part: {} and {}",
                record(&member, Side::Pipedrive),
                record(&member, Side::Propstreet)
            ))?;
        }
    }
    Ok(())
}

fn as_json(pair: &Pair) -> serde_json::Value {
    json!({ "pair": pair.id, "kind": pair.kind, "ids": ids_json(&pair.ids), "state": pair.state })
}

fn record(pair: &Pair, side: Side) -> String {
    let nothing = match pair.state {
        PairState::Ended { .. } => "–",
        PairState::Active
        | PairState::Unlinked { .. }
        | PairState::Asked { .. }
        | PairState::Approved { .. }
        | PairState::Unmaking { .. }
        | PairState::Parting { .. } => "being made",
    };
    pair.record(side)
        .map_or_else(|| nothing.to_owned(), |record| record.to_string())
}

fn state(pair: &Pair) -> String {
    match &pair.state {
        PairState::Active => "active".to_owned(),
        PairState::Unlinked { deleted_on, at } => {
            format!("unlinked: deleted on {deleted_on} {}", time(*at))
        }
        PairState::Asked { deleted_on, at } => format!(
            "asks you: deleted on {deleted_on} {} (`pipestreet deletes list`)",
            time(*at)
        ),
        PairState::Approved { deleted_on, .. } => {
            format!(
                "is being deleted in {}, as a person said",
                deleted_on.other()
            )
        }
        PairState::Unmaking { on, .. } => {
            format!("what was made in {on} is being deleted, as a person said")
        }
        PairState::Parting { .. } => "is being taken apart".to_owned(),
        PairState::Ended { at } => format!("ended {}", time(*at)),
    }
}
