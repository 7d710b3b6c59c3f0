//! `cargo xtask crash backfill`: a first read of both services is killed again and again, and goes on each time where it was.
//!
//! In: how many kills. Out: a table, and an error when a page too many was fetched, or the mirror is not what the services hold.
//! The same read without a kill, into a database of its own, tells how many requests it takes.

mod compare;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use api_client::{Clock, SystemClock};
use app::startup;
use clap::Parser;
use model::time;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tokio::process::Child;

use super::life::pause;
use super::office::{Office, Size};
use super::report::in_columns;
use super::{WRONG_SHOWN, program};

/// A quarter of the deaths come at any moment from the start on, so that starting is among what is killed.
const EARLY_PERCENT: u32 = 25;
const EARLY_MILLIS: i64 = 2_500;
/// The others come within so many answers' time after the life's first request.
const ANSWERS: i64 = 3;
const LOOK_EVERY_MILLIS: i64 = 2;
/// A first life reads so many lists at once; each life after a death reads one.
const LISTS_AT_ONCE: u64 = 4;
const KILLS_MANY: u32 = 100;
/// A life that asks for nothing within this is stuck.
const STUCK_MILLIS: i64 = 60_000;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask crash backfill",
    about = "Kill a first read again and again, then compare the mirror with its source"
)]
struct Arguments {
    /// How many kills
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// What there is, and when it is killed; the machine decides the rest
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value_t = 24_000)]
    persons: usize,
    #[arg(long, default_value_t = 6_000)]
    organizations: usize,
    #[arg(long, default_value_t = 20_000)]
    deals: usize,
    /// Milliseconds that each answer takes
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(i64).range(1..=5_000))]
    latency: i64,
    /// A program that is built already
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// What was counted.
#[derive(Debug, Default)]
struct Figures {
    seed: u64,
    kills: u32,
    /// Before the first request of their life.
    kills_at_start: u32,
    /// With a request on its way.
    kills_with_requests: u32,
    records: u64,
    pages: u64,
    requests_whole: u64,
    requests: u64,
    tokens_whole: u64,
    tokens: u64,
    violations: u64,
    compared: usize,
    millis_whole: i64,
    seconds: f64,
}

pub(super) fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    let arguments = Arguments::parse_from(arguments);
    let binary = program(arguments.binary.as_deref())?;
    startup::choose_tls();
    startup::runtime()?.block_on(Box::pin(in_an_office(&arguments, binary)))
}

async fn in_an_office(arguments: &Arguments, binary: PathBuf) -> anyhow::Result<()> {
    let size = Size {
        organizations: arguments.organizations,
        persons: arguments.persons,
        deals: arguments.deals,
        latency_millis: arguments.latency,
    };
    let office = Office::open(arguments.seed, binary, size).await?;
    let mut figures = Figures {
        seed: arguments.seed,
        ..Figures::default()
    };
    let judged = kill_and_judge(arguments, &office, &mut figures).await;
    println!("{}", figures.table());
    let is_fine = judged.as_ref().is_ok_and(Vec::is_empty);
    if let Some(folder) = office.close(!is_fine).await {
        println!(
            "\nthe database, its configuration and the log are kept in {}",
            folder.display()
        );
    }
    let wrong = judged?;
    for line in wrong.iter().take(WRONG_SHOWN) {
        println!("WRONG  {line}");
    }
    ensure!(
        wrong.is_empty(),
        "{} things are wrong after {} kills",
        wrong.len(),
        figures.kills
    );
    Ok(())
}

async fn kill_and_judge(
    arguments: &Arguments,
    office: &Office,
    figures: &mut Figures,
) -> anyhow::Result<Vec<String>> {
    read_at_one_go(office, figures).await?;
    let began = SystemClock.now();
    office.run(&["setup"]).await?;
    let before = Asked::count(office);
    let mut random = ChaCha8Rng::seed_from_u64(arguments.seed);
    while figures.kills < arguments.kills {
        if !one_life(office, arguments, &mut random, figures).await? {
            bail!(
                "it was done after {} kills; more records, or a smaller --latency, make it last longer",
                figures.kills
            );
        }
    }
    let told = office.run(&["mirror", "backfill", "--json"]).await?;
    let asked = Asked::count(office);
    figures.requests = asked.requests - before.requests;
    figures.tokens = asked.tokens - before.tokens;
    figures.violations = asked.violations;
    figures.seconds = SystemClock.now().duration_since(began).as_secs_f64();
    let mut wrong = Vec::new();
    let bound = figures.bound();
    if figures.requests > bound {
        wrong.push(format!(
            "{} requests, where {bound} are the bound",
            figures.requests
        ));
    }
    if figures.violations > 0 {
        wrong.push(format!("{} limits were broken", figures.violations));
    }
    wrong.extend(compare::what_it_says(&told)?);
    let verified = office.run(&["mirror", "verify", "--no-heal", "--json"]);
    wrong.extend(compare::what_verify_says(&verified.await?)?);
    let (compared, differing) = compare::row_by_row(office).await?;
    figures.compared = compared;
    wrong.extend(differing);
    Ok(wrong)
}

/// The same read without a death, into a database of its own: what it takes.
async fn read_at_one_go(office: &Office, figures: &mut Figures) -> anyhow::Result<()> {
    let beside = office.config_beside();
    office.run_of(&beside, &["setup"]).await?;
    let before = Asked::count(office);
    let told = office.run_of(&beside, &["mirror", "backfill", "--json"]);
    let told = told.await?;
    let asked = Asked::count(office);
    let told: Value = serde_json::from_str(&told)?;
    figures.requests_whole = asked.requests - before.requests;
    figures.tokens_whole = asked.tokens - before.tokens;
    figures.records = told["records"].as_u64().unwrap_or_default();
    figures.millis_whole = told["milliseconds"].as_i64().unwrap_or_default();
    let entities = told["entities"].as_array().map_or(&[][..], Vec::as_slice);
    figures.pages = entities
        .iter()
        .filter_map(|one| one["completeness"]["counts"]["pages"].as_u64())
        .sum();
    Ok(())
}

/// Starts the read and kills it at a random moment. Answers whether it was killed, and not done before.
async fn one_life(
    office: &Office,
    arguments: &Arguments,
    random: &mut ChaCha8Rng,
    figures: &mut Figures,
) -> anyhow::Result<bool> {
    let before = Asked::count(office).requests;
    let mut command = office.command(&["mirror", "backfill", "--json"]);
    command.stdout(Stdio::null()).stderr(office.log_file()?);
    let mut child = command.spawn().context("the program cannot be started")?;
    let is_early = random.random_range(0..100) < EARLY_PERCENT;
    let until = if is_early {
        random.random_range(0..EARLY_MILLIS)
    } else {
        random.random_range(0..ANSWERS * arguments.latency)
    };
    if !is_early && !has_asked(office, before, &mut child).await? {
        return Ok(false);
    }
    pause(until).await;
    if child.try_wait()?.is_some() {
        return Ok(false);
    }
    child
        .start_kill()
        .context("the program could not be killed")?;
    child.wait().await?;
    figures.kills += 1;
    let asked = Asked::count(office).requests - before;
    if asked == 0 {
        figures.kills_at_start += 1;
    }
    figures.kills_with_requests += u32::from(asked > 0);
    Ok(true)
}

/// Waits for the life's first request; answers whether one came before its end.
async fn has_asked(office: &Office, before: u64, child: &mut Child) -> anyhow::Result<bool> {
    let patience = time::plus_millis(SystemClock.now(), STUCK_MILLIS);
    while Asked::count(office).requests == before {
        if child.try_wait()?.is_some() {
            return Ok(false);
        }
        ensure!(
            SystemClock.now() < patience,
            "the program asked for nothing within {STUCK_MILLIS} ms"
        );
        pause(LOOK_EVERY_MILLIS).await;
    }
    Ok(true)
}

/// What both services counted so far.
#[derive(Debug, Clone, Copy)]
struct Asked {
    requests: u64,
    tokens: u64,
    violations: u64,
}

impl Asked {
    fn count(office: &Office) -> Self {
        let pipedrive = office.pipedrive.emulator().counters();
        let propstreet = office.propstreet.emulator().counters();
        Self {
            requests: pipedrive.requests_total() + propstreet.requests_total,
            tokens: pipedrive.tokens_total(),
            violations: pipedrive.burst_violations
                + pipedrive.day_violations
                + propstreet.violations,
        }
    }
}

impl Figures {
    /// One answer for each death; where they are few, also the others that were on their way at the first.
    fn bound(&self) -> u64 {
        let at_first = if self.kills < KILLS_MANY {
            LISTS_AT_ONCE - 1
        } else {
            0
        };
        self.requests_whole + u64::from(self.kills) + at_first
    }

    fn table(&self) -> String {
        let line = |name: &str, value: String| (name.to_owned(), value);
        let again = self.requests.saturating_sub(self.requests_whole);
        in_columns(vec![
            line(
                "source",
                format!("{} records, {} pages", self.records, self.pages),
            ),
            line(
                "at one go",
                format!(
                    "{} requests, {} tokens, {} ms",
                    self.requests_whole, self.tokens_whole, self.millis_whole
                ),
            ),
            line(
                "kills",
                format!(
                    "{} (seed {}), {} of them before a request of that life, {} after one",
                    self.kills, self.seed, self.kills_at_start, self.kills_with_requests
                ),
            ),
            line(
                "with the kills",
                format!(
                    "{} requests, {} tokens: {again} requests more",
                    self.requests, self.tokens
                ),
            ),
            line(
                "bound",
                format!("{} of {} requests", self.requests, self.bound()),
            ),
            line("limits", format!("{} violations", self.violations)),
            line(
                "compared",
                format!(
                    "{} records with both services, field by field",
                    self.compared
                ),
            ),
            line("time", format!("{:.1} s", self.seconds)),
        ])
    }
}
