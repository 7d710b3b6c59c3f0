//! Staying away after the server refused: for as long as it asks, or longer each time it does not say. When it goes on
//! refusing without a reason that we know, one call at a time finds out whether it still does.
//!
//! In: refusals and answers. Out: whether to go on, to wait a little or to come again later.

use super::Step;
use crate::error::NotNowReason;

/// Waits up to this long are waited for; longer ones are given back to the caller.
const WAITED_FOR_MILLIS_MAX: i64 = 5_000;
const FIRST_PAUSE_MILLIS: i64 = 1_000;
const PAUSE_MILLIS_MAX: i64 = 15 * 60 * 1_000;
/// After so many refusals in a row that our own window cannot explain, somebody has probably spent the day.
const UNEXPLAINED_MAX: u32 = 4;
/// So long a call that finds out may be on its way.
const PROBE_MILLIS: i64 = 30_000;

#[derive(Debug, Default)]
pub(super) struct Pause {
    until: i64,
    refusals_in_a_row: u32,
    /// Those among them that a full window does not explain.
    unexplained_in_a_row: u32,
    /// Refusals of calls that were on their way together count as one until then.
    same_refusal_until: i64,
    /// A call is on its way to find out; nobody else goes before then.
    probe_until: i64,
}

impl Pause {
    pub(super) const fn until(&self) -> i64 {
        self.until
    }

    /// Whether the server refuses as if the day were spent, and says nothing.
    pub(super) const fn seems_spent(&self) -> bool {
        self.unexplained_in_a_row >= UNEXPLAINED_MAX
    }

    pub(super) const fn reason(&self) -> NotNowReason {
        if self.seems_spent() {
            NotNowReason::DayBudget
        } else {
            NotNowReason::BurstLimit
        }
    }

    pub(super) fn step(&self, now: i64) -> Option<Step> {
        let until = self.until.max(self.probe_until);
        if until <= now {
            return None;
        }
        if until - now > WAITED_FOR_MILLIS_MAX {
            return Some(Step::Refuse {
                retry_at: until,
                reason: self.reason(),
            });
        }
        Some(Step::Wait { until })
    }

    /// A call goes out now.
    pub(super) const fn goes(&mut self, now: i64) {
        if self.seems_spent() {
            self.probe_until = now + PROBE_MILLIS;
        }
    }

    /// Whether this refusal is a new one rather than one more of the same moment.
    pub(super) fn refused(
        &mut self,
        retry_after_seconds: Option<u32>,
        now: i64,
        window_millis: i64,
    ) -> bool {
        let is_new = now >= self.same_refusal_until;
        if is_new {
            self.refusals_in_a_row = self.refusals_in_a_row.saturating_add(1);
            self.unexplained_in_a_row = self.unexplained_in_a_row.saturating_add(1);
        }
        self.probe_until = 0;
        let doublings = self.refusals_in_a_row.saturating_sub(1).min(20);
        let grown = FIRST_PAUSE_MILLIS.saturating_mul(1 << doublings);
        let asked = retry_after_seconds.map_or(0, |seconds| i64::from(seconds) * 1_000);
        let wait = grown.min(PAUSE_MILLIS_MAX).max(asked);
        self.hold_until(now + wait);
        if is_new {
            self.same_refusal_until = now + wait.max(window_millis.min(2_000));
        }
        is_new
    }

    /// The last refusal was about a full window.
    pub(super) const fn is_explained(&mut self) {
        self.unexplained_in_a_row = 0;
    }

    pub(super) fn hold_until(&mut self, until: i64) {
        self.until = self.until.max(until);
    }

    pub(super) const fn over(&mut self) {
        self.refusals_in_a_row = 0;
        self.unexplained_in_a_row = 0;
        self.probe_until = 0;
    }
}
