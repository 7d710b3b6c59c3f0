//! Webhooks: who gets what, in which shape, how often, and what becomes of receivers that fail.

use emulators::faults::{CallMatch, Fault};
use emulators::pipedrive::{Delivery, PipedriveConfig};
use emulators::{Emulator, WebhookOutcome};
use serde_json::{Value, json};

use super::{Account, key_set, keys_in_order};

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
fn a_create_carries_the_whole_record_in_its_own_shape() {
    let mut account = Account::new();
    let tier = account.person_field(
        &json!({"field_name": "Tier", "field_type": "enum", "options": [{"label": "A"}]}),
    );
    let unset = account.person_field(&json!({"field_name": "Unset", "field_type": "varchar"}));
    account.subscribe();
    account.post(
        "/api/v2/persons",
        &json!({"name": "Anna Berg", "custom_fields": {&*tier: 1}}),
    );

    let due = account.due();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].headers["authorization"], "Basic cGQ6c2VzYW1l");
    assert_eq!(
        (due[0].url.as_str(), due[0].timeout_millis),
        ("https://sync.example.com/hook", 10_000)
    );
    let text = String::from_utf8(due[0].body.to_vec()).unwrap();
    keys_in_order(
        &text,
        &[
            "data",
            "previous",
            "meta",
            "action",
            "company_id",
            "correlation_id",
            "entity_id",
            "entity",
            "id",
        ],
    );
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(event["previous"], Value::Null);
    let keys = [
        "add_time",
        "custom_fields",
        "emails",
        "first_name",
        "id",
        "label",
        "label_ids",
        "last_name",
        "name",
        "org_id",
        "owner_id",
        "phones",
        "update_time",
        "visible_to",
    ];
    assert_eq!(key_set(&event["data"]), keys);
    assert_eq!(event["data"]["visible_to"], "3");
    assert_eq!(
        event["data"]["custom_fields"],
        json!({&*tier: {"type": "enum", "id": 1}, &*unset: null})
    );
    is_addressed_like(&event["meta"]);
}

fn is_addressed_like(meta: &Value) {
    for (key, value) in [
        ("action", json!("create")),
        ("entity", json!("person")),
        ("entity_id", json!("1")),
        ("company_id", json!("900")),
        ("user_id", json!("11")),
        ("webhook_id", json!("1")),
        ("webhook_owner_id", json!("11")),
        ("timestamp", json!("2026-01-14T10:00:00.000Z")),
        ("is_bulk_edit", json!(false)),
        ("type", json!("general")),
        ("version", json!("2.0")),
        ("change_source", json!("api")),
        ("permitted_user_ids", json!(["11", "12", "13", "14"])),
        ("attempt", json!(1)),
        ("host", json!("nordlysbrokers.pipedrive.com")),
    ] {
        assert_eq!(meta[key], value, "{key}");
    }
    assert!(meta.get("merged_to_id").is_none());
}

#[test]
fn a_change_shows_what_was_there_before_of_what_changed_and_nothing_else() {
    let mut account = Account::new();
    let tier = account.person_field(&json!({"field_name": "Tier", "field_type": "varchar"}));
    let id = account
        .post(
            "/api/v2/persons",
            &json!({"name": "Anna Berg", "custom_fields": {&*tier: "A"}}),
        )
        .id();
    account.subscribe();
    account.pass_seconds(1);
    let patch =
        json!({"name": "Anna Lie", "phones": [{"value": "1"}], "custom_fields": {&*tier: "B"}});
    account.patch(&format!("/api/v2/persons/{id}"), &patch);

    let event = account.received().remove(0);
    assert_eq!(
        event["previous"],
        json!({"name": "Anna Berg", "last_name": "Berg", "phones": [], "custom_fields": {&*tier: {"type": "varchar", "value": "A"}}})
    );
    assert_eq!(event["data"]["update_time"], "2026-01-14T10:00:01Z");
}

#[test]
fn a_delete_shows_the_last_state_and_a_restore_is_a_change() {
    let mut account = subscribed();
    let id = account.person("Anna Berg");
    account.received();
    account.delete(&format!("/api/v2/persons/{id}"));
    let event = account.received().remove(0);
    assert_eq!(
        (&event["data"], &event["previous"]["name"]),
        (&Value::Null, &json!("Anna Berg"))
    );
    assert_eq!(event["meta"]["action"], "delete");
    account.emulator.restore_person(id, account.now).unwrap();
    assert_eq!(account.received()[0]["meta"]["action"], "change");
}

#[test]
fn a_patch_that_changes_nothing_fires_nothing() {
    let mut account = subscribed();
    let id = account.person("Anna Berg");
    account.received();
    account.patch(
        &format!("/api/v2/persons/{id}"),
        &json!({"name": "Anna Berg"}),
    );
    assert!(account.received().is_empty());
}

#[test]
fn a_new_person_bumps_its_organization_and_fires_an_empty_change() {
    let mut account = subscribed();
    let org = account.organization("Alnäs AB");
    account.received();
    account.pass_seconds(4);
    account.post("/api/v2/persons", &json!({"name": "A B", "org_id": org}));
    let events = account.received();
    assert_eq!(
        (&events[1]["meta"]["entity"], &events[1]["previous"]),
        (&json!("organization"), &json!({}))
    );
    assert_eq!(
        account.get(&format!("/api/v2/organizations/{org}")).data()["update_time"],
        "2026-01-14T10:00:04Z"
    );
    let keys = [
        "add_time",
        "address",
        "annual_revenue",
        "country_code",
        "custom_fields",
        "employee_count",
        "id",
        "industry",
        "label",
        "label_ids",
        "linkedin",
        "name",
        "owner_id",
        "picture_id",
        "update_time",
        "visible_to",
        "website",
    ];
    assert_eq!(key_set(&events[1]["data"]), keys);
}

#[test]
fn a_merge_is_a_delete_and_a_change_that_name_each_other() {
    let mut account = subscribed();
    let (loser, winner) = (account.person("A Berg"), account.person("Anna Berg"));
    account.received();
    account.call(
        "PUT",
        &format!("/v1/persons/{loser}/merge"),
        Some(&json!({"merge_with_id": winner})),
    );
    let events = account.received();
    assert_eq!(
        (
            &events[0]["meta"]["action"],
            &events[0]["meta"]["merged_to_id"]
        ),
        (&json!("delete"), &json!(winner.to_string()))
    );
    assert_eq!(
        (
            &events[1]["meta"]["action"],
            &events[1]["meta"]["merged_from_id"]
        ),
        (&json!("change"), &json!(loser.to_string()))
    );
}

#[test]
fn users_are_told_apart_from_callers() {
    let mut account = subscribed();
    account
        .emulator
        .add_person(&json!({"name": "A B"}), account.now)
        .unwrap();
    let event = account.received().remove(0);
    assert_eq!(
        (&event["meta"]["change_source"], &event["meta"]["user_id"]),
        (&json!("app"), &json!("12"))
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
            .add_person(&json!({"name": format!("P {number}")}), account.now)
            .unwrap();
        account.answered_with(DOWN);
    }
    assert_eq!(account.emulator.counters().webhooks.bans, 1);
    account
        .emulator
        .add_person(&json!({"name": "Lost"}), account.now)
        .unwrap();
    account.pass_seconds(29 * 60);
    account
        .emulator
        .add_person(&json!({"name": "Lost too"}), account.now)
        .unwrap();
    assert!(account.received().is_empty());
    account.pass_seconds(61);
    account
        .emulator
        .add_person(&json!({"name": "Heard"}), account.now)
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
            .add_person(&json!({"name": format!("P {number}")}), account.now)
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
            .add_person(&json!({"name": "A B"}), account.now)
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
