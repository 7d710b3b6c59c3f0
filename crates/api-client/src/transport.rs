//! The way a request goes out: a real connection, or a stand-in put straight on a state machine.
//!
//! In: one complete request. Out: one complete response, or what is known about whether the request went out. A
//! transport never waits longer than it must, never retries and never follows a redirect; time-outs are the caller's.

use bytes::Bytes;
use thiserror::Error;

use crate::clock::BoxFuture;

/// Carries one request at a time to the other side.
pub trait Transport: Send + Sync {
    /// Sends the request and reads the whole response.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>>;
}

/// Why there is no response. The texts are the transport's own and hold nothing of the request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransportError {
    /// The request certainly did not reach the server.
    #[error("the request was not sent: {0}")]
    NotSent(String),
    /// The request may have been carried out, but no whole answer came back.
    #[error("no whole answer came back: {0}")]
    NoAnswer(String),
    /// The answer was longer than we read.
    #[error("the answer is longer than {limit_bytes} bytes")]
    TooLarge { limit_bytes: usize },
}
