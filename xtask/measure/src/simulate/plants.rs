//! Planted bugs: the engine without one of its safeguards. Each has to be found out.
//!
//! In: which safeguard is taken away. Out: after how many seeds, in which kind of run and by which invariant its loss was
//! noticed. The engine's own settings cannot do this.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::Safeguards;

use super::play::{Played, play};
use super::profile::Profile;
use super::run::Order;
use super::{order, report};

/// A safeguard to be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[expect(
    clippy::enum_variant_names,
    reason = "each says what is missing, as on the command line"
)]
pub(super) enum Plant {
    NoBase,
    NoMarkerLookup,
    NoGrace,
    NoIfMatch,
    NoOverwriteAudit,
    /// Stages stand for something else than everybody believes.
    NoStageTable,
    /// How deals and projects end does not travel.
    NoEnds,
}

/// Something that is done wrong and that no switch of the engine's is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    StagesSwapped,
    EndsForgotten,
}

impl Plant {
    pub(super) const ALL: [Self; 7] = [
        Self::NoBase,
        Self::NoMarkerLookup,
        Self::NoGrace,
        Self::NoIfMatch,
        Self::NoOverwriteAudit,
        Self::NoStageTable,
        Self::NoEnds,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NoBase => "no-base",
            Self::NoMarkerLookup => "no-marker-lookup",
            Self::NoGrace => "no-grace",
            Self::NoIfMatch => "no-if-match",
            Self::NoOverwriteAudit => "no-overwrite-audit",
            Self::NoStageTable => "no-stage-table",
            Self::NoEnds => "no-ends",
        }
    }

    /// What is done wrong.
    pub(super) const fn flaw_of(plant: Option<Self>) -> Option<Flaw> {
        match plant {
            Some(Self::NoStageTable) => Some(Flaw::StagesSwapped),
            Some(Self::NoEnds) => Some(Flaw::EndsForgotten),
            Some(
                Self::NoBase
                | Self::NoMarkerLookup
                | Self::NoGrace
                | Self::NoIfMatch
                | Self::NoOverwriteAudit,
            )
            | None => None,
        }
    }

    /// All safeguards but one.
    pub(super) fn safeguards_of(plant: Option<Self>) -> Safeguards {
        plant.map_or_else(Safeguards::default, Self::safeguards)
    }

    /// All safeguards but this one.
    fn safeguards(self) -> Safeguards {
        let all = Safeguards::default();
        match self {
            Self::NoStageTable | Self::NoEnds => all,
            Self::NoBase => Safeguards {
                merge_base: false,
                ..all
            },
            Self::NoMarkerLookup => Safeguards {
                marker_lookup: false,
                ..all
            },
            Self::NoGrace => Safeguards {
                grace: false,
                ..all
            },
            Self::NoIfMatch => Safeguards {
                if_match: false,
                ..all
            },
            Self::NoOverwriteAudit => Safeguards {
                overwrite_audit: false,
                ..all
            },
        }
    }
}

/// How a planted bug was found out.
#[derive(Debug, Clone)]
pub(super) struct Caught {
    pub(super) seed: u64,
    pub(super) profile: Profile,
    pub(super) by: String,
}

/// The first seed that notices.
pub(super) fn catch(plant: Plant, seeds: u64) -> Option<Caught> {
    let caught: Mutex<Option<Caught>> = Mutex::new(None);
    let is_over = AtomicBool::new(false);
    report::in_parallel(0..seeds, report::processors(), |seed| {
        if is_over.load(Ordering::Relaxed) {
            return Played::default();
        }
        let order = order(seed, None, Some(plant));
        let played = play(order);
        // A seed that goes wrong with every safeguard says nothing about this one.
        let is_missed = || play(order_with_all(seed)).wrong.is_empty();
        if let Some(wrong) = played.wrong.first().filter(|_| is_missed()) {
            is_over.store(true, Ordering::Relaxed);
            let found = Caught {
                seed,
                profile: order.profile,
                by: wrong.clone(),
            };
            let mut caught = caught.lock().expect("nothing panics while it holds this");
            if caught.as_ref().is_none_or(|known| known.seed > seed) {
                *caught = Some(found);
            }
        }
        Played::default()
    });
    caught
        .into_inner()
        .expect("nothing panics while it holds this")
}

fn order_with_all(seed: u64) -> Order {
    order(seed, None, None)
}

fn show(plant: Plant, seeds: u64) -> bool {
    match catch(plant, seeds) {
        Some(caught) => {
            let shortened: String = caught.by.chars().take(110).collect();
            println!(
                "{:<20} caught after {:>4} seeds ({}): {shortened}\n{:<20} again: cargo xtask simulate --seed {} --profile {} --plant {} --story",
                plant.name(),
                caught.seed + 1,
                caught.profile.name(),
                "",
                caught.seed,
                caught.profile.name(),
                plant.name(),
            );
            true
        }
        None => {
            println!("{:<20} survived {seeds} seeds", plant.name());
            false
        }
    }
}

/// Plants one bug.
///
/// # Errors
/// When it survives.
pub(super) fn one(plant: Plant, seeds: u64) -> anyhow::Result<()> {
    anyhow::ensure!(
        show(plant, seeds),
        "{} survived {seeds} seeds",
        plant.name()
    );
    Ok(())
}

/// Plants every bug, one after the other.
///
/// # Errors
/// When one survives.
pub(super) fn all(seeds: u64) -> anyhow::Result<()> {
    let survivors: Vec<&str> = Plant::ALL
        .into_iter()
        .filter(|plant| !show(*plant, seeds))
        .map(Plant::name)
        .collect();
    anyhow::ensure!(
        survivors.is_empty(),
        "survived {seeds} seeds: {}",
        survivors.join(", ")
    );
    Ok(())
}
