//! `cargo xtask bench`: throughput and latency of the real program, beside the same program without the part in question.
//!
//! In: which figure. Out: a table with the target beside. Figures depend on the machine and on what else runs on it, so they
//! are told as ratios too, taken in turns in one run.

mod board;
mod budget;
mod deliveries;
mod ingest;
mod load;
mod mirror;
mod participants;
mod server;
#[cfg(test)]
mod tests;

use std::ffi::OsString;

use app::startup;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", about = "Throughput and latency")]
struct Arguments {
    #[command(subcommand)]
    figure: Figure,
}

#[derive(Debug, Subcommand)]
enum Figure {
    /// The questions of a dashboard over a mirror of a million deals
    Board(board::Options),
    /// A large backfill on each subscription while people click, and one that a day's tokens do not pay
    Budget(budget::Options),
    /// Webhooks taken durably per second, beside the same server answering without storing
    Ingest(ingest::Options),
    /// What it takes to follow who takes part in 500 open deals, and how soon a change is found
    Participants(participants::Options),
    /// The first read of a large account into the mirror, beside the same read by dlt and by Singer's tap-pipedrive
    Mirror(mirror::Options),
    /// The server of `ingest`, in a process of its own
    #[command(hide = true)]
    Serve(server::Options),
}

/// Takes one figure.
///
/// # Errors
/// When it cannot be taken, or an accepted webhook was not kept.
pub(super) fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    let arguments = Arguments::parse_from(arguments);
    startup::choose_tls();
    let runtime = startup::runtime()?;
    match arguments.figure {
        Figure::Board(options) => runtime.block_on(Box::pin(board::run(&options))),
        Figure::Budget(options) => budget::run(&options),
        Figure::Ingest(options) => runtime.block_on(Box::pin(ingest::run(&options))),
        Figure::Participants(options) => participants::run(&options),
        Figure::Mirror(options) => runtime.block_on(Box::pin(mirror::run(&options))),
        Figure::Serve(options) => runtime.block_on(Box::pin(server::run(&options))),
    }
}
