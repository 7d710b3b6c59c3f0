//! `bench participants`: a day of people who come to open deals, leave them and take each other's places, followed by the real engine
//! against the emulator on a clock that jumps. No webhook tells of any of it.
//!
//! In: how many deals and changes. Out: tokens as the emulator counts them, beside those of a naive poll, and the slowest find of each
//! sort beside its limit; an error when a limit is broken.

mod changes;
mod day;
#[cfg(test)]
mod tests;

use clap::Args;

use changes::Sort;
use day::Figures;

/// What it may take at the most, in percent of the naive poll.
const PERCENT_MAX: f64 = 1.0;

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Options {
    #[arg(long, default_value_t = 500)]
    deals: u32,
    /// Changes in the day; a quarter each are people who leave and swaps
    #[arg(long, default_value_t = 240)]
    changes: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Takes the figures.
///
/// # Errors
/// When a limit is broken, or the account could not be built.
pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let figures = day::measure(options)?;
    println!(
        "{} open deals, {} changes in a day, 100 ms a call; virtual time",
        options.deals, options.changes
    );
    println!(
        "{:<28} {:>8} {:>8} {:>8}",
        "tokens of the day", "taken", "naive", "percent"
    );
    println!(
        "{:<28} {:>8}",
        "numbers of all open deals", figures.list_tokens
    );
    println!("{:<28} {:>8}", "reads of deals", figures.read_tokens);
    println!(
        "{:<28} {:>8} {:>8} {:>8.3}",
        "together",
        figures.tokens(),
        figures.naive_tokens,
        figures.percent()
    );
    println!(
        "{:<28} {:>8} {:>8} {:>12} {:>12}",
        "found", "changes", "found", "slowest min", "limit min"
    );
    for sort in Sort::ALL {
        let found = figures.found(sort);
        println!(
            "{:<28} {:>8} {:>8} {:>12.1} {:>12}",
            sort.name(),
            found.made,
            found.found,
            minutes(found.slowest_millis),
            sort.limit_millis() / 60_000
        );
    }
    let mut broken = unfound(&figures);
    if figures.percent() >= PERCENT_MAX {
        broken.push(format!(
            "{:.3} percent of the naive poll",
            figures.percent()
        ));
    }
    if broken.is_empty() {
        println!("every figure is within its limit");
        return Ok(());
    }
    anyhow::bail!("{}", broken.join("; "))
}

/// What does not hold of what was found, whatever it took.
fn unfound(figures: &Figures) -> Vec<String> {
    let mut broken = Vec::new();
    for sort in Sort::ALL {
        let found = figures.found(sort);
        if found.found < found.made {
            broken.push(format!(
                "{} of {} found: {}",
                found.found,
                found.made,
                sort.name()
            ));
        }
        if found.slowest_millis > sort.limit_millis() {
            broken.push(format!(
                "{}: found after {:.1} min",
                sort.name(),
                minutes(found.slowest_millis)
            ));
        }
    }
    if figures.wrong > 0 {
        broken.push(format!("{} deals differ at the end", figures.wrong));
    }
    if figures.violations > 0 {
        broken.push(format!("{} calls beyond a limit", figures.violations));
    }
    broken
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a span of milliseconds is far below 2^52"
)]
fn minutes(millis: i64) -> f64 {
    millis as f64 / 60_000.0
}
