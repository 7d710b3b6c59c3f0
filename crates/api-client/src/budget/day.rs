//! One day's tokens: taken from the ledger in blocks, spent one call at a time, corrected by what the server says.
//!
//! In: costs, blocks, the server's numbers. Out: whether a call may be paid today, and what others have spent.

use super::limits::Limits;
use super::meter::Meter;
use super::purposes::{Purposes, SpentOn};
use super::standing::{DAY_MILLIS, ForeignRate, Standing, foreign_until};
use crate::ledger::Booking;
use crate::rate_headers::RateHeaders;
use crate::spec::{CallContext, Cost, Priority};

/// So long after midnight a server that calls the day spent is taken to mean yesterday.
const RESET_IS_LATE_MILLIS: i64 = 10 * 60 * 1_000;
/// What others will spend is guessed anew at the latest after this time.
const FORESEEN_MILLIS: i64 = 60 * 60 * 1_000;

/// What was spent today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending {
    /// Days since 1970-01-01, in UTC as the server counts it.
    pub day: i64,
    /// All tokens of the day, those of other programs included as far as the server tells of them.
    pub tokens: u32,
    /// Those of other programs.
    pub foreign: u32,
    pub limit: Option<u32>,
    /// By purpose, for this process.
    pub by_purpose: Vec<(String, SpentOn)>,
}

impl Spending {
    /// What is left of the day, where it is limited.
    #[must_use]
    pub fn left(&self) -> Option<u32> {
        self.limit.map(|limit| limit.saturating_sub(self.tokens))
    }
}

#[derive(Debug, Default)]
pub(super) struct Day {
    day: i64,
    /// By the server's clock.
    server_now: i64,
    /// The server's clock minus ours, at the least.
    offset_millis: i64,
    /// Taken from the ledger, the block in hand included. Nothing before the day's first block.
    taken: Option<u32>,
    block_left: u32,
    /// Spent by others, as far as the server's numbers show.
    foreign: u32,
    foreign_rate: Meter,
    limit_told: Option<u32>,
    is_spent: bool,
    pub(super) purposes: Purposes,
    /// What the day before has left to book.
    leftover: Option<Booking>,
}

pub(super) enum DayVerdict {
    Taken,
    /// Come again then, by our clock.
    Spent {
        retry_at: i64,
    },
    NeedsBlock {
        day: i64,
        tokens: u32,
    },
}

impl Day {
    /// Begins a new day when the server's time says so.
    pub(super) fn turn(&mut self, now: i64) {
        let server_now = now + self.offset_millis;
        let day = server_now.div_euclid(DAY_MILLIS);
        if day > self.day {
            if self.taken.is_some() {
                self.leftover = Some(self.booking(-i64::from(self.block_left)));
            }
            self.purposes.turn_day();
            (self.day, self.taken, self.block_left) = (day, None, 0);
            (self.foreign, self.is_spent) = (0, false);
        }
        self.server_now = server_now;
    }

    pub(super) const fn set_offset(&mut self, offset_millis: i64) {
        self.offset_millis = offset_millis;
    }

    /// By our clock.
    pub(super) const fn ends_at(&self) -> i64 {
        (self.day + 1) * DAY_MILLIS - self.offset_millis
    }

    const fn now(&self) -> i64 {
        self.server_now - self.offset_millis
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
            if let Some(limit) = limit
                && let Some(retry_at) = self.too_dear(cost, context.priority, limit, limits)
            {
                return DayVerdict::Spent { retry_at };
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
        self.purposes.spend(cost, context, self.now());
        DayVerdict::Taken
    }

    /// When to come again with a call that the day, or this class's part of it, does not allow now.
    fn too_dear(
        &self,
        cost: Cost,
        priority: Priority,
        limit: u32,
        limits: Option<&Limits>,
    ) -> Option<i64> {
        let after = self.spent().saturating_add(cost.tokens);
        let kept = limits.map_or(0, |limits| limits.kept_from(priority, limit));
        let share = limit.saturating_sub(kept);
        if self.is_spent || after > share {
            return Some(self.ends_at());
        }
        // A backfill leaves others what they are about to spend, too; how much that is may look different in an hour.
        let is_backfill = priority == Priority::Backfill;
        if is_backfill && after.saturating_add(self.foreign_to_come()) > share {
            return Some(self.ends_at().min(self.now() + FORESEEN_MILLIS));
        }
        None
    }

    /// Whether a whole job fits into what its class may still spend today, or when to look again.
    pub(super) fn affords(
        &self,
        tokens: u32,
        priority: Priority,
        limits: Option<&Limits>,
    ) -> Result<(), i64> {
        let Some(limit) = self.limit(limits) else {
            return Ok(());
        };
        let kept = limits.map_or(0, |limits| limits.kept_from(priority, limit));
        if tokens > limit.saturating_sub(kept) {
            return Ok(());
        }
        self.too_dear(Cost::request(tokens), priority, limit, limits)
            .map_or(Ok(()), Err)
    }

    fn foreign_to_come(&self) -> u32 {
        foreign_until(&self.foreign_rate, self.now(), self.ends_at())
    }

    pub(super) fn refund(&mut self, cost: Cost, context: CallContext) {
        if self.taken.is_some() {
            self.block_left = self.block_left.saturating_add(cost.tokens);
        }
        let now = self.now();
        self.purposes.give_back(cost, context, now);
    }

    pub(super) const fn has_block_for(&self, day: i64, tokens: u32) -> bool {
        self.day != day || (self.taken.is_some() && self.block_left >= tokens)
    }

    pub(super) fn add_block(&mut self, day: i64, tokens: u32, taken_today: u32) {
        if self.day == day {
            if let Some(before) = self.taken {
                // What another process of ours booked meanwhile looked like somebody else's until now.
                let siblings = taken_today.saturating_sub(before.saturating_add(tokens));
                self.foreign = self.foreign.saturating_sub(siblings);
            }
            self.block_left = self.block_left.saturating_add(tokens);
            self.taken = Some(taken_today);
        }
    }

    /// What the day before has left to book, if anything.
    pub(super) const fn take_leftover(&mut self) -> Option<Booking> {
        self.leftover.take()
    }

    /// What is to be booked together with a block.
    pub(super) fn booking(&mut self, block: i64) -> Booking {
        Booking {
            day: self.day,
            block,
            entries: self.purposes.take_unbooked(),
        }
    }

    /// A booking that could not be kept: its entries wait for the next one.
    pub(super) fn not_booked(&mut self, booking: Booking) {
        if booking.day == self.day {
            self.purposes.put_back(booking.entries);
        } else {
            self.leftover = Some(booking);
        }
    }

    /// Everything that is not needed any more, for the end; nothing when there is nothing to book.
    pub(super) fn last_booking(&mut self) -> Option<Booking> {
        let left = std::mem::take(&mut self.block_left);
        self.taken = self.taken.map(|taken| taken.saturating_sub(left));
        let booking = self.booking(-i64::from(left));
        (left > 0 || !booking.entries.is_empty()).then_some(booking)
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
        let told = limit.saturating_sub(remaining).saturating_sub(ours);
        let more = told.saturating_sub(self.foreign);
        let begins_at = self.ends_at() - DAY_MILLIS;
        self.foreign_rate
            .spread(f64::from(more), begins_at, self.now());
        self.foreign = self.foreign.max(told);
    }

    /// Whether a server that calls the day spent can mean today.
    pub(super) const fn may_be_spent(&self) -> bool {
        self.server_now - self.day * DAY_MILLIS >= RESET_IS_LATE_MILLIS
    }

    pub(super) const fn mark_spent(&mut self) {
        self.is_spent = true;
    }

    pub(super) fn spending(&self, limits: Option<&Limits>) -> Spending {
        Spending {
            day: self.day,
            tokens: self.spent(),
            foreign: self.foreign,
            limit: self.limit(limits),
            by_purpose: self.purposes.today(),
        }
    }

    pub(super) fn standing(&self, limits: Option<&Limits>) -> Standing {
        Standing {
            at: self.now(),
            day: self.day,
            ends_at: self.ends_at(),
            limit: self.limit(limits),
            foreign: self.foreign,
            foreign_rate: ForeignRate(self.foreign_rate),
            rates: self.purposes.rates(),
            needs: self.purposes.all_needs(),
            put_off: self.purposes.all_put_off(self.now()),
            seems_spent: self.is_spent,
        }
    }

    /// What another process knew.
    pub(super) fn recall(&mut self, standing: Standing) {
        if standing.day == self.day {
            self.foreign = self.foreign.max(standing.foreign);
        }
        if self.foreign_rate == Meter::default() {
            self.foreign_rate = standing.foreign_rate.0;
        }
        self.purposes.recall(standing.rates);
    }

    fn spent(&self) -> u32 {
        self.taken
            .unwrap_or(0)
            .saturating_sub(self.block_left)
            .saturating_add(self.foreign)
    }
}
