//! `bench ingest`: webhooks accepted durably per second, and how long each took, beside the same server answering only.
//!
//! In: how long and over how many connections. Out: a table, and an error when what was accepted is not in the database after
//! the server was killed. Both servers are measured in turns, so that whatever else the machine does hits both.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::Context;
use app::startup::{self, WORKSPACE};
use clap::Args;
use store::{InboxFilter, InboxSource, Store};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::deliveries::Deliveries;
use super::load::{self, Measured, Pace, Series};

const TARGET_PER_SECOND: f64 = 6_000.0;
const TARGET_P99_MILLIS: f64 = 60.0;
const TURNS: i64 = 2;
const WARM_UP_MILLIS: i64 = 500;
const OPEN_PER_SECOND: u32 = 500;
const ROWS_MAX: u32 = 10_000_000;
/// Processor time is counted by the system in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// How long each server is measured
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(i64).range(1..=600))]
    seconds: i64,
    /// How many connections are kept open
    #[arg(long, default_value_t = 64)]
    connections: usize,
}

/// A server in a process of its own.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    async fn start(database: Option<&Path>) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", "serve"]);
        if let Some(database) = database {
            command.arg("--database").arg(database);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let said = child.stdout.take().context("its output is ours")?;
        let mut address = String::new();
        BufReader::new(said).read_line(&mut address).await?;
        anyhow::ensure!(!address.is_empty(), "the server did not start");
        Ok(Self {
            child,
            address: address.trim().to_owned(),
        })
    }

    /// Processor seconds so far; nothing where the system does not tell.
    fn processor_seconds(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()?)).ok()?;
        let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        let ticks = |place: usize| fields.get(place)?.parse::<f64>().ok();
        Some((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
    }
}

/// What one server came to.
struct Sum {
    measured: Measured,
    processor_seconds: f64,
}

pub(super) async fn run(options: &Options) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new()
        .prefix("pipestreet-bench-")
        .tempdir()?;
    let database = folder.path().join("pipestreet.db");
    let mut storing = Server::start(Some(&database)).await?;
    let answering = Server::start(None).await?;
    let numbers = Arc::new(AtomicU64::new(0));
    let series = |server: &Server, pace, millis| -> anyhow::Result<Series> {
        Ok(Series {
            address: server.address.clone(),
            deliveries: Arc::new(Deliveries::to(&server.address)?),
            numbers: Arc::clone(&numbers),
            connections: options.connections,
            pace,
            millis,
        })
    };
    let mut in_all = load::run(&series(&storing, Pace::Closed, WARM_UP_MILLIS)?).await?;
    load::run(&series(&answering, Pace::Closed, WARM_UP_MILLIS)?).await?;
    let turn = options.seconds * 1_000 / TURNS;
    let (to_storing, to_answering) = (
        series(&storing, Pace::Closed, turn)?,
        series(&answering, Pace::Closed, turn)?,
    );
    let (mut stored, mut answered) = (sum()?, sum()?);
    for _ in 0..TURNS {
        take_turn(&storing, &to_storing, &mut stored).await?;
        take_turn(&answering, &to_answering, &mut answered).await?;
    }
    let mut open = sum()?;
    let at_rate = series(&storing, Pace::PerSecond(OPEN_PER_SECOND), turn)?;
    take_turn(&storing, &at_rate, &mut open).await?;
    in_all.add(&stored.measured)?;
    in_all.add(&open.measured)?;
    // As by `kill -9`: what was accepted is durable without a good end.
    storing.child.start_kill()?;
    storing.child.wait().await?;
    let rows = rows_of(&database).await?;
    println!(
        "{} connections, deliveries of {} bytes\n",
        options.connections, to_storing.deliveries.body_bytes
    );
    print(&stored, &answered, &open);
    println!(
        "accepted {} in all; rows in the database after a kill: {rows}",
        in_all.accepted
    );
    anyhow::ensure!(
        rows == in_all.accepted,
        "{} webhooks were accepted, and {rows} are kept",
        in_all.accepted
    );
    anyhow::ensure!(
        in_all.not_accepted == 0,
        "{} webhooks were not accepted",
        in_all.not_accepted
    );
    Ok(())
}

fn sum() -> anyhow::Result<Sum> {
    Ok(Sum {
        measured: Measured::none()?,
        processor_seconds: 0.0,
    })
}

async fn take_turn(server: &Server, series: &Series, sum: &mut Sum) -> anyhow::Result<()> {
    let before = server.processor_seconds();
    let measured = load::run(series).await?;
    let spent = server
        .processor_seconds()
        .zip(before)
        .map(|(after, before)| after - before);
    sum.measured.add(&measured)?;
    sum.processor_seconds += spent.unwrap_or_default();
    Ok(())
}

/// How many different deliveries the database holds.
async fn rows_of(database: &Path) -> anyhow::Result<u64> {
    let store = startup::open_store(database)?;
    let filter = InboxFilter {
        source: Some(InboxSource::PipedriveWebhook),
        ..InboxFilter::default()
    };
    let rows = store.inbox(WORKSPACE, filter, ROWS_MAX).await?;
    let different: BTreeSet<_> = rows.iter().filter_map(|row| row.dedup.as_deref()).collect();
    let count = u64::try_from(different.len())?;
    startup::close_store(store).await;
    Ok(count)
}

fn print(stored: &Sum, answered: &Sum, open: &Sum) {
    let head = [
        "",
        "accepted/s",
        "p50 ms",
        "p99 ms",
        "not 2xx",
        "cpu µs each",
    ];
    println!(
        "{:<28}{:>12}{:>10}{:>10}{:>10}{:>13}",
        head[0], head[1], head[2], head[3], head[4], head[5]
    );
    print_row("stored durably, as it comes", stored);
    print_row("answered only", answered);
    print_row(&format!("stored, {OPEN_PER_SECOND} a second"), open);
    println!(
        "{:<28}{:>12}{:>10}{TARGET_P99_MILLIS:>10.2}",
        "target",
        format!("{TARGET_PER_SECOND:.0}"),
        ""
    );
    let ratio = stored.measured.per_second() / answered.measured.per_second().max(0.001);
    let meets = stored.measured.per_second() >= TARGET_PER_SECOND
        && stored.measured.millis(99.0) <= TARGET_P99_MILLIS;
    println!(
        "\nstoring reaches {ratio:.2} of answering only; the target is {}",
        if meets { "met" } else { "missed" }
    );
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure for people, far below the precision of a float"
)]
fn print_row(name: &str, sum: &Sum) {
    let measured = &sum.measured;
    let each = sum.processor_seconds * 1_000_000.0 / measured.accepted.max(1) as f64;
    println!(
        "{name:<28}{:>12.0}{:>10.2}{:>10.2}{:>10}{each:>13.0}",
        measured.per_second(),
        measured.millis(50.0),
        measured.millis(99.0),
        measured.not_accepted,
    );
}
