//! Whatever a server answers, every call ends in a value or in an error that names its next step: without a panic, in time,
//! in bounded memory, and without a word of the answer in the error.

use api_client::{Attempt, CALL_TIMEOUT, CallError, NextStep, TransportError, next_step};
use bytes::Bytes;
use http::{Method, Request};
use pipedrive::WebhookEvent;

use crate::every_call::every_call;
use crate::hostile_answers::{CANARY, Hostile};
use crate::script::Script;
use crate::world::CHANGE;

const ANSWERS: u64 = 10_000;
const SEED: u64 = 20_260_302;
/// A few times the longest answer that is read.
const MEMORY_KILOBYTES_MAX: u64 = 256 * 1024;

/// A number that `cargo xtask fuzz` may set.
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a whole number"))
    })
}

/// How much memory this process ever had, where the system tells.
fn memory_kilobytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What the server did with a request.
struct Exchange {
    method: Method,
    status: Option<u16>,
    failure: Option<TransportError>,
    is_late: bool,
}

impl Exchange {
    /// Whether a write may have been carried out although nobody says so.
    fn is_in_doubt(&self) -> bool {
        let failed = self.status.is_some_and(|status| status >= 500);
        let lost = matches!(
            self.failure,
            Some(TransportError::NoAnswer(_) | TransportError::TooLarge { .. })
        );
        self.is_late || failed || lost
    }
}

/// Makes one call of the client against one answer.
fn one_answer(seed: u64) -> (&'static str, Exchange, Result<(), CallError>) {
    let mut hostile = Hostile::seeded(seed);
    let (which, reply) = (hostile.below(usize::MAX), hostile.reply());
    let exchange = |method: &Method| Exchange {
        method: method.clone(),
        status: reply
            .result
            .as_ref()
            .ok()
            .map(|answer| answer.status().as_u16()),
        failure: reply.result.as_ref().err().cloned(),
        is_late: i128::from(reply.after_millis) > CALL_TIMEOUT.as_millis(),
    };
    let facts = exchange(&Method::GET);
    let mut reply = Some(reply);
    let (script, client) =
        Script::with(move |_: &Request<Bytes>| reply.take().expect("a call makes one request"));
    let mut calls = every_call(&client, &CHANGE);
    let (name, call) = calls.swap_remove(which % calls.len());
    let outcome = script.run(call);
    let seen = script.take_seen();
    assert_eq!(seen.len(), 1, "{name} (seed {seed}) makes one request");
    let method = seen[0].method().clone();
    (name, Exchange { method, ..facts }, outcome)
}

#[test]
fn ten_thousand_hostile_answers_end_in_a_next_step_each() {
    let (answers, seed) = (
        setting("HOSTILE_ANSWERS", ANSWERS),
        setting("HOSTILE_SEED", SEED),
    );
    let attempt = Attempt {
        number: 1,
        now: "2026-03-02T10:00:00Z".parse().unwrap(),
        jitter: 7,
    };
    let (mut understood, mut steps) = (0_u64, std::collections::BTreeMap::<&str, u64>::new());
    for number in 0..answers {
        let seed = seed.wrapping_add(number);
        let (name, exchange, outcome) = one_answer(seed);
        let is_write = exchange.method != Method::GET;
        let told = format!("{name} (seed {seed}): {outcome:?}");
        let Err(error) = outcome else {
            understood += 1;
            assert!(exchange.status.is_some() && !exchange.is_late, "{told}");
            continue;
        };
        let said = format!("{error} {error:?}");
        assert!(!said.contains(CANARY), "{told} repeats what was answered");
        let step = next_step(&error, attempt);
        assert_eq!(
            step == NextStep::Resolve,
            matches!(error, CallError::OutcomeUnknown { .. }),
            "{told}"
        );
        if !is_write {
            assert!(step != NextStep::Resolve, "{told}: a read changes nothing");
        } else if exchange.is_in_doubt() {
            assert_eq!(
                step,
                NextStep::Resolve,
                "{told}: it may have been carried out"
            );
        }
        *steps.entry(word(step)).or_default() += 1;
    }
    println!(
        "{answers} answers: {understood} understood, next steps {steps:?}, memory {:?} kB",
        memory_kilobytes()
    );
    assert!(
        understood > 0 && (answers < ANSWERS || steps.len() == 6),
        "{steps:?}"
    );
    if let Some(peak) = memory_kilobytes() {
        assert!(peak < MEMORY_KILOBYTES_MAX, "{peak} kB of memory");
    }
}

fn word(step: NextStep) -> &'static str {
    match step {
        NextStep::RetryAt(_) => "retry",
        NextStep::Resolve => "resolve",
        NextStep::Replan => "replan",
        NextStep::FindExisting => "find existing",
        NextStep::Quarantine => "quarantine",
        NextStep::StopSide => "stop side",
    }
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    for seed in 0..200 {
        let [first, second] = [(); 2].map(|()| {
            let (name, exchange, outcome) = one_answer(seed);
            (name, exchange.status, outcome)
        });
        assert_eq!(first, second);
    }
}

#[test]
fn a_list_that_leads_back_to_itself_is_an_error_and_no_endless_walk() {
    use pipedrive::{LeadQuery, ListQuery};
    use serde_json::json;
    let back = json!({"success": true, "data": [], "additional_data": {"next_cursor": "b2s"}});
    let (script, client) = Script::answering(back);
    let first = script
        .run(client.list_persons(&ListQuery::all(), &CHANGE))
        .unwrap();
    let again = ListQuery::all().after(&first.next_cursor.unwrap());
    let error = script
        .run(client.list_persons(&again, &CHANGE))
        .unwrap_err();
    assert!(matches!(error, CallError::Unreadable { .. }), "{error:?}");

    let back = json!({
        "success": true, "data": [],
        "additional_data": {"pagination": {"start": 0, "limit": 0, "more_items_in_collection": true, "next_start": 0}}
    });
    let (script, client) = Script::answering(back);
    let error = script
        .run(client.list_leads(&LeadQuery::default(), &CHANGE))
        .unwrap_err();
    assert!(matches!(error, CallError::Unreadable { .. }), "{error:?}");
}

#[test]
fn hostile_webhooks_are_read_or_refused() {
    let mut read = 0;
    for seed in 0..2_000 {
        let mut hostile = Hostile::seeded(seed);
        if let Ok(response) = hostile.reply().result {
            let body = String::from_utf8_lossy(response.body()).into_owned();
            for entity in ["deal", "lead", "activity", "user"] {
                let letter = format!(
                    "{{\"data\":{body},\"previous\":{body},\"meta\":{{\"entity\":\"{entity}\",\"entity_id\":1,\"version\":\"2.0\"}}}}"
                );
                read += u64::from(WebhookEvent::decode(letter.as_bytes()).is_ok());
            }
            let _ = WebhookEvent::decode(response.body());
        }
    }
    assert!(read > 0);
}
