//! What a 429 means: the window, the day, or something that the server does not say.
//!
//! In: the refused call's cost, the answer's headers, and what we know of the day. Out: when to come again, and why. Backing
//! off helps against a full window and not against a spent day, which is over at the reset.

use super::State;
use crate::error::NotNowReason;
use crate::rate_headers::RateHeaders;
use crate::spec::{Cost, Counted};

/// A server that asks to stay away for longer than this does not mean its window.
const WINDOW_SECONDS_MAX: u32 = 120;

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Day,
    Window,
    Unexplained,
}

fn kind_of(cost: Cost, headers: &RateHeaders, may_be_spent: bool) -> Kind {
    match headers.day_remaining {
        Some(remaining) if remaining < cost.tokens.max(1) && may_be_spent => Kind::Day,
        Some(remaining) if remaining >= cost.tokens.max(1) => Kind::Window,
        Some(_) | None if headers.window_remaining == Some(0) => Kind::Window,
        Some(_) | None if cost.counted == Counted::Search => Kind::Window,
        Some(_) | None => Kind::Unexplained,
    }
}

impl State {
    /// Learns from a refusal; answers when to come again and why.
    pub(super) fn refused(
        &mut self,
        cost: Cost,
        headers: &RateHeaders,
        now: i64,
    ) -> (i64, NotNowReason) {
        self.day.turn(now);
        self.day.correct(headers);
        let kind = kind_of(cost, headers, self.day.may_be_spent());
        if kind == Kind::Day {
            if headers.day_remaining == Some(0) {
                self.day.mark_spent();
            }
            return (self.day.ends_at(), NotNowReason::DayBudget);
        }
        let length = self.windows.length_millis();
        let is_new = self.pause.refused(headers.retry_after_seconds, now, length);
        if kind == Kind::Window {
            self.pause.is_explained();
        }
        if is_new {
            self.windows.halve();
        }
        let asks_for_long = headers
            .retry_after_seconds
            .is_some_and(|seconds| seconds > WINDOW_SECONDS_MAX);
        let reason = if asks_for_long {
            NotNowReason::DayBudget
        } else {
            self.pause.reason()
        };
        (self.pause.until(), reason)
    }
}
