//! A call's way through the vendor's house: gateway, API, and the headers of the answer.
//!
//! In: a request that arrived. Out: the response, with everything counted. What the call does is not known here.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use http::{Request, Response};
use rand::RngExt;

use super::PipedriveEmulator;
use super::ask::{Ask, CAPTURES_MAX};
use super::counters::Purpose;
use super::gateway::{Credential, Knock};
use super::json::with_milliseconds;
use super::query::Query;
use super::records::Actor;
use super::reply::Reply;
use super::retired;
use super::route::{self, Route};
use super::switches::Switches;
use crate::answer::Moment;

/// Where the headers of the day's tokens come and go, this share of answers lacks them.
const WITHOUT_BUDGET_PERCENT: u32 = 30;

impl PipedriveEmulator {
    /// What the vendor does with a call that reaches it.
    pub(super) fn serve(
        &mut self,
        request: &Request<Bytes>,
        now: Moment,
        stale: bool,
    ) -> Response<Bytes> {
        if let Some(what) = request.uri().path().strip_prefix("/oauth/") {
            return self.serve_oauth(request, what, now);
        }
        let mut route = route::find(request.method(), request.uri().path());
        *self.counters.requests.entry(route.name).or_default() += 1;
        let credential = match self.identify(request, now) {
            Ok(credential) => credential,
            Err(refusal) => return self.turn_away(refusal, route.cost, now),
        };
        if is_retired_read(&route, request, &self.config.switches) {
            route.cost = retired::cost(request.uri().path());
        }
        let purpose = Purpose::of(route.name, route.cost);
        let knock = Knock {
            credential,
            purpose,
            cost: route.cost,
            now: now.0,
        };
        let passage = self.gateway.pass(knock, &self.config, &mut self.counters);
        let (reply, remaining, retry_after) = match passage {
            Ok(remaining) => {
                let reply = self.admit(&mut route, request, credential, (now, stale));
                *self.counters.tokens.entry(route.name).or_default() += route.cost;
                self.counters.note_passage(credential, purpose, route.cost);
                (reply, remaining, None)
            }
            Err(refusal) => (refusal.reply, 0, refusal.retry_after),
        };
        let mut response = self.respond(reply, now);
        let with_budget = !(self.config.switches.budget_headers_come_and_go
            && self.random.random_range(0..100) < WITHOUT_BUDGET_PERCENT);
        self.gateway.write_headers(
            response.headers_mut(),
            (credential.kind, remaining),
            &self.config,
            with_budget,
        );
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    pub(super) fn holder(&self, request: &Request<Bytes>) -> Option<Credential> {
        let uri = request.uri();
        let is_older = !uri.path().starts_with("/api/v2/");
        if !(is_older && self.config.switches.tokens_in_the_query_are_accepted) {
            return self.gateway.holder(request.headers(), None);
        }
        let query = Query::parse(uri.query().unwrap_or(""));
        self.gateway
            .holder(request.headers(), query.get("api_token"))
    }

    fn turn_away(&mut self, refusal: Reply, cost: u64, now: Moment) -> Response<Bytes> {
        let is_unknown = refusal.status == 401;
        let mut response = self.respond(refusal, now);
        if !is_unknown {
            return response;
        }
        self.counters.unauthorized += 1;
        if self.config.switches.unauthorized_calls_cost {
            self.gateway.spend_elsewhere(cost, now.0);
        }
        response.headers_mut().insert(
            HeaderName::from_static("x-401-by-gw"),
            HeaderValue::from_static("true"),
        );
        response
    }

    /// Lets the API answer; the route's cost becomes what the call costs in the end.
    fn admit(
        &mut self,
        route: &mut Route<'_>,
        request: &Request<Bytes>,
        credential: Credential,
        (now, stale): (Moment, bool),
    ) -> Reply {
        let actor = Actor {
            user_id: credential.user_id,
            source: "api",
            quiet: false,
        };
        let call = std::mem::replace(&mut route.call, Err(Reply::not_found()));
        let mut reply = match call {
            Ok((handler, captures)) => {
                let ask = Ask::new(
                    request,
                    captures,
                    actor,
                    (now, stale),
                    &self.config.switches,
                );
                handler(self, &ask).unwrap_or_else(|refusal| refusal)
            }
            Err(refusal) => {
                let switches = &self.config.switches;
                let captures = [""; CAPTURES_MAX];
                let ask = Ask::new(request, captures, actor, (now, stale), switches);
                let answers = is_retired_read(route, request, switches);
                let retired = answers.then(|| self.retired_read(&ask)).flatten();
                retired.map_or(refusal, |reply| reply.unwrap_or_else(|refusal| refusal))
            }
        };
        let is_refused = (400..500).contains(&reply.status);
        if is_refused && self.config.switches.refused_calls_are_free {
            self.gateway.give_back(route.cost);
            route.cost = 0;
        }
        if self.config.switches.times_have_milliseconds
            && request.uri().path().starts_with("/api/v2/")
        {
            reply.body = with_milliseconds(&reply.body);
        }
        if request.method() != http::Method::GET && reply.status < 400 {
            self.counters.writes += 1;
            self.gateway.note_write();
        }
        reply
    }
}

/// Whether the vendor still answers this read of an endpoint out of support.
fn is_retired_read(route: &Route<'_>, request: &Request<Bytes>, switches: &Switches) -> bool {
    route.name == "retired"
        && switches.retired_endpoints_answer
        && request.method() == http::Method::GET
}
