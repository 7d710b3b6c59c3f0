//! Staying away after the server refused: for as long as it asks, or longer each time it does not say.
//!
//! In: refusals and answers. Out: whether to go on, to wait a little or to come again later.

use super::Step;
use crate::error::NotNowReason;

/// Waits up to this long are waited for; longer ones are given back to the caller.
const WAITED_FOR_MILLIS_MAX: i64 = 5_000;
const FIRST_PAUSE_MILLIS: i64 = 1_000;
const PAUSE_MILLIS_MAX: i64 = 15 * 60 * 1_000;

#[derive(Debug, Default)]
pub(super) struct Pause {
    until: i64,
    refusals_in_a_row: u32,
    /// Refusals of calls that were on their way together count as one until then.
    same_refusal_until: i64,
}

impl Pause {
    pub(super) const fn until(&self) -> i64 {
        self.until
    }

    pub(super) fn step(&self, now: i64) -> Option<Step> {
        if self.until <= now {
            return None;
        }
        if self.until - now > WAITED_FOR_MILLIS_MAX {
            return Some(Step::Refuse {
                retry_at: self.until,
                reason: NotNowReason::BurstLimit,
            });
        }
        Some(Step::Wait { until: self.until })
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
        }
        // Without a reason that we know, somebody else may have spent the day: come again ever more rarely.
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

    pub(super) fn hold_until(&mut self, until: i64) {
        self.until = self.until.max(until);
    }

    pub(super) const fn over(&mut self) {
        self.refusals_in_a_row = 0;
    }
}
