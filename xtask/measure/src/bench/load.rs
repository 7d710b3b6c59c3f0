//! The load: connections that are kept open and send one delivery after another, or deliveries at a fixed rate.
//!
//! In: an address, and how long or how fast. Out: how many were accepted, and a histogram of microseconds. At a fixed rate the
//! time counts from when a delivery was due, so that a server that falls behind cannot hide it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use api_client::{Clock, SystemClock};
use hdrhistogram::Histogram;
use model::{Timestamp, time};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::deliveries::Deliveries;

const LATENCY_MICROS_MAX: u64 = 60_000_000;
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How deliveries follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// The next one as soon as the one before is answered.
    Closed,
    /// So many a second, whatever the answers.
    PerSecond(u32),
}

/// What a series of deliveries came to.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) accepted: u64,
    pub(super) not_accepted: u64,
    pub(super) seconds: f64,
    pub(super) micros: Histogram<u64>,
}

impl Measured {
    pub(super) fn none() -> anyhow::Result<Self> {
        Ok(Self {
            accepted: 0,
            not_accepted: 0,
            seconds: 0.0,
            micros: Histogram::new_with_max(LATENCY_MICROS_MAX, 3)?,
        })
    }

    pub(super) fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        self.accepted += other.accepted;
        self.not_accepted += other.not_accepted;
        self.seconds += other.seconds;
        self.micros.add(&other.micros)?;
        Ok(())
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a figure for people, far below the precision of a float"
    )]
    pub(super) fn per_second(&self) -> f64 {
        self.accepted as f64 / self.seconds.max(0.001)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a figure for people, far below the precision of a float"
    )]
    pub(super) fn millis(&self, percentile: f64) -> f64 {
        self.micros.value_at_percentile(percentile) as f64 / 1_000.0
    }
}

/// A series of deliveries: to whom, over how many connections, how fast and how long.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) address: String,
    pub(super) deliveries: Arc<Deliveries>,
    /// The number of the next delivery; never used twice.
    pub(super) numbers: Arc<AtomicU64>,
    pub(super) connections: usize,
    pub(super) pace: Pace,
    pub(super) millis: i64,
}

/// # Errors
/// When a connection breaks off, which no server does that is well.
pub(super) async fn run(series: &Series) -> anyhow::Result<Measured> {
    let mut streams = Vec::new();
    for _ in 0..series.connections {
        let stream = TcpStream::connect(&series.address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let began = SystemClock.now();
    let tickets = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for stream in streams {
        tasks.spawn(converse(
            series.clone(),
            stream,
            began,
            Arc::clone(&tickets),
        ));
    }
    let mut all = Measured::none()?;
    while let Some(ended) = tasks.join_next().await {
        all.add(&ended??)?;
    }
    all.seconds = SystemClock.now().duration_since(began).as_secs_f64();
    Ok(all)
}

async fn converse(
    series: Series,
    mut stream: TcpStream,
    began: Timestamp,
    tickets: Arc<AtomicU64>,
) -> anyhow::Result<Measured> {
    let mut measured = Measured::none()?;
    let (mut request, mut answer) = (Vec::new(), Vec::with_capacity(1_024));
    let end = time::plus_millis(began, series.millis);
    loop {
        let due = match series.pace {
            Pace::Closed => SystemClock.now(),
            Pace::PerSecond(rate) => {
                let ticket =
                    i64::try_from(tickets.fetch_add(1, Ordering::Relaxed)).unwrap_or(i64::MAX);
                let due =
                    time::plus_millis(began, ticket.saturating_mul(1_000) / i64::from(rate.max(1)));
                if due < end {
                    SystemClock.sleep_until(due).await;
                }
                due
            }
        };
        if due >= end {
            return Ok(measured);
        }
        series
            .deliveries
            .write(series.numbers.fetch_add(1, Ordering::Relaxed), &mut request);
        stream.write_all(&request).await?;
        let is_accepted = read_answer(&mut stream, &mut answer).await?;
        let micros = SystemClock.now().duration_since(due).as_micros();
        measured
            .micros
            .saturating_record(u64::try_from(micros).unwrap_or_default());
        if is_accepted {
            measured.accepted += 1;
        } else {
            measured.not_accepted += 1;
        }
    }
}

/// Reads one answer to its end; whether it was a 2xx.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> anyhow::Result<bool> {
    answer.clear();
    let head = loop {
        if let Some(place) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break place + 4;
        }
        anyhow::ensure!(
            answer.len() < HEAD_BYTES_MAX,
            "the head of an answer does not end"
        );
        anyhow::ensure!(
            stream.read_buf(answer).await? > 0,
            "the server closed a connection"
        );
    };
    let text = std::str::from_utf8(&answer[..head])?.to_ascii_lowercase();
    let status = text.split(' ').nth(1).context("an answer has a status")?;
    let is_accepted = status.starts_with('2');
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(Ok(0), |length| length.trim().parse())?;
    while answer.len() < head + length {
        anyhow::ensure!(
            stream.read_buf(answer).await? > 0,
            "the server closed a connection"
        );
    }
    Ok(is_accepted)
}
