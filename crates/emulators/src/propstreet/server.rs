//! From an HTTP request to an HTTP response, in the order in which the server checks: credentials, limits, existence,
//! preconditions, validity, conflicts.
//!
//! In: a request and the moment it arrives. Out: a response, and webhooks queued for what changed.

use bytes::Bytes;
use http::header::{
    ALLOW, AUTHORIZATION, CONTENT_TYPE, DATE, ETAG, HeaderName, HeaderValue, IF_MATCH, LOCATION,
    RETRY_AFTER,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};

use super::access::{Allowance, Caller};
use super::call::{Call, Reply};
use super::fields::Reading;
use super::files::FORM_MAX;
use super::hooks::Sending;
use super::problem::{Problem, Refused, forbidden, not_allowed, not_found, too_large, too_many};
use super::query::Query;
use super::record::{ChangeKind, Origin};
use super::records::Occasion;
use super::render::LastChange;
use super::replays::KeyFound;
use super::route::Place;
use super::{
    PropstreetEmulator, actions, companies, contacts, duplicates, files, gone, hooks_api, json,
    links, lists, notes, portfolio, search, shapes,
};

const BODY_MAX: usize = 10 * 1_024 * 1_024;
const URL_MAX: usize = 8_000;
const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";
const FILES_PATH: &str = "/api/v1/files";
const TOKEN_PATH: &str = "/openid/token";

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = header(headers, &CONTENT_TYPE).unwrap_or("");
    kind.split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(JSON))
}

impl PropstreetEmulator {
    /// Carries a request out as if nothing could go wrong on its way.
    pub(super) fn carry_out(&mut self, request: &Request<Bytes>, now: i64) -> Response<Bytes> {
        let path = request.uri().path();
        if path == TOKEN_PATH {
            return self.give_token(request, now);
        }
        let place = Place::of(path);
        self.count_request(
            request.method(),
            place.as_ref().map_or("other", Place::template),
        );
        let mut allowance = None;
        let answered = self.admit(request, now, &mut allowance).and_then(|caller| {
            let place = place.ok_or_else(|| not_found("There is no such resource."))?;
            self.answer_caller(request, &caller, &place, now)
        });
        let switches = &self.settings.switches;
        let mut response = match answered {
            Ok(reply) => reply_response(shapes::reply(reply, switches)),
            Err(problem) => problem_response(&shapes::refusal(problem, switches), path),
        };
        self.add_common_headers(response.headers_mut(), allowance, now);
        response
    }

    pub(super) fn add_common_headers(
        &self,
        headers: &mut HeaderMap,
        allowance: Option<Allowance>,
        now: i64,
    ) {
        put(headers, DATE, &json::http_date(self.vendor_time(now)));
        let Some(allowance) = allowance else { return };
        headers.insert(
            HeaderName::from_static("ratelimit-limit"),
            HeaderValue::from(allowance.limit),
        );
        headers.insert(
            HeaderName::from_static("ratelimit-remaining"),
            HeaderValue::from(allowance.remaining),
        );
        headers.insert(
            HeaderName::from_static("ratelimit-reset"),
            HeaderValue::from(allowance.reset_seconds),
        );
    }

    fn give_token(&mut self, request: &Request<Bytes>, now: i64) -> Response<Bytes> {
        self.count_request(request.method(), TOKEN_PATH);
        let form = Query::read(&String::from_utf8_lossy(request.body()));
        let is_form = header(request.headers(), &CONTENT_TYPE)
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let mut response = if request.method() != Method::POST {
            problem_response(&not_allowed("POST"), TOKEN_PATH)
        } else if is_form {
            reply_response(self.access.issue(&form, &self.settings, &mut self.rng, now))
        } else {
            problem_response(
                &too_large(415, "The body must be form-urlencoded."),
                TOKEN_PATH,
            )
        };
        self.add_common_headers(response.headers_mut(), None, now);
        response
    }

    /// Who calls, when they may.
    fn admit(
        &mut self,
        request: &Request<Bytes>,
        now: i64,
        allowance: &mut Option<Allowance>,
    ) -> Result<Caller, Refused> {
        let authorization = header(request.headers(), &AUTHORIZATION);
        let caller = self.access.caller(authorization, &self.settings, now)?;
        let left = self.access.count(&caller, self.settings.limits, now);
        *allowance = Some(left);
        if left.refused {
            return Err(too_many(left.reset_seconds));
        }
        if request
            .uri()
            .path_and_query()
            .is_some_and(|path| path.as_str().len() > URL_MAX)
        {
            return Err(too_large(
                414,
                "The address is longer than 8,000 characters.",
            ));
        }
        let is_upload = request.uri().path() == FILES_PATH;
        if request.body().len() > if is_upload { FORM_MAX } else { BODY_MAX } {
            return Err(too_large(413, "The body is larger than 10 MB."));
        }
        Ok(caller)
    }

    /// Answers from the memory of idempotency keys, or carries out and remembers.
    fn answer_caller(
        &mut self,
        request: &Request<Bytes>,
        caller: &Caller,
        place: &Place,
        now: i64,
    ) -> Result<Reply, Refused> {
        let is_post = request.method() == Method::POST;
        let key = header(
            request.headers(),
            &HeaderName::from_static("idempotency-key"),
        )
        .filter(|_| is_post);
        let path = request.uri().path();
        let sent: (&[u8], i64) = (request.body(), now);
        let switches = self.settings.switches;
        let is_network = matches!(place, Place::Contacts | Place::Companies | Place::Links);
        let heeded = key.filter(|_| !(is_network && switches.network_creates_ignore_keys));
        let found = heeded.map(|key| self.replays.find(&caller.name, path, key, sent));
        let key_is_taken = match found {
            Some(KeyFound::SameCall(reply)) => return Ok(reply),
            Some(KeyFound::OtherBody(reply)) if switches.reused_keys_give_the_first_answer => {
                return Ok(reply);
            }
            Some(KeyFound::OtherBody(_)) => true,
            Some(KeyFound::New) | None => false,
        };
        self.records.switches = switches;
        let method = match request.method() {
            &Method::PUT if switches.put_changes_records => &Method::PATCH,
            method => method,
        };
        let dial_code = self.settings.default_dial_code.clone();
        let call = Call {
            method,
            query: Query::read(request.uri().query().unwrap_or("")),
            if_match: header(request.headers(), &IF_MATCH),
            body: request.body(),
            is_json: is_json(request.headers()),
            content_type: header(request.headers(), &CONTENT_TYPE),
            key_is_taken,
            strict_query: self.settings.strict && !switches.unknown_parameters_are_ignored,
            reading: Reading {
                strict: self.settings.strict && !switches.unknown_fields_are_ignored,
                switches,
                dial_code: &dial_code,
            },
            when: Occasion {
                key,
                client: caller.client_id(),
                ..self.occasion(now, Origin::Api)
            },
        };
        let answered = self.dispatch(place, &call);
        let answered =
            answered.or_else(|problem| gone::instead(&self.records, place, &call, problem));
        if switches.own_writes_are_quiet {
            self.records.take_changes();
        }
        self.announce_changes(now);
        let reply = answered?;
        if let Some(key) = heeded {
            self.replays.keep(&caller.name, path, key, sent, &reply);
        }
        Ok(reply)
    }

    fn dispatch(&mut self, place: &Place, call: &Call<'_>) -> Result<Reply, Refused> {
        let records = &mut self.records;
        match (place, call.method.as_str()) {
            (Place::Contacts, "GET") => lists::contacts(records, call),
            (Place::Contacts, "POST") => contacts::post(records, call),
            (Place::Contact(id), "GET") => contacts::get(records, *id, call),
            (Place::Contact(id), "PATCH") => contacts::patch(records, *id, call),
            (Place::Contact(id), "DELETE") => contacts::delete(records, *id, call),
            (Place::ContactExternal(namespace, id), "GET") => {
                contacts::get_external(records, namespace, id, call)
            }
            (Place::ContactExternal(namespace, id), "PATCH") => {
                contacts::upsert(records, namespace, id, call)
            }
            (Place::Companies, "GET") => lists::companies(records, call),
            (Place::Companies, "POST") => companies::post(records, call),
            (Place::Company(id), "GET") => companies::get(records, *id, call),
            (Place::Company(id), "PATCH") => companies::patch(records, *id, call),
            (Place::Company(id), "DELETE") => companies::delete(records, *id, call),
            (Place::CompanyContacts(id), "GET") => companies::contacts(records, *id, call),
            (Place::CompanyExternal(namespace, id), "GET") => {
                companies::get_external(records, namespace, id, call)
            }
            (Place::CompanyExternal(namespace, id), "PATCH") => {
                companies::upsert(records, namespace, id, call)
            }
            (Place::FindDuplicates, "POST") => duplicates::post(records, call),
            (Place::Links, "GET") => lists::links(records, call),
            (Place::Links, "POST") => links::post(records, call),
            (Place::Link(id), "GET") => links::get(records, *id, call),
            (Place::Link(id), "PATCH") => links::patch(records, *id, call),
            (Place::Link(id), "DELETE") => links::delete(records, *id, call),
            (Place::Notes(owner), "POST") => {
                notes::post((&mut self.notes, &self.files), records, *owner, call)
            }
            (Place::Note(owner, id), "PATCH") => {
                let notes = (&mut self.notes, &self.files);
                notes::patch(notes, records, (*owner, *id), call)
            }
            (Place::Actions(owner), "GET") => {
                actions::get((&self.notes, &self.files), records, *owner, call)
            }
            (Place::Files, "POST") => files::post(&mut self.files, call),
            (Place::File(id), "GET") => files::get(&self.files, *id, call),
            (Place::Registry(place), _) => {
                let (settings, rng) = (&mut self.settings, &mut self.rng);
                let registry = &mut self.access.registry;
                let (reply, gone) = registry.dispatch(place, call, settings, rng)?;
                self.access.revoke_clients(&gone);
                Ok(reply)
            }
            (Place::Search, "POST") => search::post(records, call),
            (Place::Portfolio(_), _) if self.settings.hides_projects => Err(forbidden()),
            (Place::Portfolio(place), method) => {
                portfolio::dispatch::dispatch(records, place, method, call)
            }
            (place, _) => self.dispatch_hooks(place, call),
        }
    }

    fn dispatch_hooks(&mut self, place: &Place, call: &Call<'_>) -> Result<Reply, Refused> {
        let hooks = &mut self.hooks;
        let mut sending = Sending {
            now: call.when.now,
            at: call.when.at,
            manner: self.settings.webhooks,
            switches: self.settings.switches,
            rng: &mut self.rng,
            faults: &mut self.faults,
        };
        match (place, call.method.as_str()) {
            (Place::Hooks, "GET") => hooks_api::list(hooks, call),
            (Place::Hooks, "POST")
                if self.settings.hides_projects && hooks_api::asks_for_projects(call)? =>
            {
                Err(forbidden())
            }
            (Place::Hooks, "POST") => hooks_api::post(hooks, call, &mut sending),
            (Place::Hook(id), "GET") => hooks_api::get(hooks, *id, call),
            (Place::Hook(id), "PATCH") => hooks_api::patch(hooks, *id, call),
            (Place::Hook(id), "DELETE") => hooks_api::delete(hooks, *id, call),
            (Place::HookTest(id), "POST") => hooks_api::try_out(hooks, *id, call, &mut sending),
            (Place::HookReplay(id), "POST") => hooks_api::replay(hooks, *id, call),
            (Place::HookDeliveries(id), "GET") => hooks_api::deliveries(hooks, *id, call),
            (place, _) => Err(not_allowed(place.methods())),
        }
    }

    /// Queues webhooks for what the operation changed.
    pub(super) fn announce_changes(&mut self, now: i64) {
        for change in self.records.take_changes() {
            let kind = match change.kind {
                ChangeKind::Create => "created",
                ChangeKind::Update => "updated",
                ChangeKind::Delete => "deleted",
            };
            let event = format!("{}.{kind}", change.entity.name());
            if !self.hooks.wants(&event) {
                continue;
            }
            let mut data = String::with_capacity(1_024);
            if self
                .records
                .write(change.entity, change.id, LastChange::Told, &mut data)
            {
                let at = self.vendor_time(now);
                let mut sending = Sending {
                    now,
                    at,
                    manner: self.settings.webhooks,
                    switches: self.settings.switches,
                    rng: &mut self.rng,
                    faults: &mut self.faults,
                };
                let action = self.records.action_of(&change);
                self.hooks.announce(&event, (&data, action), &mut sending);
            }
        }
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

pub(super) fn respond(status: u16, kind: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status != 204 {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response
}

fn reply_response(reply: Reply) -> Response<Bytes> {
    let mut response = respond(reply.status, JSON, reply.body);
    let headers = response.headers_mut();
    if let Some(etag) = &reply.etag {
        put(headers, ETAG, etag);
    }
    if let Some(location) = &reply.location {
        put(headers, LOCATION, location);
    }
    if let Some(action) = reply.upsert {
        headers.insert(
            HeaderName::from_static("x-propstreet-upsert-action"),
            HeaderValue::from_static(action),
        );
    }
    response
}

pub(super) fn problem_response(problem: &Problem, path: &str) -> Response<Bytes> {
    let mut response = respond(problem.status, PROBLEM_JSON, problem.body(path));
    let headers = response.headers_mut();
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = problem.allow {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    response
}
