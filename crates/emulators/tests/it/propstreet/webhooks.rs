//! Subscriptions, deliveries, retries and faults on the way.

use std::collections::BTreeSet;

use super::{COMPANIES, CONTACTS, HOOKS, LINKS, Org, Told, ann};
use emulators::faults::{CallMatch, Fault};
use emulators::propstreet::{PropstreetSettings, WebhookManner};
use emulators::{Emulator, Moment, WebhookAttempt, WebhookOutcome};
use serde_json::{Value, json};

fn subscribe(org: &mut Org, events: &[&str]) -> Told {
    org.post(
        HOOKS,
        &json!({"url": "http://127.0.0.1:9/in", "events": events}),
    )
    .expect(201)
}

pub(crate) fn everything(org: &mut Org) -> Told {
    let events: Vec<String> = ["contact", "company", "link"]
        .iter()
        .flat_map(|entity| ["created", "updated", "deleted"].map(|kind| format!("{entity}.{kind}")))
        .collect();
    subscribe(org, &events.iter().map(String::as_str).collect::<Vec<_>>())
}

fn due(org: &mut Org) -> Vec<WebhookAttempt> {
    org.emulator.due_webhooks(Moment(org.now))
}

fn ended(org: &mut Org, attempt: &WebhookAttempt, outcome: WebhookOutcome) {
    org.emulator
        .webhook_answered(attempt.attempt, outcome, Moment(org.now));
}

fn body(attempt: &WebhookAttempt) -> Value {
    serde_json::from_slice(&attempt.body).unwrap()
}

fn names(attempts: &[WebhookAttempt]) -> Vec<String> {
    attempts
        .iter()
        .map(|attempt| body(attempt)["type"].as_str().unwrap().to_owned())
        .collect()
}

/// The names of the events that are due.
pub(crate) fn due_names(org: &mut Org) -> Vec<String> {
    names(&due(org))
}

fn header<'a>(attempt: &'a WebhookAttempt, name: &str) -> &'a str {
    attempt.headers.get(name).unwrap().to_str().unwrap()
}

fn is_genuine(attempt: &WebhookAttempt, secret: &str) -> bool {
    let signer = standardwebhooks::Webhook::new(secret).unwrap();
    let seconds = header(attempt, "webhook-timestamp").parse().unwrap();
    let signed = signer
        .sign(header(attempt, "webhook-id"), seconds, &attempt.body)
        .unwrap();
    // As the public library's own check does: any of them may fit.
    let mut given = header(attempt, "webhook-signature").split(' ');
    given.any(|given| given == signed)
}

#[test]
fn only_https_is_called_but_for_this_machine() {
    let mut org = Org::new();
    let mut status = |url: &str| {
        org.post(HOOKS, &json!({"url": url, "events": ["contact.created"]}))
            .status
    };
    for fine in [
        "https://hooks.example.com/a",
        "http://127.0.0.1:8080/a",
        "http://localhost/a",
        "http://[::1]:80/a",
    ] {
        assert_eq!(status(fine), 201, "{fine}");
    }
    for wrong in [
        "http://hooks.example.com/a",
        "http://10.0.0.1/a",
        "ftp://127.0.0.1/a",
        "http://127.0.0.1.example.com/",
        "a",
    ] {
        assert_eq!(status(wrong), 400, "{wrong}");
    }
}

#[test]
fn fifteen_events_are_known_and_no_wildcard() {
    let mut org = Org::new();
    let mut status = |events: Value| {
        org.post(
            HOOKS,
            &json!({"url": "https://a.example.com", "events": events}),
        )
        .status
    };
    for entity in ["contact", "company", "link", "project", "prospect"] {
        for kind in ["created", "updated", "deleted"] {
            assert_eq!(status(json!([format!("{entity}.{kind}")])), 201);
        }
    }
    for wrong in [
        json!(["contact.*"]),
        json!(["*"]),
        json!(["property.created"]),
        json!([]),
        json!("contact.created"),
    ] {
        assert_eq!(status(wrong.clone()), 400, "{wrong}");
    }
}

#[test]
fn the_secret_is_shown_once() {
    let mut org = Org::new();
    let made = subscribe(&mut org, &["contact.created"]);
    assert!(made.body["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(made.body["enabled"], true);
    let path = format!("{HOOKS}/{}", made.id());
    assert!(org.get(&path).expect(200).body.get("secret").is_none());
    assert!(org.get(HOOKS).body["data"][0].get("secret").is_none());
    let told = org
        .patch(&path, &json!({"name": "Sync", "events": ["link.deleted"]}))
        .expect(200);
    assert_eq!(told.body["name"], "Sync");
    org.delete(&path).expect(204);
    org.get(&path).expect(404);
    assert_ne!(subscribe(&mut org, &["contact.created"]).id(), made.id());
}

#[test]
fn a_delivery_is_signed_and_carries_the_record() {
    let mut org = Org::new();
    let secret = subscribe(&mut org, &["contact.created"]).body["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    let made = org.post(CONTACTS, &ann()).expect(201);
    let attempts = due(&mut org);
    assert_eq!(attempts.len(), 1);
    assert!(is_genuine(&attempts[0], &secret));
    let told = body(&attempts[0]);
    assert_eq!(told["event"], "contact.created");
    assert_eq!(told["type"], "contact.created");
    assert_eq!(told["id"], header(&attempts[0], "webhook-id"));
    assert_eq!(told["data"], made.body);
    assert!(told["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(attempts[0].timeout_millis, 10_000);
}

#[test]
fn while_a_secret_is_replaced_deliveries_are_signed_with_both() {
    let mut org = Org::new();
    let made = subscribe(&mut org, &["contact.created"]);
    let (id, old) = (made.id(), made.body["secret"].as_str().unwrap().to_owned());
    let new = org.emulator.rotate_webhook_secret(&id, true).unwrap();
    let fits = |org: &mut Org| {
        org.contact(&json!({"firstName": "Ann"}));
        let attempt = due(org).remove(0);
        [&old, &new].map(|secret| is_genuine(&attempt, secret))
    };
    assert_eq!(fits(&mut org), [true, true]);
    org.emulator.drop_former_webhook_secret(&id);
    assert_eq!(fits(&mut org), [false, true]);
}

#[test]
fn a_link_announces_itself_and_both_ends() {
    let mut org = Org::new();
    let contact = org.contact(&ann());
    let company = org.company("Fjord Kapital AB");
    everything(&mut org);
    let link = org.link(&contact, &company);
    let told: BTreeSet<String> = names(&due(&mut org)).into_iter().collect();
    assert_eq!(
        told,
        ["company.updated", "contact.updated", "link.created"]
            .map(str::to_owned)
            .into()
    );
    org.delete(&format!("{CONTACTS}/{contact}")).expect(204);
    let told: BTreeSet<String> = names(&due(&mut org)).into_iter().collect();
    assert_eq!(
        told,
        ["company.updated", "contact.deleted", "link.deleted"]
            .map(str::to_owned)
            .into()
    );
    org.get(&format!("{LINKS}/{link}")).expect(404);
    org.delete(&format!("{COMPANIES}/{company}")).expect(204);
    assert_eq!(names(&due(&mut org)), ["company.deleted"]);
}

#[test]
fn no_event_follows_a_refusal_a_repeat_or_a_change_of_nothing() {
    let mut org = Org::new();
    let key = [("idempotency-key", "k")];
    let id = org.call("POST", CONTACTS, &key, &ann()).expect(201).id();
    everything(&mut org);
    org.call("POST", CONTACTS, &key, &ann()).expect(201);
    org.patch(&format!("{CONTACTS}/{id}"), &json!({"firstName": "Ann"}))
        .expect(200);
    org.post(CONTACTS, &ann()).expect(409);
    assert!(due(&mut org).is_empty());
}

#[test]
fn a_quiet_edit_sends_nothing_and_a_loud_one_does() {
    let mut org = Org::new();
    everything(&mut org);
    let now = org.now();
    let id = org.emulator.add_contact_quietly(&ann(), now).unwrap();
    assert!(due(&mut org).is_empty());
    org.emulator
        .edit_contact(&id, &json!({"firstName": "Anna"}), now)
        .unwrap();
    assert_eq!(names(&due(&mut org)), ["contact.updated"]);
}

#[test]
fn nine_attempts_are_made_with_growing_waits_under_one_id() {
    let mut org = Org::with(PropstreetSettings {
        webhook_failures_max: 100,
        ..PropstreetSettings::default()
    });
    let hook = subscribe(&mut org, &["contact.created"]).id();
    org.contact(&ann());
    let mut waits = Vec::new();
    let mut ids = BTreeSet::new();
    while let Some(Moment(next)) = org.emulator.next_due() {
        waits.push((next - org.now).max(0) / 1_000);
        org.now = org.now.max(next);
        let attempts = due(&mut org);
        ids.insert(header(&attempts[0], "webhook-id").to_owned());
        ended(&mut org, &attempts[0], WebhookOutcome::Answered(500));
    }
    assert_eq!(
        waits,
        [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000, 36_000]
    );
    assert_eq!(ids.len(), 1);
    org.sign_in();
    let told = org
        .get(&format!("{HOOKS}/{hook}/deliveries"))
        .expect(200)
        .body["data"][0]
        .clone();
    assert_eq!(told["status"], "exhausted");
    assert_eq!(told["attemptCount"], 9);
    assert_eq!(told["lastStatusCode"], 500);
}

#[test]
fn ten_failures_in_a_row_switch_a_subscription_off_and_events_are_lost() {
    let mut org = Org::new();
    let hook = subscribe(&mut org, &["company.created"]).id();
    for number in 0..10 {
        let enabled = org.get(&format!("{HOOKS}/{hook}")).body["enabled"].clone();
        assert_eq!(enabled, true, "{number}");
        org.company(&format!("Fjord {number}"));
        let attempts = due(&mut org);
        ended(&mut org, &attempts[0], WebhookOutcome::TimedOut);
    }
    assert_eq!(org.get(&format!("{HOOKS}/{hook}")).body["enabled"], false);
    org.company("Lost to the hook");
    assert_eq!(org.emulator.next_due(), None);
    org.patch(&format!("{HOOKS}/{hook}"), &json!({"enabled": true}))
        .expect(200);
    assert!(due(&mut org).is_empty());
    let since = json!({"since": "2020-01-01T00:00:00Z"});
    let told = org
        .post(&format!("{HOOKS}/{hook}/replay"), &since)
        .expect(200);
    assert_eq!(told.body["replayed_count"], 10);
    assert_eq!(due(&mut org).len(), 10);
}

#[test]
fn a_success_between_failures_starts_the_count_again() {
    let mut org = Org::new();
    let hook = subscribe(&mut org, &["company.created"]).id();
    for number in 0..19 {
        org.company(&format!("Fjord {number}"));
        let attempts = due(&mut org);
        let outcome = if number == 9 {
            WebhookOutcome::Answered(204)
        } else {
            WebhookOutcome::Answered(301)
        };
        ended(&mut org, &attempts[0], outcome);
    }
    assert_eq!(org.get(&format!("{HOOKS}/{hook}")).body["enabled"], true);
}

#[test]
fn gone_switches_a_subscription_off_at_once() {
    let mut org = Org::new();
    let hook = subscribe(&mut org, &["contact.created"]).id();
    org.contact(&ann());
    let attempts = due(&mut org);
    ended(&mut org, &attempts[0], WebhookOutcome::Answered(410));
    assert_eq!(org.get(&format!("{HOOKS}/{hook}")).body["enabled"], false);
    assert_eq!(org.emulator.next_due(), None);
}

#[test]
fn a_call_under_way_when_its_subscription_is_switched_off_is_not_repeated() {
    let mut org = Org::new();
    subscribe(&mut org, &["company.created"]);
    org.company("Fjord Kapital AB");
    org.company("Lindaholm A/S");
    let attempts = due(&mut org);
    ended(&mut org, &attempts[0], WebhookOutcome::Answered(410));
    ended(&mut org, &attempts[1], WebhookOutcome::Unreachable);
    assert_eq!(org.emulator.next_due(), None);
}

#[test]
fn a_trial_is_marked_and_not_kept() {
    let mut org = Org::new();
    let hook = subscribe(&mut org, &["contact.created"]).id();
    let path = format!("{HOOKS}/{hook}/test");
    org.post(&path, &json!({"event_type": "contact.moved"}))
        .expect(400);
    assert_eq!(
        org.post(&path, &json!({"event_type": "contact.updated"}))
            .expect(200)
            .body["success"],
        true
    );
    let attempts = due(&mut org);
    assert_eq!(header(&attempts[0], "x-propstreet-test"), "true");
    ended(&mut org, &attempts[0], WebhookOutcome::Answered(500));
    assert_eq!(
        org.get(&format!("{HOOKS}/{hook}/deliveries")).body["data"],
        json!([])
    );
    assert_eq!(org.emulator.next_due(), None);
}

#[test]
fn lifelike_deliveries_come_late_in_another_order_and_some_twice() {
    let manner = WebhookManner {
        delay_millis_max: 1_000,
        doubled_per_mille: 200,
    };
    let mut org = Org::with(PropstreetSettings {
        webhooks: manner,
        ..PropstreetSettings::default()
    });
    subscribe(&mut org, &["company.created"]);
    let made: Vec<String> = (0..50)
        .map(|number| org.company(&format!("Fjord {number}")))
        .collect();
    org.now += 3_000;
    let attempts = due(&mut org);
    let told: Vec<String> = attempts
        .iter()
        .map(|attempt| body(attempt)["data"]["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(told.len() > made.len());
    assert_ne!(told[..made.len()], made[..]);
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), made.len());
}

#[test]
fn webhook_faults_drop_double_delay_and_forge() {
    let mut org = Org::new();
    let secret = subscribe(&mut org, &["contact.created"]).body["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut sent = |fault: Fault, wait: i64| {
        org.emulator
            .faults
            .next(fault, CallMatch::prefix("contact."));
        org.contact(&json!({"firstName": "Ann"}));
        let at_once = due(&mut org).len();
        org.now += wait;
        (at_once, due(&mut org))
    };
    assert_eq!(sent(Fault::WebhookDrop, 60_000).0, 0);
    assert_eq!(sent(Fault::WebhookDuplicate, 0).0, 2);
    let (at_once, later) = sent(Fault::WebhookDelay { millis: 900 }, 900);
    assert_eq!((at_once, later.len()), (0, 1));
    org.emulator
        .faults
        .next(Fault::WebhookForge, CallMatch::any());
    org.contact(&json!({"firstName": "Bo"}));
    let genuine: Vec<bool> = due(&mut org)
        .iter()
        .map(|attempt| is_genuine(attempt, &secret))
        .collect();
    assert_eq!(genuine.iter().filter(|genuine| **genuine).count(), 1);
    assert_eq!(genuine.len(), 2);
}
