//! A clock that stands still until nothing else can be done, and then jumps to the next moment somebody waits for.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use api_client::{BoxFuture, Clock};
use jiff::Timestamp;

/// 2026-03-02T10:00:00Z, an ordinary Monday.
pub(crate) const START_MILLIS: i64 = 1_772_445_600_000;

#[derive(Debug, Clone)]
pub(crate) struct HeldClock(Arc<Mutex<Held>>);

#[derive(Debug)]
struct Held {
    now: i64,
    next: u64,
    waited_for: BTreeMap<(i64, u64), Waker>,
}

impl HeldClock {
    pub(crate) fn new() -> Self {
        let held = Held {
            now: START_MILLIS,
            next: 0,
            waited_for: BTreeMap::new(),
        };
        Self(Arc::new(Mutex::new(held)))
    }

    pub(crate) fn millis(&self) -> i64 {
        self.0.lock().unwrap().now
    }

    pub(crate) fn advance(&self, millis: i64) {
        self.0.lock().unwrap().now += millis;
    }

    /// Runs a future to its end.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
            let mut held = self.0.lock().unwrap();
            let next = held
                .waited_for
                .keys()
                .next()
                .expect("something is waited for")
                .0;
            held.now = held.now.max(next);
            let now = held.now;
            // Futures that run many others poll only those that were woken.
            held.waited_for
                .range(..=(now, u64::MAX))
                .for_each(|(_, waker)| waker.wake_by_ref());
        }
    }
}

impl Clock for HeldClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.millis()).unwrap()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let mut held = self.0.lock().unwrap();
        held.next += 1;
        let key = (at.as_millisecond(), held.next);
        held.waited_for.insert(key, Waker::noop().clone());
        drop(held);
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
        let mut held = self.clock.0.lock().unwrap();
        if held.now >= self.key.0 {
            return Poll::Ready(());
        }
        held.waited_for.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.0.lock().unwrap().waited_for.remove(&self.key);
    }
}
