//! `bench board`: what a dashboard asks of a mirror of a million deals, each question many times over.
//!
//! In: how many deals, and how often each question is asked. Out: how long each took beside its limit, and how the database
//! goes about it. An error when one takes longer than the limit or walks a whole table.

mod deals;
mod questions;

use std::path::{Path, PathBuf};

use api_client::{Clock, SystemClock};
use app::startup::{self, WORKSPACE};
use clap::Args;
use model::time;
use store::{AnyStore, Authority, BoardStore, Observation, Store};

use deals::TODAY_MILLIS;
use questions::{Answered, ask_all};

const LIMIT_MILLIS: f64 = 10.0;
const DEALS_AT_ONCE: i64 = 5_000;
/// The mirror is filled within so many days, so that there is a chart.
const DAYS: i64 = 120;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// How many deals are mirrored
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(i64).range(100..=20_000_000))]
    deals: i64,
    /// How often each question is asked
    #[arg(long, default_value_t = 300)]
    times: u32,
    /// Keep the database here; one that is there already is asked as it is
    #[arg(long)]
    database: Option<PathBuf>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) async fn run(options: &Options) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new()
        .prefix("pipestreet-bench-")
        .tempdir()?;
    let path = options
        .database
        .clone()
        .unwrap_or_else(|| folder.path().join("pipestreet.db"));
    let is_filled = path.exists();
    let store = startup::open_store(&path)?;
    if !is_filled {
        fill(&store, options).await?;
    }
    println!("database: {} MB", megabytes(&path));
    let answered = ask_all(&store, options.times, options.seed).await?;
    print(&answered);
    let mut scans = Vec::new();
    for query in store.explain_board(WORKSPACE).await? {
        println!("{}", query.name);
        for step in query.plan {
            println!("    {step}");
            if step.starts_with("SCAN") {
                scans.push(query.name);
            }
        }
    }
    startup::close_store(store).await;
    let slow: Vec<&str> = answered
        .iter()
        .filter(|answered| answered.worst_of_hundred() > LIMIT_MILLIS)
        .map(|answered| answered.name)
        .collect();
    anyhow::ensure!(slow.is_empty(), "slower than {LIMIT_MILLIS} ms: {slow:?}");
    anyhow::ensure!(scans.is_empty(), "these walk a whole table: {scans:?}");
    Ok(())
}

/// Through the store's own transactions, day by day; every tenth deal moves on to another stage afterwards.
async fn fill(store: &AnyStore, options: &Options) -> anyhow::Result<()> {
    let began = time::to_millis(SystemClock.now());
    let start = TODAY_MILLIS - DAYS * store::board::DAY_MILLIS;
    let lease = store
        .acquire_lease(WORKSPACE.workspace, time::from_millis(start))
        .await?;
    let moved = options.deals / 10;
    let in_all = options.deals + moved;
    let (mut done, mut stages) = (0, deals::stages());
    while done < in_all {
        let end = (done + DEALS_AT_ONCE).min(in_all);
        let rows = (done..end).map(|number| match number < options.deals {
            true => deals::deal(options.seed, 1 + number, 0),
            // The same deal as another seed has it, changed an hour later.
            false => deals::deal(
                options.seed + 1,
                1 + (number - options.deals) * 10,
                4 * 365 * store::board::DAY_MILLIS,
            ),
        });
        let observation = Observation {
            authority: Authority::Read,
            rows: rows.chain(stages.by_ref()).collect(),
            ..Observation::none()
        };
        let now = start + DAYS * store::board::DAY_MILLIS * done / in_all;
        store
            .commit_observation(&lease, observation, None, time::from_millis(now))
            .await?;
        done = end;
    }
    let seconds = seconds(time::to_millis(SystemClock.now()) - began);
    println!(
        "{} deals mirrored and {moved} of them moved in {seconds:.1} s: {:.0} rows/s",
        options.deals,
        ratio(in_all, seconds)
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn ratio(rows: i64, seconds: f64) -> f64 {
    rows as f64 / seconds.max(0.001)
}

/// With the log that is not carried over yet.
fn megabytes(path: &Path) -> u64 {
    let log = path.with_extension("db-wal");
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    (bytes(path) + bytes(&log)) / 1_000_000
}

fn print(answered: &[Answered]) {
    println!(
        "\n{:<52}{:>10}{:>10}{:>10}{:>8}",
        "question", "p50 ms", "p99 ms", "limit", "rows"
    );
    for answered in answered {
        println!(
            "{:<52}{:>10.2}{:>10.2}{LIMIT_MILLIS:>10.0}{:>8}",
            answered.name,
            answered.half(),
            answered.worst_of_hundred(),
            answered.rows
        );
    }
    println!();
}
