//! The windows of an account: that of all requests, and that of searches inside it.
//!
//! In: calls as they start and end, what the server says. Out: when a call fits into every window it counts in.

use super::limits::{Limits, WindowLimit};
use super::window::Window;
use crate::rate_headers::RateHeaders;
use crate::spec::{Cost, Counted, Priority};

/// A longer window is not waited out after a death: starting anew takes a part of it already.
const WAITED_OUT_MILLIS_MAX: i64 = 5_000;

#[derive(Debug)]
pub(super) struct Windows {
    requests: Option<Window>,
    searches: Option<Window>,
}

impl Windows {
    pub(super) fn new(limits: Option<&Limits>) -> Self {
        let window = |limit: WindowLimit| Window::new(limit.requests, limit.millis);
        Self {
            requests: limits.and_then(|limits| limits.requests).map(window),
            searches: limits.and_then(|limits| limits.searches).map(window),
        }
    }

    /// Nothing when a call behind so many others may start now, else the earliest moment at which it may.
    pub(super) fn wait_until(
        &mut self,
        cost: Cost,
        ahead: usize,
        priority: Priority,
        now: i64,
    ) -> Option<i64> {
        self.of(cost)
            .filter_map(|window| window.wait_until(ahead, priority, now))
            .max()
    }

    pub(super) fn start(&mut self, cost: Cost, now: i64) {
        self.of(cost).for_each(|window| window.start(now));
    }

    pub(super) fn finish(&mut self, cost: Cost, started_at: i64, now: i64) {
        self.of(cost)
            .for_each(|window| window.finish(started_at, now));
    }

    pub(super) fn never_sent(&mut self, cost: Cost, started_at: i64) {
        self.of(cost)
            .for_each(|window| window.never_sent(started_at));
    }

    /// Learns from the answer to a call that was sent then. Whether a place became free by it.
    pub(super) fn told(
        &mut self,
        cost: Cost,
        headers: &RateHeaders,
        sent_at: i64,
        now: i64,
    ) -> bool {
        match (cost.counted, &mut self.requests) {
            (Counted::Request, Some(window)) => window.told(headers, sent_at, now),
            // Of a search nobody knows which of its windows the server tells of.
            (Counted::Request | Counted::Search | Counted::Nothing, _) => false,
        }
    }

    /// Windows of seconds begin full.
    pub(super) fn fill(&mut self, now: i64) {
        self.each()
            .filter(|window| window.length_millis() <= WAITED_OUT_MILLIS_MAX)
            .for_each(|window| window.fill(now));
    }

    pub(super) fn halve(&mut self) {
        self.each().for_each(Window::halve);
    }

    pub(super) fn recover(&mut self) {
        self.each().for_each(Window::recover);
    }

    /// Of the window of all requests.
    pub(super) fn length_millis(&self) -> i64 {
        self.requests.as_ref().map_or(0, Window::length_millis)
    }

    fn each(&mut self) -> impl Iterator<Item = &mut Window> {
        self.requests.iter_mut().chain(&mut self.searches)
    }

    fn of(&mut self, cost: Cost) -> impl Iterator<Item = &mut Window> {
        let (requests, searches) = match cost.counted {
            Counted::Request => (self.requests.as_mut(), None),
            Counted::Search => (self.requests.as_mut(), self.searches.as_mut()),
            Counted::Nothing => (None, None),
        };
        requests.into_iter().chain(searches)
    }
}
