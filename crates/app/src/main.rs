//! The program: reads its arguments, runs one command, and ends with a code that tells how that went.

use std::process::ExitCode;

use app::cli::{self, Cli, Exit};
use app::config::Environment;
use app::startup;
use clap::Parser;

/// It gives back what a large page of a list took; how eagerly is set in `.cargo/config.toml`.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    startup::choose_tls();
    let cli = Cli::parse();
    let environment = Environment::of_process();
    let ended = startup::runtime()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(cli::run(cli, &environment)));
    let exit: Exit = ended.unwrap_or_else(|error| cli::exit_of(&error));
    exit.into()
}
