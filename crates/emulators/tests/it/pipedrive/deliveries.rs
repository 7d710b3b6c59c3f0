//! Webhooks on their way: who may have one, what becomes of receivers that fail, and what goes wrong on request.

use emulators::faults::{CallMatch, Fault};
use emulators::pipedrive::{Delivery, Entity, PipedriveConfig};
use emulators::{Emulator, WebhookOutcome};
use serde_json::{Value, json};

use super::Account;

const OK: WebhookOutcome = WebhookOutcome::Answered(200);
const DOWN: WebhookOutcome = WebhookOutcome::Unreachable;

fn subscribed() -> Account {
    let mut account = Account::new();
    account.subscribe();
    account
}

fn subscription(url: &str) -> Value {
    json!({"subscription_url": url, "event_action": "*", "event_object": "person", "name": "people"})
}

#[test]
fn targets_are_https_or_plain_http_to_this_machine() {
    let mut account = Account::new();
    for url in [
        "https://sync.example.com/a",
        "http://127.0.0.1:8080/a",
        "http://localhost/a",
        "http://[::1]:9/a",
    ] {
        assert_eq!(
            account.post("/v1/webhooks", &subscription(url)).status,
            201,
            "{url}"
        );
    }
    for url in [
        "http://sync.example.com/a",
        "http://10.0.0.5/a",
        "http://127.0.0.1.example.com/a",
        "ftp://127.0.0.1/a",
        "https://acme.pipedrive.com/a",
        "nonsense",
        "",
    ] {
        account.pass_seconds(1);
        let seen = account.post("/v1/webhooks", &subscription(url));
        assert_eq!(seen.status, 400, "{url}");
        let body = json!({"status": "error", "success": false, "errors": {"subscription_url": ["invalid or non-reachable URL"]}});
        assert_eq!(seen.json(), body);
    }
}

#[test]
fn a_webhook_needs_a_name_a_known_object_and_version_two() {
    let mut account = Account::new();
    for (key, value) in [
        ("name", Value::Null),
        ("event_object", json!("contact")),
        ("event_action", json!("updated")),
        ("version", json!("1.0")),
        ("user_id", json!(99)),
        ("color", json!("red")),
    ] {
        let mut body = subscription("https://sync.example.com/a");
        body[key] = value;
        assert_eq!(account.post("/v1/webhooks", &body).status, 400, "{key}");
    }
}

#[test]
fn webhooks_are_listed_and_deleted_and_forty_are_the_most() {
    let mut account = Account::new();
    for _ in 0..40 {
        account.pass_seconds(1);
        assert_eq!(
            account
                .post("/v1/webhooks", &subscription("https://sync.example.com/a"))
                .status,
            201
        );
    }
    account.pass_seconds(3);
    assert_eq!(
        account
            .post("/v1/webhooks", &subscription("https://sync.example.com/a"))
            .status,
        422
    );
    let listed = account.get("/v1/webhooks");
    assert_eq!(
        (
            listed.json()["status"].clone(),
            listed.data().as_array().unwrap().len()
        ),
        (json!("ok"), 40)
    );
    assert_eq!(listed.data()[0]["is_active"], 1);
    assert_eq!(
        account.delete("/v1/webhooks/1").text,
        r#"{"status":"ok","success":true}"#
    );
    assert_eq!(
        account.delete("/v1/webhooks/1").json()["errors"],
        json!({"id": ["not found"]})
    );
}

#[test]
fn a_failed_event_is_tried_again_after_3_30_and_150_seconds_and_then_given_up() {
    let mut account = subscribed();
    account.person("A B");
    let mut ids = Vec::new();
    for (attempt, pause) in [(1, 3), (2, 30), (3, 150), (4, 0)] {
        let events = account.answered_with(DOWN);
        assert_eq!(events[0]["meta"]["attempt"], attempt);
        ids.push(events[0]["meta"]["id"].clone());
        account.pass_millis(pause * 1_000 - 1);
        assert!(account.due().is_empty());
        account.pass_millis(1);
    }
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(account.emulator.next_due(), None);
    assert_eq!(account.emulator.counters().webhooks.given_up, 1);
}

#[test]
fn a_redirect_is_a_failure() {
    let mut account = subscribed();
    account.person("A B");
    account.answered_with(WebhookOutcome::Answered(307));
    assert_eq!(account.emulator.counters().webhooks.failed_tries, 1);
}

#[test]
fn ten_failed_first_tries_ban_the_webhook_for_half_an_hour_and_its_events_are_lost() {
    let mut account = subscribed();
    for number in 0..10 {
        account.pass_millis(300_000);
        account.answered_with(DOWN);
        account
            .emulator
            .screen(account.now)
            .add(Entity::Person, &json!({"name": format!("P {number}")}))
            .unwrap();
        account.answered_with(DOWN);
    }
    assert_eq!(account.emulator.counters().webhooks.bans, 1);
    account
        .emulator
        .screen(account.now)
        .add(Entity::Person, &json!({"name": "Lost"}))
        .unwrap();
    account.pass_seconds(29 * 60);
    account
        .emulator
        .screen(account.now)
        .add(Entity::Person, &json!({"name": "Lost too"}))
        .unwrap();
    assert!(account.received().is_empty());
    account.pass_seconds(61);
    account
        .emulator
        .screen(account.now)
        .add(Entity::Person, &json!({"name": "Heard"}))
        .unwrap();
    assert_eq!(account.received()[0]["data"]["name"], "Heard");
    assert!(account.emulator.counters().webhooks.lost_in_ban >= 2);
}

#[test]
fn three_days_without_success_remove_the_webhook() {
    let mut account = subscribed();
    account.person("A B");
    account.answered_with(DOWN);
    account.pass_seconds(3 * 86_400);
    account.answered_with(DOWN);
    assert_eq!(account.get("/v1/webhooks").data(), json!([]));
    assert_eq!(account.emulator.counters().webhooks.removed, 1);
}

#[test]
fn a_deleted_webhook_gets_nothing_of_what_was_waiting() {
    let mut account = subscribed();
    account.person("A B");
    account.delete("/v1/webhooks/1");
    assert!(account.due().is_empty());
}

#[test]
fn disorderly_delivery_is_late_shuffled_and_sometimes_double_and_loses_nothing() {
    let mut account = Account::with(PipedriveConfig {
        delivery: Delivery::Disorderly,
        ..Default::default()
    });
    account.subscribe();
    for number in 0..200 {
        account
            .emulator
            .screen(account.now)
            .add(Entity::Person, &json!({"name": format!("P {number}")}))
            .unwrap();
    }
    assert!(account.received().is_empty());
    account.pass_seconds(10);
    let events = account.received();
    let order: Vec<i64> = events
        .iter()
        .map(|event| event["data"]["id"].as_i64().unwrap())
        .collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_ne!(order, sorted);
    assert!(order.len() > 200);
    sorted.dedup();
    assert_eq!(sorted.len(), 200);
}

#[test]
fn webhooks_are_dropped_doubled_delayed_overtaken_and_forged_on_request() {
    let mut account = subscribed();
    let add = |account: &mut Account, fault: Option<Fault>| {
        if let Some(fault) = fault {
            account
                .emulator
                .faults
                .next(fault, CallMatch::prefix("person.create"));
        }
        account
            .emulator
            .screen(account.now)
            .add(Entity::Person, &json!({"name": "A B"}))
            .unwrap()
    };
    add(&mut account, Some(Fault::WebhookDrop));
    assert!(account.received().is_empty());
    add(&mut account, Some(Fault::WebhookDuplicate));
    let twice = account.received();
    assert_eq!(
        (twice.len(), &twice[0]["meta"]["id"]),
        (2, &twice[1]["meta"]["id"])
    );
    add(&mut account, Some(Fault::WebhookDelay { millis: 8_000 }));
    assert!(account.received().is_empty());
    account.pass_seconds(8);
    assert_eq!(account.received().len(), 1);
    let first = add(&mut account, None);
    let second = add(&mut account, Some(Fault::WebhookReorder));
    let order: Vec<Value> = account
        .received()
        .iter()
        .map(|event| event["data"]["id"].clone())
        .collect();
    assert_eq!(order, [json!(second), json!(first)]);
}

#[test]
fn a_forged_webhook_lies_and_has_not_the_password() {
    let mut account = subscribed();
    account
        .emulator
        .faults
        .next(Fault::WebhookForge, CallMatch::any());
    account.person("A B");
    let due = account.due();
    assert_eq!(due.len(), 2);
    assert_ne!(
        due[0].headers["authorization"],
        due[1].headers["authorization"]
    );
    let lie: Value = serde_json::from_slice(&due[0].body).unwrap();
    assert_eq!(
        (&lie["meta"]["action"], &lie["data"]),
        (&json!("delete"), &Value::Null)
    );
    account
        .emulator
        .webhook_answered(due[0].attempt, WebhookOutcome::Answered(401), account.now);
    account
        .emulator
        .webhook_answered(due[1].attempt, OK, account.now);
    assert_eq!(account.emulator.counters().webhooks.failed_tries, 0);
    assert_eq!(account.emulator.next_due(), None);
}
