//! Every test of the workspace with the toolchain's own runner.
//!
//! In: extra words for `cargo test`. Out: the runner's lines as they come, then one line with the sum over all test
//! programs. A run in which no test was executed has failed. Never retries a test.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use anyhow::{Context, bail};

use crate::{needs, steps};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Passed on to `cargo test`: a part of a test's name, or options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// The sum over the closing lines of all test programs.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    programs: u32,
    passed: u32,
    failed: u32,
    skipped: u32,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    needs::meet_all()?;
    let mut command = steps::cargo();
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(&options.arguments)
        .stdout(Stdio::piped());
    let shown = steps::announce(&command);
    let mut child = command
        .spawn()
        .with_context(|| format!("could not start `{shown}`"))?;
    let output = child
        .stdout
        .take()
        .expect("standard output was piped above");
    let tally = pass_through(BufReader::new(output), std::io::stdout())?;
    let status = child.wait().with_context(|| format!("lost `{shown}`"))?;

    if tally.programs > 0 {
        println!("\nAll of {} test programs together:", tally.programs);
        println!(
            "{} passed, {} failed, {} skipped",
            tally.passed, tally.failed, tally.skipped
        );
    }
    if !status.success() {
        bail!("`{shown}` failed ({status}); what failed is named above");
    }
    if tally.passed == 0 && options.arguments.is_empty() {
        bail!("no test was executed, so nothing is proved");
    }
    Ok(())
}

fn pass_through(mut lines: impl BufRead, mut out: impl Write) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    let mut line = Vec::new();
    while lines
        .read_until(b'\n', &mut line)
        .context("could not read the runner's output")?
        > 0
    {
        out.write_all(&line)
            .context("could not pass on the runner's output")?;
        tally = tally.with(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(tally)
}

impl Tally {
    /// Counts a closing line; any other line changes nothing.
    fn with(self, line: &str) -> Self {
        let Some(result) = line.strip_prefix("test result: ") else {
            return self;
        };
        Self {
            programs: self.programs + 1,
            passed: self.passed + number_before(result, " passed"),
            failed: self.failed + number_before(result, " failed"),
            skipped: self.skipped + number_before(result, " ignored"),
        }
    }
}

fn number_before(text: &str, word: &str) -> u32 {
    text.split(';')
        .filter_map(|part| part.trim_end().strip_suffix(word))
        .filter_map(|part| part.rsplit(' ').next()?.parse::<u32>().ok())
        .sum()
}
