//! What an account allows, and which part of it is kept for whom.
//!
//! In: the subscription's figures and the operator's wishes. Out: limits, and how far each class may go into the day. Plain
//! values: nothing is counted here.

use crate::spec::Priority;

/// At most so many requests in so many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowLimit {
    pub requests: u32,
    pub millis: i64,
}

/// What the account allows. What is not limited is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub tokens_per_day: Option<u32>,
    /// The part of the day that only interactive calls and changes may use. A quarter of it is for interactive calls alone,
    /// and as much again is kept from backfills for polls.
    pub reserved_percent: u32,
    pub requests: Option<WindowLimit>,
    pub searches: Option<WindowLimit>,
}

impl Limits {
    /// The part of the day that is kept for interactive calls and changes unless the operator says otherwise.
    pub const RESERVED_PERCENT: u32 = 20;

    /// The tokens of a day of so many that only classes more urgent than this one may use.
    #[must_use]
    pub fn kept_from(&self, priority: Priority, day_tokens: u32) -> u32 {
        let reserved = self.reserved_percent.min(100);
        let quarter = reserved / 4;
        let percent = match priority {
            Priority::Interactive => 0,
            Priority::Change => quarter,
            Priority::Poll => reserved,
            Priority::Backfill => (reserved + quarter).min(100),
        };
        let kept = u64::from(day_tokens) * u64::from(percent) / 100;
        u32::try_from(kept).unwrap_or(day_tokens)
    }
}

/// How a budget is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetSettings {
    /// Nothing: everything is counted and nothing is held back.
    pub limits: Option<Limits>,
    /// How many tokens are taken from the ledger at a time.
    pub tokens_per_block: u32,
}

impl BudgetSettings {
    /// How many tokens are taken from the ledger at a time unless the operator says otherwise.
    pub const TOKENS_PER_BLOCK: u32 = 200;

    /// Counts, and holds nothing back.
    #[must_use]
    pub const fn counting() -> Self {
        Self {
            limits: None,
            tokens_per_block: Self::TOKENS_PER_BLOCK,
        }
    }

    /// Keeps within limits.
    #[must_use]
    pub const fn within(limits: Limits) -> Self {
        Self {
            limits: Some(limits),
            tokens_per_block: Self::TOKENS_PER_BLOCK,
        }
    }
}
