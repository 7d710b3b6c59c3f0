//! The probe recovers how an emulated Pipedrive answers, leaves nothing behind and keeps to its allowance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use emulators::faults::{CallMatch, Fault};
use emulators::pipedrive::Switches;
use http::Method;
use probe::pipedrive::{Probed, QUESTIONS, Question, probe};
use probe::{Answer, Finding, Means, Stop, Takes};
use serde_json::Value;

use crate::office::{Office, run};

const ALLOWANCE: u32 = 8_000;
const ACCOUNTS: u64 = 24;
/// How exactly the ends of a lag can be seen: looks are some time apart, and a draw seldom hits an end.
const LAG_MILLIS: i64 = 500;

struct Asked {
    probed: Probed,
    before: Vec<String>,
    after: Vec<String>,
    tokens_counted: u64,
}

impl Asked {
    fn left_nothing(&self) -> bool {
        self.probed.left.is_empty() && self.before == self.after
    }
}

fn ask(
    office: &Office,
    (allowance, means): (u32, Means),
    is_wanted: impl Fn(&Question) -> bool,
) -> Asked {
    let before = office.inventory();
    let tokens_before = office.tokens_counted();
    let account = office.account(allowance, means);
    let probed = run(probe(account, is_wanted, |_| ()));
    let tokens_counted = office.tokens_counted() - tokens_before;
    Asked {
        probed,
        before,
        after: office.inventory(),
        tokens_counted,
    }
}

/// Asks a drawn account, with everything that a question may take.
fn ask_drawn(seed: u64, is_wanted: impl Fn(&Question) -> bool) -> Asked {
    let office = Office::new(seed, Switches::drawn(seed));
    let means = office.all_means();
    ask(&office, (ALLOWANCE, means), is_wanted)
}

#[test]
fn it_asks_about_every_switch_of_the_emulator_and_no_other() {
    let told = serde_json::to_value(Switches::default()).unwrap();
    let switches: BTreeSet<&str> = told
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let asked: BTreeSet<&str> = QUESTIONS.iter().map(|question| question.key).collect();
    assert_eq!(asked, switches);
    assert_eq!(asked.len(), QUESTIONS.len());
}

/// Whether the answer is what the switch says.
fn is_right(finding: &Finding, told: &Value) -> bool {
    let told = &told[finding.key];
    match (&finding.answer, told) {
        (Answer::On | Answer::Off, Value::Bool(is_on)) => finding.answer == Answer::from(*is_on),
        (Answer::Value(zone), Value::String(_)) => zone == told,
        (Answer::Value(seen), Value::Array(drawn)) => {
            let number = |of: &Value| of.as_i64().unwrap();
            let (least, most) = (number(&drawn[0]), number(&drawn[1]));
            let tolerated = LAG_MILLIS + (most - least) / 4;
            (number(&seen[0]) - least).abs() <= tolerated
                && (number(&seen[1]) - most).abs() <= tolerated
        }
        _ => false,
    }
}

#[test]
fn it_recovers_every_switch_of_every_account() {
    let mut missed = BTreeMap::new();
    for seed in 0..ACCOUNTS {
        let told = serde_json::to_value(Switches::drawn(seed)).unwrap();
        let asked = ask_drawn(seed, |_| true);
        assert_eq!(asked.probed.stopped, None);
        assert_eq!(asked.probed.findings.len(), QUESTIONS.len());
        assert!(asked.left_nothing(), "{:?}", asked.probed.left);
        let tokens = u64::from(asked.probed.tokens);
        let counted = asked.tokens_counted;
        assert!(
            counted <= tokens && tokens <= u64::from(ALLOWANCE),
            "{counted} {tokens}"
        );
        for finding in asked.probed.findings {
            if !is_right(&finding, &told) {
                missed.insert(
                    (finding.key, seed),
                    (finding.answer, told[finding.key].clone()),
                );
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_was_not_given_is_told() {
    let office = Office::new(0, Switches::default());
    let asked = ask(&office, (ALLOWANCE, Means::default()), |question| {
        question.takes != Takes::Nothing
    });
    assert!(asked.left_nothing());
    assert_eq!(asked.probed.tokens, 0);
    for (question, finding) in QUESTIONS
        .iter()
        .filter(|question| question.takes != Takes::Nothing)
        .zip(&asked.probed.findings)
    {
        assert_eq!(finding.answer, Answer::Lacks(question.takes));
    }
}

#[test]
fn an_allowance_that_is_too_small_stops_it_with_nothing_left_behind() {
    let office = Office::new(0, Switches::default());
    let asked = ask(&office, (120, Means::default()), |_| true);
    assert!(asked.probed.stopped.is_some());
    assert!(asked.left_nothing());
    assert!(asked.tokens_counted <= 120, "{}", asked.tokens_counted);
}

#[test]
fn no_question_costs_or_makes_more_than_it_says() {
    let mut more = BTreeMap::new();
    for seed in 0..4 {
        for question in QUESTIONS {
            let office = Office::new(seed, Switches::drawn(seed));
            let asked = ask(&office, (ALLOWANCE, office.all_means()), |other| {
                other.key == question.key
            });
            if asked.probed.tokens > question.tokens {
                more.insert(
                    (question.key, "tokens"),
                    (asked.probed.tokens, question.tokens),
                );
            }
            for (what, call) in MAKINGS {
                let told = question.makes.iter().find(|(_, made)| *made == what);
                let told = told.map_or(0, |(count, _)| *count);
                let made = office.calls(call);
                if made > told.into() {
                    more.insert((question.key, what), (u32::try_from(made).unwrap(), told));
                }
            }
        }
    }
    assert!(more.is_empty(), "{more:?}");
}

/// How the emulator counts the calls that make something.
const MAKINGS: [(&str, &str); 8] = [
    ("person", "POST /api/v2/persons"),
    ("deal", "POST /api/v2/deals"),
    ("pipeline", "POST /api/v2/pipelines"),
    ("stage", "POST /api/v2/stages"),
    ("activity", "POST /api/v2/activities"),
    ("person field", "POST /api/v2/personFields"),
    ("note", "POST /v1/notes"),
    ("webhook", "POST /v1/webhooks"),
];

#[test]
fn who_stops_it_gets_a_tidy_account_back() {
    let office = Office::new(0, Switches::default());
    let before = office.inventory();
    let account = office.account(ALLOWANCE, office.all_means());
    let is_stopped = Arc::clone(&account.is_stopped);
    // In the middle of the changes whose order is asked about.
    office
        .wire
        .at_call(12, move || is_stopped.store(true, Ordering::Relaxed));
    let probing = probe(
        account,
        |question| question.key == "events_keep_their_order",
        |_| (),
    );
    let probed = run(probing);
    assert_eq!(probed.stopped, Some(Stop::Stopped));
    assert_eq!((probed.findings, probed.left), (vec![], vec![]));
    assert_eq!(before, office.inventory());
}

#[test]
fn what_was_made_while_the_answer_got_lost_goes_as_well() {
    for (what, call) in MAKINGS {
        for fault in [
            Fault::LoseAnswer,
            Fault::CommitLate {
                after_millis: 4_000,
            },
        ] {
            let office = Office::new(1, Switches::drawn(1));
            let (method, path) = call.split_once(' ').unwrap();
            let path = path
                .strip_prefix("/v1")
                .map_or(path.to_owned(), |rest| format!("/api/v1{rest}"));
            let create = CallMatch::call(&method.parse().unwrap(), &path);
            office.wire.emulator().faults.next(fault, create);
            let makes_it =
                |question: &Question| question.makes.iter().any(|(_, made)| *made == what);
            let means = office.all_means();
            let asked = ask(&office, (ALLOWANCE, means), makes_it);
            assert!(asked.left_nothing(), "{what} {:?}", asked.probed.left);
            let unclear = asked.probed.findings.iter();
            let unclear = unclear.filter(|finding| matches!(finding.answer, Answer::Unclear(_)));
            assert_eq!(unclear.count(), 1, "{what}");
        }
    }
}

#[test]
fn what_cannot_be_removed_is_told() {
    let office = Office::new(0, Switches::default());
    let remove = CallMatch::call(&Method::DELETE, "/api/v2/persons");
    let refused = Fault::Reject { status: 403 };
    office.wire.emulator().faults.next(refused, remove);
    let asked = ask(&office, (ALLOWANCE, Means::default()), |question| {
        question.key == "times_have_milliseconds"
    });
    let [left] = asked.probed.left.as_slice() else {
        panic!("{:?}", asked.probed.left);
    };
    assert_eq!(left.what, "person");
    assert!(left.path.starts_with("/api/v2/persons/"));
    assert!(left.why.contains("403"));
}
