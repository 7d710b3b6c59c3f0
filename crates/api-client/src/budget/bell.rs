//! Wakes calls that wait for a place, when one is free sooner than they were told.
//!
//! In: who waits. Out: wakers. It decides nothing: whoever is woken asks again.

use std::collections::BTreeMap;
use std::task::{Poll, Waker};

#[derive(Debug, Default)]
pub(super) struct Bell {
    /// By ticket; without a waker until it was polled.
    listening: BTreeMap<u64, Option<Waker>>,
}

impl Bell {
    /// From now on this ticket hears the bell.
    pub(super) fn listen(&mut self, ticket: u64) {
        self.listening.insert(ticket, None);
    }

    pub(super) fn leave(&mut self, ticket: u64) {
        self.listening.remove(&ticket);
    }

    /// Ready once the bell rang since the ticket began to listen.
    pub(super) fn poll(&mut self, ticket: u64, waker: &Waker) -> Poll<()> {
        match self.listening.get_mut(&ticket) {
            Some(listener) => {
                match listener {
                    Some(known) => known.clone_from(waker),
                    None => *listener = Some(waker.clone()),
                }
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }

    /// Everybody who listened; to be woken once the budget is unlocked.
    #[must_use]
    pub(super) fn ring(&mut self) -> Vec<Waker> {
        let listening = std::mem::take(&mut self.listening);
        listening.into_values().flatten().collect()
    }
}
