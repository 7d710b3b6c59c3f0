//! The way from the client to the emulator, without a socket. Every answer is held against what Pipedrive publishes.

use std::sync::{Arc, Mutex, MutexGuard};

use api_client::{BoxFuture, Clock, Transport, TransportError};
use bytes::Bytes;
use emulators::{Emulator, Fate, Moment};
use http::{Request, Response};
use jiff::SignedDuration;

use crate::held_clock::HeldClock;

pub(crate) struct Wire<E> {
    pub(crate) clock: HeldClock,
    emulator: Mutex<E>,
}

impl<E: Emulator + 'static> Wire<E> {
    pub(crate) fn to(emulator: E) -> Arc<Self> {
        Arc::new(Self {
            clock: HeldClock::new(),
            emulator: Mutex::new(emulator),
        })
    }

    pub(crate) fn emulator(&self) -> MutexGuard<'_, E> {
        self.emulator.lock().unwrap()
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.clock.millis())
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let answer = self.emulator().answer(&request, self.now());
        let (after_millis, arrives) = match answer.fate {
            Fate::Arrives { after_millis } => (after_millis, true),
            Fate::Reset { after_millis } | Fate::Truncated { after_millis } => {
                (after_millis, false)
            }
            Fate::NeverArrives => return std::future::pending().await,
        };
        let wait = SignedDuration::from_millis(after_millis);
        self.clock
            .sleep_until(self.clock.now().checked_add(wait).unwrap())
            .await;
        if arrives {
            conformance::expect_published(
                request.method().as_str(),
                request.uri().path(),
                answer.response.status().as_u16(),
                answer.response.body(),
            );
            Ok(answer.response)
        } else {
            Err(TransportError::NoAnswer(
                "the connection was lost".to_owned(),
            ))
        }
    }
}

impl<E: Emulator + 'static> Transport for Wire<E> {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}
