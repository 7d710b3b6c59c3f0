//! How much is spent in an hour of late: an average in which older hours count less.
//!
//! In: tokens as they are spent. Out: tokens per hour.

use serde::{Deserialize, Serialize};

const HOUR_MILLIS: f64 = 3_600_000.0;
/// What was spent this long ago counts for a little more than a third.
const MEMORY_MILLIS: f64 = 3.0 * HOUR_MILLIS;
/// A few calls in the first minutes say little about the hour.
const SEEN_MILLIS_MIN: f64 = 0.5 * HOUR_MILLIS;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Meter {
    /// Tokens, each worth less the longer ago it was.
    faded: f64,
    at: i64,
    since: i64,
}

impl Meter {
    pub(crate) fn add(&mut self, tokens: f64, now: i64) {
        if self.since == 0 {
            (self.since, self.at) = (now, now);
        }
        self.faded = self.faded_at(now) + tokens;
        self.at = self.at.max(now);
    }

    /// As if so much had been spent evenly since then.
    pub(crate) fn spread(&mut self, tokens: f64, since: i64, now: i64) {
        if self.since == 0 {
            (self.since, self.at) = (since, now);
            let seen = span(since, now);
            self.faded = if seen > 0.0 {
                tokens * remembered(seen) / seen
            } else {
                tokens
            };
        } else {
            self.add(tokens, now);
        }
    }

    pub(crate) fn per_hour(&self, now: i64) -> f64 {
        if self.since == 0 {
            return 0.0;
        }
        let seen = span(self.since, now).max(SEEN_MILLIS_MIN);
        self.faded_at(now) * HOUR_MILLIS / remembered(seen)
    }

    fn faded_at(&self, now: i64) -> f64 {
        self.faded * (-span(self.at, now) / MEMORY_MILLIS).exp()
    }
}

/// What one token per millisecond adds up to over a span.
fn remembered(seen: f64) -> f64 {
    MEMORY_MILLIS * (1.0 - (-seen / MEMORY_MILLIS).exp())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a span of milliseconds is far below 2^52"
)]
fn span(from: i64, to: i64) -> f64 {
    to.saturating_sub(from).max(0) as f64
}
