//! The way to an emulated account and back, and a clock that jumps to whatever is waited for: a probe does one thing at a time.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::task::{Context, Poll};

use api_client::{BoxFuture, Clock, Transport, TransportError};
use bytes::Bytes;
use emulators::answer::WebhookOutcome;
use emulators::{Emulator, Fate, Moment};
use http::{Request, Response};
use jiff::Timestamp;
use probe::PostBox;

/// 2026-03-02T10:00:00Z.
const START_MILLIS: i64 = 1_772_445_600_000;
const LATENCY_MILLIS: i64 = 5;

pub(crate) struct Wire<E> {
    now_millis: Mutex<i64>,
    emulator: Mutex<E>,
    /// Where the webhooks go.
    pub(crate) post_box: OnceLock<Arc<PostBox>>,
    /// What somebody does before the so-and-so-many-th call from now.
    deed: Mutex<Option<(u32, Deed)>>,
}

type Deed = Box<dyn FnOnce() + Send>;

impl<E> fmt::Debug for Wire<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl<E: Emulator> Wire<E> {
    pub(crate) fn to(emulator: E) -> Arc<Self> {
        Arc::new(Self {
            now_millis: Mutex::new(START_MILLIS),
            emulator: Mutex::new(emulator),
            post_box: OnceLock::new(),
            deed: Mutex::default(),
        })
    }

    pub(crate) fn emulator(&self) -> MutexGuard<'_, E> {
        self.emulator.lock().unwrap()
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(*self.now_millis.lock().unwrap())
    }

    pub(crate) fn at_call(&self, calls: u32, deed: impl FnOnce() + Send + 'static) {
        *self.deed.lock().unwrap() = Some((calls, Box::new(deed)));
    }

    fn count_call(&self) {
        let mut deed = self.deed.lock().unwrap();
        if let Some((1, deed)) = deed.take_if(|(calls, _)| *calls == 1) {
            deed();
        } else if let Some((calls, _)) = deed.as_mut() {
            *calls -= 1;
        }
    }

    /// Lets time pass, and everything happen that is due until then.
    fn reach(&self, millis: i64) {
        loop {
            let next = self.emulator().next_due();
            let Some(due) = next.filter(|due| due.0 <= millis) else {
                break;
            };
            self.set(due.0);
            self.deliver();
        }
        self.set(millis);
    }

    fn set(&self, millis: i64) {
        let mut now = self.now_millis.lock().unwrap();
        *now = millis.max(*now);
    }

    fn deliver(&self) {
        let now = self.now();
        let due = self.emulator().due_webhooks(now);
        for attempt in due {
            let post_box = self.post_box.get();
            let post_box = post_box.filter(|post_box| post_box.address() == attempt.url);
            let outcome = match post_box {
                Some(post_box) if attempt.headers.contains_key("x-propstreet-test") => {
                    WebhookOutcome::Answered(post_box.receive_trial(&attempt.body))
                }
                Some(post_box) => WebhookOutcome::Answered(post_box.receive(&attempt.body)),
                None => WebhookOutcome::Unreachable,
            };
            self.emulator()
                .webhook_answered(attempt.attempt, outcome, now);
        }
    }
}

/// The clock of a wire.
#[derive(Debug)]
pub(crate) struct JumpingClock<E>(pub(crate) Arc<Wire<E>>);

impl<E: Emulator + fmt::Debug + Send + 'static> Clock for JumpingClock<E> {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.now().0).unwrap()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(Jump(Arc::clone(&self.0), at.as_millisecond()))
    }
}

/// Time moves when it is waited for, not when somebody could wait.
struct Jump<E>(Arc<Wire<E>>, i64);

impl<E: Emulator> Future for Jump<E> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.0.reach(self.1);
        Poll::Ready(())
    }
}

impl<E: Emulator + Send + 'static> Transport for Wire<E> {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.count_call();
        let now = self.now();
        let answer = self.emulator().answer(&request, now);
        self.reach(now.0 + LATENCY_MILLIS);
        Box::pin(async move {
            match answer.fate {
                Fate::Arrives { .. } => Ok(answer.response),
                Fate::Reset { .. } | Fate::Truncated { .. } | Fate::NeverArrives => Err(
                    TransportError::NoAnswer("the connection was lost".to_owned()),
                ),
            }
        })
    }
}
