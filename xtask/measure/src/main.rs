//! What is measured on the whole product: one task per line of [`tasks`], each in a module of its own.
//!
//! In: the name of a task and its own arguments. Out: figures on standard output, and an exit code that says whether
//! they hold. Reached as `cargo xtask NAME`, which builds this program in release mode; it is a package apart so that
//! `cargo xtask test` need not build the engine before it can start. It never changes the repository.
#![expect(clippy::print_stdout, reason = "figures are this program's output")]

mod bench;
mod crash;
mod simulate;
mod storm;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Command;

/// One thing that can be measured. It parses its own arguments (`clap::Parser::parse_from`), so that adding one is a
/// line in [`tasks`] and a module.
struct Task {
    name: &'static str,
    about: &'static str,
    /// Given its name and then its arguments; an error makes the exit code 1.
    run: fn(Vec<OsString>) -> anyhow::Result<()>,
}

fn tasks() -> Vec<Task> {
    vec![
        Task {
            name: "simulate",
            about: "Seeded runs of the engine against both emulators, with faults",
            run: simulate::run,
        },
        Task {
            name: "crash",
            about: "Kill and restart the real program during traffic, then compare both sides",
            run: crash::run,
        },
        Task {
            name: "storm",
            about: "Change everything while the mirror is being filled, then compare it row by row",
            run: storm::run,
        },
        Task {
            name: "bench",
            about: "Throughput and latency, with a target beside each figure",
            run: bench::run,
        },
    ]
}

fn main() -> ExitCode {
    let tasks = tasks();
    let mut arguments = std::env::args_os().skip(1);
    let wanted = arguments.next().unwrap_or_default();
    let Some(task) = tasks.iter().find(|task| wanted == task.name) else {
        let asked_for_help = wanted == "help" || wanted == "--help";
        if !asked_for_help {
            eprintln!("there is no task {wanted:?} to measure\n");
        }
        println!("{}", overview(&tasks));
        return ExitCode::from(if asked_for_help { 0 } else { 2 });
    };
    let named = std::iter::once(OsString::from(task.name)).chain(arguments);
    match (task.run)(named.collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error:#}", task.name);
            ExitCode::FAILURE
        }
    }
}

fn overview(tasks: &[Task]) -> String {
    let subcommands = tasks
        .iter()
        .map(|task| Command::new(task.name).about(task.about));
    Command::new("measure")
        .about("Simulation, crash loops and benchmarks of the whole product")
        .disable_help_subcommand(true)
        .subcommands(subcommands)
        .render_help()
        .to_string()
}
