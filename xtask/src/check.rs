//! Everything a change must pass, the cheap things first.
//!
//! In: the working tree. Out: what each tool prints, then a table of steps with their time. Never changes a source file.

use std::time::Instant;

use anyhow::bail;

use crate::{conformance, deny, steps, test_run};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Go on after a step that failed, so that one run shows everything
    #[arg(long)]
    keep_going: bool,
}

struct Step {
    name: &'static str,
    run: fn() -> anyhow::Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        name: "lock file and downloads",
        run: fetch,
    },
    Step {
        name: "format",
        run: format,
    },
    Step {
        name: "licences, bans, sources",
        run: deny::run,
    },
    Step {
        name: "lints",
        run: lints,
    },
    Step {
        name: "tests",
        run: tests,
    },
    Step {
        name: "official client, schemas",
        run: conformance::pipedrive,
    },
    Step {
        name: "documentation",
        run: documentation,
    },
    Step {
        name: "simulation",
        run: simulation,
    },
];

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut table = String::new();
    let mut failed = Vec::new();
    for step in STEPS {
        println!("\n== {}", step.name);
        let started = now();
        let outcome = (step.run)();
        let seconds = started.elapsed().as_secs_f32();
        let word = if outcome.is_ok() { "passed" } else { "FAILED" };
        table.push_str(&format!("{:<26} {word} {seconds:>8.1} s\n", step.name));
        if let Err(error) = outcome {
            println!("{error:#}");
            failed.push(step.name);
            if !options.keep_going {
                break;
            }
        }
    }
    println!("\n{table}");
    if !failed.is_empty() {
        bail!("did not pass: {}", failed.join("; "));
    }
    Ok(())
}

/// Also what makes the offline steps possible: afterwards every dependency is on this machine.
fn fetch() -> anyhow::Result<()> {
    steps::run(steps::cargo().args(["fetch", "--locked"]))
}

fn format() -> anyhow::Result<()> {
    steps::run(steps::cargo().args(["fmt", "--all", "--check"]))
}

fn lints() -> anyhow::Result<()> {
    steps::run(steps::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn tests() -> anyhow::Result<()> {
    test_run::run(&test_run::Options::default())
}

fn documentation() -> anyhow::Result<()> {
    let mut command = steps::cargo();
    command
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings");
    steps::run(&mut command)
}

/// What the tests play a few of: the real engine under faults and crashes, in enough runs to meet what is rare.
fn simulation() -> anyhow::Result<()> {
    steps::run(steps::cargo().args([
        "run",
        "--release",
        "--package",
        "measure",
        "--",
        "simulate",
        "--seeds",
        "2000",
    ]))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the steps of a build take is real time"
)]
fn now() -> Instant {
    Instant::now()
}
