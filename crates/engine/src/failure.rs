//! What can stop a stage, and how long to wait before a failed call is tried again.

use api_client::CallError;
use model::{Side, Timestamp, time};
use store::{Problem, StoreError};

use crate::settings::Timing;

/// Why a stage could not go on. What concerns one record only never becomes one of these: it puts that record's lane off or
/// into quarantine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the workspace's fields have not been read yet; run `pipestreet setup`")]
    NotSetUp,
    #[error("memory failed")]
    Store(#[from] StoreError),
    #[error("{side} could not be asked")]
    Call { side: Side, source: Box<CallError> },
    #[error("{what} makes no sense: {reason}")]
    Unreadable { what: String, reason: String },
}

impl EngineError {
    #[must_use]
    pub fn call(side: Side, source: CallError) -> Self {
        Self::Call {
            side,
            source: Box::new(source),
        }
    }
}

/// When to try again after the `attempts`-th failure in a row: doubling, bounded, spread by `random`.
#[must_use]
pub fn retry_at(timing: &Timing, attempts: u32, random: u64, now: Timestamp) -> Timestamp {
    let doubled = timing.retry_first.saturating_mul(1_i64 << attempts.min(20));
    let longest = doubled.min(timing.retry_longest).max(1);
    // Full jitter: many records that failed together do not come back together.
    let spread = i64::try_from(random % u64::try_from(longest).expect("at least one"))
        .expect("below an i64");
    time::plus_millis(now, longest / 2 + spread / 2)
}

/// A problem without request and answer.
#[must_use]
pub fn problem(code: &str, message: impl Into<String>) -> Problem {
    Problem {
        code: code.to_owned(),
        message: message.into(),
        request: None,
        answer: None,
    }
}
