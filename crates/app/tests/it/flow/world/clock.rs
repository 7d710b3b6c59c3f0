//! The clock of a world: it stands until somebody moves it.
//!
//! In: waits until a moment. Out: the time, and the moments that are waited for. The time-outs of calls are told apart from
//! other waits, because a call that is under way ends by itself.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use api_client::{BoxFuture, CALL_TIMEOUT, Clock};
use emulators::Moment;
use model::{Timestamp, time};
use tokio::sync::Notify;

/// Monday, 2 March 2026, eight in the morning.
const START_MILLIS: i64 = 1_772_438_400_000;

/// A clock that is moved by hand; its clones show the same time.
#[derive(Debug, Clone)]
pub(crate) struct HeldClock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    held: Mutex<Held>,
    changed: Notify,
}

#[derive(Debug)]
struct Held {
    now: i64,
    registered: u64,
    sleepers: BTreeMap<(i64, u64), Sleeper>,
}

#[derive(Debug)]
struct Sleeper {
    is_call: bool,
    waker: Option<Waker>,
}

impl HeldClock {
    pub(crate) fn new() -> Self {
        let held = Held {
            now: START_MILLIS,
            registered: 0,
            sleepers: BTreeMap::new(),
        };
        Self(Arc::new(Shared {
            held: Mutex::new(held),
            changed: Notify::new(),
        }))
    }

    pub(crate) fn millis(&self) -> i64 {
        self.held().now
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment(self.millis())
    }

    /// Moves the time on to `millis`, and wakes who waited for it.
    pub(crate) fn advance_to(&self, millis: i64) {
        let mut held = self.held();
        held.now = held.now.max(millis);
        let now = held.now;
        let woken: Vec<Waker> = held
            .sleepers
            .range_mut(..=(now, u64::MAX))
            .filter_map(|(_, sleeper)| sleeper.waker.take())
            .collect();
        drop(held);
        woken.into_iter().for_each(Waker::wake);
    }

    /// The earliest moment that is waited for.
    pub(crate) fn next_wait(&self) -> Option<i64> {
        self.held().sleepers.keys().next().map(|(at, _)| *at)
    }

    /// Whether anything but a call's time-out is waited for.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.held()
            .sleepers
            .values()
            .any(|sleeper| !sleeper.is_call)
    }

    /// How many waits there have been.
    pub(crate) fn waits(&self) -> u64 {
        self.held().registered
    }

    /// Ends when somebody begins to wait.
    pub(crate) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0
            .held
            .lock()
            .expect("nothing panics while it holds the time")
    }
}

impl Clock for HeldClock {
    fn now(&self) -> Timestamp {
        time::from_millis(self.millis())
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let at = at.as_millisecond();
        let mut held = self.held();
        held.registered += 1;
        let key = (at, held.registered);
        let is_call = i128::from(at - held.now) == CALL_TIMEOUT.as_millis();
        held.sleepers.insert(
            key,
            Sleeper {
                is_call,
                waker: None,
            },
        );
        drop(held);
        self.0.changed.notify_one();
        Box::pin(Sleep {
            clock: self.clone(),
            key,
        })
    }
}

struct Sleep {
    clock: HeldClock,
    key: (i64, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut held = self.clock.held();
        if held.now >= self.key.0 {
            return Poll::Ready(());
        }
        if let Some(sleeper) = held.sleepers.get_mut(&self.key) {
            sleeper.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.held().sleepers.remove(&self.key);
    }
}
