//! What can become of a call that did not succeed. Each variant is a next step.
//!
//! In: nothing. Out: errors whose texts hold no value of any record; what the vendor wrote is kept apart from them.

use jiff::Timestamp;
use thiserror::Error;

use crate::refusal::Refusal;
use crate::transport::TransportError;

/// Why a call has no usable answer, as what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// It had no effect; come again at that time.
    #[error("not now, because {reason}; again at {retry_at}")]
    NotNow {
        retry_at: Timestamp,
        reason: NotNowReason,
    },
    /// It had no effect; the other side could not be reached, or a read got no answer.
    #[error("{what}: the server could not be reached")]
    Unreachable {
        what: &'static str,
        #[source]
        cause: TransportError,
    },
    /// It may have been carried out. Find out before anything else.
    #[error("{what}: it is not known whether this was carried out, because {because}")]
    OutcomeUnknown {
        what: &'static str,
        because: UnknownBecause,
    },
    /// It had no effect: the record changed since it was read.
    #[error("the record changed since it was read")]
    Stale,
    /// It had no effect: such a record exists already.
    #[error("such a record exists already ({0})")]
    AlreadyExists(Box<Refusal>),
    /// There is no such record.
    #[error("there is no such record")]
    NotFound,
    /// The record, or the endpoint, is gone for good.
    #[error("this is gone for good")]
    Gone,
    /// It had no effect and never will have in this form.
    #[error("refused ({0})")]
    Refused(Box<Refusal>),
    /// It had no effect: the credentials are not good for this.
    #[error("not allowed ({0})")]
    NotAllowed(Box<Refusal>),
    /// A read was answered with something that is no answer.
    #[error("{what}: the answer makes no sense at line {line}, column {column}")]
    Unreadable {
        what: &'static str,
        line: usize,
        column: usize,
    },
}

/// Why a call has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum NotNowReason {
    #[error("too many requests at once")]
    BurstLimit,
    #[error("the day's budget is spent")]
    DayBudget,
    #[error("the server is busy")]
    ServerBusy,
    #[error("the server's firewall turned us away")]
    CircuitOpen,
    #[error("the login has ended")]
    LoginExpired,
    #[error("the login is being renewed")]
    LoginRenewing,
    #[error("the login cannot be read or kept")]
    LoginUnavailable,
    #[error("the ledger cannot be written")]
    LedgerUnavailable,
}

/// Why it is not known whether a write was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum UnknownBecause {
    #[error("no answer came in time")]
    TimedOut,
    #[error("the connection was lost")]
    ConnectionLost,
    #[error("the server failed with status {0}")]
    ServerFailed(u16),
    #[error("the answer makes no sense")]
    Unreadable,
}

impl CallError {
    /// Whether the call certainly changed nothing.
    #[must_use]
    pub const fn had_no_effect(&self) -> bool {
        !matches!(self, Self::OutcomeUnknown { .. })
    }
}
