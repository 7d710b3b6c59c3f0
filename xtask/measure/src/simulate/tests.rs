//! The simulator as part of every test run: few seeds, all invariants.

use engine::Safeguards;

use super::play::play;
use super::{order, report};

const SEEDS: u64 = 40;

#[test]
fn every_invariant_holds_in_every_kind_of_run() {
    let summary = report::in_parallel(0..SEEDS, report::processors(), |seed| {
        play(order(seed, None, Safeguards::default()))
    });
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
}

#[test]
fn a_seed_is_always_the_same_run() {
    for seed in 0..4 {
        let order = order(seed, None, Safeguards::default());
        assert_eq!(
            play(order).figures.hash,
            play(order).figures.hash,
            "seed {seed}"
        );
    }
}
