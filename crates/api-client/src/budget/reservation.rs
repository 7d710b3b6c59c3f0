//! What one call holds of the budget while it is on its way.
//!
//! In: whether the call was sent. Out: its place in the window, given up when it ends; its tokens, given back when it
//! never went out. A call that is dropped half way counts as sent.

use std::fmt;
use std::sync::Arc;
use std::task::Waker;

use super::Budget;
use crate::spec::{CallContext, Cost};

/// A place in the window and the tokens of one call.
pub struct Reservation {
    budget: Arc<Budget>,
    cost: Cost,
    context: CallContext,
    started_at: i64,
    was_sent: bool,
}

impl fmt::Debug for Reservation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Reservation")
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

impl Reservation {
    pub(super) const fn new(
        budget: Arc<Budget>,
        cost: Cost,
        context: CallContext,
        started_at: i64,
    ) -> Self {
        Self {
            budget,
            cost,
            context,
            started_at,
            was_sent: false,
        }
    }

    /// From now on the server may have counted it.
    pub const fn sent(&mut self) {
        self.was_sent = true;
    }

    /// The server certainly never saw it.
    pub const fn never_sent(&mut self) {
        self.was_sent = false;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let now = self.budget.now();
        let (cost, started_at) = (self.cost, self.started_at);
        if self.was_sent {
            self.budget.lock().windows.finish(cost, started_at, now);
            return;
        }
        let woken = {
            let mut state = self.budget.lock();
            state.windows.never_sent(cost, started_at);
            state.day.refund(cost, self.context);
            state.bell.ring()
        };
        woken.into_iter().for_each(Waker::wake);
    }
}
