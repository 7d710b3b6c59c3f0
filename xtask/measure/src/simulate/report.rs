//! What a series of runs came to: figures over all of them, and how quick they were.
//!
//! In: runs. Out: one table. Processor time is read from the system, not from a clock, so that other work on the machine does
//! not count.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::play::Played;

/// What design asks for, in seeds per second of processor time.
const TARGET_PER_SECOND: f64 = 200.0;
const TICKS_PER_SECOND: f64 = 100.0;

/// A figure of those seeds that have it.
#[derive(Debug, Default)]
struct Counted {
    seeds: u64,
    total: u64,
    least: Option<u64>,
}

impl Counted {
    fn take(&mut self, count: u64) {
        self.seeds += 1;
        self.total += count;
        self.least = Some(self.least.map_or(count, |least| least.min(count)));
    }

    fn least(&self) -> u64 {
        self.least.unwrap_or_default()
    }
}

/// Figures over all runs.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) seeds: u64,
    pub(super) processor_seconds: f64,
    pub(super) played_twice: u64,
    pub(super) failed: BTreeMap<u64, Vec<String>>,
    edits: Counted,
    calls: u64,
    writes: u64,
    polls: u64,
    conflicts: u64,
    crashes: Counted,
    /// Without crashes, and of seeds whose profile has any.
    mishaps: Counted,
    kinds: usize,
    simulated_millis: i64,
    faults: BTreeMap<&'static str, u64>,
    events: BTreeMap<String, u64>,
    poisoned: u64,
    retried_by_hand: BTreeMap<String, u64>,
}

impl Summary {
    pub(super) fn take(&mut self, played: &Played) {
        let figures = &played.figures;
        self.seeds += 1;
        self.edits.take(figures.edits);
        if figures.crashes > 0 {
            self.crashes.take(figures.crashes);
        }
        let mishaps = figures.faults_total() - figures.crashes;
        if mishaps > 0 {
            self.mishaps.take(mishaps);
        }
        self.calls += figures.calls;
        self.writes += figures.writes;
        self.polls += figures.polls;
        self.conflicts += figures.conflicts;
        self.kinds += figures.faults.len();
        self.simulated_millis += figures.simulated_millis;
        for (kind, count) in &figures.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        self.poisoned += figures.poisoned;
        for (what, count) in &figures.events {
            *self.events.entry(what.clone()).or_default() += count;
        }
        for (code, count) in &figures.retried_by_hand {
            *self.retried_by_hand.entry(code.clone()).or_default() += count;
        }
    }

    fn add(&mut self, seed: u64, played: Played) {
        self.take(&played);
        if !played.wrong.is_empty() {
            self.failed.insert(seed, played.wrong);
        }
    }

    /// What users did, and what was refused at the end.
    fn events_told(&self) -> Vec<String> {
        let poisoned = self.poisoned;
        let events = self.events.iter();
        let events = events.map(|(what, count)| format!("    {what:<26}{count}"));
        let head = [
            format!("refused for a while {poisoned} records at the end of as many seeds"),
            "events".to_owned(),
        ];
        head.into_iter().chain(events).collect()
    }

    /// Everything in words.
    pub(super) fn table(&self) -> String {
        let seeds = self.seeds.max(1);
        let per_seed = |count: u64| count / seeds;
        let total: u64 = self.faults.values().sum();
        let mut lines = vec![
            format!(
                "seeds             {} ({} of them twice), {} wrong",
                self.seeds,
                self.played_twice,
                self.failed.len()
            ),
            format!(
                "edits by users    {} (a seed: {}, at least {})",
                self.edits.total,
                per_seed(self.edits.total),
                self.edits.least()
            ),
            format!(
                "crashes           {} in {} seeds, at least {} in each of them",
                self.crashes.total,
                self.crashes.seeds,
                self.crashes.least()
            ),
            format!(
                "calls             {} (a seed: {}), writes {} (a seed: {})",
                self.calls,
                per_seed(self.calls),
                self.writes,
                per_seed(self.writes)
            ),
            format!("conflicts         {} journaled", self.conflicts),
            format!(
                "steps of tasks    {} (a seed: {})",
                self.polls,
                per_seed(self.polls)
            ),
            format!(
                "simulated time    {} minutes a seed",
                self.simulated_millis / 60_000 / i64::try_from(seeds).unwrap_or(i64::MAX)
            ),
            format!(
                "faults            {total} (a seed: {}; besides crashes in {} seeds, at least {} in each of them) of {} kinds",
                per_seed(total),
                self.mishaps.seeds,
                self.mishaps.least(),
                self.faults.len()
            ),
        ];
        lines.extend(
            self.faults
                .iter()
                .map(|(kind, count)| format!("    {kind:<22}{count}")),
        );
        lines.extend(self.events_told());
        if !self.retried_by_hand.is_empty() {
            lines.push(format!(
                "given another try by an operator: {:?}",
                self.retried_by_hand
            ));
        }
        if self.processor_seconds > 0.0 {
            let runs = f64::from(u32::try_from(self.seeds + self.played_twice).unwrap_or(u32::MAX));
            let rate = runs / self.processor_seconds;
            let seconds = self.processor_seconds;
            lines.push(format!("processor time    {seconds:.2} s: {rate:.0} seeds a second, {:.2} of the target of {TARGET_PER_SECOND}", rate / TARGET_PER_SECOND));
        }
        lines.join("\n")
    }
}

/// Plays every seed once, several at a time.
pub(super) fn in_parallel(
    seeds: Range<u64>,
    threads: usize,
    play: impl Fn(u64) -> Played + Sync,
) -> Summary {
    let next = AtomicU64::new(seeds.start);
    let summary = Mutex::new(Summary::default());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let played = play(seed);
                    summary
                        .lock()
                        .expect("a run's panics are caught")
                        .add(seed, played);
                }
            });
        }
    });
    summary.into_inner().expect("a run's panics are caught")
}

pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Processor seconds that this process has used, of all its threads; nothing where the system does not tell.
pub(super) fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks = |place: usize| {
        after_name
            .split_whitespace()
            .nth(place)
            .and_then(|ticks| ticks.parse::<f64>().ok())
    };
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / TICKS_PER_SECOND
}
