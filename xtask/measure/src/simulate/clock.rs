//! The clock of a run: it stands still until everybody waits, then jumps.
//!
//! In: sleepers. Out: the time, and who is to be woken. It never moves by itself.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use api_client::{BoxFuture, Clock};
use model::{Timestamp, time};

#[derive(Debug, Default)]
struct State {
    now: i64,
    last_ticket: u64,
    sleepers: BTreeMap<(i64, u64), Waker>,
}

/// Shared by its clones.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeldClock(Arc<Mutex<State>>);

impl HeldClock {
    pub(crate) fn starting_at(now: i64) -> Self {
        let clock = Self::default();
        clock.lock().now = now;
        clock
    }

    pub(crate) fn now_millis(&self) -> i64 {
        self.lock().now
    }

    /// When the first sleeper wants to be woken.
    pub(crate) fn first_alarm(&self) -> Option<i64> {
        self.lock().sleepers.keys().next().map(|(at, _)| *at)
    }

    /// Moves on and wakes whoever slept until then.
    pub(crate) fn advance(&self, to: i64) {
        let mut due = Vec::new();
        {
            let mut state = self.lock();
            state.now = state.now.max(to);
            while let Some(first) = state.sleepers.first_entry() {
                if first.key().0 > to {
                    break;
                }
                due.push(first.remove());
            }
        }
        for waker in due {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for HeldClock {
    fn now(&self) -> Timestamp {
        time::from_millis(self.now_millis())
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        // A moment between two milliseconds is over at the later one.
        let whole = time::to_millis(at);
        let is_whole = time::from_millis(whole) == at;
        Box::pin(Sleep {
            clock: self.clone(),
            until: if is_whole { whole } else { whole + 1 },
            ticket: None,
        })
    }
}

struct Sleep {
    clock: HeldClock,
    until: i64,
    ticket: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let sleep = &mut *self;
        let mut state = sleep.clock.lock();
        if state.now >= sleep.until {
            return Poll::Ready(());
        }
        let ticket = match sleep.ticket {
            Some(ticket) => ticket,
            None => {
                state.last_ticket += 1;
                state.last_ticket
            }
        };
        state
            .sleepers
            .insert((sleep.until, ticket), context.waker().clone());
        drop(state);
        sleep.ticket = Some(ticket);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.clock.lock().sleepers.remove(&(self.until, ticket));
        }
    }
}
