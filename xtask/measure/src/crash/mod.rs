//! `cargo xtask crash`: the real program is killed again and again while users work on both sides, and nothing may come of it.
//!
//! In: how many kills. Out: a table, and an error when a webhook that was taken is gone, a value is lost, a record is doubled
//! or both sides differ at the end. The services live in this process; the program is a child that is ended by its own id.

mod backfill;
mod courier;
mod life;
mod office;
mod report;
mod shown;
#[cfg(test)]
mod tests;
mod traffic;
mod verdict;

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, PoisonError};

use anyhow::Context;
use api_client::{Clock, HttpTransport, SystemClock};
use app::startup::{self, WORKSPACE};
use clap::Parser;
use futures_util::future::{Either, join3, select};
use model::{Side, Timestamp, time};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use store::Store;

use courier::Book;
use life::{Life, pause};
use office::{Office, POLL_INTERVAL_SECONDS, Size};
use report::{Figures, what_was_going_on};
use traffic::Notebook;
use verdict::Census;

/// A life lasts so long after it is ready.
const LIFE_MILLIS: std::ops::Range<i64> = 50..600;
const REST_MILLIS_MAX: i64 = 90_000;
const LOOK_EVERY_MILLIS: i64 = 300;
const WRONG_SHOWN: usize = 12;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask crash",
    about = "Kill and restart the real program during traffic, then compare both sides",
    after_help = "`cargo xtask crash backfill` kills it during a first read instead; its own `--help` tells more"
)]
struct Arguments {
    /// How many kills
    #[arg(long, default_value_t = 50)]
    cycles: u32,
    /// What users do in a second
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=200))]
    edits_per_second: i64,
    /// What users do, and when it is killed; the machine decides the rest
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A program that is built already
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Kills the program as often as asked for, and compares.
///
/// # Errors
/// When anything was lost, doubled or left apart, or the program did not come up again.
pub(super) fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    if arguments.get(1).is_some_and(|word| word == "backfill") {
        return backfill::run(&arguments[1..]);
    }
    let arguments = Arguments::parse_from(arguments);
    let binary = program(arguments.binary.as_deref())?;
    startup::choose_tls();
    startup::runtime()?.block_on(Box::pin(in_an_office(&arguments, binary)))
}

fn program(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    given.map_or_else(build, |binary| Ok(binary.to_owned()))
}

/// Builds the program the way this one was built, and answers where it is.
pub(crate) fn build() -> anyhow::Result<PathBuf> {
    let mut cargo =
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    cargo.args([
        "build",
        "--quiet",
        "--package",
        "app",
        "--bin",
        "pipestreet",
    ]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    anyhow::ensure!(cargo.status()?.success(), "the program does not build");
    let own = std::env::current_exe()?;
    let folder = own.parent().context("this program lies in no folder")?;
    Ok(folder.join(format!("pipestreet{}", std::env::consts::EXE_SUFFIX)))
}

async fn in_an_office(arguments: &Arguments, binary: PathBuf) -> anyhow::Result<()> {
    let office = Office::open(arguments.seed, binary, Size::SMALL).await?;
    let mut figures = Figures {
        seed: arguments.seed,
        ..Figures::default()
    };
    let judged = crash_and_judge(arguments, &office, &mut figures).await;
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
    anyhow::ensure!(
        wrong.is_empty(),
        "{} things are wrong after {} kills",
        wrong.len(),
        figures.cycles
    );
    Ok(())
}

async fn crash_and_judge(
    arguments: &Arguments,
    office: &Office,
    figures: &mut Figures,
) -> anyhow::Result<Vec<String>> {
    let began = SystemClock.now();
    let transport = HttpTransport::new()?;
    let book = Book::default();
    let mut random = ChaCha8Rng::seed_from_u64(arguments.seed);
    let notebook = RefCell::new(Notebook::new(ChaCha8Rng::from_rng(&mut random)));
    let at_work = Cell::new(false);
    let surroundings = join3(
        courier::carry(
            Side::Pipedrive,
            &office.pipedrive,
            transport.clone(),
            Arc::clone(&book),
        ),
        courier::carry(
            Side::Propstreet,
            &office.propstreet,
            transport.clone(),
            Arc::clone(&book),
        ),
        users(
            office,
            &notebook,
            &at_work,
            1_000 / arguments.edits_per_second,
        ),
    );
    let lives = lives(arguments, office, (&transport, random), &at_work, figures);
    let (census, set_aside) = match select(Box::pin(lives), Box::pin(surroundings)).await {
        Either::Left((ended, _)) => ended?,
        Either::Right(_) => anyhow::bail!("the couriers have ended"),
    };
    let notebook = notebook.into_inner();
    figures.edits = notebook.deeds;
    figures.creates = notebook.added.iter().sum();
    let receipts = std::mem::take(&mut *book.lock().unwrap_or_else(PoisonError::into_inner));
    figures.deliveries = [receipts.attempts, receipts.refused, receipts.unanswered];
    let mut wrong = verdict::judge(office, census, &notebook, &receipts, figures).await?;
    wrong.extend(set_aside);
    figures.seconds = SystemClock.now().duration_since(began).as_secs_f64();
    Ok(wrong)
}

/// Users at work, at a steady rate, whether the program lives or not.
async fn users(
    office: &Office,
    notebook: &RefCell<Notebook>,
    at_work: &Cell<bool>,
    every_millis: i64,
) {
    let mut next = SystemClock.now();
    loop {
        if at_work.get() {
            notebook.borrow_mut().someone_does_something(office);
        }
        next = time::plus_millis(next, every_millis);
        SystemClock.sleep_until(next).await;
    }
}

/// Both sides are brought into step. Then all lives but the last end by a kill during traffic; the last one is left alone until
/// everything is at rest. Answers how many records there were at first, and what is set aside at the end.
async fn lives(
    arguments: &Arguments,
    office: &Office,
    (transport, mut random): (&HttpTransport, ChaCha8Rng),
    at_work: &Cell<bool>,
    figures: &mut Figures,
) -> anyhow::Result<(Census, Vec<String>)> {
    office.run(&["setup"]).await?;
    office.run(&["sync", "--approve", "--once"]).await?;
    let census = verdict::census(office);
    at_work.set(true);
    for _ in 0..arguments.cycles {
        let mut life = Life::begin(office)?;
        figures
            .ready_millis
            .push(life.ready(office, transport).await?);
        pause(random.random_range(LIFE_MILLIS)).await;
        life.kill().await?;
        figures.cycles += 1;
        *figures.kills.entry(autopsy(office).await?).or_default() += 1;
        // Half an hour without webhooks would make this a test of polls alone.
        office.pipedrive.emulator().forgive_webhooks();
    }
    at_work.set(false);
    let stopped = SystemClock.now();
    let mut life = Life::begin(office)?;
    figures
        .ready_millis
        .push(life.ready(office, transport).await?);
    let rested = rest(office, stopped, figures).await;
    life.kill().await?;
    Ok((census, rested?))
}

/// What was going on at the death, read from a copy: the next life shall find the database as the last one left it.
async fn autopsy(office: &Office) -> anyhow::Result<&'static str> {
    let (database, copy) = (office.database(), office.scratch().with_extension("db"));
    for ending in ["", "-wal"] {
        let from = with_ending(&database, ending);
        let to = with_ending(&copy, ending);
        match std::fs::copy(&from, &to) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    let store = startup::open_store(&copy)?;
    let status = store.status(WORKSPACE, SystemClock.now()).await?;
    startup::close_store(store).await;
    for ending in ["", "-wal", "-shm"] {
        // Gone already when the copy was closed in good order.
        drop(std::fs::remove_file(with_ending(&copy, ending)));
    }
    Ok(what_was_going_on(&status))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Waits until nothing is left to do and both sides were asked for changes since the last edit; answers what is set aside.
async fn rest(
    office: &Office,
    stopped: Timestamp,
    figures: &mut Figures,
) -> anyhow::Result<Vec<String>> {
    loop {
        let status = office.status().await?;
        figures.rest_millis = time::to_millis(SystemClock.now()) - time::to_millis(stopped);
        figures.set_aside = status["lanes"]["quarantined"].as_u64().unwrap_or_default();
        let at_rest = is_at_rest(&status, stopped);
        if at_rest && figures.set_aside == 0 {
            return Ok(Vec::new());
        }
        if figures.rest_millis > REST_MILLIS_MAX {
            let left = format!("lanes {}, outbox {}", status["lanes"], status["outbox"]);
            return Ok(vec![match at_rest {
                true => format!("{} records are set aside", figures.set_aside),
                false => format!("it did not come to rest: {left}"),
            }]);
        }
        pause(LOOK_EVERY_MILLIS).await;
    }
}

fn is_at_rest(status: &Value, stopped: Timestamp) -> bool {
    let none = |group: &str, names: &[&str]| {
        names
            .iter()
            .all(|name| status[group][name].as_u64().unwrap_or_default() == 0)
    };
    let polled = |side: Side| {
        let next = status["sides"][side.name()]["next_poll"]
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok());
        next.is_some_and(|next| next > time::plus_millis(stopped, POLL_INTERVAL_SECONDS * 1_000))
    };
    none("lanes", &["read", "plan", "deliver"])
        && none(
            "outbox",
            &["planned", "sent", "outcome_unknown", "awaiting_audit"],
        )
        && Side::BOTH.into_iter().all(polled)
}
