//! One request and what comes back, whichever service is asked.
//!
//! In: a method, an address, headers and a body. Out: status, headers and body as they came, or why nothing came.

use api_client::{Clock, Transport, TransportError};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, Method, Request};
use jiff::SignedDuration;
use serde_json::Value;

use crate::account::Stop;

const TIMEOUT_SECONDS: i64 = 30;

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

/// What is sent.
pub(crate) struct Message<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [(&'static str, String)],
    pub(crate) body: Bytes,
}

/// The way to a service.
pub(crate) struct Line<'a> {
    pub(crate) transport: &'a dyn Transport,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) base: &'a str,
}

impl Line<'_> {
    pub(crate) async fn exchange(&self, message: Message<'_>) -> Result<Reply, Stop> {
        let Message {
            method,
            path,
            headers,
            body,
        } = message;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("accept", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let asked = format!("{method} {}", path.split('?').next().unwrap_or(path));
        let request = request.body(body).map_err(|_| {
            Stop::Transport(TransportError::NotSent("its address is not one".to_owned()))
        })?;
        let deadline = self.clock.now() + SignedDuration::from_secs(TIMEOUT_SECONDS);
        let answer = self.transport.send(request);
        let response = match select(answer, self.clock.sleep_until(deadline)).await {
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
}
