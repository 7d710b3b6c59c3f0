//! What to do about an error: the one place that decides.
//!
//! In: the error, how often this was tried, the time, and a random number that is given. Out: the next step. Nothing is
//! done here.

use jiff::{SignedDuration, Timestamp};

use crate::error::CallError;

/// After so many attempts a call that never gets through goes to quarantine.
pub const ATTEMPTS_MAX: u32 = 12;

/// An answer that makes no sense is asked for again so often.
const UNREADABLE_ATTEMPTS_MAX: u32 = 3;
const BACKOFF_FIRST_MILLIS: u64 = 1_000;
const BACKOFF_MILLIS_MAX: u64 = 5 * 60 * 1_000;

/// One attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The first is 1.
    pub number: u32,
    pub now: Timestamp,
    /// Any random number; spreads the retries of many.
    pub jitter: u64,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// The same call again, not before.
    RetryAt(Timestamp),
    /// Find out whether it was carried out.
    Resolve,
    /// Read the record again and plan again.
    Replan,
    /// Look for the record that is in the way, by its marker.
    FindExisting,
    /// Put it aside with what a person can do.
    Quarantine,
    /// Stop calling this side and tell the operator.
    StopSide,
}

/// Decides on an error.
#[must_use]
pub fn next_step(error: &CallError, attempt: Attempt) -> NextStep {
    match error {
        CallError::NotNow { retry_at, .. } => NextStep::RetryAt((*retry_at).max(attempt.now)),
        CallError::Unreachable { .. } if attempt.number >= ATTEMPTS_MAX => NextStep::Quarantine,
        CallError::Unreachable { .. } => NextStep::RetryAt(after_backoff(attempt)),
        CallError::Unreadable { .. } if attempt.number >= UNREADABLE_ATTEMPTS_MAX => {
            NextStep::Quarantine
        }
        CallError::Unreadable { .. } => NextStep::RetryAt(after_backoff(attempt)),
        CallError::OutcomeUnknown { .. } => NextStep::Resolve,
        CallError::Stale | CallError::NotFound | CallError::Gone => NextStep::Replan,
        CallError::AlreadyExists(_) => NextStep::FindExisting,
        CallError::Refused(_) => NextStep::Quarantine,
        CallError::NotAllowed(_) => NextStep::StopSide,
    }
}

/// Doubles with each attempt up to a limit; between half of it and all of it, by the jitter.
fn after_backoff(attempt: Attempt) -> Timestamp {
    let doublings = attempt.number.saturating_sub(1).min(20);
    let whole = (BACKOFF_FIRST_MILLIS << doublings).min(BACKOFF_MILLIS_MAX);
    let wait = whole / 2 + attempt.jitter % (whole / 2 + 1);
    let wait = SignedDuration::from_millis(i64::try_from(wait).unwrap_or(i64::MAX));
    attempt.now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
