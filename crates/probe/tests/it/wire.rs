//! The way to an emulated account, and a clock that jumps to whatever is waited for: a probe does one thing at a time.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use api_client::{BoxFuture, Clock, Transport, TransportError};
use bytes::Bytes;
use emulators::{Emulator, Fate, Moment};
use http::{Request, Response};
use jiff::Timestamp;

/// 2026-03-02T10:00:00Z.
const START_MILLIS: i64 = 1_772_445_600_000;
const LATENCY_MILLIS: i64 = 5;

#[derive(Debug, Clone)]
pub(crate) struct JumpingClock(Arc<Mutex<i64>>);

impl JumpingClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(START_MILLIS)))
    }

    pub(crate) fn millis(&self) -> i64 {
        *self.0.lock().unwrap()
    }

    fn reach(&self, millis: i64) {
        let mut now = self.0.lock().unwrap();
        *now = millis.max(*now);
    }
}

impl Clock for JumpingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.millis()).unwrap()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(Jump(self.clone(), at.as_millisecond()))
    }
}

/// Time moves when it is waited for, not when somebody could wait.
struct Jump(JumpingClock, i64);

impl Future for Jump {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.0.reach(self.1);
        Poll::Ready(())
    }
}

pub(crate) struct Wire<E> {
    pub(crate) clock: JumpingClock,
    emulator: Mutex<E>,
}

impl<E: Emulator> Wire<E> {
    pub(crate) fn to(emulator: E) -> Arc<Self> {
        Arc::new(Self {
            clock: JumpingClock::new(),
            emulator: Mutex::new(emulator),
        })
    }

    pub(crate) fn emulator(&self) -> MutexGuard<'_, E> {
        self.emulator.lock().unwrap()
    }
}

impl<E: Emulator> Transport for Wire<E> {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let now = self.clock.millis();
        let answer = self.emulator().answer(&request, Moment(now));
        self.clock.reach(now + LATENCY_MILLIS);
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
