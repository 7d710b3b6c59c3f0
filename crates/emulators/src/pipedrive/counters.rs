//! What the server counted: the figures a test or a demonstration asserts on.
//!
//! In: one call here per thing that happened. Out: numbers by endpoint and by kind. It enforces nothing.

use std::collections::BTreeMap;

use serde::Serialize;

/// Everything counted since the start or the last reset.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counters {
    /// Requests that arrived, by endpoint, whatever became of them.
    pub requests: BTreeMap<&'static str, u64>,
    /// Tokens they cost, by endpoint.
    pub tokens: BTreeMap<&'static str, u64>,
    /// Requests beyond the rolling two-second window.
    pub burst_violations: u64,
    /// Requests beyond the day's tokens.
    pub day_violations: u64,
    /// Answers of 429 because of the limits.
    pub refused: u64,
    /// Requests with a bad token or none.
    pub unauthorized: u64,
    /// Requests that carried out a write.
    pub writes: u64,
    pub webhooks: WebhookCounters,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Live records beyond the first that hold the same value in a marker field.
    pub duplicates: u64,
}

impl Counters {
    /// All tokens.
    #[must_use]
    pub fn tokens_total(&self) -> u64 {
        self.tokens.values().sum()
    }

    /// All requests.
    #[must_use]
    pub fn requests_total(&self) -> u64 {
        self.requests.values().sum()
    }
}

/// What became of webhooks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct WebhookCounters {
    pub sent: u64,
    pub delivered: u64,
    pub failed_tries: u64,
    /// Events whose four tries all failed.
    pub given_up: u64,
    pub bans: u64,
    pub lost_in_ban: u64,
    pub removed: u64,
}
