//! The Pipedrive emulator from outside. `Account` asks it questions at a moment the test holds.

use bytes::Bytes;
use emulators::pipedrive::{PipedriveConfig, PipedriveEmulator};
use emulators::{Emulator, Fate, Moment, WebhookAttempt, WebhookOutcome};
use http::{HeaderMap, Request};
use serde_json::{Value, json};

mod activities;
mod deal_events;
mod deals;
mod deliveries;
mod face;
mod fields;
mod followers;
mod hostile;
mod leads;
mod leniency;
mod limits;
mod lists;
mod notes;
mod oauth;
mod office;
mod older;
mod participants;
mod pipelines;
mod products;
mod retired;
mod scopes;
mod screen;
mod search;
mod seeding;
mod shapes;
mod speed;
mod switches;
mod verbs;
mod visibility;
mod webhooks;
mod writes;

/// 2026-01-14T10:00:00Z.
pub(crate) const START: i64 = 1_768_384_800_000;

/// One answer, read.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) fate: Fate,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    pub(crate) fn id(&self) -> i64 {
        assert_eq!(self.status, 200, "{}", self.text);
        self.data()["id"].as_i64().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Refused by validation, for a reason that has these words.
    pub(crate) fn refused_for(&self, words: &str) {
        let body = self.json();
        assert_eq!(self.status, 400, "{}", self.text);
        assert_eq!(
            body["code"], "ERR_SCHEMA_VALIDATION_FAILED",
            "{}",
            self.text
        );
        assert!(
            body["error"].as_str().unwrap().contains(words),
            "{} lacks {words}",
            self.text
        );
    }
}

/// A company and the moment it is.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) emulator: PipedriveEmulator,
    pub(crate) now: Moment,
}

impl Account {
    pub(crate) fn new() -> Self {
        Self::with(PipedriveConfig::default())
    }

    pub(crate) fn with(config: PipedriveConfig) -> Self {
        Self {
            emulator: PipedriveEmulator::new(config),
            now: Moment(START),
        }
    }

    pub(crate) fn pass_millis(&mut self, millis: i64) {
        self.now = self.now.plus_millis(millis);
    }

    /// Leaves the burst window behind.
    pub(crate) fn pass_seconds(&mut self, seconds: i64) {
        self.pass_millis(seconds * 1_000);
    }

    pub(crate) fn send(&mut self, request: &Request<Bytes>) -> Seen {
        let answer = self.emulator.answer(request, self.now);
        let (head, body) = answer.response.into_parts();
        let path = request.uri().path();
        if matches!(answer.fate, Fate::Arrives { .. }) && !path.starts_with("/_emulator/") {
            let status = head.status.as_u16();
            conformance::expect_published(request.method().as_str(), path, status, &body);
        }
        Seen {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
            fate: answer.fate,
        }
    }

    pub(crate) fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> Seen {
        let token = self.emulator.config().token.clone();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-api-token", token)
            .header("content-type", "application/json")
            .body(
                body.map(|body| Bytes::from(body.to_string()))
                    .unwrap_or_default(),
            )
            .unwrap();
        self.send(&request)
    }

    pub(crate) fn get(&mut self, path: &str) -> Seen {
        self.call("GET", path, None)
    }

    /// An answer that is not held against what is published, because the vendor is one that deviates.
    pub(crate) fn deviating(&mut self, path: &str) -> Value {
        let token = self.emulator.config().token.clone();
        let request = Request::get(path).header("x-api-token", token);
        let answer = self
            .emulator
            .answer(&request.body(Bytes::new()).unwrap(), self.now);
        serde_json::from_slice(answer.response.body()).unwrap()
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Seen {
        self.call("POST", path, Some(body))
    }

    pub(crate) fn patch(&mut self, path: &str, body: &Value) -> Seen {
        self.call("PATCH", path, Some(body))
    }

    pub(crate) fn delete(&mut self, path: &str) -> Seen {
        self.call("DELETE", path, None)
    }

    pub(crate) fn person(&mut self, name: &str) -> i64 {
        self.post("/api/v2/persons", &json!({"name": name})).id()
    }

    pub(crate) fn organization(&mut self, name: &str) -> i64 {
        self.post("/api/v2/organizations", &json!({"name": name}))
            .id()
    }

    /// A new custom field of persons; its code.
    pub(crate) fn person_field(&mut self, field: &Value) -> String {
        let made = self.post("/api/v2/personFields", field);
        assert_eq!(made.status, 200, "{}", made.text);
        made.data()["field_code"].as_str().unwrap().to_owned()
    }

    /// A webhook for everything.
    pub(crate) fn subscribe(&mut self) -> i64 {
        let body = json!({
            "subscription_url": "https://sync.example.com/hook", "event_action": "*", "event_object": "*", "name": "all",
            "version": "2.0", "http_auth_user": "pd", "http_auth_password": "sesame"
        });
        let made = self.post("/v1/webhooks", &body);
        assert_eq!(made.status, 201, "{}", made.text);
        made.data()["id"].as_i64().unwrap()
    }

    pub(crate) fn due(&mut self) -> Vec<WebhookAttempt> {
        self.emulator.due_webhooks(self.now)
    }

    /// Payloads due now, all answered with 200.
    pub(crate) fn received(&mut self) -> Vec<Value> {
        self.answered_with(WebhookOutcome::Answered(200))
    }

    pub(crate) fn answered_with(&mut self, outcome: WebhookOutcome) -> Vec<Value> {
        let due = self.due();
        let mut payloads = Vec::new();
        for attempt in due {
            payloads.push(serde_json::from_slice(&attempt.body).unwrap());
            self.emulator
                .webhook_answered(attempt.attempt, outcome, self.now);
        }
        payloads
    }
}

/// The keys of an object, in the order of the text.
pub(crate) fn keys_in_order(text: &str, keys: &[&str]) {
    let mut from = 0;
    for key in keys {
        let quoted = format!("\"{key}\":");
        let place = text[from..].find(&quoted);
        assert!(
            place.is_some(),
            "{key} is missing or out of order in {text}"
        );
        from += place.unwrap() + quoted.len();
    }
}

pub(crate) fn key_set(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}
