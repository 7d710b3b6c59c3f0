//! A rolling window: at most so many requests in so many milliseconds.
//!
//! In: requests as they start and end. Out: how many may start now, and when the next one may. A request counts from
//! its start until one window after its end, because the server counted it somewhere in between; so the server's count
//! stays within its limit however slow the way is. A rolling window also keeps every fixed window of the same length.

use std::collections::VecDeque;

/// How many requests at least stay allowed after any number of refusals.
const ALLOWED_MIN: f64 = 1.0;

#[derive(Debug)]
pub(crate) struct Window {
    limit: u32,
    length_millis: i64,
    /// What the server's refusals left of the limit; grows back by about one request a window.
    allowed: f64,
    in_flight: u32,
    /// When finished requests ended, oldest first.
    finished: VecDeque<i64>,
}

impl Window {
    pub(crate) fn new(limit: u32, length_millis: i64) -> Self {
        Self {
            limit,
            length_millis,
            allowed: f64::from(limit),
            in_flight: 0,
            finished: VecDeque::new(),
        }
    }

    pub(crate) const fn length_millis(&self) -> i64 {
        self.length_millis
    }

    pub(crate) const fn size(&self) -> u32 {
        self.limit
    }

    /// Nothing when `ahead + 1` requests may start now and leave `kept` places free, else the earliest moment at which
    /// they may.
    pub(crate) fn wait_until(&mut self, ahead: usize, kept: u32, now: i64) -> Option<i64> {
        while self
            .finished
            .front()
            .is_some_and(|ended| ended + self.length_millis <= now)
        {
            self.finished.pop_front();
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and a 32-bit limit"
        )]
        let allowed = (self.allowed as usize).saturating_sub(kept as usize).max(1);
        let used = self.in_flight as usize + self.finished.len();
        // The request that must be forgotten first so that ours fits.
        let excess = (used + ahead + 1)
            .checked_sub(allowed)
            .filter(|excess| *excess > 0)?;
        let ends_at = self.finished.get(excess - 1).copied().unwrap_or(now);
        Some(ends_at + self.length_millis)
    }

    /// As if as many requests as fit had just ended.
    pub(crate) fn fill(&mut self, now: i64) {
        self.finished = std::iter::repeat_n(now, self.limit as usize).collect();
    }

    pub(crate) fn start(&mut self) {
        self.in_flight += 1;
    }

    pub(crate) fn finish(&mut self, now: i64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.finished.push_back(now);
    }

    pub(crate) fn never_sent(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(crate) fn halve(&mut self) {
        self.allowed = (self.allowed / 2.0).max(ALLOWED_MIN);
    }

    pub(crate) fn recover(&mut self) {
        let limit = f64::from(self.limit);
        if self.allowed < limit {
            self.allowed = (self.allowed + 1.0 / self.allowed).min(limit);
        }
    }
}
