//! The crash loop must be able to fail: what it looks for is told apart from what is in order.

use std::collections::BTreeSet;

use model::time;
use serde_json::json;
use store::{Stage, Status};

use super::courier::pipedrive_name;
use super::is_at_rest;
use super::report::what_was_going_on;
use super::traffic::surname;

const STOPPED: i64 = 1_790_000_000_000;

fn status(next_poll_millis: i64) -> serde_json::Value {
    let side = json!({ "next_poll": time::from_millis(next_poll_millis) });
    json!({
        "lanes": { "rest": 12 }, "outbox": { "done": 4 },
        "sides": { "pipedrive": side, "propstreet": side },
    })
}

fn check_rest(status: &serde_json::Value, expected: bool) {
    assert_eq!(
        is_at_rest(status, time::from_millis(STOPPED)),
        expected,
        "{status}"
    );
}

#[test]
fn rest_is_when_nothing_is_under_way_and_both_sides_were_polled_since() {
    let polled = STOPPED + 10_500;
    check_rest(&status(polled), true);
    check_rest(&status(STOPPED + 9_000), false);
    for (group, name) in [
        ("lanes", "read"),
        ("lanes", "deliver"),
        ("outbox", "sent"),
        ("outbox", "outcome_unknown"),
    ] {
        let mut busy = status(polled);
        busy[group][name] = json!(1);
        check_rest(&busy, false);
    }
}

#[test]
fn the_most_delicate_thing_under_way_names_a_death() {
    let mut status = Status::default();
    assert_eq!(what_was_going_on(&status), "nothing was under way");
    status.lanes.insert(Stage::Read, 3);
    assert_eq!(what_was_going_on(&status), "a record was to be read");
    status.outbox.insert("sent".to_owned(), 1);
    assert_eq!(
        what_was_going_on(&status),
        "a write was sent, its answer not kept"
    );
}

#[test]
fn no_value_is_written_twice() {
    let names: BTreeSet<String> = (0..5_000).map(surname).collect();
    assert_eq!(names.len(), 5_000);
}

#[test]
fn a_retry_of_a_webhook_has_the_name_of_its_first_try() {
    let body = |attempt: u32, action: &str| {
        let meta = json!({"id": "e-7", "action": action, "entity": "person", "entity_id": "4", "attempt": attempt});
        pipedrive_name(json!({ "meta": meta }).to_string().as_bytes())
    };
    assert_eq!(body(1, "change"), body(2, "change"));
    assert_ne!(body(1, "change"), body(1, "create"));
}
