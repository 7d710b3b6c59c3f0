//! One day's tokens: taken from the ledger in blocks, spent one call at a time, corrected by what the server says.
//!
//! In: costs, blocks, the server's numbers. Out: whether a call may be paid today, and what was spent on what.

use super::{ByPurpose, Limits};
use crate::rate_headers::RateHeaders;
use crate::spec::{CallContext, Cost, Priority};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// So long after midnight a server that calls the day spent is taken to mean yesterday.
const RESET_IS_LATE_MILLIS: i64 = 10 * 60 * 1_000;

/// What was spent today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending {
    /// Days since 1970-01-01, in UTC as the server counts it.
    pub day: i64,
    /// All tokens of the day, those of other programs included as far as the server tells of them.
    pub tokens: u32,
    pub limit: Option<u32>,
    /// By purpose, for this process.
    pub by_purpose: Vec<(&'static str, SpentOn)>,
}

impl Spending {
    /// What is left of the day, where it is limited.
    #[must_use]
    pub fn left(&self) -> Option<u32> {
        self.limit.map(|limit| limit.saturating_sub(self.tokens))
    }
}

/// What one purpose has cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpentOn {
    pub calls: u64,
    pub tokens: u64,
}

#[derive(Debug, Default)]
pub(super) struct Day {
    day: i64,
    server_now: i64,
    /// Taken from the ledger, the block in hand included. Nothing before the day's first block.
    taken: Option<u32>,
    block_left: u32,
    /// Spent by others, as far as the server's numbers show.
    foreign: u32,
    limit_told: Option<u32>,
    is_spent: bool,
    by_purpose: ByPurpose,
}

pub(super) enum DayVerdict {
    Taken,
    Spent,
    NeedsBlock { day: i64, tokens: u32 },
}

impl Day {
    /// Begins a new day when the server's time says so.
    pub(super) fn turn(&mut self, server_now: i64) {
        let day = server_now.div_euclid(DAY_MILLIS);
        if day > self.day {
            *self = Self {
                day,
                limit_told: self.limit_told,
                ..Self::default()
            };
        }
        self.server_now = server_now;
    }

    pub(super) const fn ends_at(&self) -> i64 {
        (self.day + 1) * DAY_MILLIS
    }

    pub(super) fn take(
        &mut self,
        cost: Cost,
        context: CallContext,
        limits: Option<&Limits>,
        tokens_per_block: u32,
    ) -> DayVerdict {
        if cost.tokens > 0 {
            let limit = self.limit(limits);
            if let Some(limit) = limit {
                let after = self.spent().saturating_add(cost.tokens);
                if self.is_spent || after > allowance(limit, limits, context.priority) {
                    return DayVerdict::Spent;
                }
            }
            if self.taken.is_none() || self.block_left < cost.tokens {
                let left = limit.map_or(u32::MAX, |limit| limit.saturating_sub(self.spent()));
                return DayVerdict::NeedsBlock {
                    day: self.day,
                    tokens: tokens_per_block.min(left).max(cost.tokens),
                };
            }
            self.block_left -= cost.tokens;
        }
        let spent_on = self.by_purpose.entry(context.purpose).or_default();
        spent_on.calls += 1;
        spent_on.tokens += u64::from(cost.tokens);
        DayVerdict::Taken
    }

    pub(super) fn refund(&mut self, cost: Cost, context: CallContext) {
        if self.taken.is_some() {
            self.block_left = self.block_left.saturating_add(cost.tokens);
        }
        if let Some(spent_on) = self.by_purpose.get_mut(context.purpose) {
            spent_on.calls = spent_on.calls.saturating_sub(1);
            spent_on.tokens = spent_on.tokens.saturating_sub(u64::from(cost.tokens));
        }
    }

    pub(super) const fn has_block_for(&self, day: i64, tokens: u32) -> bool {
        self.day != day || (self.taken.is_some() && self.block_left >= tokens)
    }

    pub(super) fn add_block(&mut self, day: i64, tokens: u32, taken_today: u32) {
        if self.day == day {
            self.block_left = self.block_left.saturating_add(tokens);
            self.taken = Some(taken_today);
        }
    }

    pub(super) fn empty_block(&mut self) -> (i64, u32) {
        let left = std::mem::take(&mut self.block_left);
        self.taken = self.taken.map(|taken| taken.saturating_sub(left));
        (self.day, left)
    }

    /// The lower of what the operator and the server say.
    pub(super) fn limit(&self, limits: Option<&Limits>) -> Option<u32> {
        let set = limits?.tokens_per_day?;
        Some(self.limit_told.map_or(set, |told| told.min(set)))
    }

    /// The server's own count shows what others spent. Ours is never behind what it knows of us.
    pub(super) fn correct(&mut self, headers: &RateHeaders) {
        let (Some(limit), Some(remaining)) = (headers.day_limit, headers.day_remaining) else {
            return;
        };
        self.limit_told = Some(limit);
        if !self.may_be_spent() {
            return;
        }
        let ours = self.taken.unwrap_or(0).saturating_sub(self.block_left);
        self.foreign = self
            .foreign
            .max(limit.saturating_sub(remaining).saturating_sub(ours));
    }

    /// Whether a server that calls the day spent can mean today.
    pub(super) const fn may_be_spent(&self) -> bool {
        self.server_now - self.day * DAY_MILLIS >= RESET_IS_LATE_MILLIS
    }

    pub(super) const fn mark_spent(&mut self) {
        self.is_spent = true;
    }

    pub(super) fn spending(&self, limit: Option<u32>) -> Spending {
        let by_purpose = self
            .by_purpose
            .iter()
            .map(|(purpose, spent)| (*purpose, *spent))
            .collect();
        Spending {
            day: self.day,
            tokens: self.spent(),
            limit,
            by_purpose,
        }
    }

    fn spent(&self) -> u32 {
        self.taken
            .unwrap_or(0)
            .saturating_sub(self.block_left)
            .saturating_add(self.foreign)
    }
}

fn allowance(limit: u32, limits: Option<&Limits>, priority: Priority) -> u32 {
    let reserved_percent = match priority {
        Priority::Interactive | Priority::Change => 0,
        Priority::Poll | Priority::Backfill => {
            limits.map_or(0, |limits| limits.reserved_percent.min(100))
        }
    };
    let reserved = u64::from(limit) * u64::from(reserved_percent) / 100;
    limit - u32::try_from(reserved).unwrap_or(limit).min(limit)
}
