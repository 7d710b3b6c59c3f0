//! What the server counted: the figures a test or a demonstration asserts on.
//!
//! In: one call here per thing that happened. Out: numbers by endpoint, by credential and by kind. It enforces nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::gateway::{Credential, CredentialKind};

/// Everything counted since the start or the last reset.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counters {
    /// Requests that arrived, by endpoint, whatever became of them.
    pub requests: BTreeMap<&'static str, u64>,
    /// Tokens they cost, by endpoint.
    pub tokens: BTreeMap<&'static str, u64>,
    /// Requests beyond a rolling two-second window.
    pub burst_violations: u64,
    /// Requests beyond the day's tokens.
    pub day_violations: u64,
    /// Answers of 429 because of the limits.
    pub refused: u64,
    /// Requests with a bad token or none.
    pub unauthorized: u64,
    /// Requests that carried out a write.
    pub writes: u64,
    /// Tokens that other integrations of the company spent.
    pub spent_elsewhere: u64,
    /// By credential, in the order in which they became known.
    pub callers: Vec<Caller>,
    pub webhooks: WebhookCounters,
    pub oauth: OauthCounters,
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

    pub(super) fn caller(&mut self, credential: Credential) -> &mut Caller {
        if self.callers.len() < credential.number {
            self.callers.resize_with(credential.number, Caller::default);
        }
        let caller = &mut self.callers[credential.number - 1];
        caller.user_id = credential.user_id;
        caller.is_oauth = credential.kind == CredentialKind::OAuth;
        caller
    }

    pub(super) fn note_violations(&mut self, credential: Credential, over: Over) {
        if !over.any() {
            return;
        }
        self.burst_violations += u64::from(over.burst || over.search);
        self.day_violations += u64::from(over.day);
        let caller = self.caller(credential);
        caller.burst_violations += u64::from(over.burst);
        caller.search_violations += u64::from(over.search);
        caller.day_violations += u64::from(over.day);
    }

    pub(super) fn note_passage(&mut self, credential: Credential, purpose: Purpose, cost: u64) {
        let used = self.caller(credential).used.of(purpose);
        used.requests += 1;
        used.tokens += cost;
    }
}

/// Which limits a call is beyond.
#[derive(Debug, Clone, Copy)]
pub(super) struct Over {
    pub(super) burst: bool,
    pub(super) search: bool,
    pub(super) day: bool,
}

impl Over {
    pub(super) const fn any(self) -> bool {
        self.burst || self.search || self.day
    }
}

/// What one credential did. The credential itself is not shown.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Caller {
    pub user_id: i64,
    pub is_oauth: bool,
    /// Requests that passed the gateway, and their tokens.
    pub used: ByPurpose,
    /// Beyond the general window.
    pub burst_violations: u64,
    /// Beyond the window of searches.
    pub search_violations: u64,
    pub day_violations: u64,
    /// Answers of 429.
    pub refused: u64,
    /// Answers of 403 because of hammering.
    pub blocked: u64,
}

/// What a call is for, as far as the server can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// One record.
    Read,
    /// Many records.
    List,
    Search,
    Write,
    Delete,
}

impl Purpose {
    /// By method, name and price of the endpoint.
    pub(super) fn of(name: &str, cost: u64) -> Self {
        if name.ends_with("/search") || name.contains("/itemSearch") {
            Self::Search
        } else if name.starts_with("DELETE") {
            Self::Delete
        } else if !name.starts_with("GET") {
            Self::Write
        } else if cost <= 2 {
            Self::Read
        } else {
            Self::List
        }
    }
}

/// Requests and tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Used {
    pub requests: u64,
    pub tokens: u64,
}

/// Requests and tokens by what they are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ByPurpose {
    pub read: Used,
    pub list: Used,
    pub search: Used,
    pub write: Used,
    pub delete: Used,
}

impl ByPurpose {
    fn of(&mut self, purpose: Purpose) -> &mut Used {
        match purpose {
            Purpose::Read => &mut self.read,
            Purpose::List => &mut self.list,
            Purpose::Search => &mut self.search,
            Purpose::Write => &mut self.write,
            Purpose::Delete => &mut self.delete,
        }
    }

    /// All together.
    #[must_use]
    pub const fn total(&self) -> Used {
        Used {
            requests: self.read.requests
                + self.list.requests
                + self.search.requests
                + self.write.requests
                + self.delete.requests,
            tokens: self.read.tokens
                + self.list.tokens
                + self.search.tokens
                + self.write.tokens
                + self.delete.tokens,
        }
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

/// What became of consents and tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OauthCounters {
    pub consents: u64,
    pub denials: u64,
    /// Codes exchanged for tokens.
    pub exchanges: u64,
    pub refreshes: u64,
    /// Token calls that got no tokens.
    pub refused: u64,
    pub revocations: u64,
    /// API calls that the access token's scopes do not cover.
    pub beyond_scope: u64,
}
