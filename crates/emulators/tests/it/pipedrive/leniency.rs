//! Switches about records: the other answer to what the documentation leaves open.

use emulators::WebhookOutcome;
use emulators::pipedrive::{PipedriveConfig, Switches};
use serde_json::{Value, json};

use super::Account;

fn account_where(key: &str) -> Account {
    Account::with(PipedriveConfig {
        switches: Switches::read(&json!({key: true}).to_string()).unwrap(),
        ..PipedriveConfig::default()
    })
}

#[test]
fn unknown_keys_and_fields_may_be_ignored() {
    let body = json!({"name": "A B", "colour": "blue"});
    Account::new()
        .post("/api/v2/persons", &body)
        .refused_for("colour");
    assert_eq!(
        account_where("unknown_parameters_are_ignored")
            .post("/api/v2/persons", &body)
            .status,
        200
    );

    let body =
        json!({"name": "A B", "custom_fields": {"1111111111111111111111111111111111111111": 5}});
    Account::new()
        .post("/api/v2/persons", &body)
        .refused_for("1111");
    assert_eq!(
        account_where("unknown_custom_fields_are_ignored")
            .post("/api/v2/persons", &body)
            .status,
        200
    );

    for (key, status) in [
        ("root_custom_fields_are_ignored", 200),
        ("unknown_parameters_are_ignored", 400),
    ] {
        let mut account = account_where(key);
        let code = account.person_field(&json!({"field_name": "F", "field_type": "varchar"}));
        assert_eq!(
            account
                .post("/api/v2/persons", &json!({"name": "A B", code: "x"}))
                .status,
            status
        );
    }
}

#[test]
fn options_may_be_written_by_label() {
    let mut account = account_where("option_labels_are_accepted");
    let field = json!({"field_name": "Kind", "field_type": "set", "options": [{"label": "A"}, {"label": "B"}]});
    let code = account.person_field(&field);
    let made = account.post(
        "/api/v2/persons",
        &json!({"name": "A B", "custom_fields": {&code: ["B"]}}),
    );
    assert_eq!(made.data()["custom_fields"][&code], json!([2]));
    let unknown = json!({"name": "A B", "custom_fields": {&code: ["C"]}});
    account
        .post("/api/v2/persons", &unknown)
        .refused_for("option id");
}

#[test]
fn labels_of_lists_may_be_plain() {
    for (switches, expected) in [
        (json!({}), json!([{"id": 1, "label": "A"}])),
        (json!({"option_labels_are_plain": true}), json!(["A"])),
    ] {
        let mut account = Account::with(PipedriveConfig {
            switches: Switches::read(&switches.to_string()).unwrap(),
            ..PipedriveConfig::default()
        });
        let field = json!({"field_name": "Kind", "field_type": "set", "options": [{"label": "A"}]});
        let code = account.person_field(&field);
        account.post(
            "/api/v2/persons",
            &json!({"name": "A B", "custom_fields": {&code: [1]}}),
        );
        let answer = account.deviating("/api/v2/persons/1?include_option_labels=true");
        assert_eq!(answer["data"]["custom_fields"][&code], expected);
    }
}

#[test]
fn missing_references_may_be_dropped() {
    let body = json!({"name": "A B", "org_id": 99, "owner_id": 77});
    Account::new()
        .post("/api/v2/persons", &body)
        .refused_for("organization 99");
    let made = account_where("missing_references_are_dropped")
        .post("/api/v2/persons", &body)
        .data();
    assert_eq!(
        (&made["org_id"], &made["owner_id"]),
        (&Value::Null, &json!(11))
    );
}

#[test]
fn deleted_records_may_be_treated_otherwise() {
    let deleted = |key: &str| {
        let mut account = if key.is_empty() {
            Account::new()
        } else {
            account_where(key)
        };
        account.person("A B");
        account.delete("/api/v2/persons/1");
        account
    };
    assert_eq!(deleted("").get("/api/v2/persons/1").status, 200);
    assert_eq!(
        deleted("deleted_records_vanish")
            .get("/api/v2/persons/1")
            .status,
        404
    );
    let change = json!({"name": "C D"});
    assert_eq!(deleted("").patch("/api/v2/persons/1", &change).status, 404);
    assert_eq!(
        deleted("deleted_records_refuse_changes")
            .patch("/api/v2/persons/1", &change)
            .status,
        400
    );
    assert_eq!(deleted("").delete("/api/v2/persons/1").status, 404);
    assert_eq!(
        deleted("deletes_can_be_repeated")
            .delete("/api/v2/persons/1")
            .data()["id"],
        1
    );
    assert_eq!(deleted("").get("/api/v2/persons?ids=1").data(), json!([]));
    let listed = deleted("deleted_records_are_listed_by_ids")
        .get("/api/v2/persons?ids=1")
        .data();
    assert_eq!(listed[0]["is_deleted"], true);
}

#[test]
fn missing_records_may_be_named() {
    let seen = account_where("missing_records_are_named").get("/api/v2/persons/9");
    assert_eq!(
        (seen.status, &seen.json()["error"]),
        (404, &json!("Person not found"))
    );
}

#[test]
fn times_may_have_milliseconds() {
    let mut account = account_where("times_have_milliseconds");
    account.person("A B");
    let shown = account.get("/api/v2/persons/1").data();
    assert_eq!(
        (&shown["add_time"], &shown["update_time"]),
        (&json!("2026-01-14T10:00:00.000Z"), &Value::Null)
    );
}

#[test]
fn times_of_change_may_be_there_from_the_start_or_be_stood_in_for() {
    let mut account = account_where("new_records_have_an_update_time");
    account.person("A B");
    assert_eq!(
        account.get("/api/v2/persons/1").data()["update_time"],
        "2026-01-14T10:00:00Z"
    );

    let path = "/api/v2/persons?updated_since=2026-01-14T10:00:00Z&sort_by=update_time";
    let mut account = Account::new();
    account.person("A B");
    assert_eq!(account.get(path).data(), json!([]));
    let mut account = account_where("unchanged_records_match_by_add_time");
    account.person("A B");
    assert_eq!(account.get(path).data()[0]["id"], 1);
    let later = "/api/v2/persons?updated_since=2026-01-14T10:00:01Z";
    assert_eq!(account.get(later).data(), json!([]));
}

#[test]
fn an_idle_change_may_move_the_time_but_fires_nothing() {
    let mut account = account_where("idle_changes_move_the_time");
    account.subscribe();
    account.person("A B");
    account.received();
    account.pass_seconds(60);
    let seen = account.patch("/api/v2/persons/1", &json!({"name": "A B"}));
    assert_eq!(seen.data()["update_time"], "2026-01-14T10:01:00Z");
    assert!(account.received().is_empty());
}

#[test]
fn addresses_without_a_host_may_be_refused() {
    let body = json!({"name": "A B", "emails": [{"value": "nobody"}]});
    assert_eq!(Account::new().post("/api/v2/persons", &body).status, 200);
    account_where("invalid_emails_are_refused")
        .post("/api/v2/persons", &body)
        .refused_for("e-mail");
}

#[test]
fn webhooks_may_go_without_a_name_and_be_seen_by_all() {
    let body = json!({"subscription_url": "https://x.example.com/", "event_action": "*", "event_object": "*"});
    assert_eq!(Account::new().post("/v1/webhooks", &body).status, 400);
    let mut account = account_where("webhooks_need_no_name");
    assert_eq!(account.post("/v1/webhooks", &body).data()["name"], "");

    for (switches, count) in [
        (json!({}), 0),
        (json!({"webhooks_of_all_users_are_listed": true}), 1),
    ] {
        let mut account = Account::with(PipedriveConfig {
            switches: Switches::read(&switches.to_string()).unwrap(),
            ..PipedriveConfig::default()
        });
        account.subscribe();
        account.emulator.add_token_of("other", 12);
        let request = http::Request::get("/v1/webhooks").header("x-api-token", "other");
        let seen = account.send(&request.body(bytes::Bytes::new()).unwrap());
        assert_eq!(seen.data().as_array().unwrap().len(), count);
    }
}

#[test]
fn events_may_tell_less_or_more() {
    let events = |key: &str| {
        let mut account = if key.is_empty() {
            Account::new()
        } else {
            account_where(key)
        };
        account.subscribe();
        account.person("A B");
        account.patch("/api/v2/persons/1", &json!({"name": "C D"}));
        account.pass_seconds(60);
        account.patch("/api/v2/persons/1", &json!({"name": "E F"}));
        account.received()
    };
    let usual = events("");
    assert!(usual[0]["data"].get("label").is_some());
    assert_eq!(usual[2]["previous"].get("update_time"), None);
    let fewer = events("person_events_have_no_single_label");
    assert_eq!(fewer[0]["data"].get("label"), None);
    assert!(fewer[0]["data"].get("label_ids").is_some());
    let more = events("previous_tells_the_time");
    assert_eq!(more[2]["previous"]["update_time"], "2026-01-14T10:00:00Z");
}

#[test]
fn a_retry_may_have_an_id_of_its_own() {
    for (key, same) in [("", true), ("event_ids_change_with_attempts", false)] {
        let mut account = if key.is_empty() {
            Account::new()
        } else {
            account_where(key)
        };
        account.subscribe();
        account.person("A B");
        let first = account.answered_with(WebhookOutcome::Answered(500));
        account.pass_seconds(4);
        let second = account.received();
        assert_eq!(first[0]["meta"]["id"] == second[0]["meta"]["id"], same);
        assert_eq!(second[0]["meta"]["attempt"], 2);
    }
}

#[test]
fn a_success_may_forgive_the_failures_before_it() {
    for (key, bans) in [("", 1), ("successes_forgive_failures", 0)] {
        let mut account = if key.is_empty() {
            Account::new()
        } else {
            account_where(key)
        };
        account.subscribe();
        for round in 0..11 {
            account.person("A B");
            let outcome = if round == 9 { 200 } else { 500 };
            account.answered_with(WebhookOutcome::Answered(outcome));
            account.pass_seconds(1);
        }
        assert_eq!(account.emulator.counters().webhooks.bans, bans, "{key}");
    }
}
