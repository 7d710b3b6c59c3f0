//! The simulator as part of every test run: a few seeds, all invariants.

use engine::Safeguards;

use super::order;
use super::play::play;

/// A few of every kind of run.
const SOME: [u64; 9] = [0, 2, 3, 4, 5, 7, 9, 10, 12];

#[test]
fn a_few_seeds_break_no_invariant_and_have_enough_in_them() {
    for seed in SOME {
        let played = play(order(seed, None, Safeguards::default()));
        assert!(played.wrong.is_empty(), "seed {seed}: {:#?}", played.wrong);
    }
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
