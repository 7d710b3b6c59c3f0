//! Deliveries of webhooks as Pipedrive makes them, each with an event of its own.
//!
//! In: nothing. Out: whole HTTP requests, made from what the emulator sends when users edit persons. They are authentic for the
//! server of this measurement, and no two are the same event.

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use emulators::brokerage::Brokerage;
use emulators::pipedrive::{Entity, PipedriveConfig, PipedriveEmulator};
use emulators::{Emulator, Moment};
use engine::intake::webhooks::PIPEDRIVE_USER;
use http::{Method, Request};
use serde_json::{Value, json};

pub(super) const WORKSPACE: &str = "bench";
pub(super) const PATH_TOKEN: &str =
    "4c1b5f0d9e7a4c1b5f0d9e7a4c1b5f0d9e7a4c1b5f0d9e7a4c1b5f0d9e7a4c1b";
pub(super) const PASSWORD: &str =
    "a90e3d72c5b8a90e3d72c5b8a90e3d72c5b8a90e3d72c5b8a90e3d72c5b8a90e";
const PERSONS: usize = 250;
const ORGANIZATIONS: usize = 50;
const SEED: u64 = 5;
const NOW: Moment = Moment(1_790_000_000_000);

/// A delivery whose event id is filled in for each use.
#[derive(Debug, Clone)]
struct Template {
    head: String,
    before_id: String,
    after_id: String,
}

/// All deliveries to one server.
#[derive(Debug, Clone)]
pub(super) struct Deliveries {
    templates: Vec<Template>,
    pub(super) body_bytes: usize,
}

impl Deliveries {
    /// # Errors
    /// When the emulator does not send what is expected of it.
    pub(super) fn to(address: &str) -> anyhow::Result<Self> {
        let templates: Vec<Template> = bodies()?
            .iter()
            .map(|body| template(address, body))
            .collect::<anyhow::Result<_>>()?;
        anyhow::ensure!(!templates.is_empty(), "the emulator sends no webhooks");
        let bytes: usize = templates
            .iter()
            .map(|one| one.before_id.len() + one.after_id.len() + event_id(0).len())
            .sum();
        Ok(Self {
            body_bytes: bytes / templates.len(),
            templates,
        })
    }

    /// Writes the request of this number, and nothing else, into the buffer.
    pub(super) fn write(&self, number: u64, request: &mut Vec<u8>) {
        let count = u64::try_from(self.templates.len()).unwrap_or(u64::MAX);
        let place = usize::try_from(number % count).unwrap_or_default();
        let Some(template) = self.templates.get(place) else {
            return;
        };
        request.clear();
        request.extend_from_slice(template.head.as_bytes());
        request.extend_from_slice(template.before_id.as_bytes());
        request.extend_from_slice(event_id(number).as_bytes());
        request.extend_from_slice(template.after_id.as_bytes());
    }
}

/// In the form of a UUID.
fn event_id(number: u64) -> String {
    format!(
        "{:08x}-77aa-4b1c-9d3e-{:012x}",
        number % 0xffff_ffff,
        number
    )
}

fn bodies() -> anyhow::Result<Vec<String>> {
    let mut emulator = PipedriveEmulator::new(PipedriveConfig::default());
    emulator.seed(&Brokerage::generate(SEED, ORGANIZATIONS, PERSONS), NOW);
    let registration = json!({
        "name": "bench", "subscription_url": "http://127.0.0.1:9/", "event_action": "*", "event_object": "*", "version": "2.0",
        "http_auth_user": PIPEDRIVE_USER, "http_auth_password": PASSWORD,
    });
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/webhooks")
        .header("x-api-token", &emulator.config().token)
        .header("content-type", "application/json")
        .body(Bytes::from(registration.to_string()))?;
    let answer = emulator.answer(&request, NOW).response;
    let said = String::from_utf8_lossy(answer.body()).into_owned();
    anyhow::ensure!(
        answer.status().is_success(),
        "the emulator registers no webhook: {said}"
    );
    let later = NOW.plus_millis(1_000);
    let people: Vec<i64> = emulator
        .record_ids(Entity::Person)
        .map(|(id, _)| id)
        .collect();
    for person in people {
        let fields = json!({"phones": [{"value": format!("+4670{:07}", 1_000_000 + person), "label": "work", "primary": true}]});
        emulator
            .screen(later)
            .edit(Entity::Person, person, &fields)?;
    }
    let attempts = emulator.due_webhooks(later);
    Ok(attempts
        .iter()
        .map(|attempt| String::from_utf8_lossy(&attempt.body).into_owned())
        .collect())
}

fn template(address: &str, body: &str) -> anyhow::Result<Template> {
    let read: Value = serde_json::from_str(body)?;
    let id = read["meta"]["id"]
        .as_str()
        .context("the emulator's events have ids")?;
    let place = body.find(id).context("an id is where it was read")?;
    let (before_id, after_id) = (&body[..place], &body[place + id.len()..]);
    let length = before_id.len() + after_id.len() + event_id(0).len();
    let basic = STANDARD.encode(format!("{PIPEDRIVE_USER}:{PASSWORD}"));
    Ok(Template {
        head: format!(
            "POST /webhooks/{WORKSPACE}/pipedrive/{PATH_TOKEN} HTTP/1.1\r\nhost: {address}\r\nuser-agent: Pipedrive Webhooks\r\n\
             content-type: application/json\r\nauthorization: Basic {basic}\r\ncontent-length: {length}\r\n\r\n"
        ),
        before_id: before_id.to_owned(),
        after_id: after_id.to_owned(),
    })
}
