//! What one call holds of the budget while it is on its way.
//!
//! In: whether the call was sent. Out: its place in the window, given up when it ends; its tokens, given back when it
//! never went out. A call that is dropped half way counts as sent.

use std::fmt;
use std::sync::Arc;

use super::Budget;
use crate::spec::{CallContext, Cost};
use crate::window::Window;

/// A place in the window and the tokens of one call.
pub struct Reservation {
    budget: Arc<Budget>,
    cost: Cost,
    context: CallContext,
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
    pub(super) const fn new(budget: Arc<Budget>, cost: Cost, context: CallContext) -> Self {
        Self {
            budget,
            cost,
            context,
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
        let mut state = self.budget.lock();
        if self.was_sent {
            state
                .windows_of(self.cost)
                .for_each(|window| window.finish(now));
        } else {
            state.windows_of(self.cost).for_each(Window::never_sent);
            state.day.refund(self.cost, self.context);
        }
    }
}
