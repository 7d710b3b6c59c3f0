//! Random walks: the same transactions, sensible and senseless, on both stores at once; every answer and everything that
//! can be read afterwards must be the same.

mod about_fields;
mod by_hand;
mod dump;
mod plans;
mod steps;
mod walker;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use store::{MemStore, SqliteOptions, SqliteStore};

use crate::both::run;
use steps::{Step, step};
use walker::Walker;

const STEPS_MAX: usize = 60;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_stores_answer_and_remember_the_same(steps in prop::collection::vec(step(), 1..STEPS_MAX)) {
        walk(&steps)?;
    }
}

fn walk(steps: &[Step]) -> Result<(), TestCaseError> {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let sqlite =
            SqliteStore::open(&folder.path().join("street.db"), SqliteOptions::default()).unwrap();
        let memory = MemStore::new();
        let mut in_memory = Walker::start(memory).await;
        let mut on_sqlite = Walker::start(sqlite.clone()).await;
        for (number, step) in steps.iter().enumerate() {
            let expected = in_memory.take(step).await;
            let answered = on_sqlite.take(step).await;
            prop_assert_eq!(expected, answered, "answer to step {} {:?}", number, step);
            let expected = in_memory.dump().await;
            let remembered = on_sqlite.dump().await;
            prop_assert_eq!(expected, remembered, "after step {} {:?}", number, step);
        }
        sqlite.close().await;
        Ok(())
    })
}

/// Steps and answers that come up in some walk.
const REACHED: [&str; 17] = [
    "IndexKeys",
    "Fields",
    "Reconsider",
    "Decide",
    "Retry",
    "Linked",
    "Parted",
    "PutBack",
    "Unmade",
    "Answered",
    "Rest",
    "Replay",
    "Stale",
    "LeaseLost",
    "WrongState",
    "AlreadyPaired",
    "NotFound",
];

/// Walks that never get anywhere would prove nothing.
#[test]
fn the_walks_reach_every_transaction_both_ways() {
    let mut runner = TestRunner::deterministic();
    let walks = prop::collection::vec(step(), STEPS_MAX);
    let mut seen: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    run(async {
        for _ in 0..400 {
            let steps = walks.new_tree(&mut runner).unwrap().current();
            let mut walker = Walker::start(MemStore::new()).await;
            for step in &steps {
                let answer = walker.take(step).await;
                let (taken, refused) = seen.entry(name_of(step)).or_default();
                *(if answer.starts_with("Ok") {
                    taken
                } else {
                    refused
                }) += 1;
                for word in [
                    "Stale",
                    "LeaseLost",
                    "WrongState",
                    "AlreadyPaired",
                    "NotFound",
                ] {
                    if answer.starts_with(&format!("Err({word}")) {
                        seen.entry(word.to_owned()).or_default().0 += 1;
                    }
                }
            }
        }
    });
    for reached in [
        "Append",
        "Claim",
        "Observe",
        "Plan",
        "Intent",
        "Applied",
        "Unknown",
        "NotApplied",
        "PutOff",
        "Audit",
    ] {
        let (taken, refused) = seen.get(reached).copied().unwrap_or_default();
        assert!(taken >= 20, "{reached} was taken {taken} times: {seen:#?}");
        assert!(
            refused >= 20 || reached == "Append",
            "{reached} was refused {refused} times: {seen:#?}"
        );
    }
    for reached in REACHED {
        assert!(
            seen.contains_key(reached),
            "{reached} was never reached: {seen:#?}"
        );
    }
}

/// The step's own name; outcomes by what became of the write.
fn name_of(step: &Step) -> String {
    match step {
        Step::Outcome { kind: 0, .. } => "Unknown".to_owned(),
        Step::Outcome { kind: 1, .. } => "NotApplied".to_owned(),
        Step::Outcome { kind: 2, .. } => "PutOff".to_owned(),
        Step::Outcome { .. } => "Applied".to_owned(),
        Step::ByHand { what: 0, .. } => "Linked".to_owned(),
        Step::ByHand { what: 1, .. } => "Parted".to_owned(),
        Step::ByHand { what: 2, .. } => "PutBack".to_owned(),
        Step::ByHand { what: 3, .. } => "Unmade".to_owned(),
        Step::ByHand { what: 4, .. } => "Answered".to_owned(),
        other => format!("{other:?}")
            .split([' ', '{'])
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}
