//! Where the day's spending is remembered, so that a restart does not forget it.
//!
//! In: blocks of tokens, taken before they are spent and given back at a clean stop, and what they were spent on. Out: what
//! the day has taken so far. A crash forgets what was left of a block, so the ledger may count too much but never too little.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Mutex;

use thiserror::Error;

use crate::budget::Standing;
use crate::clock::BoxFuture;
use crate::spec::Priority;

/// The ledger could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the ledger is not available: {0}")]
pub struct LedgerError(pub String);

/// What was spent on one purpose since the last booking. Negative when more was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub priority: Priority,
    pub purpose: Cow<'static, str>,
    pub calls: i64,
    pub tokens: i64,
}

/// What is kept at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Counted from 1970-01-01, as the server counts its days.
    pub day: i64,
    /// Tokens taken before they are spent; negative gives back.
    pub block: i64,
    /// What blocks taken before were spent on.
    pub entries: Vec<Entry>,
}

/// Remembers how many tokens each day took, and on what they were spent.
pub trait Ledger: Send + Sync {
    /// Keeps a booking, durable when this returns; gives what its day has taken so far, this block included.
    fn book(&self, booking: Booking) -> BoxFuture<'_, Result<u32, LedgerError>>;

    /// Keeps how the budget stands, for other processes and the next start.
    fn note(&self, standing: Standing) -> BoxFuture<'_, Result<(), LedgerError>>;

    /// How the budget stood when it was last noted.
    fn recall(&self) -> BoxFuture<'_, Result<Option<Standing>, LedgerError>>;
}

/// A ledger that forgets everything when the process ends.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    days: Mutex<BTreeMap<i64, i64>>,
    standing: Mutex<Option<Standing>>,
}

impl MemoryLedger {
    /// What the day has taken.
    #[must_use]
    pub fn taken(&self, day: i64) -> u32 {
        to_tokens(lock(&self.days).get(&day).copied().unwrap_or(0))
    }

    /// How the budget stood when it was last noted.
    #[must_use]
    pub fn noted(&self) -> Option<Standing> {
        lock(&self.standing).clone()
    }
}

impl Ledger for MemoryLedger {
    fn book(&self, booking: Booking) -> BoxFuture<'_, Result<u32, LedgerError>> {
        let taken = {
            let mut days = lock(&self.days);
            let taken = days.entry(booking.day).or_default();
            *taken = taken.saturating_add(booking.block);
            *taken
        };
        Box::pin(std::future::ready(Ok(to_tokens(taken))))
    }

    fn note(&self, standing: Standing) -> BoxFuture<'_, Result<(), LedgerError>> {
        *lock(&self.standing) = Some(standing);
        Box::pin(std::future::ready(Ok(())))
    }

    fn recall(&self) -> BoxFuture<'_, Result<Option<Standing>, LedgerError>> {
        Box::pin(std::future::ready(Ok(self.noted())))
    }
}

fn to_tokens(tokens: i64) -> u32 {
    u32::try_from(tokens.max(0)).unwrap_or(u32::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .expect("nothing panics while it holds the ledger")
}
