//! How a budget stands, in a form that can be kept and read by another process, and what it will come to.
//!
//! In: what was spent of late, by us and by others, what jobs still need, what was put off. Out: a forecast until the day's
//! end. Pure: the time is passed in.

use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::meter::Meter;
use crate::spec::Priority;

pub(super) const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// How a budget stood at a moment. Times are milliseconds since 1970 in UTC by our clock.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Standing {
    pub at: i64,
    /// Days since 1970-01-01, as the server counts them.
    pub day: i64,
    /// When the server's day ends.
    pub ends_at: i64,
    /// What the day allows, by the server's word where it gave it.
    pub limit: Option<u32>,
    /// What others have spent today, as far as the server's numbers show.
    pub foreign: u32,
    pub foreign_rate: ForeignRate,
    pub rates: Vec<Rate>,
    pub needs: Vec<Need>,
    pub put_off: Vec<PutOff>,
    /// The server refuses without telling why, as if the day were spent.
    pub seems_spent: bool,
}

/// How fast others spend.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ForeignRate(pub(super) Meter);

/// How fast one purpose spends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    pub priority: Priority,
    pub purpose: String,
    pub(super) meter: Meter,
}

/// What a job will still spend, today or later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    pub job: String,
    pub priority: Priority,
    pub purpose: String,
    pub tokens: u64,
}

/// What was refused for want of tokens, and when it is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutOff {
    pub priority: Priority,
    pub purpose: String,
    pub until: i64,
    pub why: String,
}

/// What the day will come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Tokens until the day's end, by class and purpose.
    pub by_purpose: Vec<(Priority, String, u64)>,
    /// What others will spend until then.
    pub foreign: u64,
    /// All tokens of the day by then, those already spent included.
    pub total: u64,
    /// Days after today that the jobs' remaining need will take.
    pub days_more: u64,
}

impl ForeignRate {
    /// Tokens an hour.
    #[must_use]
    pub fn per_hour(&self, now: i64) -> u64 {
        whole(self.0.per_hour(now))
    }
}

impl Rate {
    /// Tokens an hour.
    #[must_use]
    pub fn per_hour(&self, now: i64) -> u64 {
        whole(self.meter.per_hour(now))
    }
}

impl Standing {
    /// What is left of it at a later time: a new day begins with nothing spent.
    #[must_use]
    pub fn seen_at(mut self, now: i64) -> Self {
        if now >= self.ends_at {
            let days = (now - self.ends_at).div_euclid(DAY_MILLIS) + 1;
            self.day += days;
            self.ends_at += days * DAY_MILLIS;
            (self.foreign, self.seems_spent) = (0, false);
        }
        self.put_off.retain(|put_off| put_off.until > now);
        self
    }

    /// What will be spent until the day's end when everything goes on as of late. Backfills take their need where it is known,
    /// and no more than their share of the day; nothing else of them can be foretold.
    #[must_use]
    pub fn forecast(&self, spent: u64, limits: Option<&Limits>, now: i64) -> Forecast {
        let hours_left = hours(self.ends_at.saturating_sub(now).max(0));
        let mut by_purpose = Vec::new();
        for rate in &self.rates {
            let is_steady = rate.priority != Priority::Backfill;
            let tokens = whole(rate.meter.per_hour(now) * hours_left);
            if is_steady && tokens > 0 {
                by_purpose.push((rate.priority, rate.purpose.clone(), tokens));
            }
        }
        let foreign = whole(self.foreign_rate.0.per_hour(now) * hours_left);
        let steady: u64 = by_purpose.iter().map(|(_, _, tokens)| tokens).sum();
        let mut days_more = 0;
        let mut jobs = 0;
        for need in &self.needs {
            let share = |of_day: u64| self.share(of_day, limits, need.priority);
            let left = share(spent + steady + foreign + jobs);
            let today = need.tokens.min(left);
            jobs += today;
            if today > 0 {
                by_purpose.push((need.priority, need.purpose.clone(), today));
            }
            let usual = share(self.in_a_day(now)).max(1);
            days_more = days_more.max((need.tokens - today).div_ceil(usual));
        }
        Forecast {
            by_purpose,
            foreign,
            total: spent + steady + foreign + jobs,
            days_more,
        }
    }

    /// What the day leaves for steady work of these purposes, of which so much was spent already: its class's share without what
    /// everything else is about to spend until the day's end. `None` where days are not limited.
    #[must_use]
    pub fn left_for(
        &self,
        (priority, purposes): (Priority, &[&str]),
        spent: u64,
        limits: Option<&Limits>,
        now: i64,
    ) -> Option<u64> {
        self.limit?;
        let forecast = self.forecast(spent, limits, now);
        let is_other = |purpose: &str| !purposes.contains(&purpose);
        // A backfill takes what others leave.
        let others = forecast
            .by_purpose
            .iter()
            .filter(|(of, purpose, _)| *of != Priority::Backfill && is_other(purpose));
        let others: u64 = others.map(|(_, _, tokens)| tokens).sum();
        Some(self.share(spent + others + forecast.foreign, limits, priority))
    }

    /// What a whole day takes beside jobs, when everything goes on as of late.
    fn in_a_day(&self, now: i64) -> u64 {
        let steady = self
            .rates
            .iter()
            .filter(|rate| rate.priority != Priority::Backfill);
        let ours: f64 = steady.map(|rate| rate.meter.per_hour(now)).sum();
        whole((ours + self.foreign_rate.0.per_hour(now)) * 24.0)
    }

    /// What a class may still take of a day on which so much is spent otherwise.
    fn share(&self, spent: u64, limits: Option<&Limits>, priority: Priority) -> u64 {
        let Some(limit) = self.limit else {
            return u64::MAX;
        };
        let kept = limits.map_or(0, |limits| limits.kept_from(priority, limit));
        u64::from(limit - kept.min(limit)).saturating_sub(spent)
    }
}

/// What others will spend until the day's end.
pub(super) fn foreign_until(meter: &Meter, now: i64, ends_at: i64) -> u32 {
    let tokens = whole(meter.per_hour(now) * hours(ends_at.saturating_sub(now).max(0)));
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a span of milliseconds is far below 2^52"
)]
fn hours(millis: i64) -> f64 {
    millis as f64 / 3_600_000.0
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "negative and endless numbers of tokens become the nearest whole ones"
)]
fn whole(tokens: f64) -> u64 {
    tokens.max(0.0).round() as u64
}
