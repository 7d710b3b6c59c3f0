//! The Pipedrive emulator: persons and organizations of one company, behind the vendor's gateway.
//!
//! In: requests, users' deeds, faults. Out: answers and webhooks in the vendor's shapes. Where the documentation leaves
//! something open, the choice is the one that catches careless callers:
//!
//! - **Strict writes.** Unknown parameters and keys, values of another type, unknown labels, owners, organizations,
//!   options and custom fields are refused, all in one answer; a custom field to blame is named. `null` clears.
//! - **Times.** Whole seconds; `update_time` is null until the first change, and such rows match no `updated_since`. A write
//!   that changes nothing moves no time and fires no event.
//! - **Lists.** Cursors name the first row of the next page and hold only for the same filters and sort. Deleted rows are
//!   never listed. Lists may lag: they show the version before a change for a while.
//! - **Deletes.** A deleted row can be read for thirty days, with `is_deleted`; changing or deleting it again is 404. People of a
//!   deleted organization lose it.
//! - **No help against doubles.** There are no idempotency keys and no versions: a repeated create makes a second record, the
//!   last write wins.
//! - **Limits.** A rolling window per token, tokens per company and day until midnight UTC; refusals cost nothing, every other
//!   answer does. Who goes on hammering is blocked.
//! - **Webhooks.** Not the API's shape; no signature; late, shuffled and sometimes doubled where so configured; lost for half an
//!   hour after ten failed first tries. Creating a person also fires a change of its organization that says nothing.
//! - **Endpoints out of support** answer 410.
//! - **OAuth**: a code once and for five minutes, access tokens for an hour, scopes asked for at every call. A refresh ends the
//!   access token before; whether it also gives a new refresh token is a switch.
//!
//! It never reads a clock, and nothing under `/_emulator/` is part of the vendor's API.

mod access;
mod ask;
mod calls;
mod config;
mod control;
mod control_deeds;
mod conversions;
mod counters;
mod custom;
mod deal_products;
mod deal_stages;
mod deal_worth;
mod field_calls;
mod field_routes;
mod fields;
mod followers;
mod front;
mod gateway;
mod history;
mod json;
mod kinds;
mod leads;
mod list;
mod list_filter;
mod merging;
mod oauth;
mod oauth_calls;
mod oauth_scopes;
mod older_calls;
mod older_fields;
mod older_shapes;
mod papers;
mod participants;
mod peek;
mod query;
mod record;
mod records;
mod render;
mod reply;
mod retired;
mod route;
mod sales;
mod saved;
mod screen;
mod search;
mod search_items;
mod seed;
mod seed_deals;
mod seed_office;
mod seed_plain;
mod seed_room;
mod state;
mod switches;
mod tell;
mod users;
mod variations;
mod verbs;
mod webhooks;
mod write;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

pub use config::{Delivery, Limits, PipedriveConfig, Subscription};
pub use counters::{ByPurpose, Caller, Counters, OauthCounters, Used, WebhookCounters};
pub use kinds::Entity;
pub use oauth::OauthConfig;
pub use saved::LoadError;
pub use screen::Screen;
pub use switches::{FoundOut, Question, Switches, SwitchesError};
pub use verbs::VerbRefused;

use self::gateway::{CredentialKind, Gateway};
use self::oauth::Oauth;
use self::reply::Reply;
use self::state::{API_USER, State};
use self::webhooks::{Queue, Sender};
use crate::answer::{Answer, Emulator, Fate, Moment, WebhookAttempt, WebhookOutcome};
use crate::faults::{Fault, FaultQueue};

/// One company on Pipedrive.
#[derive(Debug)]
pub struct PipedriveEmulator {
    config: PipedriveConfig,
    state: State,
    gateway: Gateway,
    oauth: Oauth,
    queue: Queue,
    counters: Counters,
    /// What shall go wrong.
    pub faults: FaultQueue,
    random: ChaCha8Rng,
    /// Added to the caller's clock.
    clock_offset_millis: i64,
    late_calls: Vec<(i64, Request<Bytes>)>,
    date_header: (i64, HeaderValue),
}

impl PipedriveEmulator {
    /// An empty company.
    #[must_use]
    pub fn new(config: PipedriveConfig) -> Self {
        Self {
            state: State::new(),
            gateway: Gateway::new(&config, API_USER),
            oauth: Oauth::default(),
            queue: Queue::new(&config.switches),
            counters: Counters::default(),
            faults: FaultQueue::new(config.seed ^ 0x5eed),
            random: ChaCha8Rng::seed_from_u64(config.seed),
            clock_offset_millis: 0,
            late_calls: Vec::new(),
            date_header: (
                i64::MIN,
                HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"),
            ),
            config,
        }
    }

    /// How the company is set up.
    #[must_use]
    pub fn config(&self) -> &PipedriveConfig {
        &self.config
    }

    /// From now on lists show changes that much later.
    pub fn set_list_lag_millis(&mut self, list_lag_millis: i64) {
        self.config.list_lag_millis = list_lag_millis;
    }

    /// From now on the limits are handled this way.
    pub fn set_limits(&mut self, limits: Limits) {
        self.config.limits = limits;
    }

    /// From now on the vendor's clock is that much ahead of the caller's.
    pub fn set_clock_offset(&mut self, millis: i64) {
        self.clock_offset_millis = millis;
    }

    /// Every ban of a webhook ends, and what failed so far counts no more.
    pub fn forgive_webhooks(&mut self) {
        for subscription in self.state.subscriptions.values_mut() {
            subscription.failed_first_tries = 0;
            subscription.banned_until = None;
        }
    }

    /// One more token, for the integration's user.
    pub fn add_token(&mut self, token: &str) {
        self.gateway
            .add_credential(token, API_USER, CredentialKind::ApiToken);
    }

    /// One more token, for that user.
    pub fn add_token_of(&mut self, token: &str, user_id: i64) {
        self.gateway
            .add_credential(token, user_id, CredentialKind::ApiToken);
    }

    /// Another integration of the company spends tokens of the same day.
    pub fn spend_elsewhere(&mut self, tokens: u64, now: Moment) {
        self.gateway.spend_elsewhere(tokens, now.0);
        self.counters.spent_elsewhere += tokens;
    }

    /// The token no longer works.
    pub fn revoke_token(&mut self, token: &str) {
        self.gateway.revoke_token(token);
    }

    fn vendor(&self, now: Moment) -> Moment {
        now.plus_millis(self.clock_offset_millis)
    }

    fn seconds(&self, now: Moment) -> i64 {
        self.vendor(now).0.div_euclid(1_000)
    }

    fn run_late_calls(&mut self, now: Moment) {
        while let Some(place) = self
            .late_calls
            .iter()
            .enumerate()
            .filter(|(_, (due, _))| *due <= now.0)
            .min_by_key(|(_, (due, _))| *due)
            .map(|(place, _)| place)
        {
            let (due, request) = self.late_calls.remove(place);
            self.serve(&request, Moment(due), false);
        }
        self.end_conversions(now);
    }

    fn respond(&mut self, reply: Reply, now: Moment) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(reply.body));
        *response.status_mut() =
            StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let date = self.date(now);
        let correlation =
            HeaderValue::from_str(&self.uuid()).expect("hexadecimal digits and dashes");
        let headers = response.headers_mut();
        headers.reserve(12);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
        headers.insert(DATE, date);
        headers.insert(HeaderName::from_static("x-correlation-id"), correlation);
        response
    }

    fn date(&mut self, now: Moment) -> HeaderValue {
        let seconds = self.seconds(now);
        if self.date_header.0 != seconds {
            let text = Timestamp::from_second(seconds)
                .and_then(|time| DateTimePrinter::new().timestamp_to_rfc9110_string(&time))
                .unwrap_or_default();
            let value = HeaderValue::from_str(&text).unwrap_or_else(|_| self.date_header.1.clone());
            self.date_header = (seconds, value);
        }
        self.date_header.1.clone()
    }

    fn answer_with(&mut self, request: &Request<Bytes>, fault: Fault, now: Moment) -> Answer {
        if let Some((reply, retry_after)) = refusal_of(fault) {
            let route = route::find(request.method(), request.uri().path());
            *self.counters.requests.entry(route.name).or_default() += 1;
            let mut response = self.respond(reply, now);
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            return Answer {
                response,
                fate: Fate::Arrives { after_millis: 0 },
            };
        }
        if let Fault::CommitLate { after_millis } = fault {
            self.late_calls
                .push((now.0 + after_millis, request.clone()));
        }
        if matches!(
            fault,
            Fault::CommitLate { .. } | Fault::Hold { written: false }
        ) {
            return Answer {
                response: Response::new(Bytes::new()),
                fate: Fate::NeverArrives,
            };
        }
        let mut response = self.serve(request, now, fault == Fault::StaleVersion);
        if fault == Fault::FailAfterWriting {
            response = self.respond(Reply::generic(500, "Internal server error"), now);
        }
        let response = response.map(|body| crate::faults::lists::spoil(fault, body));
        let fate = if fault == Fault::LoseAnswer {
            Fate::Reset { after_millis: 0 }
        } else if fault == Fault::Truncate {
            Fate::Truncated { after_millis: 0 }
        } else if let Fault::Slow { millis } = fault {
            Fate::Arrives {
                after_millis: millis,
            }
        } else if matches!(fault, Fault::Hold { .. }) {
            Fate::NeverArrives
        } else {
            Fate::Arrives { after_millis: 0 }
        };
        Answer { response, fate }
    }
}

/// The answer to a call that a fault keeps from the API, and its `retry-after`.
fn refusal_of(fault: Fault) -> Option<(Reply, Option<i64>)> {
    match fault {
        Fault::Reject { status } => Some((Reply::generic(status, "The request was refused"), None)),
        Fault::FailBeforeWriting => Some((Reply::generic(500, "Internal server error"), None)),
        Fault::ServerError => Some((Reply::generic(503, "Service temporarily unavailable"), None)),
        Fault::ForbiddenPage => Some((Reply::firewall(), None)),
        Fault::TooManyRequests { retry_after } => {
            Some((Reply::gateway(429, "request over limit"), retry_after))
        }
        Fault::FailAfterWriting
        | Fault::LoseAnswer
        | Fault::Hold { .. }
        | Fault::CommitLate { .. }
        | Fault::Slow { .. }
        | Fault::Truncate
        | Fault::StaleVersion
        | Fault::GarbleRow
        | Fault::EndList
        | Fault::LosePage
        | Fault::WebhookDuplicate
        | Fault::WebhookDrop
        | Fault::WebhookDelay { .. }
        | Fault::WebhookReorder
        | Fault::WebhookForge => None,
    }
}

impl Emulator for PipedriveEmulator {
    fn answer(&mut self, request: &Request<Bytes>, now: Moment) -> Answer {
        self.run_late_calls(now);
        let path = request.uri().path();
        if path == "/_emulator/consent" {
            return Answer {
                response: self.serve_decision(request, now),
                fate: Fate::Arrives { after_millis: 0 },
            };
        }
        if let Some(what) = path.strip_prefix("/_emulator/") {
            let reply = self.control(request, what, now);
            return Answer {
                response: self.respond(reply, now),
                fate: Fate::Arrives { after_millis: 0 },
            };
        }
        match self.faults.draw_call(request.method(), path) {
            Some(fault) => self.answer_with(request, fault, now),
            None => Answer {
                response: self.serve(request, now, false),
                fate: Fate::Arrives { after_millis: 0 },
            },
        }
    }

    fn due_webhooks(&mut self, now: Moment) -> Vec<WebhookAttempt> {
        self.run_late_calls(now);
        if self.queue.next_due().is_none_or(|due| due > now.0) {
            return Vec::new();
        }
        let sender = Sender {
            host: self.config.host(),
            permitted_user_ids: self
                .state
                .users
                .iter()
                .filter(|user| user.is_active)
                .map(|user| user.id.to_string())
                .collect(),
            event_ids_change: self.config.switches.event_ids_change_with_attempts,
        };
        self.queue.due(
            now.0,
            &self.state.subscriptions,
            &sender,
            &mut self.counters.webhooks,
        )
    }

    fn webhook_answered(&mut self, attempt: u64, outcome: WebhookOutcome, now: Moment) {
        let times = (now.0, self.vendor(now).0);
        self.queue.answered(
            attempt,
            outcome,
            times,
            &mut self.state.subscriptions,
            &mut self.counters.webhooks,
        );
    }

    fn next_due(&self) -> Option<Moment> {
        let late = self.late_calls.iter().map(|(due, _)| *due).min();
        late.into_iter()
            .chain(self.queue.next_due())
            .chain(self.next_conversion())
            .min()
            .map(Moment)
    }
}
