//! The way to both emulators on a clock that jumps: a request is about half the latency on its way, and so is its answer, each
//! a little longer or shorter by itself.
//!
//! In: requests of the clients. Out: the emulators' answers, and when each request left. It loses and delays nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api_client::{BoxFuture, Clock, Transport, TransportError};
use bytes::Bytes;
use emulators::{Emulator, Moment};
use http::{Request, Response};
use model::time;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::simulate::clock::HeldClock;

/// How long a call is on its way.
#[derive(Debug, Clone, Copy)]
pub(in crate::bench) struct Latency {
    pub(in crate::bench) millis: i64,
    /// To either side, and on either leg.
    pub(in crate::bench) varies_percent: i64,
}

impl Latency {
    /// One leg of the way.
    fn leg(self, random: &mut ChaCha8Rng) -> i64 {
        let part = |percent: i64| self.millis * percent / 200;
        let varies = self.varies_percent;
        random.random_range(part(100 - varies)..=part(100 + varies))
    }
}

/// A way to one emulator.
pub(in crate::bench) struct Line<E> {
    pub(in crate::bench) emulator: Mutex<E>,
    clock: HeldClock,
    latency: Latency,
    random: Mutex<ChaCha8Rng>,
    /// When each request left, and for which address.
    left: Mutex<Vec<(i64, String)>>,
}

impl<E: Emulator> Line<E> {
    pub(in crate::bench) fn to(emulator: E, clock: &HeldClock, latency: Latency) -> Arc<Self> {
        Arc::new(Self {
            emulator: Mutex::new(emulator),
            clock: clock.clone(),
            latency,
            random: Mutex::new(ChaCha8Rng::seed_from_u64(11)),
            left: Mutex::default(),
        })
    }

    pub(in crate::bench) fn emulator(&self) -> MutexGuard<'_, E> {
        lock(&self.emulator)
    }

    /// When the latest request to this address left.
    pub(in crate::bench) fn left_at(&self, path: &str) -> Option<i64> {
        let left = lock(&self.left);
        let latest = left.iter().rev().find(|(_, to)| to == path);
        latest.map(|(at, _)| *at)
    }

    /// How many requests left since then.
    pub(in crate::bench) fn left_since(&self, moment: i64) -> u64 {
        let left = lock(&self.left);
        left.iter().filter(|(at, _)| *at > moment).count() as u64
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let left = self.clock.now_millis();
        lock(&self.left).push((left, request.uri().path().to_owned()));
        let (out, back) = {
            let mut random = lock(&self.random);
            (self.latency.leg(&mut random), self.latency.leg(&mut random))
        };
        let at = |millis| time::from_millis(left + millis);
        self.clock.sleep_until(at(out)).await;
        let now = Moment(self.clock.now_millis());
        let answer = self.emulator().answer(&request, now);
        self.clock.sleep_until(at(out + back)).await;
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

pub(in crate::bench) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
