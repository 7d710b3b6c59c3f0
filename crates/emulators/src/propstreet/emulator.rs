//! The emulator itself: state, faults on the way to and from it, and time.
//!
//! In: requests, outcomes of webhook calls, the time. Out: answers and webhook calls. What a request means is decided in
//! `server`.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use serde_json::Value;

use super::access::Access;
use super::delivery::{AttemptKind, Delivery, signature};
use super::files::Files;
use super::hooks::Hooks;
use super::hooks_api::new_secret;
use super::notes::Notes;
use super::problem::{Problem, not_found, raced, stale};
use super::record::{Entity, Origin};
use super::records::{Occasion, Records};
use super::render::LastChange;
use super::replays::Replays;
use super::route::Place;
use super::server::{problem_response, respond};
use super::settings::PropstreetSettings;
use crate::answer::{Answer, Emulator, Fate, Moment, WebhookAttempt, WebhookOutcome};
use crate::faults::{Fault, FaultQueue};

const WEBHOOK_TIMEOUT_MILLIS: i64 = 10_000;
const STRANGERS_SECRET: &str = "whsec_QSBzdHJhbmdlciBndWVzc2VzIHRoZSBrZXkgYmFkbHk=";
const FORBIDDEN_PAGE: &str =
    "<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>";

/// One Propstreet organization and its API.
#[derive(Debug)]
pub struct PropstreetEmulator {
    pub(super) settings: PropstreetSettings,
    pub(super) records: Records,
    pub(super) access: Access,
    pub(super) hooks: Hooks,
    pub(super) replays: Replays,
    pub(super) notes: Notes,
    pub(super) files: Files,
    pub(super) requests: BTreeMap<(&'static str, &'static str), u64>,
    pub(super) rng: ChaCha8Rng,
    /// What goes wrong on request.
    pub faults: FaultQueue,
    /// Writes that are carried out later than they arrived.
    late: VecDeque<(i64, Request<Bytes>)>,
}

impl PropstreetEmulator {
    /// An empty organization.
    #[must_use]
    pub fn new(settings: PropstreetSettings) -> Self {
        Self {
            records: Records::empty(),
            access: Access::default(),
            hooks: Hooks::default(),
            replays: Replays::default(),
            notes: Notes::default(),
            files: Files::default(),
            requests: BTreeMap::new(),
            rng: ChaCha8Rng::seed_from_u64(settings.seed),
            faults: FaultQueue::new(settings.seed.wrapping_add(0x5eed)),
            late: VecDeque::new(),
            settings,
        }
    }

    /// How this organization behaves.
    #[must_use]
    pub const fn settings(&self) -> &PropstreetSettings {
        &self.settings
    }

    /// The same, to be changed between calls.
    pub const fn settings_mut(&mut self) -> &mut PropstreetSettings {
        &mut self.settings
    }

    /// All contacts, living and deleted, as the API shows them.
    #[must_use]
    pub fn contacts(&self) -> Vec<Value> {
        let ids = self.records.contacts.all().map(|row| row.stamp.id);
        ids.map(|id| self.shown(Entity::Contact, id)).collect()
    }

    /// All companies, living and deleted, as the API shows them.
    #[must_use]
    pub fn companies(&self) -> Vec<Value> {
        let ids = self.records.companies.all().map(|row| row.stamp.id);
        ids.map(|id| self.shown(Entity::Company, id)).collect()
    }

    /// All links, living and deleted, as the API shows them, and with `isPrimary`.
    #[must_use]
    pub fn links(&self) -> Vec<Value> {
        let shown = |id, primary| {
            let mut link = self.shown(Entity::Link, id);
            link["isPrimary"] = Value::Bool(primary);
            link
        };
        self.records
            .links
            .all()
            .map(|row| shown(row.stamp.id, row.primary))
            .collect()
    }

    pub(super) fn shown(&self, entity: Entity, id: u64) -> Value {
        let mut out = String::new();
        self.records.write(entity, id, LastChange::Told, &mut out);
        serde_json::from_str(&out).unwrap_or(Value::Null)
    }

    /// All access tokens handed out so far stop working; clients may ask for new ones.
    pub fn revoke_tokens(&mut self) {
        self.access.revoke_issued();
    }

    /// A personal token stops working for good.
    pub fn revoke_personal_token(&mut self, token: &str) {
        self.access.revoke_personal(token);
    }

    /// A webhook gets a new secret, which is given. While `keeps_former`, deliveries are signed with the one before, too.
    ///
    /// No call of the API does that; it is done at the screen.
    pub fn rotate_webhook_secret(&mut self, id: &str, keeps_former: bool) -> Option<String> {
        let secret = new_secret(&mut self.rng);
        let webhook = self.hooks.subscriptions.get_mut(&id.parse().ok()?)?;
        let former = std::mem::replace(&mut webhook.secret, secret.clone());
        webhook.former_secret = keeps_former.then_some(former);
        Some(secret)
    }

    /// The secret of a webhook before its newest one is valid no more.
    pub fn drop_former_webhook_secret(&mut self, id: &str) {
        let id = id.parse().unwrap_or_default();
        if let Some(webhook) = self.hooks.subscriptions.get_mut(&id) {
            webhook.former_secret = None;
        }
    }

    pub(super) const fn vendor_time(&self, now: i64) -> i64 {
        now + self.settings.clock_offset_millis
    }

    pub(super) const fn occasion<'a>(&self, now: i64, origin: Origin) -> Occasion<'a> {
        Occasion {
            now,
            at: self.vendor_time(now),
            origin,
            lag: self.settings.list_lag_millis,
            key: None,
            client: None,
            is_told: true,
        }
    }

    pub(super) fn count_request(&mut self, method: &Method, place: &'static str) {
        let method = match method.as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            _ => "OTHER",
        };
        *self.requests.entry((method, place)).or_default() += 1;
    }

    /// Somebody changes the record just before the call that names its version arrives.
    fn overtake(&mut self, request: &Request<Bytes>, now: i64) {
        let when = self.occasion(now, Origin::System);
        match Place::of(request.uri().path()) {
            Some(Place::Contact(id)) if self.records.contacts.live(id).is_some() => {
                self.records.bump_contact(id, &when);
                self.records.timeline.touched(Entity::Contact, id, &when);
            }
            Some(Place::Company(id)) if self.records.companies.live(id).is_some() => {
                self.records.bump_company(id, &when);
                self.records.timeline.touched(Entity::Company, id, &when);
            }
            Some(Place::Link(id)) => {
                if let Some(link) = self.records.links.live(id).cloned() {
                    self.records
                        .keep_link(link, super::record::ChangeKind::Update, &when);
                }
            }
            Some(Place::Portfolio(place)) => self.records.overtake(&place, &when),
            Some(
                Place::Contact(_)
                | Place::Company(_)
                | Place::Contacts
                | Place::ContactExternal(..)
                | Place::Companies
                | Place::CompanyContacts(_)
                | Place::CompanyExternal(..)
                | Place::FindDuplicates
                | Place::Notes(..)
                | Place::Note(..)
                | Place::Registry(_)
                | Place::Search
                | Place::Files
                | Place::File(_)
                | Place::Actions(..)
                | Place::Links
                | Place::Hooks
                | Place::Hook(_)
                | Place::HookTest(_)
                | Place::HookReplay(_)
                | Place::HookDeliveries(_),
            )
            | None => {}
        }
        self.announce_changes(now);
    }

    fn failure(&self, request: &Request<Bytes>, status: u16, now: i64) -> Response<Bytes> {
        let mut problem = match status {
            412 => stale(),
            _ => not_found("The request could not be carried out."),
        };
        problem.set_status(status);
        self.refused(request, &problem, now)
    }

    fn refused(&self, request: &Request<Bytes>, problem: &Problem, now: i64) -> Response<Bytes> {
        let mut response = problem_response(problem, request.uri().path());
        self.add_common_headers(response.headers_mut(), None, now);
        response
    }

    fn too_many(
        &self,
        request: &Request<Bytes>,
        retry_after: Option<i64>,
        now: i64,
    ) -> Response<Bytes> {
        let mut problem = super::problem::too_many(retry_after.unwrap_or(1));
        problem.retry_after = retry_after;
        self.refused(request, &problem, now)
    }

    fn answer_with(&mut self, fault: Fault, request: &Request<Bytes>, now: i64) -> Answer {
        let at_once = Fate::Arrives { after_millis: 0 };
        let (response, fate) = match fault {
            Fault::Reject { status } => (self.failure(request, status, now), at_once),
            Fault::FailBeforeWriting => (self.failure(request, 500, now), at_once),
            Fault::FailAfterWriting => {
                self.carry_out(request, now);
                (self.failure(request, 500, now), at_once)
            }
            Fault::LoseAnswer => (
                self.carry_out(request, now),
                Fate::Reset { after_millis: 0 },
            ),
            Fault::Hold { written: true } => (self.carry_out(request, now), Fate::NeverArrives),
            Fault::Hold { written: false } => (self.failure(request, 500, now), Fate::NeverArrives),
            Fault::CommitLate { after_millis } => {
                let due = now + after_millis;
                let place = self.late.partition_point(|(at, _)| *at <= due);
                self.late.insert(place, (due, request.clone()));
                (self.failure(request, 500, now), Fate::NeverArrives)
            }
            Fault::Slow { millis } => (
                self.carry_out(request, now),
                Fate::Arrives {
                    after_millis: millis,
                },
            ),
            Fault::Truncate => (
                self.carry_out(request, now),
                Fate::Truncated { after_millis: 0 },
            ),
            Fault::TooManyRequests { retry_after } => {
                (self.too_many(request, retry_after, now), at_once)
            }
            Fault::ForbiddenPage => (
                respond(403, "text/html", FORBIDDEN_PAGE.to_owned()),
                at_once,
            ),
            Fault::ServerError => (self.failure(request, 503, now), at_once),
            Fault::StaleVersion => {
                if let Some(Place::Note(..)) = Place::of(request.uri().path()) {
                    return Answer {
                        response: self.refused(request, &raced(), now),
                        fate: at_once,
                    };
                }
                if request.method() != Method::GET {
                    self.overtake(request, now);
                }
                (self.carry_out(request, now), at_once)
            }
            Fault::GarbleRow | Fault::EndList | Fault::LosePage => {
                let response = self.carry_out(request, now);
                (
                    response.map(|body| crate::faults::lists::spoil(fault, body)),
                    at_once,
                )
            }
            Fault::WebhookDuplicate
            | Fault::WebhookDrop
            | Fault::WebhookDelay { .. }
            | Fault::WebhookReorder
            | Fault::WebhookForge => (self.carry_out(request, now), at_once),
        };
        Answer { response, fate }
    }

    fn attempt(
        &self,
        number: u64,
        delivery: &Delivery,
        kind: AttemptKind,
        now: i64,
    ) -> Option<WebhookAttempt> {
        let subscription = self.hooks.subscriptions.get(&delivery.subscription)?;
        let seconds = self.vendor_time(now).div_euclid(1_000);
        let id = &delivery.event_id;
        let (body, signature) = match kind {
            AttemptKind::Forged => {
                let forged = delivery.body.replace("\"id\":\"", "\"id\":\"9");
                let signed = signature(STRANGERS_SECRET, id, seconds, forged.as_bytes())?;
                (forged, signed)
            }
            AttemptKind::Regular | AttemptKind::Double | AttemptKind::Trial => {
                let body = delivery.body.clone();
                let signed = subscription.signatures(id, seconds, body.as_bytes())?;
                (body, signed)
            }
        };
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put("content-type", "application/json");
        put("user-agent", "Propstreet-Webhooks/1.0");
        put("webhook-id", &delivery.event_id);
        put("webhook-timestamp", &seconds.to_string());
        put("webhook-signature", &signature);
        if kind == AttemptKind::Trial {
            put("x-propstreet-test", "true");
        }
        Some(WebhookAttempt {
            attempt: number,
            method: Method::POST,
            url: subscription.url.clone(),
            headers,
            body: Bytes::from(body),
            timeout_millis: WEBHOOK_TIMEOUT_MILLIS,
        })
    }
}

impl Emulator for PropstreetEmulator {
    fn answer(&mut self, request: &Request<Bytes>, now: Moment) -> Answer {
        let path = request.uri().path();
        if path.starts_with("/_emulator/") {
            return Answer {
                response: self.control(request, now),
                fate: Fate::Arrives { after_millis: 0 },
            };
        }
        match self.faults.draw_call(request.method(), path) {
            Some(fault) => self.answer_with(fault, request, now.0),
            None => Answer {
                response: self.carry_out(request, now.0),
                fate: Fate::Arrives { after_millis: 0 },
            },
        }
    }

    fn due_webhooks(&mut self, now: Moment) -> Vec<WebhookAttempt> {
        while let Some((due, request)) = self.late.pop_front() {
            if due > now.0 {
                self.late.push_front((due, request));
                break;
            }
            self.carry_out(&request, due);
        }
        let mut attempts = Vec::new();
        while let Some((number, delivery, kind)) =
            self.hooks.take_due(now.0, self.vendor_time(now.0))
        {
            attempts.extend(self.attempt(number, &delivery, kind, now.0));
        }
        attempts
    }

    fn webhook_answered(&mut self, attempt: u64, outcome: WebhookOutcome, now: Moment) {
        let at = self.vendor_time(now.0);
        self.hooks.ended(
            attempt,
            outcome,
            (now.0, at),
            self.settings.webhook_failures_max,
        );
    }

    fn next_due(&self) -> Option<Moment> {
        let late = self.late.front().map(|(due, _)| *due);
        late.into_iter()
            .chain(self.hooks.next_due())
            .min()
            .map(Moment)
    }
}
