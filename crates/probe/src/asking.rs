//! One account and the calls made on it: paced, priced, and each within an allowance that keeps back what tidying up costs.
//!
//! In: a method, an address and a body, as raw as a question needs them. Out: status, headers and body as they came. A limit
//! that is met is waited for; nothing else is repeated.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use api_client::TransportError;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use pipedrive::OauthLogin;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::account::{Account, Means, Stop};
use crate::line::{Line, Message, Reply};
use crate::post_box::PostBox;
use crate::price::price;
use crate::traces::Traces;

/// Half of what the smallest plan allows in two seconds.
const PACE_MILLIS: i64 = 200;
/// So often a limit is waited for.
pub(crate) const WAITS_MAX: u32 = 8;
pub(crate) const WAIT_SECONDS_DEFAULT: i64 = 3;
/// So many calls are under way together where it has to be fast.
const AT_ONCE_MAX: usize = 32;
/// So often, at least, somebody who waits looks whether the probe is stopped.
const LOOK_MILLIS: i64 = 1_000;

impl Reply {
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
}

/// Calls on one account.
pub(crate) struct Asking {
    pub(crate) account: Account,
    pub(crate) spent: u32,
    pub(crate) traces: Traces,
    last_at: Option<Timestamp>,
}

/// Who calls, and how the token travels.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller<'t> {
    We,
    Another,
    Nobody,
    /// With a token that the account does not know.
    Stranger,
    /// With an access token of a login.
    Bearer(&'t SecretString),
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

    /// The mark as a part of an address.
    pub(crate) fn slug(&self) -> String {
        self.account.mark.to_lowercase().replace(' ', "-")
    }

    pub(crate) const fn means(&self) -> &Means {
        &self.account.means
    }

    /// Only questions that take one ask for it.
    pub(crate) fn post_box(&self) -> Arc<PostBox> {
        let post_box = self.means().post_box.as_ref();
        Arc::clone(post_box.expect("the question is asked only with a post box"))
    }

    /// Only questions that take one ask for it.
    pub(crate) fn login(&self) -> Arc<OauthLogin> {
        let login = self.means().login.as_ref();
        Arc::clone(login.expect("the question is asked only with a login"))
    }

    pub(crate) fn token(&self) -> &SecretString {
        &self.account.token
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.account.clock.now()
    }

    pub(crate) async fn wait_millis(&self, millis: i64) -> Result<(), Stop> {
        self.wait_until(self.now() + SignedDuration::from_millis(millis))
            .await
    }

    pub(crate) async fn wait_until(&self, until: Timestamp) -> Result<(), Stop> {
        loop {
            self.go_on()?;
            if self.now() >= until {
                return Ok(());
            }
            let look = self.now() + SignedDuration::from_millis(LOOK_MILLIS);
            self.account.clock.sleep_until(until.min(look)).await;
        }
    }

    fn go_on(&self) -> Result<(), Stop> {
        if self.account.is_stopped.load(Ordering::Relaxed) {
            return Err(Stop::Stopped);
        }
        Ok(())
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
        let reply = self.post(path, body).await;
        self.note_made(what, path, &reply);
        reply
    }

    /// Makes many records at once; those that were made.
    pub(crate) async fn make_many(
        &mut self,
        what: &'static str,
        path: &str,
        bodies: &[Option<Value>],
    ) -> Result<Vec<Made>, Stop> {
        let replies = self.volley(&Method::POST, path, bodies).await?;
        for reply in &replies {
            self.note_made(what, path, reply);
        }
        let done = |reply: Result<Reply, Stop>| match reply {
            Ok(reply) if reply.is_done() => Some(Ok(Made::of(path, reply.body["data"].clone()))),
            Ok(_) => None,
            Err(stop) => Some(Err(stop)),
        };
        replies.into_iter().filter_map(done).collect()
    }

    /// Keeps in mind what may have to be removed.
    fn note_made(&mut self, what: &'static str, path: &str, reply: &Result<Reply, Stop>) {
        match reply {
            Ok(reply) if reply.is_done() => {
                if let Some(id) = id_in(reply.data()) {
                    self.traces.add(what, format!("{path}/{id}"));
                }
            }
            Err(Stop::Transport(TransportError::NoAnswer(_) | TransportError::TooLarge { .. })) => {
                self.traces.lose(what, path);
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// Makes a record that a question needs.
    pub(crate) async fn make(
        &mut self,
        what: &'static str,
        path: &str,
        body: Value,
    ) -> Result<Made, Stop> {
        let data = self.try_make(what, path, body).await?.done()?;
        Ok(Made::of(path, data))
    }

    /// A person of the probe.
    pub(crate) async fn person(&mut self, more: Value) -> Result<Made, Stop> {
        let body = with(json!({"name": self.mark()}), more);
        self.make("person", "/api/v2/persons", body).await
    }

    /// Sends one request, after the pace and the allowance let it. A limit that is met is waited for.
    pub(crate) async fn call(
        &mut self,
        caller: Caller<'_>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Reply, Stop> {
        let mut waits = 0;
        loop {
            self.keep_pace().await;
            let reply = self.send(caller, &method, path, body.as_ref()).await?;
            match (reply.status, caller) {
                (429, _) if waits < WAITS_MAX => {
                    waits += 1;
                    let seconds = reply
                        .header("retry-after")
                        .and_then(|text| text.parse().ok());
                    let seconds = seconds.unwrap_or(WAIT_SECONDS_DEFAULT).clamp(1, 120);
                    self.wait_millis(seconds * 1_000).await?;
                }
                (429, _) => return Err(Stop::Busy),
                (401, Caller::We) => return Err(Stop::Unauthorized),
                (401, Caller::Another) => return Err(Stop::SecondUnauthorized),
                _ => return Ok(reply),
            }
        }
    }

    /// Sends one request at once, whatever the limits of the account are, within the allowance.
    pub(crate) async fn send(
        &mut self,
        caller: Caller<'_>,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Stop> {
        self.pay(price(method, path))?;
        self.exchange(caller, method, path, body).await
    }

    /// Sends a call many times, as fast as it goes; the answers in the order of the calls.
    pub(crate) async fn volley(
        &mut self,
        method: &Method,
        path: &str,
        bodies: &[Option<Value>],
    ) -> Result<Vec<Result<Reply, Stop>>, Stop> {
        let count = u32::try_from(bodies.len()).unwrap_or(u32::MAX);
        self.pay(price(method, path).saturating_mul(count))?;
        let asking = &*self;
        let calls = bodies
            .iter()
            .map(|body| asking.exchange(Caller::We, method, path, body.as_ref()));
        Ok(stream::iter(calls).buffered(AT_ONCE_MAX).collect().await)
    }

    /// Books what is about to be spent, unless that would leave too little for tidying up.
    fn pay(&mut self, tokens: u32) -> Result<(), Stop> {
        self.go_on()?;
        if self.spent + tokens + self.tidying_tokens() > self.account.allowance {
            return Err(Stop::Allowance {
                allowance: self.account.allowance,
            });
        }
        self.spent += tokens;
        Ok(())
    }

    pub(crate) async fn keep_pace(&mut self) {
        if let Some(last) = self.last_at {
            let next = last + SignedDuration::from_millis(PACE_MILLIS);
            if next > self.now() {
                self.account.clock.sleep_until(next).await;
            }
        }
        self.last_at = Some(self.now());
    }

    pub(crate) async fn exchange(
        &self,
        caller: Caller<'_>,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Stop> {
        let mut headers: Vec<(&'static str, String)> = self.proof(caller).into_iter().collect();
        let body = match body {
            Some(body) => {
                headers.push(("content-type", "application/json".to_owned()));
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let line = Line {
            transport: &*self.account.transport,
            clock: &*self.account.clock,
            base: &self.account.base,
        };
        let message = Message {
            method,
            path,
            headers: &headers,
            body,
        };
        line.exchange(message).await
    }

    /// The header that tells who calls.
    fn proof(&self, caller: Caller<'_>) -> Option<(&'static str, String)> {
        let token = match caller {
            Caller::We => self.account.token.expose_secret().to_owned(),
            Caller::Another => {
                let second = self.means().second_token.as_ref()?;
                second.expose_secret().to_owned()
            }
            Caller::Nobody => return None,
            Caller::Stranger => "0".repeat(40),
            Caller::Bearer(token) => {
                return Some(("authorization", format!("Bearer {}", token.expose_secret())));
            }
        };
        Some(("x-api-token", token))
    }
}

/// A record of the probe.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) path: String,
    pub(crate) id: Value,
    pub(crate) data: Value,
}

impl Made {
    /// The record as it was answered, of the kind that is made at `path`.
    pub(crate) fn of(path: &str, data: Value) -> Self {
        let id = id_in(&data).unwrap_or_default();
        Self {
            path: format!("{path}/{id}"),
            id: data["id"].clone(),
            data,
        }
    }
}

/// A number, a text or the code of a field.
pub(crate) fn id_in(data: &Value) -> Option<String> {
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
