//! The deterministic simulator: the real engine, planner and clients against both emulators, on a clock that jumps, with
//! everything that goes wrong drawn from a seed. Reached as `cargo xtask simulate`.
//!
//! In: how many seeds. Out: what was found wrong, each with its story and the command that plays it again; how quick it was,
//! and which mishaps there were. It opens no socket, writes no file and asks no real clock.

pub(crate) mod clock;
mod deeds;
mod edits;
mod engine_life;
mod executor;
mod facets;
mod forms;
mod isolation;
mod looks;
mod network;
mod plants;
mod play;
mod profile;
mod report;
mod run;
mod sales;
mod story;
#[cfg(test)]
mod tests;
mod verdict;
mod wiretap;
mod words;
mod world;

use std::ffi::OsString;

use clap::Parser;
use plants::Plant;
use play::{Played, play};
use profile::Profile;
use report::Summary;
use run::Order;

/// So many of the first seeds are played twice, to see that a seed is always the same.
const TWICE_MAX: u64 = 50;
const STORIES_MAX: usize = 3;
const WRONG_SHOWN: usize = 8;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask simulate",
    about = "Seeded runs of the engine against both emulators, with faults"
)]
struct Arguments {
    /// How many seeds
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One seed only
    #[arg(long)]
    seed: Option<u64>,
    /// One kind of run only; by default the kinds take turns
    #[arg(long)]
    profile: Option<Profile>,
    /// Tell the story of each run
    #[arg(long)]
    story: bool,
    /// Take one safeguard away, and see that it is missed
    #[arg(long)]
    plant: Option<Plant>,
    /// The same with each safeguard
    #[arg(long)]
    plants: bool,
    /// Notes, too, wherever there are deals
    #[arg(long)]
    notes: bool,
    /// Threads; by default one per processor
    #[arg(long)]
    threads: Option<usize>,
}

/// Runs what the arguments ask for.
///
/// # Errors
/// When an invariant was broken, or a planted bug survived.
pub(super) fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    let arguments = Arguments::parse_from(arguments);
    silence_panics();
    if let Some(seed) = arguments.seed {
        return one(&arguments, seed);
    }
    if arguments.plants {
        return plants::all(arguments.seeds.max(1_000));
    }
    if let Some(plant) = arguments.plant {
        return plants::one(plant, arguments.seeds.max(1_000));
    }
    many(&arguments)
}

/// A panic in a run is one of its findings, told with its story.
fn silence_panics() {
    std::panic::set_hook(Box::new(|_| {}));
}

fn order(seed: u64, profile: Option<Profile>, plant: Option<Plant>) -> Order {
    Order {
        seed,
        profile: profile.unwrap_or_else(|| Profile::of_seed(seed)),
        plant,
        with_notes: false,
        is_told: false,
    }
}

fn one(arguments: &Arguments, seed: u64) -> anyhow::Result<()> {
    let order = Order {
        is_told: arguments.story,
        with_notes: arguments.notes,
        ..order(seed, arguments.profile, arguments.plant)
    };
    let played = play(order);
    for line in &played.lines {
        println!("{line}");
    }
    let mut summary = Summary::default();
    summary.take(&played);
    println!("{}", summary.table());
    println!("trace {:016x}", played.figures.hash);
    for wrong in &played.wrong {
        println!("WRONG  {wrong}");
    }
    anyhow::ensure!(
        played.wrong.is_empty(),
        "seed {seed}: {} invariants broken",
        played.wrong.len()
    );
    Ok(())
}

fn many(arguments: &Arguments) -> anyhow::Result<()> {
    let seeds = arguments.from..arguments.from + arguments.seeds;
    let threads = arguments.threads.unwrap_or_else(report::processors);
    let (profile, with_notes) = (arguments.profile, arguments.notes);
    let started = report::processor_seconds();
    let mut summary = report::in_parallel(seeds, threads, |seed| {
        let order = Order {
            with_notes,
            ..order(seed, profile, None)
        };
        let played = play(order);
        if seed - arguments.from < TWICE_MAX {
            twice(order, played)
        } else {
            played
        }
    });
    summary.processor_seconds = report::processor_seconds() - started;
    summary.played_twice = TWICE_MAX.min(arguments.seeds);
    println!("{}", summary.table());
    let failed: Vec<(u64, Vec<String>)> = std::mem::take(&mut summary.failed).into_iter().collect();
    for (seed, wrong) in failed.iter().take(STORIES_MAX) {
        let order = Order {
            with_notes,
            ..order(*seed, profile, None)
        };
        tell(order, wrong);
    }
    if failed.len() > STORIES_MAX {
        let others: Vec<String> = failed
            .iter()
            .skip(STORIES_MAX)
            .map(|(seed, wrong)| format!("{seed} ({})", wrong[0]))
            .collect();
        println!("and {} more: \n{}", others.len(), others.join("\n"));
    }
    anyhow::ensure!(
        failed.is_empty(),
        "{} of {} seeds broke an invariant",
        failed.len(),
        arguments.seeds
    );
    Ok(())
}

/// S24: the same seed is the same run.
fn twice(order: Order, mut played: Played) -> Played {
    let again = play(order);
    if again.figures.hash != played.figures.hash {
        let (one, other) = (played.figures.hash, again.figures.hash);
        played.wrong.push(format!(
            "S24: played twice, the traces are {one:016x} and {other:016x}"
        ));
    }
    played
}

/// The story of a run that went wrong, and how to play it again.
fn tell(order: Order, wrong: &[String]) {
    println!(
        "\nseed {} ({}) went wrong:",
        order.seed,
        order.profile.name()
    );
    for wrong in wrong.iter().take(WRONG_SHOWN) {
        println!("  {wrong}");
    }
    println!(
        "  again: cargo xtask simulate --seed {} --profile {}{} --story",
        order.seed,
        order.profile.name(),
        if order.with_notes { " --notes" } else { "" }
    );
}
