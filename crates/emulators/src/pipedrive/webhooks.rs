//! Webhooks: who subscribed to what, and the calls that are waiting to be made.
//!
//! In: events, the outcome of calls, faults. Out: the calls due now, with the vendor's retries, ban and removal. Payloads
//! carry both halves of a change as the vendor shapes them; there is no signature, only Basic authentication. It never
//! calls anyone itself.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::config::Delivery as DeliveryMode;
use super::counters::WebhookCounters;
use super::json::{Json, rfc3339_millis};
use super::switches::Switches;
use crate::answer::{WebhookAttempt, WebhookOutcome};
use crate::faults::Fault;

/// How long the vendor waits for the receiver.
const TIMEOUT_MILLIS: i64 = 10_000;
/// How long after a failed try the next one follows.
const RETRY_MILLIS: [i64; 3] = [3_000, 30_000, 150_000];
const FAILED_FIRST_TRIES_MAX: u32 = 10;
const BAN_MILLIS: i64 = 30 * 60_000;
const REMOVED_AFTER_MILLIS: i64 = 3 * 24 * 3_600_000;
const LATE_MILLIS_MAX: i64 = 3_000;
const DUPLICATE_PERCENT: u32 = 2;

/// A webhook as its owner made it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) url: String,
    /// `create`, `change`, `delete` or `*`.
    pub(super) action: String,
    /// `person`, … or `*`.
    pub(super) object: String,
    pub(super) owner_id: i64,
    pub(super) user_id: i64,
    pub(super) auth: Option<(String, String)>,
    /// Vendor's clock, milliseconds.
    pub(super) add_time: i64,
    pub(super) last_delivery_time: Option<i64>,
    pub(super) last_http_status: Option<u16>,
    pub(super) failed_first_tries: u32,
    /// Caller's clock, milliseconds; the same for the next.
    pub(super) banned_until: Option<i64>,
    pub(super) failing_since: Option<i64>,
}

impl Subscription {
    pub(super) fn wants(&self, entity: &str, action: &str) -> bool {
        (self.object == "*" || self.object == entity)
            && (self.action == "*" || self.action == action)
    }

    fn is_banned(&self, now: i64) -> bool {
        self.banned_until.is_some_and(|until| now < until)
    }
}

/// Something that happened, as receivers are told of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) correlation_id: String,
    pub(super) entity: String,
    pub(super) entity_id: EventId,
    pub(super) action: String,
    pub(super) user_id: i64,
    pub(super) source: String,
    /// Vendor's clock, milliseconds.
    pub(super) timestamp: i64,
    pub(super) merged_to: Option<i64>,
    pub(super) merged_from: Option<i64>,
    /// JSON.
    pub(super) data: String,
    /// JSON.
    pub(super) previous: String,
    /// Who may see what it is about; nothing means everyone.
    #[serde(default)]
    pub(super) permitted: Option<Vec<i64>>,
}

/// The id of what an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum EventId {
    Number(i64),
    Text(String),
}

impl fmt::Display for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) => text.fmt(formatter),
        }
    }
}

/// One event on its way to one receiver.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Waiting {
    webhook_id: i64,
    event: Event,
    attempt: u8,
    /// A stranger's: with a false content and without the right password. Nobody keeps count of those.
    forged: bool,
}

/// What every payload says about the company.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) host: String,
    pub(super) permitted_user_ids: Vec<String>,
    /// Whether each try of an event has an id of its own.
    pub(super) event_ids_change: bool,
}

/// The calls waiting and under way.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// By due time (caller's clock, milliseconds) and order of arrival.
    waiting: BTreeMap<(i64, i64), Waiting>,
    under_way: BTreeMap<u64, Waiting>,
    last_sequence: i64,
    last_attempt: u64,
    /// Whether a success sets the count of failed first tries back.
    forgives: bool,
}

impl Queue {
    pub(super) fn new(switches: &Switches) -> Self {
        Self {
            forgives: switches.successes_forgive_failures,
            ..Self::default()
        }
    }

    fn wait(&mut self, due: i64, waiting: Waiting) {
        self.last_sequence += 1;
        self.waiting.insert((due, self.last_sequence), waiting);
    }

    /// Puts an event on its way to one receiver, with what goes wrong with it.
    pub(super) fn push(
        &mut self,
        subscription: &Subscription,
        event: &Event,
        fault: Option<Fault>,
        now: i64,
        disorder: Option<&mut ChaCha8Rng>,
    ) {
        let waiting = Waiting {
            webhook_id: subscription.id,
            event: event.clone(),
            attempt: 1,
            forged: false,
        };
        let mut due = now;
        let mut twice = None;
        if let Some(random) = disorder {
            due += random.random_range(20..=LATE_MILLIS_MAX);
            if random.random_range(0..100) < DUPLICATE_PERCENT {
                twice = Some(now + random.random_range(20..=LATE_MILLIS_MAX * 2));
            }
        }
        match fault {
            Some(Fault::WebhookDrop) => return,
            Some(Fault::WebhookDelay { millis }) => due += millis,
            Some(Fault::WebhookDuplicate) => twice = Some(due),
            Some(Fault::WebhookReorder) => {
                let first = self
                    .waiting
                    .keys()
                    .next()
                    .map_or((due, 0), |first| (first.0.min(due), first.1 - 1));
                self.waiting.insert((first.0, first.1.min(-1)), waiting);
                return;
            }
            Some(Fault::WebhookForge) => {
                let mut lie = waiting.event.clone();
                "delete".clone_into(&mut lie.action);
                lie.id = lie.correlation_id.clone();
                lie.previous = std::mem::replace(&mut lie.data, "null".to_owned());
                self.wait(
                    due,
                    Waiting {
                        event: lie,
                        forged: true,
                        ..waiting.clone()
                    },
                );
            }
            Some(_) | None => {}
        }
        if let Some(twice) = twice {
            self.wait(twice, waiting.clone());
        }
        self.wait(due, waiting);
    }

    pub(super) fn next_due(&self) -> Option<i64> {
        self.waiting.keys().next().map(|(due, _)| *due)
    }

    /// Takes out the calls due now. Those of removed or banned webhooks are lost.
    pub(super) fn due(
        &mut self,
        now: i64,
        subscriptions: &BTreeMap<i64, Subscription>,
        sender: &Sender,
        counters: &mut WebhookCounters,
    ) -> Vec<WebhookAttempt> {
        let mut attempts = Vec::new();
        while let Some(first) = self
            .waiting
            .first_entry()
            .filter(|first| first.key().0 <= now)
        {
            let waiting = first.remove();
            match subscriptions.get(&waiting.webhook_id) {
                Some(subscription) if !subscription.is_banned(now) => {
                    counters.sent += 1;
                    self.last_attempt += 1;
                    attempts.push(attempt(self.last_attempt, &waiting, subscription, sender));
                    self.under_way.insert(self.last_attempt, waiting);
                }
                Some(_) => counters.lost_in_ban += 1,
                None => {}
            }
        }
        attempts
    }

    /// Notes how a call ended: what follows from a failure is a retry, a ban, or the end of the webhook.
    pub(super) fn answered(
        &mut self,
        attempt: u64,
        outcome: WebhookOutcome,
        (now, vendor_now): (i64, i64),
        subscriptions: &mut BTreeMap<i64, Subscription>,
        counters: &mut WebhookCounters,
    ) {
        let Some(waiting) = self
            .under_way
            .remove(&attempt)
            .filter(|waiting| !waiting.forged)
        else {
            return;
        };
        let Some(subscription) = subscriptions.get_mut(&waiting.webhook_id) else {
            return;
        };
        let status = match outcome {
            WebhookOutcome::Answered(status) => Some(status),
            WebhookOutcome::TimedOut | WebhookOutcome::Unreachable => None,
        };
        subscription.last_http_status = status.or(subscription.last_http_status);
        if status.is_some_and(|status| (200..300).contains(&status)) {
            counters.delivered += 1;
            subscription.last_delivery_time = Some(vendor_now);
            subscription.failing_since = None;
            if self.forgives {
                subscription.failed_first_tries = 0;
            }
            return;
        }
        counters.failed_tries += 1;
        let failing_since = *subscription.failing_since.get_or_insert(now);
        if now - failing_since >= REMOVED_AFTER_MILLIS {
            counters.removed += 1;
            subscriptions.remove(&waiting.webhook_id);
            return;
        }
        if waiting.attempt == 1 {
            subscription.failed_first_tries += 1;
            if subscription.failed_first_tries >= FAILED_FIRST_TRIES_MAX {
                subscription.failed_first_tries = 0;
                subscription.banned_until = Some(now + BAN_MILLIS);
                counters.bans += 1;
            }
        }
        match RETRY_MILLIS.get(usize::from(waiting.attempt) - 1) {
            Some(pause) => self.wait(
                now + pause,
                Waiting {
                    attempt: waiting.attempt + 1,
                    ..waiting
                },
            ),
            None => counters.given_up += 1,
        }
    }

    /// What is waiting or under way, to be kept.
    pub(super) fn save(&self) -> Vec<(i64, Waiting)> {
        let under_way = self.under_way.values().map(|waiting| (0, waiting.clone()));
        under_way
            .chain(
                self.waiting
                    .iter()
                    .map(|((due, _), waiting)| (*due, waiting.clone())),
            )
            .collect()
    }

    pub(super) fn load(saved: Vec<(i64, Waiting)>, switches: &Switches) -> Self {
        let mut queue = Self::new(switches);
        for (due, waiting) in saved {
            queue.wait(due, waiting);
        }
        queue
    }
}

/// Whether new events of a webhook are lost at this moment.
pub(super) fn is_banned(subscription: &Subscription, now: i64) -> bool {
    subscription.is_banned(now)
}

/// The random source for delays and duplicates, where the account has any.
pub(super) fn disorder(mode: DeliveryMode, random: &mut ChaCha8Rng) -> Option<&mut ChaCha8Rng> {
    match mode {
        DeliveryMode::Prompt => None,
        DeliveryMode::Disorderly => Some(random),
    }
}

fn attempt(
    attempt: u64,
    waiting: &Waiting,
    subscription: &Subscription,
    sender: &Sender,
) -> WebhookAttempt {
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static("Pipedrive Webhooks"));
    if let Some((user, password)) = &subscription.auth {
        let password = if waiting.forged { "guessed" } else { password };
        let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_str(&basic).expect("base64 is plain text"),
        );
    }
    WebhookAttempt {
        attempt,
        method: http::Method::POST,
        url: subscription.url.clone(),
        headers,
        body: payload(waiting, subscription, sender),
        timeout_millis: TIMEOUT_MILLIS,
    }
}

/// The id of a later try where those differ.
fn another_id(id: &str, attempt: u8) -> String {
    let kept = id.len() - 1;
    let last = u32::from_str_radix(&id[kept..], 16).unwrap_or(0);
    format!("{}{:x}", &id[..kept], (last + u32::from(attempt)) % 16)
}

fn payload(waiting: &Waiting, subscription: &Subscription, sender: &Sender) -> Bytes {
    let event = &waiting.event;
    let mut out = Json::with_capacity(event.data.len() + event.previous.len() + 900);
    out.raw("{\"data\":");
    out.raw(&event.data);
    out.raw(",\"previous\":");
    out.raw(&event.previous);
    out.raw(",\"meta\":{");
    out.field("action", &event.action);
    out.raw(r#","company_id":"900""#);
    out.field("correlation_id", &event.correlation_id);
    out.field("entity_id", &event.entity_id.to_string());
    out.field("entity", &event.entity);
    // A user's events are older than the others and differ.
    let is_user = event.entity == "user";
    if is_user {
        out.field("id", &event.entity_id.to_string());
    } else if sender.event_ids_change && waiting.attempt > 1 {
        out.field("id", &another_id(&event.id, waiting.attempt));
    } else {
        out.field("id", &event.id);
    }
    out.field("is_bulk_edit", &false);
    if is_user {
        out.field("timestamp", &event.timestamp.div_euclid(1_000));
    } else {
        out.field("timestamp", &rfc3339_millis(event.timestamp));
    }
    out.raw(r#","type":"general""#);
    out.field("user_id", &event.user_id.to_string());
    out.raw(r#","version":"2.0""#);
    out.field("webhook_id", &subscription.id.to_string());
    out.field("webhook_owner_id", &subscription.owner_id.to_string());
    out.field("change_source", &event.source);
    match &event.permitted {
        _ if is_user => {}
        Some(ids) => {
            let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
            out.field("permitted_user_ids", &ids);
        }
        None => out.field("permitted_user_ids", &sender.permitted_user_ids),
    }
    out.field("attempt", &waiting.attempt);
    out.field("host", &sender.host);
    if let Some(id) = event.merged_to {
        out.field("merged_to_id", &id.to_string());
    }
    if let Some(id) = event.merged_from {
        out.field("merged_from_id", &id.to_string());
    }
    out.raw("}}");
    Bytes::from(out.0)
}
