//! Reading a request's body within a size and a time.
//!
//! In: a body. Out: its bytes, or the problem with it. Never keeps more than the limit in memory, and never decompresses.

use std::time::Duration;

use api_client::Clock;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::problem::Problem;

pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
    clock: &dyn Clock,
    timeout: Duration,
) -> Result<Bytes, Problem> {
    if told_length(headers).is_some_and(|length| length > bytes_max) {
        return Err(Problem::TOO_LARGE);
    }
    let reading = std::pin::pin!(Limited::new(body, bytes_max).collect());
    match select(reading, super::accept_loop::after(clock, timeout)).await {
        Either::Left((Ok(collected), _)) => Ok(collected.to_bytes()),
        Either::Left((Err(error), _)) if error.is::<LengthLimitError>() => Err(Problem::TOO_LARGE),
        Either::Left((Err(_), _)) => Err(Problem::BROKEN_BODY),
        Either::Right(((), _)) => Err(Problem::TOO_SLOW),
    }
}

fn told_length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
