//! One organization and the calls made on it: paced by what it tells of its limit, and each within an allowance that keeps back
//! what tidying up takes.
//!
//! In: a method, an address and a body, as raw as a question needs them. Out: status, headers and body as they came. A limit
//! that is met is waited for; nothing else is repeated.

use std::sync::atomic::Ordering;

use api_client::TransportError;
use bytes::Bytes;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::organization::{Login, Organization};
use crate::account::Stop;
use crate::line::{Line, Message, Reply};
use crate::traces::Traces;

pub(super) const CONTACTS: &str = "/api/v1/network/contacts";
pub(super) const COMPANIES: &str = "/api/v1/network/companies";
pub(super) const LINKS: &str = "/api/v1/network/links";
pub(super) const PROJECTS: &str = "/api/v1/projects";
pub(super) const PROPERTIES: &str = "/api/v1/properties";
pub(super) const WEBHOOKS: &str = "/api/v1/webhooks";
/// No record has this number.
pub(super) const NOBODY: &str = "2147483646";
/// A version that no record has.
pub(super) const NO_VERSION: &str = "W/\"AAAAAAAAAAA=\"";

const TOKEN_PATH: &str = "/openid/token";
/// Half of what a bot may.
const PACE_MILLIS: i64 = 200;
/// So often a limit is waited for.
pub(super) const WAITS_MAX: u32 = 8;
const WAIT_SECONDS_DEFAULT: i64 = 5;
const WAIT_SECONDS_MAX: i64 = 120;
/// So often, at least, somebody who waits looks whether the probe is stopped.
const LOOK_MILLIS: i64 = 1_000;

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: String,
    body: Option<Value>,
    headers: Vec<(&'static str, String)>,
}

impl Ask {
    pub(super) fn of(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            body: None,
            headers: Vec::new(),
        }
    }

    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn on(mut self, version: impl Into<String>) -> Self {
        self.headers.push(("if-match", version.into()));
        self
    }

    pub(super) fn once(mut self, key: impl Into<String>) -> Self {
        self.headers.push(("idempotency-key", key.into()));
        self
    }
}

/// A record of the probe.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) path: String,
    /// As text, however it was shown.
    pub(super) id: String,
    pub(super) etag: String,
    pub(super) data: Value,
}

/// Calls on one organization.
pub(super) struct Asking {
    pub(super) organization: Organization,
    pub(super) spent: u32,
    pub(super) traces: Traces,
    pub(super) started_at: Timestamp,
    token: Option<SecretString>,
    next_at: Timestamp,
    pub(super) projects_can_be_deleted: Option<bool>,
}

impl Asking {
    pub(super) fn new(organization: Organization) -> Self {
        let now = organization.clock.now();
        let token = match &organization.login {
            Login::PersonalToken(token) => Some(token.clone()),
            Login::Client { .. } => None,
        };
        Self {
            organization,
            spent: 0,
            traces: Traces::default(),
            started_at: now,
            token,
            next_at: now,
            projects_can_be_deleted: None,
        }
    }

    pub(super) fn mark(&self) -> String {
        self.organization.mark.clone()
    }

    /// The mark as a part of an address.
    pub(super) fn slug(&self) -> String {
        self.organization.mark.to_lowercase().replace(' ', "-")
    }

    pub(super) fn now(&self) -> Timestamp {
        self.organization.clock.now()
    }

    pub(super) async fn wait_seconds(&self, seconds: i64) -> Result<(), Stop> {
        let until = self.now() + SignedDuration::from_secs(seconds);
        loop {
            self.go_on()?;
            if self.now() >= until {
                return Ok(());
            }
            let look = self.now() + SignedDuration::from_millis(LOOK_MILLIS);
            self.organization.clock.sleep_until(until.min(look)).await;
        }
    }

    fn go_on(&self) -> Result<(), Stop> {
        if self.organization.is_stopped.load(Ordering::Relaxed) {
            return Err(Stop::Stopped);
        }
        Ok(())
    }

    pub(super) async fn get(&mut self, path: &str) -> Result<Reply, Stop> {
        self.call(&Ask::of(Method::GET, path)).await
    }

    pub(super) async fn patch(&mut self, path: &str, body: Value) -> Result<Reply, Stop> {
        self.call(&Ask::of(Method::PATCH, path).json(body)).await
    }

    pub(super) async fn post(&mut self, path: &str, body: Value) -> Result<Reply, Stop> {
        self.call(&Ask::of(Method::POST, path).json(body)).await
    }

    pub(super) async fn delete(&mut self, path: &str) -> Result<Reply, Stop> {
        let reply = self.call(&Ask::of(Method::DELETE, path)).await?;
        if reply.is_done() {
            self.traces.forget(path);
        }
        Ok(reply)
    }

    /// Tries to make a record; what was made is removed at the end.
    pub(super) async fn try_make(
        &mut self,
        what: &'static str,
        path: &str,
        body: Value,
    ) -> Result<Reply, Stop> {
        self.try_make_so(what, Ask::of(Method::POST, path).json(body))
            .await
    }

    /// The same, as the question has it.
    pub(super) async fn try_make_so(
        &mut self,
        what: &'static str,
        ask: Ask,
    ) -> Result<Reply, Stop> {
        let reply = self.call(&ask).await;
        match &reply {
            Ok(reply) if reply.is_done() => {
                if let Some(id) = id_in(&reply.body) {
                    self.traces.add(what, format!("{}/{id}", ask.path));
                }
            }
            Err(Stop::Transport(TransportError::NoAnswer(_) | TransportError::TooLarge { .. })) => {
                self.traces.lose(what, &ask.path);
            }
            Ok(_) | Err(_) => {}
        }
        reply
    }

    /// Makes a record that a question needs.
    pub(super) async fn make(
        &mut self,
        what: &'static str,
        path: &str,
        body: Value,
    ) -> Result<Made, Stop> {
        let reply = self.try_make(what, path, body).await?;
        made(path, reply)
    }

    /// A contact of the probe.
    pub(super) async fn contact(&mut self, more: Value) -> Result<Made, Stop> {
        let body = crate::asking::with(json!({"firstName": self.mark()}), more);
        self.make("contact", CONTACTS, body).await
    }

    /// A company of the probe.
    pub(super) async fn company(&mut self) -> Result<Made, Stop> {
        let body = json!({"name": self.mark()});
        self.make("company", COMPANIES, body).await
    }

    /// A project of the probe.
    pub(super) async fn project(&mut self) -> Result<Made, Stop> {
        let body = json!({"name": self.mark()});
        self.make("project", PROJECTS, body).await
    }

    /// A webhook that calls nobody: its deliveries are looked up.
    pub(super) async fn try_webhook(&mut self, events: &[&str]) -> Result<Reply, Stop> {
        let url = format!("https://{}.invalid/", self.slug());
        let body = json!({"url": url, "events": events, "name": self.mark()});
        self.try_make("webhook", WEBHOOKS, body).await
    }

    /// Sends one request, after the pace and the allowance let it. A limit that is met is waited for.
    pub(super) async fn call(&mut self, ask: &Ask) -> Result<Reply, Stop> {
        let (mut waits, mut logins) = (0, 0);
        loop {
            self.pay()?;
            let reply = self.exchange(ask).await?;
            match reply.status {
                429 if waits < WAITS_MAX => {
                    waits += 1;
                    let seconds = reply
                        .header("retry-after")
                        .and_then(|text| text.parse().ok());
                    let seconds = seconds.unwrap_or(WAIT_SECONDS_DEFAULT);
                    self.wait_seconds(seconds.clamp(1, WAIT_SECONDS_MAX))
                        .await?;
                }
                429 => return Err(Stop::Busy),
                401 if logins == 0 && self.logs_in() => {
                    logins += 1;
                    self.token = None;
                }
                401 => return Err(Stop::Unauthorized),
                _ => return Ok(reply),
            }
        }
    }

    const fn logs_in(&self) -> bool {
        matches!(self.organization.login, Login::Client { .. })
    }

    /// Books what is about to be sent, unless that would leave too little for tidying up.
    fn pay(&mut self) -> Result<(), Stop> {
        self.go_on()?;
        let login = u32::from(self.token.is_none());
        if self.spent + 1 + login + self.tidying_requests() > self.organization.allowance {
            return Err(Stop::Allowance {
                allowance: self.organization.allowance,
            });
        }
        self.spent += 1;
        Ok(())
    }

    /// One request at the pace of the organization; the login before it is counted, too.
    pub(super) async fn exchange(&mut self, ask: &Ask) -> Result<Reply, Stop> {
        let token = match self.token.clone() {
            Some(token) => token,
            None => self.log_in().await?,
        };
        let mut headers = ask.headers.clone();
        headers.push(("authorization", format!("Bearer {}", token.expose_secret())));
        let body = match &ask.body {
            Some(body) => {
                headers.push(("content-type", "application/json".to_owned()));
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        self.send((&ask.method, &ask.path), &headers, body).await
    }

    async fn log_in(&mut self) -> Result<SecretString, Stop> {
        let Login::Client { id, secret } = self.organization.login.clone() else {
            return Err(Stop::Unauthorized);
        };
        let encoded = |text: &str| {
            let mut out = String::new();
            api_client::encode_into(&mut out, text);
            out
        };
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope=api%3Apublic",
            encoded(&id),
            encoded(secret.expose_secret())
        );
        let kind = "application/x-www-form-urlencoded".to_owned();
        self.spent += 1;
        let headers = [("content-type", kind)];
        let reply = self
            .send((&Method::POST, TOKEN_PATH), &headers, Bytes::from(form))
            .await?;
        let token = reply.body["access_token"].as_str();
        let token = SecretString::from(token.ok_or(Stop::Unauthorized)?);
        self.token = Some(token.clone());
        Ok(token)
    }

    async fn send(
        &mut self,
        (method, path): (&Method, &str),
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Result<Reply, Stop> {
        let clock = &*self.organization.clock;
        if self.next_at > clock.now() {
            clock.sleep_until(self.next_at).await;
        }
        self.next_at = clock.now() + SignedDuration::from_millis(PACE_MILLIS);
        let line = Line {
            transport: &*self.organization.transport,
            clock,
            base: &self.organization.base,
        };
        let message = Message {
            method,
            path,
            headers,
            body,
        };
        let reply = line.exchange(message).await?;
        // The last one of a minute: the next is sent in the next.
        if reply.header("ratelimit-remaining") == Some("0") {
            let seconds = reply
                .header("ratelimit-reset")
                .and_then(|text| text.parse().ok());
            let seconds = seconds
                .unwrap_or(WAIT_SECONDS_DEFAULT)
                .clamp(0, WAIT_SECONDS_MAX);
            self.next_at = self.now() + SignedDuration::from_secs(seconds);
        }
        Ok(reply)
    }
}

/// Whether the organization takes what was sent; neither is unexpected.
pub(super) fn is_taken(reply: &Reply) -> Result<bool, Stop> {
    match reply.status {
        200..300 => Ok(true),
        400..500 => Ok(false),
        _ => Err(reply.clone().unexpected()),
    }
}

/// The record that was made or read, of the kind that is made at `path`, or why the question stops here.
pub(super) fn made(path: &str, reply: Reply) -> Result<Made, Stop> {
    let id = id_in(&reply.body).filter(|_| reply.is_done());
    let Some(id) = id else {
        return Err(reply.unexpected());
    };
    let etag = reply.header("etag").unwrap_or_default().to_owned();
    Ok(Made {
        path: format!("{path}/{id}"),
        id,
        etag,
        data: reply.body,
    })
}

/// A text or a number.
pub(super) fn id_in(record: &Value) -> Option<String> {
    match &record["id"] {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The rows of a list, in whatever envelope.
pub(super) fn rows(reply: &Reply) -> Vec<Value> {
    let list = reply
        .body
        .as_array()
        .or_else(|| reply.body["data"].as_array());
    list.cloned().unwrap_or_default()
}

/// Where the next page begins, in either shape.
pub(super) fn next_cursor(reply: &Reply) -> Option<String> {
    let nested = reply.body["page"]["nextCursor"].as_str();
    let cursor = nested.or_else(|| reply.body["nextCursor"].as_str());
    cursor.map(str::to_owned)
}
