//! `pipestreet duplicates`: records that may be one, merged where the service can do that, or said to be two.
//!
//! In: what the mirror shows and matching suggests. Out: a list, a merge in the service itself, or a person's word that is
//! remembered. Nothing is merged without being asked for.

use std::path::Path;

use anyhow::bail;
use engine::Core;
use engine::duplicates::{Merged, Suspected, check_merge, left_over, suspected};
use model::RecordKey;
use plan::MatchRule;
use serde_json::json;
use store::Store;

use super::output::Output;
use super::subject::synced_record;
use super::{Exit, LIST_ROWS, Opened, Print, UsageError};
use crate::config::Environment;
use crate::running::return_unspent;
use crate::startup;

/// Keys and suggestions that are looked through.
const LOOKED_AT_MAX: u32 = 10_000;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Records that may be one, the surest first
    List(ListArgs),
    /// Merge the first record into the second, which stays
    Merge(PairArgs),
    /// Say that two records are not the same; it is remembered
    Dismiss(PairArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// At most so many rows
    #[arg(long, default_value_t = LIST_ROWS)]
    pub limit: u32,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, Clone, clap::Args)]
pub struct PairArgs {
    /// A record, such as person/15
    #[arg(value_parser = synced_record)]
    pub one: RecordKey,
    /// The other record, such as person/12
    #[arg(value_parser = synced_record)]
    pub other: RecordKey,
    #[command(flatten)]
    pub print: Print,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(args) => args.print.json,
            Self::Merge(args) | Self::Dismiss(args) => args.print.json,
        }
    }
}

/// # Errors
/// When the database does not answer.
pub async fn list<S: Store>(
    opened: &Opened<'_, S>,
    args: &ListArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let all = suspected(opened.store, opened.ctx, LOOKED_AT_MAX).await?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    if out.is_json() {
        let rows: Vec<_> = all.iter().take(limit).map(as_json).collect();
        out.value(&json!(rows))?;
        return Ok(Exit::Done);
    }
    let rows = all.iter().take(limit).map(|of| {
        vec![
            of.one.to_string(),
            of.other.to_string(),
            words(of),
            next_step(of).to_owned(),
        ]
    });
    out.table(
        &["One", "Other", "Why", "If they are one"],
        rows.collect(),
        "no two records look like one",
    )?;
    if all.len() > limit {
        out.line(format!(
            "and {} more; --limit shows them",
            all.len() - limit
        ))?;
    }
    if !all.is_empty() {
        out.line("if they are two: `pipestreet duplicates dismiss ONE OTHER`")?;
    }
    Ok(Exit::Done)
}

/// # Errors
/// When the database does not answer, or the two are a pair.
pub async fn dismiss<S: Store>(
    opened: &Opened<'_, S>,
    args: &PairArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let (one, other) = (&args.one, &args.other);
    if one == other {
        bail!(UsageError(format!("{one} is one record")));
    }
    for record in [one, other] {
        if opened.store.mirror_row(opened.ctx, record).await?.is_none() {
            bail!("{record} was never read; look at its id");
        }
    }
    let pair = opened.store.pair_of(opened.ctx, one).await?;
    if let Some(pair) = pair
        && opened
            .store
            .pair_of(opened.ctx, other)
            .await?
            .is_some_and(|of_other| of_other.id == pair.id)
    {
        bail!(
            "{one} and {other} are pair {}; take it apart first: `pipestreet pairs unlink {}`",
            pair.id,
            pair.id
        );
    }
    opened
        .store
        .keep_apart(opened.ctx, one, other, opened.now)
        .await?;
    if out.is_json() {
        out.value(&json!({ "apart": [one.to_string(), other.to_string()] }))?;
    } else {
        out.line(format!(
            "{one} and {other} are two: nobody is asked about them again, and nothing pairs them but `pipestreet pairs link`"
        ))?;
    }
    Ok(Exit::Done)
}

/// # Errors
/// When it is not set up, the two cannot be merged, or the service did not do it.
pub async fn merge(
    config: &Path,
    environment: &Environment,
    args: &PairArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let program = startup::open(config, environment).await?;
    let core = program.blueprint.observe().await?;
    let ended = merge_on(&core, args, out).await;
    return_unspent(&core).await;
    startup::close_store(program.store).await;
    ended
}

/// The same, on an engine that is there.
///
/// # Errors
/// When the two cannot be merged, or the service did not do it.
pub async fn merge_on<S: Store>(
    core: &Core<S>,
    args: &PairArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let (goes, stays) = (&args.one, &args.other);
    let kind = check_merge(core, goes, stays).await??;
    let left = left_over(core, goes, stays).await?;
    let merged = engine::duplicates::merge(core, kind, goes, stays).await?;
    let unknown = match &merged {
        Merged::Done => None,
        Merged::Unknown(error) => Some(error.to_string()),
    };
    if out.is_json() {
        out.value(&json!({
            "goes": goes.to_string(),
            "stays": stays.to_string(),
            "merged": unknown.is_none(),
            "unknown": unknown,
            "left_over": left.as_ref().map(ToString::to_string),
        }))?;
    } else {
        match &unknown {
            None => out.line(format!(
                "{goes} was merged into {stays}; whatever it was paired with follows it"
            ))?,
            Some(error) => out.line(format!(
                "{error}; both are read again, and `pipestreet duplicates list` shows them still if it was not"
            ))?,
        }
        if let Some(left) = &left {
            out.line(format!(
                "{left} was the counterpart of {goes} and is left over: see `pipestreet explain {left}`, and delete it or merge it in its \
                 service"
            ))?;
        }
    }
    Ok(if unknown.is_some() || left.is_some() {
        Exit::NeedsPerson
    } else {
        Exit::Done
    })
}

fn words(of: &Suspected) -> String {
    let why = match of.why {
        MatchRule::Marker => "one carries the other's id",
        MatchRule::Email => "the same e-mail address",
        MatchRule::Domain => "the same domain",
        MatchRule::OrganizationNumber => "the same organization number",
        MatchRule::PhoneAndName => "the same phone number",
        MatchRule::SameWords => "the same words",
        MatchRule::SimilarName => "a similar name",
    };
    format!("{why}, names {:.0} % alike", of.similarity * 100.0)
}

/// What a person can do when the two are one.
fn next_step(of: &Suspected) -> &'static str {
    if of.one.side() != of.other.side() {
        "pairs link ONE OTHER"
    } else if of.one.side() == model::Side::Pipedrive {
        "duplicates merge OTHER ONE"
    } else {
        "merge them in Propstreet"
    }
}

fn as_json(of: &Suspected) -> serde_json::Value {
    json!({
        "one": of.one.to_string(),
        "other": of.other.to_string(),
        "why": words(of),
        "similarity": of.similarity,
        "if_one": next_step(of).replace("ONE", &of.one.to_string()).replace("OTHER", &of.other.to_string()),
    })
}
