//! Profiles: which mishaps a run has, drawn from its seed. Each profile takes a safety net away or stresses one thing, because
//! nets hide each other's holes.
//!
//! In: a seed and a profile. Out: chances and figures. Nothing happens here.

use emulators::faults::FaultRates;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::sales::{self, Sales};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

/// What kind of run it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub(super) enum Profile {
    /// A bit of everything.
    Mixed,
    /// No webhook ever arrives: polls and sweeps have to do.
    WebhooksDead,
    /// Webhooks are perfect, nothing is polled and the engine never stops: they have to do.
    NoSweeps,
    /// The engine never stops.
    NoCrashes,
    /// Nothing goes wrong but that the engine dies.
    OnlyCrashes,
    /// Everybody edits the same record.
    Hammered,
    /// Values as people write them, and servers that tidy up.
    Untidy,
}

impl Profile {
    pub(super) const ALL: [Self; 7] = [
        Self::Mixed,
        Self::WebhooksDead,
        Self::NoSweeps,
        Self::NoCrashes,
        Self::OnlyCrashes,
        Self::Hammered,
        Self::Untidy,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::WebhooksDead => "webhooks-dead",
            Self::NoSweeps => "no-sweeps",
            Self::NoCrashes => "no-crashes",
            Self::OnlyCrashes => "only-crashes",
            Self::Hammered => "hammered",
            Self::Untidy => "untidy",
        }
    }

    /// Every second run is mixed; the others take turns.
    pub(super) fn of_seed(seed: u64) -> Self {
        let turn = usize::try_from(seed / 2 % 6).unwrap_or(0);
        if seed.is_multiple_of(2) {
            Self::Mixed
        } else {
            Self::ALL[1 + turn]
        }
    }

    const fn has_call_faults(self) -> bool {
        match self {
            Self::Mixed
            | Self::WebhooksDead
            | Self::NoSweeps
            | Self::NoCrashes
            | Self::Hammered
            | Self::Untidy => true,
            Self::OnlyCrashes => false,
        }
    }

    /// Calls and webhooks that come about while users make that many edits, by experience.
    const fn traffic_of_a_storm(self) -> (f64, f64) {
        match self {
            Self::Mixed | Self::Untidy => (125.0, 85.0),
            Self::WebhooksDead | Self::NoSweeps | Self::NoCrashes | Self::OnlyCrashes => {
                (150.0, 95.0)
            }
            // One read takes in what several users did.
            Self::Hammered => (70.0, 65.0),
        }
    }

    const fn has_webhook_faults(self) -> bool {
        match self {
            Self::Mixed | Self::NoCrashes | Self::Hammered | Self::Untidy => true,
            Self::WebhooksDead | Self::NoSweeps | Self::OnlyCrashes => false,
        }
    }
}

/// What the network does, beyond what the servers do. Chances per call or transaction, in thousandths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LineFaults {
    /// No connection: the request is certainly not sent.
    pub(super) refused: u32,
    /// The connection is lost before the request arrives.
    pub(super) lost: u32,
    /// An answer that is no JSON.
    pub(super) garbled: u32,
    /// A webhook's receiver stores it, and its answer is lost.
    pub(super) receipt_lost: u32,
    /// The store is busy.
    pub(super) store_busy: u32,
}

/// Everything that is drawn once per run.
#[derive(Debug, Clone)]
pub(super) struct Weather {
    pub(super) calls: FaultRates,
    pub(super) line: LineFaults,
    pub(super) list_lag_millis: i64,
    pub(super) skew_millis: [i64; 2],
    pub(super) crashes: u32,
    pub(super) poll_interval: i64,
    pub(super) sweep_interval: i64,
    pub(super) untidy_percent: u32,
    pub(super) edits_min: u64,
    pub(super) faults_min: u64,
    /// Users pause so long between bursts of edits.
    pub(super) pause_millis_max: i64,
    /// Whether one record takes no change for a while, once everything else is over.
    pub(super) is_poisoned: bool,
    /// How deals are kept in step, where there are any.
    pub(super) sales: Option<Sales>,
}

/// Longest delay of a late write, and of lists behind writes; both together stay below the engine's grace.
pub(super) const COMMIT_LATE_MAX: i64 = 40 * SECOND;
const LIST_LAG_MAX: i64 = 20 * SECOND;

/// What a run has at the least, where its profile allows it.
const EDITS_MIN: u64 = 100;
const FAULTS_MIN: u64 = 40;
const CRASHES_MIN: u32 = 2;
/// In one of so many runs a record is poisoned at the end.
const POISONED_ONE_OF: u32 = 6;
/// So many mishaps are aimed at, so that there are hardly ever too few.
const FAULTS_AIMED_AT: f64 = 56.0;

/// Draws the mishaps of a run.
pub(super) fn weather(seed: u64, profile: Profile) -> Weather {
    let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(31) ^ 0x5ea5);
    let mut calls = FaultRates::default();
    let mut line = LineFaults::default();
    if profile.has_call_faults() {
        draw_calls(&mut calls, &mut random);
        line = draw_line(&mut random);
    }
    if profile == Profile::NoSweeps {
        // What a dead process misses only a sweep can find.
        line = LineFaults {
            store_busy: 0,
            receipt_lost: 0,
            ..line
        };
    }
    if profile.has_webhook_faults() {
        draw_webhooks(&mut calls, &mut random);
    }
    if profile == Profile::WebhooksDead {
        calls.webhook_drop = 1.0;
    }
    if profile.has_call_faults() {
        make_enough(&mut calls, line, profile);
    }
    let lags = profile != Profile::OnlyCrashes && random.random::<bool>();
    let never = 365 * 24 * 60 * MINUTE;
    let is_polled = profile != Profile::NoSweeps;
    let mut skew = || {
        if random.random::<bool>() {
            random.random_range(-90 * SECOND..=90 * SECOND)
        } else {
            0
        }
    };
    let skew_millis = [skew(), skew()];
    Weather {
        calls,
        line,
        list_lag_millis: if lags {
            random.random_range(1..=LIST_LAG_MAX)
        } else {
            0
        },
        skew_millis,
        crashes: if matches!(profile, Profile::NoCrashes | Profile::NoSweeps) {
            0
        } else {
            CRASHES_MIN
        },
        poll_interval: if is_polled { 90 * SECOND } else { never },
        sweep_interval: if is_polled { 30 * MINUTE } else { never },
        untidy_percent: if profile == Profile::Untidy { 70 } else { 10 },
        edits_min: EDITS_MIN,
        faults_min: if profile.has_call_faults() {
            FAULTS_MIN
        } else {
            0
        },
        pause_millis_max: SECOND << random.random_range(0..=4),
        sales: sales::draw(&mut random),
        is_poisoned: random.random_range(0..POISONED_ONE_OF) == 0,
    }
}

/// A subset of the kinds, each as often as the seed says.
fn draw_calls(rates: &mut FaultRates, random: &mut ChaCha8Rng) {
    rates.commit_late_millis_max = COMMIT_LATE_MAX;
    rates.slow_millis_max = 45 * SECOND;
    for (place, most) in of_calls(rates) {
        if random.random_range(0..5) > 0 {
            *place = random.random_range(0.2..=1.0) * most;
        }
    }
}

/// Every kind that befalls calls, and how often it does at the most.
fn of_calls(rates: &mut FaultRates) -> [(&mut f64, f64); 12] {
    [
        (&mut rates.fail_before_writing, 0.012),
        (&mut rates.fail_after_writing, 0.012),
        (&mut rates.lose_answer, 0.02),
        (&mut rates.hold_written, 0.012),
        (&mut rates.hold_unwritten, 0.008),
        (&mut rates.commit_late, 0.02),
        (&mut rates.slow, 0.02),
        (&mut rates.truncate, 0.015),
        (&mut rates.too_many_requests, 0.01),
        (&mut rates.forbidden_page, 0.001),
        (&mut rates.server_error, 0.015),
        (&mut rates.stale_version, 0.015),
    ]
}

fn draw_webhooks(rates: &mut FaultRates, random: &mut ChaCha8Rng) {
    rates.webhook_delay_millis_max = if random.random_range(0..8) == 0 {
        30 * MINUTE
    } else {
        MINUTE
    };
    for (place, most) in of_webhooks(rates) {
        if random.random_range(0..5) > 0 {
            *place = random.random_range(0.1..=1.0) * most;
        }
    }
}

/// Every kind that befalls webhooks, and how often it does at the most.
fn of_webhooks(rates: &mut FaultRates) -> [(&mut f64, f64); 5] {
    [
        (&mut rates.webhook_duplicate, 0.1),
        (&mut rates.webhook_drop, 0.15),
        (&mut rates.webhook_delay, 0.15),
        (&mut rates.webhook_reorder, 0.1),
        (&mut rates.webhook_forge, 0.03),
    ]
}

/// Where a seed drew little of everything, all of it becomes more frequent in proportion.
fn make_enough(rates: &mut FaultRates, line: LineFaults, profile: Profile) {
    let (calls_made, webhooks_sent) = profile.traffic_of_a_storm();
    let of_line = f64::from(line.refused + line.lost + line.garbled) / 1_000.0;
    let calls: f64 = of_calls(rates).iter().map(|(chance, _)| **chance).sum();
    let webhooks: f64 = of_webhooks(rates).iter().map(|(chance, _)| **chance).sum();
    let expected = (calls + of_line) * calls_made + webhooks.min(1.0) * webhooks_sent;
    let missing = FAULTS_AIMED_AT - expected;
    if missing > 0.0 && calls > 0.0 {
        let more = 1.0 + missing / (calls * calls_made);
        for (chance, _) in of_calls(rates) {
            *chance *= more;
        }
    }
}

fn draw_line(random: &mut ChaCha8Rng) -> LineFaults {
    let mut chance = |most: u32| {
        if random.random_range(0..4) > 0 {
            random.random_range(1..=most)
        } else {
            0
        }
    };
    LineFaults {
        refused: chance(15),
        lost: chance(15),
        garbled: chance(8),
        receipt_lost: chance(20),
        store_busy: chance(1),
    }
}
