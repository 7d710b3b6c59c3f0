//! The project's own tasks, run as `cargo xtask NAME`.
//!
//! In: the name of a task. Out: what the tools print, and an exit code. This package depends on none of the product's
//! crates, so it builds in seconds; what needs them (simulation, crash loops, benchmarks) is the package `measure`,
//! started from here in release mode. It never edits sources, except where a task says so.
#![expect(clippy::print_stdout, reason = "what a task finds is its output")]

mod check;
mod conformance;
mod countries;
mod deny;
mod fuzz;
mod needs;
mod steps;
mod test_run;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own tasks")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// See that everything the tests need is here (asking before anything is installed), then run every test
    Test(test_run::Options),
    /// Everything a change must pass: format, licences and bans, lints, tests, documentation
    Check(check::Options),
    /// Licences, banned packages and sources of every dependency
    Deny,
    /// What others made (official clients, published schemas) against the emulators
    Conformance(conformance::Options),
    /// Write the table of country names anew, from the Unicode locale data
    Countries,
    /// Seeded runs of the engine against both emulators, with faults (in release mode)
    Simulate(Rest),
    /// Kill and restart the real program during traffic, or a first read (`crash backfill`), then compare (in release mode)
    Crash(Rest),
    /// A storm of changes while the mirror is being filled, then a comparison row by row (in release mode)
    Storm(Rest),
    /// Hostile answers against a client, as many as asked for
    Fuzz(fuzz::Options),
    /// Throughput and latency (in release mode)
    Bench(Rest),
}

/// Arguments that belong to the measured task, passed on as they are.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test(options) => test_run::run(&options),
        Task::Check(options) => check::run(&options),
        Task::Deny => deny::run(),
        Task::Conformance(options) => conformance::run(&options),
        Task::Countries => countries::run(),
        Task::Simulate(rest) => measure("simulate", &rest),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Crash(rest) => measure("crash", &rest),
        Task::Storm(rest) => measure("storm", &rest),
        Task::Bench(rest) => measure("bench", &rest),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(task: &str, rest: &Rest) -> anyhow::Result<()> {
    let mut command = steps::cargo();
    command
        .args(["run", "--release", "--package", "measure", "--", task])
        .args(&rest.arguments);
    steps::run(&mut command)
}
