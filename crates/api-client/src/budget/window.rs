//! A rolling window: at most so many requests in so many milliseconds.
//!
//! In: requests as they start and end, and how many the server says it counted. Out: when the next one may start. A request
//! counts from its start until one window after its end, because the server counted it somewhere in between and the next one
//! may reach it at once; so the server's count stays within its limit however slow the way is. A rolling window also keeps
//! every fixed window of the same length. What the server tells frees places sooner, and takes those that others use.

use std::collections::VecDeque;

use crate::rate_headers::RateHeaders;
use crate::spec::Priority;

/// How many requests at least stay allowed after any number of refusals.
const ALLOWED_MIN: f64 = 1.0;
/// Of so many places of the window one is for somebody who clicks; smaller windows have none for him.
const PLACES_PER_CLICK: usize = 5;

#[derive(Debug)]
pub(super) struct Window {
    /// What the operator says.
    set: u32,
    /// The lower of what the operator and the server say.
    limit: u32,
    length_millis: i64,
    /// What the server's refusals left of the limit; grows back by about one request a window.
    allowed: f64,
    /// When the requests on their way started, oldest first.
    in_flight: VecDeque<i64>,
    /// Requests that ended, ours and what is known of others', in the order in which they will be gone. Those that are gone are
    /// kept while an answer may come that counted them.
    ended: VecDeque<Ended>,
}

/// A request that the server has counted.
#[derive(Debug, Clone, Copy)]
struct Ended {
    /// When, at the latest.
    at: i64,
    /// From then on it is counted no more, at the latest.
    gone_by: i64,
}

impl Window {
    pub(super) fn new(limit: u32, length_millis: i64) -> Self {
        Self {
            set: limit,
            limit,
            length_millis,
            allowed: f64::from(limit),
            in_flight: VecDeque::new(),
            ended: VecDeque::new(),
        }
    }

    pub(super) const fn length_millis(&self) -> i64 {
        self.length_millis
    }

    /// Nothing when a call behind so many others may start now, else the earliest moment at which it may. All but interactive
    /// calls leave so much of the window that somebody who clicks at an even pace finds a place each time: a burst stops short
    /// of the last places and takes them one by one, and when places become free evenly, none has to be left.
    pub(super) fn wait_until(&mut self, ahead: usize, priority: Priority, now: i64) -> Option<i64> {
        self.forget(now);
        let mut at = self.free_at(ahead, now);
        let left = match priority {
            Priority::Interactive => 0,
            Priority::Change | Priority::Poll | Priority::Backfill => {
                self.allowed() / PLACES_PER_CLICK
            }
        };
        if self.free_at(ahead + left, now) > now {
            for click in 1..=left {
                let due = self.length_millis * whole(click) / whole(left);
                at = at.max(self.free_at(ahead + click, now) - due);
            }
        }
        (at > now).then_some(at)
    }

    /// When the place behind so many others is free, at the earliest.
    fn free_at(&self, ahead: usize, now: i64) -> i64 {
        let gone = self.gone_at(now);
        let used = self.in_flight.len() + self.ended.len() - gone;
        // The request that must be gone first so that ours fits.
        let excess = (used + ahead + 1).saturating_sub(self.allowed());
        let Some(first) = excess.checked_sub(1) else {
            return now;
        };
        let ended = self.ended.get(gone + first);
        ended.map_or(now + self.length_millis, |ended| ended.gone_by)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and a 32-bit limit"
    )]
    const fn allowed(&self) -> usize {
        self.allowed.max(ALLOWED_MIN) as usize
    }

    fn gone_at(&self, moment: i64) -> usize {
        self.ended.partition_point(|ended| ended.gone_by <= moment)
    }

    fn forget(&mut self, now: i64) {
        let oldest = self.in_flight.front().map_or(now, |start| now.min(*start));
        let gone = self.gone_at(oldest);
        self.ended.drain(..gone);
    }

    /// As if as many requests as fit had just ended.
    pub(super) fn fill(&mut self, now: i64) {
        let ended = self.ended_at(now);
        self.ended = std::iter::repeat_n(ended, self.limit as usize).collect();
    }

    const fn ended_at(&self, at: i64) -> Ended {
        Ended {
            at,
            gone_by: at + self.length_millis,
        }
    }

    pub(super) fn start(&mut self, now: i64) {
        self.in_flight.push_back(now);
    }

    pub(super) fn finish(&mut self, started_at: i64, now: i64) {
        self.never_sent(started_at);
        self.ended.push_back(self.ended_at(now));
    }

    pub(super) fn never_sent(&mut self, started_at: i64) {
        let place = self.in_flight.iter().position(|start| *start == started_at);
        if let Some(place) = place {
            self.in_flight.remove(place);
        }
    }

    /// Learns how many requests the server had counted when it counted one of ours, which was sent then and is answered now.
    /// Whether a place became free by it.
    pub(super) fn told(&mut self, headers: &RateHeaders, sent_at: i64, now: i64) -> bool {
        if let Some(limit) = headers.window_limit {
            self.limit = limit.clamp(1, self.set.max(1));
            self.allowed = self.allowed.min(f64::from(self.limit));
        }
        let Some(remaining) = headers.window_remaining else {
            return false;
        };
        let limit = headers.window_limit.unwrap_or(self.limit);
        let counted = limit.saturating_sub(remaining).max(1) as usize;
        let is_freed = self.is_believed() && self.let_go(counted, sent_at, now);
        self.make_room_for_others(counted, sent_at, headers, now);
        is_freed
    }

    /// Whoever refuses although there was room by its own account is not believed, until the window is whole again.
    fn is_believed(&self) -> bool {
        self.allowed >= f64::from(self.limit)
    }

    /// What was answered before that request was sent had been counted before it. Of these so many are left as it says, and
    /// the oldest have gone.
    fn let_go(&mut self, counted: usize, sent_at: i64, now: i64) -> bool {
        let was_before = |ended: &&mut Ended| ended.at < sent_at;
        let before = self.ended.iter_mut().filter(was_before).count();
        let gone = before.saturating_sub(counted - 1);
        let mut is_freed = false;
        for ended in self.ended.iter_mut().filter(was_before).take(gone) {
            is_freed |= ended.gone_by > now;
            ended.gone_by = ended.gone_by.min(now);
        }
        if is_freed {
            let ended = self.ended.make_contiguous();
            ended.sort_by_key(|ended| ended.gone_by);
        }
        is_freed
    }

    /// What it counted and cannot be ours is somebody else's.
    fn make_room_for_others(
        &mut self,
        counted: usize,
        sent_at: i64,
        headers: &RateHeaders,
        now: i64,
    ) {
        let known = self.in_flight.len() + self.ended.len() - self.gone_at(sent_at);
        let reset = headers.window_reset_seconds;
        let reset = reset.map_or(self.length_millis, |seconds| i64::from(seconds) * 1_000);
        let gone_by = now + reset.min(self.length_millis);
        let place = self.gone_at(gone_by);
        for _ in known..counted {
            self.ended.insert(place, Ended { at: now, gone_by });
        }
    }

    pub(super) fn halve(&mut self) {
        self.allowed = (self.allowed / 2.0).max(ALLOWED_MIN);
    }

    pub(super) fn recover(&mut self) {
        let limit = f64::from(self.limit);
        if self.allowed < limit {
            self.allowed = (self.allowed + 1.0 / self.allowed).min(limit);
        }
    }
}

fn whole(places: usize) -> i64 {
    i64::try_from(places).unwrap_or(i64::MAX)
}
