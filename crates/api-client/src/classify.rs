//! What a status and a body mean for the caller.
//!
//! In: a complete response and whether the call could change anything. Out: the answer, or the error that names the
//! next step. Pure; what follows for budget, circuit and login is the caller's.

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::error::{CallError, UnknownBecause};
use crate::refusal::Refusal;
use crate::spec::Effect;

/// What to make of a response.
#[derive(Debug)]
pub(crate) enum Verdict {
    Answered,
    /// 429.
    TooMany,
    /// The server is in trouble and the call changed nothing.
    Busy,
    /// The firewall's page instead of the API.
    TurnedAway,
    /// 401.
    LoginRefused(Box<Refusal>),
    Failed(CallError),
}

pub(crate) fn classify(what: &'static str, effect: Effect, response: &Response<Bytes>) -> Verdict {
    let status = response.status();
    if status.is_success() {
        return Verdict::Answered;
    }
    if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        return match effect {
            Effect::Read => Verdict::Busy,
            Effect::Write => Verdict::Failed(CallError::OutcomeUnknown {
                what,
                because: UnknownBecause::ServerFailed(status.as_u16()),
            }),
        };
    }
    let refusal = || Box::new(Refusal::read(status.as_u16(), response.body()));
    match status.as_u16() {
        429 => Verdict::TooMany,
        401 => Verdict::LoginRefused(refusal()),
        402 => Verdict::Failed(CallError::NotAllowed(refusal())),
        403 => forbidden(response, refusal()),
        404 => Verdict::Failed(CallError::NotFound),
        410 => Verdict::Failed(CallError::Gone),
        409 => Verdict::Failed(conflict(refusal())),
        412 | 428 => Verdict::Failed(CallError::Stale),
        _ => Verdict::Failed(CallError::Refused(refusal())),
    }
}

fn forbidden(response: &Response<Bytes>, refusal: Box<Refusal>) -> Verdict {
    if !is_json(response) {
        Verdict::TurnedAway
    } else if refusal.is_about_the_plan() {
        Verdict::Failed(CallError::Refused(refusal))
    } else {
        Verdict::Failed(CallError::NotAllowed(refusal))
    }
}

fn conflict(refusal: Box<Refusal>) -> CallError {
    if refusal.is_about_staleness() {
        CallError::Stale
    } else {
        CallError::AlreadyExists(refusal)
    }
}

/// By the body, since a page may carry any type.
fn is_json(response: &Response<Bytes>) -> bool {
    let first = response
        .body()
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'[') | None)
}
