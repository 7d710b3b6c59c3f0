//! `pipestreet mirror`: how current every table of the mirror is, a first read without the rest of the work, and the proof that
//! it equals its source.
//!
//! In: a workspace. Out: tables. Exit code 3 when something differed, or could not be compared.

use engine::standing::{EntityStanding, of_entities};
use engine::sweep::completeness::{self, Completeness};
use engine::verify::{self, Comparison, Drift, Outcome};
use engine::verify_participants::{self, ParticipantsDrift};
use engine::{Core, EngineError, mirror};
use model::{Entity, time};
use serde_json::json;
use store::{Stage, Store, mirror_table};

use super::estimate::grouped;
use super::mirror_participants;
use super::output::{Output, ago};
use super::progress::Progress;
use super::{Exit, Opened, Print, UsageError, backfill};
use crate::figures::{Verified, note_verified};
use crate::occupancy;
use crate::running::return_unspent;
use crate::startup::Program;

/// Rounds in which what is due is read, and how soon it has to be due for that.
const READS_MAX: u32 = 20;
const SOON_MILLIS: i64 = 10_000;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// How current every table is
    Status(StatusArgs),
    /// Compare tables with their source, and heal what differs
    Verify(VerifyArgs),
    /// Read everything once, without writing to either side; it goes on where it was stopped
    #[command(alias = "fill")]
    Backfill(FillArgs),
    /// Ask every list at once for what changed, and compare every table by id
    Refresh(RefreshArgs),
}

#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// Only these: deals, persons, contacts, …
    #[arg(value_parser = parse_entity)]
    pub entities: Vec<Entity>,
    /// Also who takes part in open deals, at a read for each: as many as the tokens pay for, those read longest ago first
    #[arg(long)]
    pub participants: bool,
    /// Spend at most so many tokens of Pipedrive's budget
    #[arg(long, value_name = "N")]
    pub tokens: Option<u32>,
    /// Tell what differs and leave it as it is
    #[arg(long)]
    pub no_heal: bool,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
pub struct FillArgs {
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
pub struct RefreshArgs {
    #[command(flatten)]
    pub print: Print,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Status(args) => args.print.json,
            Self::Verify(args) => args.print.json,
            Self::Backfill(args) => args.print.json,
            Self::Refresh(args) => args.print.json,
        }
    }
}

fn parse_entity(name: &str) -> Result<Entity, String> {
    let named = |entity: &Entity| entity.plural() == name || mirror_table(*entity) == name;
    Entity::ALL.into_iter().find(named).ok_or_else(|| {
        let names = Entity::ALL.map(Entity::plural).join(", ");
        format!("it is one of {names}")
    })
}

/// Prints how current every table is.
///
/// # Errors
/// When the database does not answer, or nobody reads any more.
pub async fn status<S: Store>(
    opened: &Opened<'_, S>,
    mirrored: &[Entity],
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let counts = opened.store.status(opened.ctx, opened.now).await?.mirror;
    let entities = Entity::PAIRED.iter().chain(mirrored).copied();
    let standings = of_entities(opened.store, opened.ctx, entities).await?;
    let participants = match mirrored.contains(&Entity::Deal) {
        true => mirror_participants::standing(opened.store, opened.ctx).await?,
        false => None,
    };
    let mut known = Vec::with_capacity(standings.len());
    for standing in &standings {
        known.push(completeness::of(opened.store, opened.ctx, standing.entity).await?);
    }
    // What is being read for the first time needs nobody.
    let lacks = |one: &Completeness| one.counts.is_some() && !one.is_whole();
    let exit = if known.iter().any(lacks) {
        Exit::NeedsPerson
    } else {
        Exit::Done
    };
    if out.is_json() {
        let rows: Vec<_> = standings
            .iter()
            .zip(&known)
            .map(|(standing, known)| {
                let counts = counts.get(&standing.entity).copied().unwrap_or_default();
                status_json(standing, known, counts)
            })
            .chain(participants.iter().map(mirror_participants::as_json))
            .collect();
        out.value(&json!(rows))?;
        return Ok(exit);
    }
    let rows = standings.iter().zip(&known).map(|(standing, known)| {
        let (live, deleted) = counts.get(&standing.entity).copied().unwrap_or_default();
        vec![
            mirror_table(standing.entity).to_owned(),
            grouped(live),
            grouped(deleted),
            read_words(standing, opened.now),
            standing
                .newest_change
                .map_or_else(|| "–".to_owned(), |at| ago(at, opened.now)),
            standing
                .next_poll
                .map_or_else(|| "–".to_owned(), |at| until(at, opened.now)),
            backfill::words(known),
        ]
    });
    let participants = participants
        .iter()
        .map(|standing| mirror_participants::cells(standing, opened.now));
    out.table(
        &[
            "Table",
            "Live",
            "Deleted",
            "Read in full",
            "Current to",
            "Asked again",
            "Complete",
        ],
        rows.chain(participants).collect(),
        "nothing is mirrored",
    )?;
    for (standing, known) in standings.iter().zip(&known) {
        for line in backfill::lacking(standing.entity, known) {
            out.line(line)?;
        }
    }
    Ok(exit)
}

fn status_json(
    standing: &EntityStanding,
    known: &Completeness,
    (live, deleted): (u64, u64),
) -> serde_json::Value {
    json!({
        "entity": standing.entity.name(),
        "table": mirror_table(standing.entity),
        "live": live,
        "deleted": deleted,
        "filling_since": standing.filling_since,
        "compared_at": standing.swept_at,
        "newest_change": standing.newest_change,
        "next_poll": standing.next_poll,
        "round_began": standing.round_began,
        "refused_since": standing.refused_since,
        "completeness": backfill::as_json(known),
    })
}

fn read_words(standing: &EntityStanding, now: model::Timestamp) -> String {
    if standing.refused_since.is_some() {
        return "not allowed: see `doctor`".to_owned();
    }
    if let (Some(at), Some(began)) = (standing.swept_at, standing.round_began) {
        return format!("{}, anew since {}", ago(at, now), ago(began, now));
    }
    match (standing.swept_at, standing.filling_since) {
        (Some(at), _) if at > model::Timestamp::UNIX_EPOCH => ago(at, now),
        (Some(_), _) => "due now".to_owned(),
        (None, Some(since)) => format!("under way, begun {}", ago(since, now)),
        (None, None) => "not yet".to_owned(),
    }
}

pub(super) fn until(at: model::Timestamp, now: model::Timestamp) -> String {
    match at.as_second() - now.as_second() {
        ..=0 => "now".to_owned(),
        seconds @ 1..=119 => format!("in {seconds} s"),
        seconds => format!("in {} min", seconds / 60),
    }
}

/// Compares the mirror with its source.
///
/// # Errors
/// When a list cannot be read or the database does not answer.
pub async fn verify(
    program: &Program,
    args: &VerifyArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let core = program.blueprint.observe().await?;
    if core.definitions().is_none() {
        anyhow::bail!(EngineError::NotSetUp);
    }
    let entities = chosen(&args.entities, &core.settings.mirrored)?;
    let progress = std::sync::Mutex::new(Progress::count("comparing", out.is_json()));
    let heard = |entity: Entity, rows: u64| {
        let mut progress = progress
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        progress.set_label(&format!("comparing {}", entity.plural()));
        progress.set_done(rows);
    };
    let mut tokens_left = args.tokens;
    let compared = verify::compare(&core, &entities, &mut tokens_left, &heard).await;
    let taking_part = match &compared {
        Ok(_) if args.participants => {
            let heard = |deals| heard(Entity::Deal, deals);
            verify_participants::compare(&core, tokens_left, &heard).await
        }
        Ok(_) | Err(_) => Ok(None),
    };
    drop(progress);
    if let Ok(compared) = &compared {
        remember(&core, compared).await?;
    }
    let healing = match (&compared, &taking_part) {
        (Ok(compared), Ok(taking_part)) if !args.no_heal => {
            heal(&core, compared, taking_part.as_ref()).await
        }
        (Ok(_) | Err(_), _) => Ok(0),
    };
    return_unspent(&core).await;
    let (compared, taking_part, healing) = (compared?, taking_part?, healing?);
    let healed_now = healing > 0 && heal_here(program).await?;
    let taking_part = taking_part.as_ref();
    print_comparisons(&compared, taking_part, (healing, healed_now), out)?;
    let is_fine =
        |one: &Comparison| matches!(&one.outcome, Outcome::Compared(drift) if drift.is_none());
    let are_fine = taking_part.is_none_or(ParticipantsDrift::is_none);
    Ok(if are_fine && compared.iter().all(is_fine) {
        Exit::Done
    } else {
        Exit::NeedsPerson
    })
}

async fn heal<S: Store>(
    core: &Core<S>,
    compared: &[Comparison],
    taking_part: Option<&ParticipantsDrift>,
) -> Result<u64, EngineError> {
    let records = verify::heal(core, compared).await?;
    Ok(match taking_part {
        Some(drift) => records + verify_participants::heal(core, drift).await?,
        None => records,
    })
}

/// For `/metrics`.
async fn remember<S: Store>(core: &Core<S>, compared: &[Comparison]) -> anyhow::Result<()> {
    for one in compared {
        if let Outcome::Compared(drift) = &one.outcome {
            let verified = Verified {
                at: core.now(),
                listed: drift.listed,
                differed: u64::try_from(drift.total()).unwrap_or(u64::MAX),
            };
            note_verified(core, one.entity, verified).await?;
        }
    }
    Ok(())
}

fn chosen(asked: &[Entity], mirrored: &[Entity]) -> Result<Vec<Entity>, UsageError> {
    let all = || Entity::PAIRED.iter().chain(mirrored).copied();
    if asked.is_empty() {
        return Ok(all().collect());
    }
    match asked
        .iter()
        .find(|entity| !all().any(|one| one == **entity))
    {
        Some(left_out) => Err(UsageError(format!(
            "{} are not mirrored: `mirror.without` leaves them out",
            left_out.plural()
        ))),
        None => Ok(asked.to_vec()),
    }
}

/// Reads what differed, unless a program at work does it; answers whether it was done here.
async fn heal_here(program: &Program) -> anyhow::Result<bool> {
    if occupancy::is_occupied(&program.config.storage.path)? {
        return Ok(false);
    }
    let _occupied = occupancy::occupy(&program.config.storage.path)?;
    let owner = program.blueprint.build().await?;
    let read = read_what_is_due(&owner).await;
    return_unspent(&owner).await;
    read?;
    Ok(true)
}

/// Reads until nothing is left that can be read soon: a read that shows less than is known is made again after a moment.
pub(super) async fn read_what_is_due<S: Store>(owner: &Core<S>) -> anyhow::Result<()> {
    for _ in 0..READS_MAX {
        mirror::run_once(owner).await?;
        engine::participants::run_once(owner).await?;
        let due = owner.store.next_due_of(owner.ctx(), Stage::Read).await?;
        let soon = time::plus_millis(owner.now(), SOON_MILLIS);
        match due.filter(|due| *due <= soon) {
            Some(due) => owner.clock.sleep_until(due).await,
            None => break,
        }
    }
    Ok(())
}

fn print_comparisons(
    compared: &[Comparison],
    taking_part: Option<&ParticipantsDrift>,
    (healing, healed_now): (u64, bool),
    out: &mut Output<'_>,
) -> std::io::Result<()> {
    if out.is_json() {
        let taking_part = taking_part.map(mirror_participants::compared_as_json);
        let rows: Vec<_> = compared.iter().map(as_json).chain(taking_part).collect();
        return out.value(&json!({"compared": rows, "healing": healing, "healed_now": healed_now}));
    }
    let rows = compared.iter().map(|one| {
        let mut row = vec![mirror_table(one.entity).to_owned()];
        row.extend(cells(&one.outcome));
        row
    });
    out.table(
        &[
            "Table", "Source", "Mirror", "Lacks", "Other", "Extra", "Unread", "",
        ],
        rows.chain(taking_part.map(mirror_participants::compared_cells))
            .collect(),
        "nothing was compared",
    )?;
    if let Some(drift) = taking_part {
        out.line(mirror_participants::compared_words(drift))?;
    }
    out.line(match (healing, healed_now) {
        (0, _) => "nothing was read again".to_owned(),
        (records, true) => format!("{} records were read again", grouped(records)),
        (records, false) => format!(
            "{} records are read again by the program at work",
            grouped(records)
        ),
    })
}

fn cells(outcome: &Outcome) -> Vec<String> {
    let count = |ids: &Vec<_>| grouped(u64::try_from(ids.len()).unwrap_or(u64::MAX));
    match outcome {
        Outcome::Compared(drift) => vec![
            grouped(drift.listed),
            grouped(drift.mirrored),
            count(&drift.missing),
            count(&drift.different),
            count(&drift.absent),
            grouped(drift.unreadable),
            verdict(drift),
        ],
        Outcome::TooDear { tokens } => not_compared(format!("not compared: costs {tokens} tokens")),
        Outcome::NotFilled => not_compared("not read completely yet".to_owned()),
    }
}

fn not_compared(why: String) -> Vec<String> {
    let mut cells = vec!["–".to_owned(); 6];
    cells.push(why);
    cells
}

fn verdict(drift: &Drift) -> String {
    if drift.is_none() {
        return "equal".to_owned();
    }
    let examples: Vec<String> = drift.examples().map(ToString::to_string).collect();
    if examples.is_empty() {
        return "cannot be read in full".to_owned();
    }
    format!("differs, for instance {}", examples.join(", "))
}

fn as_json(comparison: &Comparison) -> serde_json::Value {
    let entity = comparison.entity.name();
    match &comparison.outcome {
        Outcome::Compared(drift) => json!({
            "entity": entity,
            "is_equal": drift.is_none(),
            "listed": drift.listed,
            "mirrored": drift.mirrored,
            "missing": drift.missing,
            "different": drift.different,
            "absent": drift.absent,
            "unreadable": drift.unreadable,
        }),
        Outcome::TooDear { tokens } => json!({"entity": entity, "too_dear_tokens": tokens}),
        Outcome::NotFilled => json!({"entity": entity, "filled": false}),
    }
}

/// Makes every poll and every comparison by id due now; a program at work carries them out within moments.
///
/// # Errors
/// When nothing is set up, or the database does not answer.
pub async fn refresh(program: &Program, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    let core = program.blueprint.observe().await?;
    if core.definitions().is_none() {
        anyhow::bail!(EngineError::NotSetUp);
    }
    engine::sweep::make_due(&core).await?;
    engine::intake::poll::make_due(&core).await?;
    return_unspent(&core).await;
    let is_at_work = occupancy::is_occupied(&program.config.storage.path)?;
    if out.is_json() {
        out.value(&json!({"due": true, "at_work": is_at_work}))?;
        return Ok(Exit::Done);
    }
    out.line(match is_at_work {
        true => "the program at work asks every list now; `pipestreet mirror status` shows how far it is",
        false => "every list is asked as soon as `pipestreet serve` runs",
    })?;
    Ok(Exit::Done)
}
