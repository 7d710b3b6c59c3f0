//! One account and the calls made on it: paced, priced, and each within an allowance that keeps back what tidying up costs.
//!
//! In: a method, an address and a body, as raw as a question needs them. Out: status, headers and body as they came. A limit
//! that is met is waited for; nothing else is repeated.

use std::sync::Arc;

use api_client::{Clock, Transport, TransportError};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, Method, Request};
use jiff::{SignedDuration, Timestamp};
use pipedrive::cost::OPERATIONS;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::traces::{Left, Traces};

/// Half of what the smallest plan allows in two seconds.
const PACE_MILLIS: i64 = 200;
const TIMEOUT_SECONDS: i64 = 30;
/// So often a limit is waited for.
const WAITS_MAX: u32 = 8;
const WAIT_SECONDS_DEFAULT: i64 = 3;
/// What a call costs that is in no price list.
const TOKENS_UNKNOWN: u32 = 40;

/// The account that is asked.
pub struct Account {
    pub transport: Arc<dyn Transport>,
    pub clock: Arc<dyn Clock>,
    /// Such as `https://nordlysbrokers.pipedrive.com`, without a slash at its end.
    pub base: String,
    pub token: SecretString,
    /// A token of another user, for questions about two.
    pub other_token: Option<SecretString>,
    /// What every record that is made has in its name.
    pub mark: String,
    /// The most tokens that may be spent, tidying up included.
    pub allowance: u32,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Account")
            .field("base", &self.base)
            .field("mark", &self.mark)
            .field("allowance", &self.allowance)
            .finish_non_exhaustive()
    }
}

/// Why a question, or the whole probe, cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    #[error(
        "the allowance of {allowance} tokens is used up; what was asked so far is told, and the rest needs a larger allowance"
    )]
    Allowance { allowance: u32 },
    #[error("the account refuses the token; check it with `pipestreet doctor`")]
    Unauthorized,
    #[error(
        "the account was asked too much for longer than the probe waits; try again when nobody else uses it"
    )]
    Busy,
    #[error("no answer came: {0}")]
    Transport(TransportError),
    #[error("{what} was answered with {status}, which the question does not expect")]
    Unexpected { what: String, status: u16 },
}

impl Stop {
    /// Whether other questions can still be asked.
    pub(crate) const fn is_of_question(&self) -> bool {
        match self {
            Self::Unexpected { .. } | Self::Transport(_) => true,
            Self::Allowance { .. } | Self::Unauthorized | Self::Busy => false,
        }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Null when it is not JSON.
    pub(crate) body: Value,
    asked: String,
}

impl Reply {
    pub(crate) const fn is_done(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// The record, or the list of records.
    pub(crate) fn data(&self) -> &Value {
        &self.body["data"]
    }

    /// The record that was made or read, or why the question stops here.
    pub(crate) fn done(self) -> Result<Value, Stop> {
        if self.is_done() {
            Ok(self.body["data"].clone())
        } else {
            Err(self.unexpected())
        }
    }

    /// Whether the account takes what was sent; neither is unexpected.
    pub(crate) fn is_taken(&self) -> Result<bool, Stop> {
        match self.status {
            200..300 => Ok(true),
            400 | 403 | 404 | 409 | 410 | 422 => Ok(false),
            _ => Err(self.clone().unexpected()),
        }
    }

    pub(crate) fn unexpected(self) -> Stop {
        Stop::Unexpected {
            what: self.asked,
            status: self.status,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Calls on one account.
pub(crate) struct Asking {
    account: Account,
    pub(crate) spent: u32,
    traces: Traces,
    last_at: Option<Timestamp>,
}

/// Who calls, and how the token travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    We,
    Another,
    Nobody,
    /// With a token that the account does not know.
    Stranger,
}

impl Asking {
    pub(crate) fn new(account: Account) -> Self {
        Self {
            account,
            spent: 0,
            traces: Traces::default(),
            last_at: None,
        }
    }

    pub(crate) fn mark(&self) -> String {
        self.account.mark.clone()
    }

    pub(crate) fn has_other(&self) -> bool {
        self.account.other_token.is_some()
    }

    pub(crate) fn token(&self) -> &SecretString {
        &self.account.token
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.account.clock.now()
    }

    pub(crate) async fn wait_millis(&self, millis: i64) {
        let until = self.now() + SignedDuration::from_millis(millis);
        self.account.clock.sleep_until(until).await;
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Reply, Stop> {
        self.call(Caller::We, Method::GET, path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Result<Reply, Stop> {
        self.call(Caller::We, Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&mut self, path: &str, body: Value) -> Result<Reply, Stop> {
        self.call(Caller::We, Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&mut self, path: &str) -> Result<Reply, Stop> {
        let reply = self.call(Caller::We, Method::DELETE, path, None).await?;
        if reply.is_done() {
            self.traces.forget(path);
        }
        Ok(reply)
    }

    /// Tries to make a record; what was made is removed at the end.
    pub(crate) async fn try_make(
        &mut self,
        what: &'static str,
        path: &str,
        body: Value,
    ) -> Result<Reply, Stop> {
        let reply = self.post(path, body).await?;
        if reply.is_done()
            && let Some(id) = id_in(reply.data())
        {
            self.traces.add(what, format!("{path}/{id}"));
        }
        Ok(reply)
    }

    /// Makes a record that a question needs.
    pub(crate) async fn make(
        &mut self,
        what: &'static str,
        path: &str,
        body: Value,
    ) -> Result<Made, Stop> {
        let data = self.try_make(what, path, body).await?.done()?;
        let id = id_in(&data).unwrap_or_default();
        Ok(Made {
            path: format!("{path}/{id}"),
            id: data["id"].clone(),
            data,
        })
    }

    /// A person of the probe.
    pub(crate) async fn person(&mut self, more: Value) -> Result<Made, Stop> {
        let body = with(json!({"name": self.mark()}), more);
        self.make("person", "/api/v2/persons", body).await
    }

    /// Sends one request, after the pace and the allowance let it.
    pub(crate) async fn call(
        &mut self,
        caller: Caller,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Reply, Stop> {
        let mut waits = 0;
        loop {
            let reply = self.send(caller, &method, path, body.as_ref()).await?;
            match reply.status {
                429 if waits < WAITS_MAX => {
                    waits += 1;
                    let seconds = reply
                        .header("retry-after")
                        .and_then(|text| text.parse().ok());
                    let seconds = seconds.unwrap_or(WAIT_SECONDS_DEFAULT).clamp(1, 120);
                    self.wait_millis(seconds * 1_000).await;
                }
                429 => return Err(Stop::Busy),
                401 if caller == Caller::We => return Err(Stop::Unauthorized),
                _ => return Ok(reply),
            }
        }
    }

    /// Sends one request at once, whatever the limits are: for questions about limits.
    pub(crate) async fn send(
        &mut self,
        caller: Caller,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Stop> {
        let tokens = price(method, path);
        let tidying: u32 = self.traces.newest().map(|_| TIDYING_MAX).sum();
        if self.spent + tokens + tidying + TIDYING_MAX > self.account.allowance {
            return Err(Stop::Allowance {
                allowance: self.account.allowance,
            });
        }
        self.keep_pace().await;
        self.send_unpaced(caller, method, path, body).await
    }

    async fn keep_pace(&mut self) {
        if let Some(last) = self.last_at {
            let next = last + SignedDuration::from_millis(PACE_MILLIS);
            if next > self.now() {
                self.account.clock.sleep_until(next).await;
            }
        }
        self.last_at = Some(self.now());
    }

    /// The same without a pause before it.
    pub(crate) async fn send_unpaced(
        &mut self,
        caller: Caller,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Stop> {
        self.spent += price(method, path);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.account.base))
            .header("accept", "application/json");
        let token = match caller {
            Caller::We => Some(self.account.token.expose_secret().to_owned()),
            Caller::Another => self
                .account
                .other_token
                .as_ref()
                .map(|token| token.expose_secret().to_owned()),
            Caller::Nobody => None,
            Caller::Stranger => Some("0".repeat(40)),
        };
        if let Some(token) = token {
            request = request.header("x-api-token", token);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let asked = format!("{method} {}", path.split('?').next().unwrap_or(path));
        let request = request.body(body).map_err(|_| {
            Stop::Transport(TransportError::NotSent("its address is not one".to_owned()))
        })?;
        let deadline = self.now() + SignedDuration::from_secs(TIMEOUT_SECONDS);
        let answer = self.account.transport.send(request);
        let response = match select(answer, self.account.clock.sleep_until(deadline)).await {
            Either::Left((answer, _)) => answer.map_err(Stop::Transport)?,
            Either::Right(_) => {
                let late = TransportError::NoAnswer("it took too long".to_owned());
                return Err(Stop::Transport(late));
            }
        };
        let (parts, body) = response.into_parts();
        Ok(Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
            asked,
        })
    }

    /// Removes everything that was made; tells what could not be.
    pub(crate) async fn tidy_up(&mut self) -> Vec<Left> {
        let mut left = Vec::new();
        while let Some(trace) = self.traces.take_newest() {
            self.keep_pace().await;
            let mut waits = 0;
            let why = loop {
                let removed = self
                    .send_unpaced(Caller::We, &Method::DELETE, &trace.path, None)
                    .await;
                match removed {
                    // What is gone already is removed.
                    Ok(reply) if reply.is_done() || matches!(reply.status, 404 | 410) => {
                        break None;
                    }
                    Ok(reply) if reply.status == 429 && waits < WAITS_MAX => {
                        waits += 1;
                        self.wait_millis(WAIT_SECONDS_DEFAULT * 1_000).await;
                    }
                    Ok(reply) => break Some(reply.unexpected().to_string()),
                    Err(stop) => break Some(stop.to_string()),
                }
            };
            left.extend(why.map(|why| Left {
                what: trace.what,
                path: trace.path,
                why,
            }));
        }
        left
    }
}

/// The dearest removal.
const TIDYING_MAX: u32 = 6;

/// A record of the probe.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) path: String,
    pub(crate) id: Value,
    pub(crate) data: Value,
}

/// A number, a text or the code of a field.
fn id_in(data: &Value) -> Option<String> {
    match (&data["id"], &data["field_code"]) {
        (_, Value::String(code)) => Some(code.clone()),
        (Value::Number(id), _) => Some(id.to_string()),
        (Value::String(id), _) => Some(id.clone()),
        _ => None,
    }
}

/// The same object with the keys of another.
pub(crate) fn with(mut object: Value, more: Value) -> Value {
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend(more);
    }
    object
}

/// What the price list says of a call; the most specific address that fits.
fn price(method: &Method, path: &str) -> u32 {
    let path = path.split('?').next().unwrap_or(path);
    let fits = OPERATIONS
        .iter()
        .filter(|operation| operation.verb.method() == *method && is_at(path, operation.path));
    let best = fits.min_by_key(|operation| operation.path.matches('{').count());
    best.map_or(TOKENS_UNKNOWN, |operation| operation.tokens)
}

fn is_at(path: &str, pattern: &str) -> bool {
    let (mut of_path, mut of_pattern) = (path.split('/'), pattern.split('/'));
    loop {
        match (of_path.next(), of_pattern.next()) {
            (None, None) => return true,
            (Some(part), Some(wanted)) if fits(part, wanted) => {}
            _ => return false,
        }
    }
}

/// `{…}` stands for any part, also beside letters as in `{entity}Fields`.
fn fits(part: &str, wanted: &str) -> bool {
    match wanted.split_once('{') {
        None => part == wanted,
        Some((before, rest)) => {
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            part.len() > before.len() + after.len()
                && part.starts_with(before)
                && part.ends_with(after)
        }
    }
}
