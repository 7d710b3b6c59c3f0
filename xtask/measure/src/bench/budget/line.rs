//! The way to both emulators on a clock that jumps: a request is half the latency on its way, and so is its answer.
//!
//! In: requests of the clients. Out: the emulators' answers, and when each request left. It loses and delays nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api_client::{BoxFuture, Clock, Transport, TransportError};
use bytes::Bytes;
use emulators::{Emulator, Moment};
use http::{Request, Response};
use model::time;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::simulate::clock::HeldClock;

/// Latencies vary by so much to either side.
const VARIES_PERCENT: i64 = 20;

/// A way to one emulator.
pub(super) struct Line<E> {
    pub(super) emulator: Mutex<E>,
    clock: HeldClock,
    latency_millis: i64,
    random: Mutex<ChaCha8Rng>,
    /// When the latest request to each address left.
    left: Mutex<BTreeMap<String, i64>>,
}

impl<E: Emulator> Line<E> {
    pub(super) fn to(emulator: E, clock: &HeldClock, latency_millis: i64) -> Arc<Self> {
        Arc::new(Self {
            emulator: Mutex::new(emulator),
            clock: clock.clone(),
            latency_millis,
            random: Mutex::new(ChaCha8Rng::seed_from_u64(11)),
            left: Mutex::default(),
        })
    }

    pub(super) fn emulator(&self) -> MutexGuard<'_, E> {
        lock(&self.emulator)
    }

    /// When the latest request to this address left.
    pub(super) fn left_at(&self, path: &str) -> Option<i64> {
        lock(&self.left).get(path).copied()
    }

    fn latency(&self) -> i64 {
        let percent = lock(&self.random).random_range(-VARIES_PERCENT..=VARIES_PERCENT);
        self.latency_millis + self.latency_millis * percent / 100
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let left = self.clock.now_millis();
        lock(&self.left).insert(request.uri().path().to_owned(), left);
        let latency = self.latency();
        let at = |millis| time::from_millis(left + millis);
        self.clock.sleep_until(at(latency / 2)).await;
        let now = Moment(self.clock.now_millis());
        let answer = self.emulator().answer(&request, now);
        self.clock.sleep_until(at(latency)).await;
        Ok(answer.response)
    }
}

impl<E: Emulator> Transport for Line<E> {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
