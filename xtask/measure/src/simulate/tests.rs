//! The simulator as part of every test run: a few seeds, all invariants.

use engine::Safeguards;

use super::order;
use super::play::play;

/// Each of these once showed a mistake.
const ONCE_WRONG: [u64; 10] = [0, 2, 3, 4, 5, 7, 9, 10, 12, 15];

#[test]
fn what_went_wrong_once_goes_right_since() {
    for seed in ONCE_WRONG {
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
