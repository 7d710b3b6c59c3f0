//! Where the day's spending is remembered, so that a restart does not forget it.
//!
//! In: blocks of tokens, taken before they are spent and given back at a clean stop. Out: what the day has taken so far.
//! A crash forgets what was left of a block, so the ledger may count too much but never too little.

use std::collections::BTreeMap;
use std::sync::Mutex;

use thiserror::Error;

use crate::clock::BoxFuture;

/// The ledger could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the ledger is not available: {0}")]
pub struct LedgerError(pub String);

/// Remembers how many tokens each day took. Days count from 1970-01-01, in UTC.
pub trait Ledger: Send + Sync {
    /// Takes a block for the day and keeps that; gives what the day has taken so far, this block included.
    fn reserve_block(&self, day: i64, tokens: u32) -> BoxFuture<'_, Result<u32, LedgerError>>;

    /// Returns what is left of a block.
    fn give_back(&self, day: i64, tokens: u32) -> BoxFuture<'_, Result<(), LedgerError>>;
}

/// A ledger that forgets everything when the process ends.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    days: Mutex<BTreeMap<i64, u32>>,
}

impl MemoryLedger {
    /// What the day has taken.
    #[must_use]
    pub fn taken(&self, day: i64) -> u32 {
        self.lock().get(&day).copied().unwrap_or(0)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<i64, u32>> {
        self.days
            .lock()
            .expect("nothing panics while it holds the ledger")
    }
}

impl Ledger for MemoryLedger {
    fn reserve_block(&self, day: i64, tokens: u32) -> BoxFuture<'_, Result<u32, LedgerError>> {
        let taken = {
            let mut days = self.lock();
            let taken = days.entry(day).or_default();
            *taken = taken.saturating_add(tokens);
            *taken
        };
        Box::pin(std::future::ready(Ok(taken)))
    }

    fn give_back(&self, day: i64, tokens: u32) -> BoxFuture<'_, Result<(), LedgerError>> {
        if let Some(taken) = self.lock().get_mut(&day) {
            *taken = taken.saturating_sub(tokens);
        }
        Box::pin(std::future::ready(Ok(())))
    }
}
