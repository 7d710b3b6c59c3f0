//! `bench budget`: a large backfill on each subscription while people click, and one that a day's tokens do not pay. The real
//! engine against both emulators on a clock that jumps, so that hours take seconds.
//!
//! In: how large the account is and how long a call takes. Out: tables with the limit beside each figure, and an error when
//! one is broken.

mod backfill;
mod clicks;
pub(super) mod line;
mod lists;
mod run_out;
#[cfg(test)]
mod tests;
pub(super) mod world;

use clap::Args;

use line::Latency;
use run_out::Pace;
use world::{PLANS, Shape};

/// What is left of a day of 1,500 tokens to a backfill pays 112 pages: these are a little less than three times as many.
const RUN_OUT_RECORDS: [u32; 3] = [72_500, 72_500, 15_000];
const RUN_OUT_DAYS: i64 = 3;
const HALF_AN_HOUR_MILLIS: i64 = 1_800_000;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[arg(long, default_value_t = 100_000)]
    deals: u32,
    #[arg(long, default_value_t = 100_000)]
    persons: u32,
    #[arg(long, default_value_t = 20_000)]
    organizations: u32,
    /// How long a call takes, in milliseconds. Nobody knows when on its way the server counts a call, so where the window is
    /// the limit, the floor is missed by this part of two seconds
    #[arg(long, default_value_t = 100, value_name = "MS")]
    latency: i64,
    /// How much each leg of a call's way varies, to either side
    #[arg(long, default_value_t = 20, value_name = "PERCENT", value_parser = clap::value_parser!(i64).range(0..=100))]
    varies: i64,
    /// Somebody clicks every so many milliseconds
    #[arg(long, default_value_t = 1_000, value_name = "MS")]
    click_every: i64,
    /// Tokens a day of the account whose day runs out
    #[arg(long, default_value_t = 1_500, value_name = "N")]
    daily_tokens: u32,
}

impl Options {
    const fn latency(&self) -> Latency {
        Latency {
            millis: self.latency,
            varies_percent: self.varies,
        }
    }
}

/// Takes all figures.
///
/// # Errors
/// When a limit is broken, or the account could not be built.
pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let mut broken = backfills(options)?;
    broken.extend(run_outs(options)?);
    if broken.is_empty() {
        println!("every figure is within its limit");
        return Ok(());
    }
    anyhow::bail!("{}", broken.join("; "))
}

fn backfills(options: &Options) -> anyhow::Result<Vec<String>> {
    println!(
        "backfill of {} deals, {} persons, {} organizations; {} ms a call and up to {} % more or less, a click every {} ms; \
         virtual time",
        options.deals,
        options.persons,
        options.organizations,
        options.latency,
        options.varies,
        options.click_every
    );
    println!(
        "{:<9} {:>10} {:>8} {:>7} {:>7} {:>6} {:>7} {:>8} {:>6} {:>7} {:>6} {:>6}",
        "plan",
        "violations",
        "requests",
        "wall s",
        "floor s",
        "ratio",
        "tokens",
        "minimum",
        "ratio",
        "p99 ms",
        "ratio",
        "clicks"
    );
    let mut broken = Vec::new();
    for plan in PLANS {
        let shape = Shape {
            plan,
            deals: options.deals,
            persons: options.persons,
            organizations: options.organizations,
            latency: options.latency(),
            daily_tokens: None,
        };
        let figures = backfill::measure(&shape, options.click_every)?;
        let [wall, tokens, clicks] = figures.ratios();
        println!(
            "{:<9} {:>10} {:>8} {:>7} {:>7} {wall:>6.3} {:>7} {:>8} {tokens:>6.3} {:>7} {clicks:>6.3} {:>6}",
            plan.name,
            figures.violations + figures.refused,
            figures.requests,
            seconds(figures.wall_millis),
            seconds(figures.floor_millis),
            figures.tokens,
            figures.tokens_min,
            figures.click_p99_millis,
            figures.clicks,
        );
        let of_plan = figures.broken().into_iter();
        broken.extend(of_plan.map(|what| format!("{}: {what}", plan.name)));
    }
    println!(
        "requests: pages, clicks, and the calls of setup in the window before; floor: requests at the burst rate, or the pages \
         of the longest list one behind the other\n\
         limits: violations 0, wall {} of the floor, tokens the minimum, p99 {} ms\n",
        backfill::FLOOR_RATIO_MAX,
        backfill::CLICK_P99_MILLIS_MAX
    );
    Ok(broken)
}

fn run_outs(options: &Options) -> anyhow::Result<Vec<String>> {
    let has_deals = options.deals > 0;
    let [deals, persons, organizations] = RUN_OUT_RECORDS;
    let shape = Shape {
        plan: PLANS[0],
        deals: if has_deals { deals } else { 0 },
        persons: if has_deals { persons } else { persons + deals },
        organizations,
        latency: options.latency(),
        daily_tokens: Some(options.daily_tokens),
    };
    let pace = Pace {
        look_every_millis: HALF_AN_HOUR_MILLIS,
        change_every_millis: 2 * HALF_AN_HOUR_MILLIS,
    };
    let figures = run_out::measure(&shape, RUN_OUT_DAYS, pace)?;
    let pages: u64 = figures.pages.iter().sum();
    let fetched: u64 = figures.fetched.iter().sum();
    println!(
        "the budget that runs out: {} tokens a day, a backfill of {} tokens beside {} calls and changes",
        options.daily_tokens,
        pages * 10,
        figures
            .calls
            .values()
            .map(|(ok, failed)| ok + failed)
            .sum::<u64>()
    );
    println!(
        "finished on day {} of {RUN_OUT_DAYS}; pages {pages}, fetched {fetched} (ratio {:.3}), records wrong {}; violations {}; p99 {} ms",
        figures.finished_on_day,
        ratio(fetched, pages),
        figures.wrong,
        figures.violations + figures.refused,
        figures.click_p99_millis
    );
    for (day, (ok, failed)) in &figures.calls {
        println!("day {}: {ok} calls came through, {failed} did not", day + 1);
    }
    let broken = figures.broken(RUN_OUT_DAYS).into_iter();
    Ok(broken.map(|what| format!("run-out: {what}")).collect())
}

#[expect(clippy::cast_precision_loss, reason = "pages are far below 2^52")]
fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b.max(1) as f64
}

fn seconds(millis: i64) -> String {
    format!("{}.{:01}", millis / 1_000, millis % 1_000 / 100)
}
