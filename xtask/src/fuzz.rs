//! Hostile answers against a client, as many as asked for: the client's own test, with other numbers.
//!
//! In: how many answers, and from which seed on. Out: what became of them; a panic, an error without a next step or too
//! much memory is a failure that names its seed. It runs alone, so the memory it tells is that of the client.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use crate::steps;

/// How many, and which.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Whose client
    #[arg(value_enum)]
    client: Client,
    /// How many answers
    #[arg(long, default_value_t = 10_000)]
    answers: u64,
    /// Where to begin; the same seed gives the same answers. Without one, somewhere else each time
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Client {
    Pipedrive,
}

impl Client {
    const fn package(self) -> &'static str {
        match self {
            Self::Pipedrive => "pipedrive",
        }
    }
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let seed = options
        .seed
        .unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("{} hostile answers from seed {seed} on", options.answers);
    let mut command = steps::cargo();
    command
        .env("HOSTILE_ANSWERS", options.answers.to_string())
        .env("HOSTILE_SEED", seed.to_string())
        .args(["test", "--package", options.client.package()])
        .args(["--test", "it", "hostile_answers_end", "--", "--nocapture"]);
    steps::run(&mut command)
}
