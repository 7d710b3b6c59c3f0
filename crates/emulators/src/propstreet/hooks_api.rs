//! The calls that manage webhooks.
//!
//! In: calls. Out: subscriptions and answers. A secret is shown once, when the subscription is made. A trial is queued and
//! answered before it has been made, so its answer tells that it was sent and not how it ended.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde_json::Value;

use super::call::{Call, Reply};
use super::delivery::{Delivery, Subscription};
use super::fields::{Fields, Given, Reading};
use super::hooks::{Hooks, Sending};
use super::json;
use super::lists::envelope;
use super::problem::{Refused, invalid, not_found};

const URL_MAX: usize = 2_000;
const NAME_MAX: usize = 255;
const EVENTS_MAX: usize = 15;
const REPLAYED_MAX: usize = 100;
const LISTED_MAX: usize = 500;
const ENTITIES: [&str; 5] = ["contact", "company", "link", "project", "prospect"];
const KINDS: [&str; 3] = ["created", "updated", "deleted"];

/// What a body says of a subscription.
#[derive(Debug)]
struct HookInput {
    url: Given<String>,
    events: Option<Vec<String>>,
    name: Given<String>,
    enabled: Given<bool>,
}

impl HookInput {
    fn read(body: &Value, known: &[&str], reading: Reading<'_>) -> Result<Self, Refused> {
        let mut fields = Fields::of(body, known, reading.strict)?;
        let url = fields.shaped("url", URL_MAX, "This must be an https address.", |url| {
            may_be_called(url).then(|| url.to_owned())
        });
        let mut events = None;
        if let Given::Set(items) = fields.items("events", EVENTS_MAX) {
            let names: Vec<String> = items
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            if names.len() != items.len()
                || names.is_empty()
                || !names
                    .iter()
                    .all(|name| is_event(name) && takes_event(name, reading))
            {
                fields.wrong("events", "Each must be the name of an event, such as contact.updated; there must be one.");
            }
            events = Some(names);
        }
        let input = Self {
            url,
            events,
            name: fields.text("name", NAME_MAX),
            enabled: fields.flag("enabled"),
        };
        fields.finish()?;
        Ok(input)
    }
}

/// By one of two readings there are no events of projects and prospects.
fn takes_event(name: &str, reading: Reading<'_>) -> bool {
    !(reading.switches.project_events_are_unknown && name.starts_with("pro"))
}

fn is_event(name: &str) -> bool {
    name.split_once('.')
        .is_some_and(|(entity, kind)| ENTITIES.contains(&entity) && KINDS.contains(&kind))
}

/// HTTPS anywhere; plain HTTP on this machine alone.
fn may_be_called(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return false;
    };
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        return false;
    };
    match uri.scheme_str() {
        Some("https") => true,
        Some("http") => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost"
                || bare
                    .parse::<IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        Some(_) | None => false,
    }
}

fn unknown_hook() -> Refused {
    not_found("There is no such webhook.")
}

fn write(out: &mut String, hook: &Subscription, secret: Option<&str>) {
    out.push_str("{\"id\":");
    json::id(out, hook.id);
    json::key_text(out, "url", Some(&hook.url));
    json::key(out, "events");
    json::list(out, '[', &hook.events, |out, event| json::text(out, event));
    json::key_text(out, "name", hook.name.as_deref());
    json::key_bool(out, "enabled", hook.enabled);
    json::key_time(out, "createdUtc", Some(hook.created));
    if secret.is_some() {
        json::key_text(out, "secret", secret);
    }
    out.push('}');
}

fn shown(hook: &Subscription, secret: Option<&str>) -> Reply {
    let mut out = String::with_capacity(256);
    write(&mut out, hook, secret);
    Reply::ok(out)
}

/// Whether a new subscription is to tell of projects.
pub(super) fn asks_for_projects(call: &Call<'_>) -> Result<bool, Refused> {
    let input = HookInput::read(&call.json()?, &["url", "events", "name"], call.reading)?;
    let events = input.events.unwrap_or_default();
    Ok(events.iter().any(|event| event.starts_with("pro")))
}

pub(super) fn post(
    hooks: &mut Hooks,
    call: &Call<'_>,
    sending: &mut Sending<'_>,
) -> Result<Reply, Refused> {
    call.only_parameters(&[])?;
    let input = HookInput::read(&call.json()?, &["url", "events", "name"], call.reading)?;
    let url = input
        .url
        .value()
        .cloned()
        .ok_or_else(|| invalid("url", "This is required."))?;
    let events = input
        .events
        .ok_or_else(|| invalid("events", "This is required."))?;
    call.refuse_taken_key()?;
    let hook = Subscription {
        id: hooks.take_subscription_id(),
        url,
        events,
        name: input.name.value().cloned(),
        enabled: true,
        created: call.when.at,
        secret: new_secret(sending.rng),
        former_secret: None,
        failures_in_a_row: 0,
    };
    let reply = shown(&hook, Some(&hook.secret)).made(format!("/api/v1/webhooks/{}", hook.id));
    hooks.subscriptions.insert(hook.id, hook);
    Ok(reply)
}

/// A secret as it is shown.
pub(super) fn new_secret(rng: &mut ChaCha8Rng) -> String {
    let key: [u8; 24] = rng.random();
    format!("whsec_{}", STANDARD.encode(key))
}

pub(super) fn list(hooks: &Hooks, call: &Call<'_>) -> Result<Reply, Refused> {
    call.only_parameters(&["page_size", "cursor"])?;
    let all: Vec<&Subscription> = hooks.subscriptions.values().collect();
    Ok(listed(call, |out| {
        write_items(out, &all, |out, hook| write(out, hook, None))
    }))
}

/// A list that is never longer than one page.
fn listed(call: &Call<'_>, write_items: impl FnOnce(&mut String)) -> Reply {
    if !call.reading.switches.webhooks_are_listed_bare {
        return Reply::ok(envelope(LISTED_MAX, None, write_items));
    }
    let mut out = String::from("[");
    write_items(&mut out);
    out.push(']');
    Reply::ok(out)
}

fn write_items<T>(out: &mut String, items: &[T], write: impl Fn(&mut String, &T)) {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write(out, item);
    }
}

pub(super) fn get(hooks: &Hooks, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let hook = hooks.subscriptions.get(&id).ok_or_else(unknown_hook)?;
    call.only_parameters(&[])?;
    Ok(shown(hook, None))
}

pub(super) fn patch(hooks: &mut Hooks, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    hooks.subscriptions.get(&id).ok_or_else(unknown_hook)?;
    call.only_parameters(&[])?;
    let input = HookInput::read(
        &call.json()?,
        &["url", "events", "name", "enabled"],
        call.reading,
    )?;
    let hook = hooks.subscriptions.get_mut(&id).ok_or_else(unknown_hook)?;
    if let Given::Set(url) = input.url {
        hook.url = url;
    }
    if let Some(events) = input.events {
        hook.events = events;
    }
    input.name.put_into(&mut hook.name);
    if let Given::Set(enabled) = input.enabled {
        hook.enabled = enabled;
        hook.failures_in_a_row = 0;
    }
    let (reply, enabled) = (shown(hook, None), hook.enabled);
    if !enabled {
        hooks.fail_pending(id);
    }
    Ok(reply)
}

pub(super) fn delete(hooks: &mut Hooks, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    hooks.subscriptions.get(&id).ok_or_else(unknown_hook)?;
    call.only_parameters(&[])?;
    hooks.fail_pending(id);
    hooks.subscriptions.remove(&id);
    hooks
        .deliveries
        .retain(|_, delivery| delivery.subscription != id);
    Ok(Reply::nothing())
}

pub(super) fn try_out(
    hooks: &mut Hooks,
    id: u64,
    call: &Call<'_>,
    sending: &mut Sending<'_>,
) -> Result<Reply, Refused> {
    hooks.subscriptions.get(&id).ok_or_else(unknown_hook)?;
    call.only_parameters(&[])?;
    let body = call.json()?;
    let mut fields = Fields::of(&body, &["event_type"], call.reading.strict)?;
    let event = fields.shaped("event_type", NAME_MAX, "This is no event.", |name| {
        is_event(name).then(|| name.to_owned())
    });
    fields.finish()?;
    let event = event
        .value()
        .ok_or_else(|| invalid("event_type", "This is required."))?;
    hooks.try_out(id, event, "{\"id\":\"0\"}", sending);
    Ok(Reply::ok(
        "{\"success\":true,\"status_code\":null,\"duration_ms\":null,\"error\":null}".to_owned(),
    ))
}

pub(super) fn replay(hooks: &mut Hooks, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    hooks.subscriptions.get(&id).ok_or_else(unknown_hook)?;
    call.only_parameters(&[])?;
    let body = call.json()?;
    let mut fields = Fields::of(&body, &["since"], call.reading.strict)?;
    let since = fields.text("since", NAME_MAX);
    fields.finish()?;
    let since = since.value().and_then(|text| json::parse_time(text));
    let since = since.ok_or_else(|| {
        invalid(
            "since",
            "This must be an ISO 8601 time with Z or an offset.",
        )
    })?;
    let count = hooks.replay(id, since, call.when.now, REPLAYED_MAX);
    Ok(Reply::ok(format!(
        "{{\"replayed_count\":{count},\"message\":\"{count} deliveries are sent again.\"}}"
    )))
}

pub(super) fn deliveries(hooks: &Hooks, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    hooks.subscriptions.get(&id).ok_or_else(unknown_hook)?;
    call.only_parameters(&["page_size", "cursor"])?;
    let newest_first: Vec<&Delivery> = hooks
        .deliveries
        .values()
        .rev()
        .filter(|delivery| delivery.subscription == id)
        .take(LISTED_MAX)
        .collect();
    Ok(listed(call, |out| {
        write_items(out, &newest_first, |out, delivery| {
            write_delivery(out, delivery)
        });
    }))
}

fn write_delivery(out: &mut String, delivery: &Delivery) {
    out.push_str("{\"id\":");
    json::id(out, delivery.id);
    json::key_text(out, "eventId", Some(&delivery.event_id));
    json::key_text(out, "eventType", Some(&delivery.event));
    json::key_text(out, "status", Some(delivery.status.name()));
    json::key_number(out, "attemptCount", i64::from(delivery.attempts));
    json::key_time(out, "createdUtc", Some(delivery.created));
    json::key_time(out, "lastAttemptUtc", delivery.last_attempt);
    json::key_time(out, "deliveredUtc", delivery.delivered);
    for (name, value) in [
        ("lastDurationMs", delivery.last_duration),
        ("lastStatusCode", delivery.last_status.map(i64::from)),
    ] {
        match value {
            Some(value) => json::key_number(out, name, value),
            None => json::key_text(out, name, None),
        }
    }
    json::key_text(out, "lastError", delivery.last_error.as_deref());
    out.push('}');
}
