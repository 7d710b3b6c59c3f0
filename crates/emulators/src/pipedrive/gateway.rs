//! The gateway before the API: credentials, rolling windows, the company's day, and the block for those who go on.
//!
//! In: who calls, what kind of call it is and what it costs. Out: passage or refusal, and the headers that tell callers where
//! they stand. It does not know what a call does.

use std::collections::VecDeque;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use rustc_hash::FxHashMap;

use super::config::{Limits, PipedriveConfig};
use super::counters::{Counters, Over, Purpose};
use super::reply::Reply;

const WINDOW_MILLIS: i64 = 2_000;
const DAY_MILLIS: i64 = 86_400_000;
const WRITES_A_DAY: u64 = 10_000;
/// Searches in any two seconds, whatever the plan and the credential.
const SEARCH_BURST: usize = 10;
const REFUSED_BEFORE_BLOCK: usize = 50;
const REFUSED_WINDOW_MILLIS: i64 = 10_000;
const BLOCK_MILLIS: i64 = 60_000;

/// What a caller shows at the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum CredentialKind {
    ApiToken,
    OAuth,
}

/// A known credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) user_id: i64,
    pub(super) kind: CredentialKind,
    /// Counted from one, in the order in which they became known.
    pub(super) number: usize,
}

/// A call at the gateway.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knock {
    pub(super) credential: Credential,
    pub(super) purpose: Purpose,
    pub(super) cost: u64,
    pub(super) now: i64,
}

impl Knock {
    /// Whether the call counts in the general window.
    fn is_general(self, config: &PipedriveConfig) -> bool {
        !(self.purpose == Purpose::Search && config.switches.searches_have_their_own_window)
    }
}

/// What one credential has used of its window.
#[derive(Debug, Default)]
struct Window {
    passed: VecDeque<i64>,
    searches: VecDeque<i64>,
    refused: VecDeque<i64>,
    blocked_until: i64,
}

/// The gateway of one company.
#[derive(Debug)]
pub(super) struct Gateway {
    credentials: FxHashMap<String, Credential>,
    last_number: usize,
    windows: FxHashMap<(CredentialKind, i64), Window>,
    /// When the running day of the budget began and ends.
    day: (i64, i64),
    zone: TimeZone,
    spent_today: u64,
    writes_today: u64,
}

/// Why a call is turned away.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) reply: Reply,
    /// Seconds.
    pub(super) retry_after: Option<i64>,
}

impl Gateway {
    pub(super) fn new(config: &PipedriveConfig, user_id: i64) -> Self {
        let zone = TimeZone::get(&config.switches.budget_reset_zone).unwrap_or(TimeZone::UTC);
        let mut gateway = Self {
            credentials: FxHashMap::default(),
            last_number: 0,
            windows: FxHashMap::default(),
            day: (0, 0),
            zone,
            spent_today: 0,
            writes_today: 0,
        };
        gateway.add_credential(&config.token, user_id, CredentialKind::ApiToken);
        gateway
    }

    /// From now on this token speaks for the user; its number.
    pub(super) fn add_credential(
        &mut self,
        token: &str,
        user_id: i64,
        kind: CredentialKind,
    ) -> usize {
        if let Some(known) = self.credentials.get_mut(token) {
            (known.user_id, known.kind) = (user_id, kind);
            return known.number;
        }
        self.last_number += 1;
        let credential = Credential {
            user_id,
            kind,
            number: self.last_number,
        };
        self.credentials.insert(token.to_owned(), credential);
        self.last_number
    }

    pub(super) fn revoke_token(&mut self, token: &str) {
        self.credentials.remove(token);
    }

    pub(super) fn spent(&self) -> (i64, u64) {
        (self.day.0.div_euclid(DAY_MILLIS), self.spent_today)
    }

    /// Takes over what was spent on a saved day.
    pub(super) fn set_spent(&mut self, (day, spent_today): (i64, u64)) {
        self.day = self.day_at(day * DAY_MILLIS + DAY_MILLIS / 2);
        self.spent_today = spent_today;
    }

    /// Another integration of the company spends tokens of the same day.
    pub(super) fn spend_elsewhere(&mut self, tokens: u64, now: i64) {
        self.turn_day(now);
        self.spent_today += tokens;
    }

    /// Who shows the API token, whether in the header or, where that is accepted, in the query.
    pub(super) fn holder(&self, headers: &HeaderMap, in_query: Option<&str>) -> Option<Credential> {
        let token = match headers.get("x-api-token") {
            Some(value) => value.to_str().ok()?,
            None => in_query?,
        };
        self.credentials
            .get(token)
            .copied()
            .filter(|credential| credential.kind == CredentialKind::ApiToken)
    }

    /// Lets a call pass and gives what is left of its window, or refuses it.
    pub(super) fn pass(
        &mut self,
        knock: Knock,
        config: &PipedriveConfig,
        counters: &mut Counters,
    ) -> Result<usize, Refusal> {
        let Knock {
            credential,
            cost,
            now,
            ..
        } = knock;
        let burst = config.subscription.burst_of(credential.kind);
        if config.limits == Limits::Off {
            return Ok(burst);
        }
        self.turn_day(now);
        let day_left = (
            self.day.1 - now,
            config.budget().saturating_sub(self.spent_today),
        );
        let window = self
            .windows
            .entry(window_key(credential, config))
            .or_default();
        if now < window.blocked_until {
            counters.caller(credential).blocked += 1;
            return Err(Refusal {
                reply: Reply::firewall(),
                retry_after: None,
            });
        }
        let over = window.over(knock, config, cost > day_left.1);
        counters.note_violations(credential, over);
        if config.limits == Limits::Real && over.any() {
            let pause = if over.day {
                day_left.0
            } else {
                window.pause(over.search, now)
            };
            if credential.kind == CredentialKind::ApiToken
                && !config.switches.hammering_is_not_blocked
            {
                window.refuse(now);
            }
            if config.switches.limited_calls_cost && !over.day {
                self.spent_today += cost;
            }
            let told = !config.switches.retry_after_is_missing;
            counters.refused += 1;
            counters.caller(credential).refused += 1;
            return Err(Refusal {
                reply: Reply::gateway(429, "request over limit"),
                retry_after: told.then_some((pause + 999) / 1_000),
            });
        }
        self.spent_today += cost;
        Ok(window.take(knock, config, over))
    }

    /// Gives back what a call cost that turned out to be free.
    pub(super) fn give_back(&mut self, tokens: u64) {
        self.spent_today = self.spent_today.saturating_sub(tokens);
    }

    fn turn_day(&mut self, now: i64) {
        if !(self.day.0..self.day.1).contains(&now) {
            self.day = self.day_at(now);
            (self.spent_today, self.writes_today) = (0, 0);
        }
    }

    fn day_at(&self, now: i64) -> (i64, i64) {
        self.local_day(now).unwrap_or_else(|| {
            let start = now - now.rem_euclid(DAY_MILLIS);
            (start, start + DAY_MILLIS)
        })
    }

    fn local_day(&self, now: i64) -> Option<(i64, i64)> {
        let local: Zoned = Timestamp::from_millisecond(now)
            .ok()?
            .to_zoned(self.zone.clone());
        let start = local.start_of_day().ok()?;
        let end = start.tomorrow().ok()?.start_of_day().ok()?;
        let millis = |time: &Zoned| time.timestamp().as_millisecond();
        Some((millis(&start), millis(&end)))
    }

    pub(super) fn note_write(&mut self) {
        self.writes_today += 1;
    }

    /// Tells a caller where he stands.
    pub(super) fn write_headers(
        &self,
        headers: &mut HeaderMap,
        (kind, remaining): (CredentialKind, usize),
        config: &PipedriveConfig,
        with_budget: bool,
    ) {
        let mut write = |name: &'static str, value: u64| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        };
        write(
            "x-ratelimit-limit",
            config.subscription.burst_of(kind) as u64,
        );
        write("x-ratelimit-remaining", remaining as u64);
        write("x-ratelimit-reset", 2);
        if kind == CredentialKind::ApiToken {
            write(
                "x-daily-requests-left",
                WRITES_A_DAY.saturating_sub(self.writes_today),
            );
        }
        if with_budget {
            let budget = config.budget();
            write("x-daily-ratelimit-token-limit", budget);
            write(
                "x-daily-ratelimit-token-remaining",
                budget.saturating_sub(self.spent_today),
            );
        }
    }
}

/// Users share windows only where the account says so.
fn window_key(credential: Credential, config: &PipedriveConfig) -> (CredentialKind, i64) {
    if config.switches.windows_are_per_user {
        (credential.kind, credential.user_id)
    } else {
        (
            credential.kind,
            i64::try_from(credential.number).unwrap_or(i64::MAX),
        )
    }
}

fn forget(passed: &mut VecDeque<i64>, until: i64) {
    while passed.front().is_some_and(|passed| *passed <= until) {
        passed.pop_front();
    }
}

impl Window {
    /// What this call would exceed.
    fn over(&mut self, knock: Knock, config: &PipedriveConfig, day: bool) -> Over {
        forget(&mut self.passed, knock.now - WINDOW_MILLIS);
        forget(&mut self.searches, knock.now - WINDOW_MILLIS);
        let burst = config.subscription.burst_of(knock.credential.kind);
        Over {
            burst: knock.is_general(config) && self.passed.len() >= burst,
            search: knock.purpose == Purpose::Search && self.searches.len() >= SEARCH_BURST,
            day,
        }
    }

    /// Milliseconds until the window that is full has room.
    fn pause(&self, of_searches: bool, now: i64) -> i64 {
        let full = if of_searches {
            &self.searches
        } else {
            &self.passed
        };
        full.front().copied().unwrap_or(now) + WINDOW_MILLIS - now
    }

    /// Takes a place in the windows; how many are left. A call that a real gateway would have refused takes none.
    fn take(&mut self, knock: Knock, config: &PipedriveConfig, over: Over) -> usize {
        if knock.purpose == Purpose::Search && !over.search {
            self.searches.push_back(knock.now);
        }
        if !knock.is_general(config) {
            return SEARCH_BURST.saturating_sub(self.searches.len());
        }
        if !over.burst {
            self.passed.push_back(knock.now);
        }
        let burst = config.subscription.burst_of(knock.credential.kind);
        burst.saturating_sub(self.passed.len())
    }

    fn refuse(&mut self, now: i64) {
        self.refused.push_back(now);
        forget(&mut self.refused, now - REFUSED_WINDOW_MILLIS);
        if self.refused.len() >= REFUSED_BEFORE_BLOCK {
            self.blocked_until = now + BLOCK_MILLIS;
            self.refused.clear();
        }
    }
}
