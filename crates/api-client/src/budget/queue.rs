//! Who goes next among calls that wait for a place in the window.
//!
//! In: calls that join, go or give up. Out: how many go before a call. The more urgent class goes first. Within a class it is
//! deficit round-robin by purpose: each purpose is owed the same number of tokens, and the one that is owed most goes next, so
//! that a purpose with dear or many calls does not hold up one with few. Kept as sorted tags instead of rounds: a call's tag is
//! what its purpose will have had before it.

use std::collections::{BTreeMap, BTreeSet};

use crate::spec::{CallContext, Priority};

/// A place in the queue: class, tag, and order of arrival among equals.
pub(super) type Place = (Priority, u64, u64);

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeSet<Place>,
    next_ticket: u64,
    rounds: BTreeMap<Priority, Round>,
}

/// One class while anybody of it waits.
#[derive(Debug, Default)]
struct Round {
    /// What every purpose with a waiting call has had by now.
    reached: u64,
    /// What a purpose will have had once its waiting calls went.
    had: BTreeMap<&'static str, u64>,
    waiting: usize,
}

impl Queue {
    pub(super) fn join(&mut self, context: CallContext, tokens: u32) -> Place {
        let round = self.rounds.entry(context.priority).or_default();
        let had = round.had.entry(context.purpose).or_insert(round.reached);
        // Who did not wait is owed nothing for that time.
        let tag = (*had).max(round.reached);
        *had = tag + u64::from(tokens.max(1));
        round.waiting += 1;
        let place = (context.priority, tag, self.next_ticket);
        self.next_ticket += 1;
        self.waiting.insert(place);
        place
    }

    /// How many go before it.
    pub(super) fn ahead(&self, place: &Place) -> usize {
        self.waiting.range(..place).count()
    }

    /// It goes now.
    pub(super) fn goes(&mut self, place: &Place) {
        if let Some(round) = self.rounds.get_mut(&place.0) {
            round.reached = round.reached.max(place.1);
        }
        self.leave(place);
    }

    /// It is given up, unless it went. Whether others may go sooner for it.
    pub(super) fn leave(&mut self, place: &Place) -> bool {
        let waited = self.waiting.remove(place);
        if waited && let Some(round) = self.rounds.get_mut(&place.0) {
            round.waiting -= 1;
            if round.waiting == 0 {
                self.rounds.remove(&place.0);
            }
        }
        waited
    }
}
