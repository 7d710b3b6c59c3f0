//! The gateway before the API: tokens of users, the rolling window, the day's budget, and the block for those who go on.
//!
//! In: who calls and what the call costs. Out: passage or refusal, and the headers that tell callers where they stand. It
//! does not know what a call does.

use std::collections::VecDeque;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use rustc_hash::FxHashMap;

use super::config::{Limits, PipedriveConfig};
use super::counters::Counters;
use super::reply::Reply;

const WINDOW_MILLIS: i64 = 2_000;
const DAY_MILLIS: i64 = 86_400_000;
const WRITES_A_DAY: u64 = 10_000;
const REFUSED_BEFORE_BLOCK: usize = 50;
const REFUSED_WINDOW_MILLIS: i64 = 10_000;
const BLOCK_MILLIS: i64 = 60_000;

/// What one token has used of its window.
#[derive(Debug, Default)]
struct Window {
    passed: VecDeque<i64>,
    refused: VecDeque<i64>,
    blocked_until: i64,
}

/// The gateway of one company.
#[derive(Debug)]
pub(super) struct Gateway {
    /// User of each token.
    tokens: FxHashMap<String, i64>,
    windows: FxHashMap<i64, Window>,
    day: i64,
    spent_today: u64,
    writes_today: u64,
}

/// Someone let in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage {
    pub(super) user_id: i64,
    pub(super) remaining: usize,
}

impl Gateway {
    pub(super) fn new(token: &str, user_id: i64) -> Self {
        let tokens = std::iter::once((token.to_owned(), user_id)).collect();
        Self {
            tokens,
            windows: FxHashMap::default(),
            day: 0,
            spent_today: 0,
            writes_today: 0,
        }
    }

    pub(super) fn add_token(&mut self, token: &str, user_id: i64) {
        self.tokens.insert(token.to_owned(), user_id);
    }

    pub(super) fn revoke_token(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    pub(super) fn spent(&self) -> (i64, u64) {
        (self.day, self.spent_today)
    }

    pub(super) fn set_spent(&mut self, (day, spent_today): (i64, u64)) {
        (self.day, self.spent_today) = (day, spent_today);
    }

    pub(super) fn user_of(&self, headers: &HeaderMap) -> Option<i64> {
        let token = headers.get("x-api-token")?.to_str().ok()?;
        self.tokens.get(token).copied()
    }

    /// Lets a call of this cost pass, or gives the refusal.
    pub(super) fn pass(
        &mut self,
        user_id: i64,
        cost: u64,
        now: i64,
        config: &PipedriveConfig,
        counters: &mut Counters,
    ) -> Result<Passage, (Reply, Option<i64>)> {
        if config.limits == Limits::Off {
            return Ok(Passage {
                user_id,
                remaining: config.subscription.burst(),
            });
        }
        self.turn_day(now);
        let enforced = config.limits == Limits::Real;
        let window = self.windows.entry(user_id).or_default();
        if now < window.blocked_until {
            return Err((Reply::firewall(), None));
        }
        while window
            .passed
            .front()
            .is_some_and(|passed| *passed <= now - WINDOW_MILLIS)
        {
            window.passed.pop_front();
        }
        let burst = config.subscription.burst();
        let over_burst = window.passed.len() >= burst;
        let over_day = self.spent_today + cost > config.budget();
        counters.burst_violations += u64::from(over_burst);
        counters.day_violations += u64::from(over_day);
        if enforced && (over_burst || over_day) {
            counters.refused += 1;
            let first = window.passed.front().copied().unwrap_or(now);
            let pause = if over_day {
                DAY_MILLIS - now.rem_euclid(DAY_MILLIS)
            } else {
                first + WINDOW_MILLIS - now
            };
            window.refuse(now);
            return Err((
                Reply::gateway(429, "request over limit"),
                Some((pause + 999) / 1_000),
            ));
        }
        // A call that a real gateway would have refused takes no place in the window.
        if !over_burst {
            window.passed.push_back(now);
        }
        let remaining = burst - window.passed.len().min(burst);
        self.spent_today += cost;
        Ok(Passage { user_id, remaining })
    }

    fn turn_day(&mut self, now: i64) {
        let day = now.div_euclid(DAY_MILLIS);
        if day != self.day {
            (self.day, self.spent_today, self.writes_today) = (day, 0, 0);
        }
    }

    pub(super) fn note_write(&mut self) {
        self.writes_today += 1;
    }

    /// Tells a caller where he stands.
    pub(super) fn write_headers(
        &self,
        headers: &mut HeaderMap,
        remaining: usize,
        config: &PipedriveConfig,
    ) {
        let budget = config.budget();
        let rows: [(&'static str, u64); 6] = [
            ("x-ratelimit-limit", config.subscription.burst() as u64),
            ("x-ratelimit-remaining", remaining as u64),
            ("x-ratelimit-reset", 2),
            (
                "x-daily-requests-left",
                WRITES_A_DAY.saturating_sub(self.writes_today),
            ),
            ("x-daily-ratelimit-token-limit", budget),
            (
                "x-daily-ratelimit-token-remaining",
                budget.saturating_sub(self.spent_today),
            ),
        ];
        for (name, value) in rows {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

impl Window {
    fn refuse(&mut self, now: i64) {
        self.refused.push_back(now);
        while self
            .refused
            .front()
            .is_some_and(|refused| *refused <= now - REFUSED_WINDOW_MILLIS)
        {
            self.refused.pop_front();
        }
        if self.refused.len() >= REFUSED_BEFORE_BLOCK {
            self.blocked_until = now + BLOCK_MILLIS;
            self.refused.clear();
        }
    }
}
