//! The probe recovers how an emulated Pipedrive answers, leaves nothing behind and keeps to its allowance.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use api_client::Transport;
use emulators::Moment;
use emulators::brokerage::Brokerage;
use emulators::pipedrive::{Entity, PipedriveConfig, PipedriveEmulator, Switches};
use probe::pipedrive::{Probed, QUESTIONS, Question, probe};
use probe::{Account, Answer};

use crate::wire::Wire;

const ALLOWANCE: u32 = 5_000;

struct Asked {
    probed: Probed,
    /// Living records before and after.
    records: (usize, usize),
    tokens_counted: u64,
}

fn ask(switches: Switches, allowance: u32, is_wanted: impl Fn(&Question) -> bool) -> Asked {
    let config = PipedriveConfig::default().like(switches);
    let token = config.token.clone();
    let mut emulator = PipedriveEmulator::new(config);
    emulator.seed(&Brokerage::generate(7, 5, 20), Moment(1_772_445_000_000));
    let wire = Wire::to(emulator);
    let before = living(&wire.emulator());
    let account = Account {
        transport: Arc::<Wire<_>>::clone(&wire) as Arc<dyn Transport>,
        clock: Arc::new(wire.clock.clone()),
        base: "https://nordlysbrokers.pipedrive.com".to_owned(),
        token: token.into(),
        other_token: None,
        mark: "Pipestreet probe 7f3a".to_owned(),
        allowance,
    };
    let probed = run(probe(account, is_wanted, |_| ()));
    let after = living(&wire.emulator());
    let tokens_counted = wire.emulator().counters().tokens_total();
    Asked {
        probed,
        records: (before, after),
        tokens_counted,
    }
}

fn living(emulator: &PipedriveEmulator) -> usize {
    let living = |entity: &Entity| {
        emulator
            .record_ids(*entity)
            .filter(|(_, lives)| *lives)
            .count()
    };
    Entity::ALL.iter().map(living).sum()
}

/// Every wait of a probe ends at once.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).as_mut().poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a probe waits for nothing but time"),
    }
}

#[test]
fn every_question_is_one_of_the_emulators_switches() {
    let switches: Vec<&str> = Switches::QUESTIONS
        .iter()
        .map(|question| question.key)
        .collect();
    for question in QUESTIONS {
        let is_known = switches.contains(&question.key) || question.key == "search_lag_millis";
        assert!(is_known, "{}", question.key);
    }
}

#[test]
fn it_recovers_every_switch_that_it_asks_for() {
    let mut missed = BTreeMap::new();
    for seed in 0..20 {
        let switches = Switches::drawn(seed);
        let asked = ask(switches.clone(), ALLOWANCE, |_| true);
        assert_eq!(asked.probed.stopped, None);
        assert_eq!(asked.probed.left, []);
        assert_eq!(asked.records.0, asked.records.1, "nothing is left");
        assert!(
            asked.tokens_counted <= u64::from(ALLOWANCE),
            "{}",
            asked.tokens_counted
        );
        for finding in &asked.probed.findings {
            let is_on = switches.is_on(finding.key);
            let wanted = is_on.map(Answer::from);
            let is_right = match (&finding.answer, wanted) {
                (Answer::Value(lag), None) => {
                    let (least, most) = switches.search_lag_millis;
                    let within = |at: usize| {
                        lag[at]
                            .as_i64()
                            .is_some_and(|lag| (least..=most + 1_500).contains(&lag))
                    };
                    within(0) && within(1)
                }
                // What a single token of one user cannot show, and what another answer leaves nothing to show of.
                (Answer::NotAsked(_), Some(_)) => match finding.key {
                    "webhooks_of_all_users_are_listed" | "windows_are_per_user" => true,
                    "unchanged_records_match_by_add_time" => {
                        switches.new_records_have_an_update_time
                    }
                    _ => false,
                },
                (answer, Some(wanted)) => *answer == wanted,
                (_, None) => false,
            };
            if !is_right {
                missed.insert(finding.key, (seed, finding.answer.clone(), is_on));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn an_allowance_that_is_too_small_stops_it_with_nothing_left_behind() {
    let asked = ask(Switches::default(), 120, |question| !question.meets_limits);
    assert!(asked.probed.stopped.is_some());
    assert_eq!(asked.probed.left, []);
    assert_eq!(asked.records.0, asked.records.1);
    assert!(asked.tokens_counted <= 120, "{}", asked.tokens_counted);
}

#[test]
fn no_question_costs_more_than_it_says() {
    let mut dearer = BTreeMap::new();
    for question in QUESTIONS {
        let asked = ask(Switches::default(), ALLOWANCE, |other| {
            other.key == question.key
        });
        if asked.probed.tokens > question.tokens {
            dearer.insert(question.key, (asked.probed.tokens, question.tokens));
        }
    }
    assert!(dearer.is_empty(), "{dearer:?}");
}
