//! The probe recovers how an emulated Propstreet answers, leaves nothing behind and keeps to its allowance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use emulators::faults::{CallMatch, Fault};
use emulators::propstreet::PropstreetSwitches;
use http::Method;
use probe::propstreet::{Organization, Probed, QUESTIONS, Question, probe};
use probe::{Answer, Stop, Takes};

use crate::house::House;
use crate::office::run;

const ALLOWANCE: u32 = 300;
const ORGANIZATIONS: u64 = 40;

struct Asked {
    probed: Probed,
    before: Vec<String>,
    after: Vec<String>,
    requests_counted: u64,
}

impl Asked {
    fn left_nothing(&self) -> bool {
        self.probed.left.is_empty() && self.before == self.after
    }
}

fn ask(house: &House, organization: Organization, is_wanted: impl Fn(&Question) -> bool) -> Asked {
    let before = house.inventory();
    let counted = house.requests_counted();
    let probed = run(probe(organization, is_wanted, |_| ()));
    Asked {
        probed,
        before,
        after: house.inventory(),
        requests_counted: house.requests_counted() - counted,
    }
}

fn ask_drawn(seed: u64, is_wanted: impl Fn(&Question) -> bool) -> Asked {
    let house = House::new(seed, PropstreetSwitches::drawn(seed));
    let asked = ask(&house, house.listening(ALLOWANCE), is_wanted);
    assert_eq!(house.violations(), 0);
    asked
}

fn is_on(switches: PropstreetSwitches, key: &str) -> bool {
    serde_json::to_value(switches).unwrap()[key] == true
}

#[test]
fn it_asks_about_every_switch_of_the_emulator_and_no_other() {
    let switches = PropstreetSwitches::QUESTIONS.iter().map(|(key, _)| *key);
    let asked: BTreeSet<&str> = QUESTIONS.iter().map(|question| question.key).collect();
    assert_eq!(asked, switches.collect());
    assert_eq!(asked.len(), QUESTIONS.len());
}

#[test]
fn it_recovers_every_switch_of_every_organization_that_it_can_ask_for() {
    let mut missed = BTreeMap::new();
    let one_by_one = PropstreetSwitches::QUESTIONS.iter();
    let one_by_one = one_by_one.filter_map(|(key, _)| PropstreetSwitches::only(key));
    let drawn = (0..ORGANIZATIONS).map(PropstreetSwitches::drawn);
    for (seed, switches) in (0..).zip(drawn.chain(one_by_one)) {
        let house = House::new(seed, switches);
        let asked = ask(&house, house.listening(ALLOWANCE), |_| true);
        assert_eq!(asked.probed.stopped, None);
        assert_eq!(asked.probed.findings.len(), QUESTIONS.len());
        assert!(asked.left_nothing(), "{:?}", asked.probed.left);
        let (counted, told) = (asked.requests_counted, asked.probed.requests);
        assert_eq!(counted, u64::from(told));
        assert!(told <= ALLOWANCE, "{told}");
        assert_eq!(house.violations(), 0);
        let projects_stay = is_on(switches, "projects_cannot_be_deleted");
        for (question, finding) in QUESTIONS.iter().zip(asked.probed.findings) {
            let expected = if projects_stay && question.takes == Takes::DeletableProjects {
                Answer::Lacks(Takes::DeletableProjects)
            } else {
                Answer::from(is_on(switches, question.key))
            };
            if finding.answer != expected {
                missed.insert((question.key, seed), (finding.answer, expected));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn without_a_way_for_webhooks_everything_else_is_asked() {
    let house = House::new(0, PropstreetSwitches::default());
    let asked = ask(&house, house.organization(ALLOWANCE), |_| true);
    assert!(asked.left_nothing());
    for (question, finding) in QUESTIONS.iter().zip(asked.probed.findings) {
        let expected = if question.takes == Takes::PostBox {
            Answer::Lacks(Takes::PostBox)
        } else {
            Answer::Off
        };
        assert_eq!(finding.answer, expected, "{}", question.key);
    }
}

#[test]
fn an_allowance_that_is_too_small_stops_it_with_nothing_left_behind() {
    for allowance in [1, 12, 40, 90] {
        let house = House::new(0, PropstreetSwitches::default());
        let asked = ask(&house, house.listening(allowance), |_| true);
        assert_eq!(asked.probed.stopped, Some(Stop::Allowance { allowance }));
        assert!(asked.left_nothing());
        assert!(asked.requests_counted <= u64::from(allowance));
    }
}

/// How the emulator counts the calls that make something.
const MAKINGS: [(&str, &str); 6] = [
    ("contact", "POST /api/v1/network/contacts"),
    ("company", "POST /api/v1/network/companies"),
    ("link", "POST /api/v1/network/links"),
    ("project", "POST /api/v1/projects"),
    ("property", "POST /api/v1/properties"),
    ("webhook", "POST /api/v1/webhooks"),
];

#[test]
fn no_question_takes_or_makes_more_than_it_says() {
    let mut more = BTreeMap::new();
    for seed in 0..6 {
        for question in QUESTIONS {
            // A login, and whether projects can be deleted.
            let beside =
                u32::from(seed % 2 == 0) + u32::from(question.takes == Takes::DeletableProjects);
            let house = House::new(seed, PropstreetSwitches::drawn(seed));
            let asked = ask(&house, house.listening(ALLOWANCE), |other| {
                other.key == question.key
            });
            let requests = asked.probed.requests.saturating_sub(beside);
            if requests > question.requests {
                more.insert((question.key, "requests"), (requests, question.requests));
            }
            for (what, call) in MAKINGS {
                let told = question.makes.iter().find(|(_, made)| *made == what);
                let told = told.map_or(0, |(count, _)| *count);
                let made = house.calls(call);
                if made > told.into() {
                    more.insert((question.key, what), (u32::try_from(made).unwrap(), told));
                }
            }
        }
    }
    assert!(more.is_empty(), "{more:?}");
}

#[test]
fn who_stops_it_gets_a_tidy_organization_back() {
    for calls in [3, 9, 20, 60] {
        let house = House::new(0, PropstreetSwitches::default());
        let before = house.inventory();
        let organization = house.listening(ALLOWANCE);
        let is_stopped = Arc::clone(&organization.is_stopped);
        house
            .wire
            .at_call(calls, move || is_stopped.store(true, Ordering::Relaxed));
        let probed = run(probe(organization, |_| true, |_| ()));
        assert_eq!(probed.stopped, Some(Stop::Stopped));
        assert_eq!(probed.left, []);
        assert_eq!(before, house.inventory());
    }
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
            let house = House::new(1, PropstreetSwitches::default());
            let (method, path) = call.split_once(' ').unwrap();
            let create = CallMatch::call(&method.parse().unwrap(), path);
            house.wire.emulator().faults.next(fault, create);
            let makes_it =
                |question: &Question| question.makes.iter().any(|(_, made)| *made == what);
            let asked = ask(&house, house.listening(ALLOWANCE), makes_it);
            assert!(asked.left_nothing(), "{what} {:?}", asked.probed.left);
            let unclear = asked.probed.findings.iter();
            let unclear = unclear.filter(|finding| matches!(finding.answer, Answer::Unclear(_)));
            assert_eq!(unclear.count(), 1, "{what}");
        }
    }
}

#[test]
fn what_cannot_be_removed_is_told() {
    let house = House::new(0, PropstreetSwitches::default());
    let remove = CallMatch::call(&Method::DELETE, "/api/v1/network/contacts");
    let refused = Fault::Reject { status: 403 };
    house.wire.emulator().faults.next(refused, remove);
    let asked = ask(&house, house.organization(ALLOWANCE), |question| {
        question.key == "ids_are_numbers"
    });
    let [left] = asked.probed.left.as_slice() else {
        panic!("{:?}", asked.probed.left);
    };
    assert_eq!(left.what, "contact");
    assert!(left.path.starts_with("/api/v1/network/contacts/"));
    assert!(left.why.contains("403"));
}

#[test]
fn an_organization_drawn_twice_is_asked_alike() {
    let findings = |_| ask_drawn(7, |_| true).probed.findings;
    assert_eq!(findings(0), findings(1));
}
