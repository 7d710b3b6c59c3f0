//! The simulator as part of every test run: a few seeds, all invariants.

use super::order;
use super::plants::Plant;
use super::play::play;
use super::profile::Profile;

/// Seeds that once broke an invariant, each in a way of its own: a main company chosen by the server, a merge of what was
/// being made, a copy that lags, an edit replaced unseen and found late, an organization gone before its people were read, what
/// was made and deleted unseen, a list that shows what a read did not find, two edits of one second.
const ONCE_WRONG: [u64; 18] = [
    71, 322, 521, 545, 585, 1059, 1074, 1091, 1200, 1921, 2067, 2090, 2175, 3143, 10191, 10392,
    11703, 19983,
];

/// A seed that misses each safeguard.
const MISSED_BY: [(Plant, u64); 7] = [
    (Plant::NoBase, 1),
    (Plant::NoMarkerLookup, 0),
    (Plant::NoGrace, 8),
    (Plant::NoIfMatch, 0),
    (Plant::NoOverwriteAudit, 9),
    (Plant::NoStageTable, 127),
    (Plant::NoEnds, 10),
];

/// A seed in which nothing goes wrong but that the engine dies.
const DEATHS_ALONE: u64 = 7;

#[test]
fn seeds_that_once_broke_an_invariant_break_none_and_have_enough_in_them() {
    for seed in ONCE_WRONG {
        let played = play(order(seed, None, None));
        assert!(played.wrong.is_empty(), "seed {seed}: {:#?}", played.wrong);
    }
}

#[test]
fn each_safeguard_is_missed_when_it_is_taken_away() {
    for (plant, seed) in MISSED_BY {
        let without = play(order(seed, None, Some(plant)));
        assert!(
            !without.wrong.is_empty(),
            "{} with seed {seed}",
            plant.name()
        );
        let with = play(order(seed, None, None));
        assert!(with.wrong.is_empty(), "seed {seed}: {:#?}", with.wrong);
    }
}

#[test]
fn an_engine_that_only_dies_loses_nothing() {
    assert_eq!(Profile::of_seed(DEATHS_ALONE), Profile::OnlyCrashes);
    let played = play(order(DEATHS_ALONE, None, None));
    assert!(played.wrong.is_empty(), "{:#?}", played.wrong);
}

#[test]
fn a_seed_is_always_the_same_run() {
    for seed in 0..4 {
        let order = order(seed, None, None);
        assert_eq!(
            play(order).figures.hash,
            play(order).figures.hash,
            "seed {seed}"
        );
    }
}
