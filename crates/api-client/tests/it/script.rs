//! A server of a few lines: answers every call the same way until told otherwise, and keeps what it was sent.

use std::sync::{Arc, Mutex};

use api_client::{
    BaseUrl, BoxFuture, Budget, BudgetSettings, CallContext, CallSpec, Caller, Clock, Cost, Ledger,
    MemoryLedger, Priority, Transport, TransportError,
};
use bytes::Bytes;
use http::{Method, Request, Response};

use crate::held_clock::HeldClock;

#[derive(Clone)]
pub(crate) enum Reaction {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    Fail(TransportError),
    Never,
}

pub(crate) fn answer(status: u16, body: &str) -> Reaction {
    Reaction::Answer {
        status,
        headers: Vec::new(),
        body: body.to_owned(),
    }
}

pub(crate) fn answer_with(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reaction {
    let headers = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    Reaction::Answer {
        status,
        headers,
        body: body.to_owned(),
    }
}

pub(crate) struct Server {
    pub(crate) clock: HeldClock,
    /// How long an answer is under way.
    pub(crate) latency_millis: Mutex<i64>,
    reaction: Mutex<Reaction>,
    /// When each request came, and what it was.
    pub(crate) seen: Mutex<Vec<(i64, Request<Bytes>)>>,
}

impl Server {
    pub(crate) fn start() -> Arc<Self> {
        Arc::new(Self {
            clock: HeldClock::new(),
            latency_millis: Mutex::new(0),
            reaction: Mutex::new(answer(200, "{}")),
            seen: Mutex::default(),
        })
    }

    pub(crate) fn reacts(&self, reaction: Reaction) {
        *self.reaction.lock().unwrap() = reaction;
    }

    pub(crate) fn arrivals(&self) -> Vec<i64> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|(at, _)| *at)
            .collect()
    }

    pub(crate) fn caller(self: &Arc<Self>, settings: BudgetSettings) -> Caller {
        self.caller_with(settings, Arc::new(MemoryLedger::default()))
    }

    pub(crate) fn caller_with(
        self: &Arc<Self>,
        settings: BudgetSettings,
        ledger: Arc<dyn Ledger>,
    ) -> Caller {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let budget = Budget::new(Arc::clone(&clock), ledger, settings);
        let base = BaseUrl::parse("https://api.example.com").unwrap();
        let transport: Arc<dyn Transport> = Arc::<Self>::clone(self);
        Caller::new(transport, clock, budget, base)
    }
}

impl Transport for Server {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.seen
            .lock()
            .unwrap()
            .push((self.clock.millis_since_start(), request));
        let reaction = self.reaction.lock().unwrap().clone();
        let latency = jiff::SignedDuration::from_millis(*self.latency_millis.lock().unwrap());
        let arrives = self
            .clock
            .sleep_until(self.clock.now().checked_add(latency).unwrap());
        Box::pin(async move {
            arrives.await;
            match reaction {
                Reaction::Answer {
                    status,
                    headers,
                    body,
                } => {
                    let mut response = Response::builder().status(status);
                    for (name, value) in headers {
                        response = response.header(name, value);
                    }
                    Ok(response.body(Bytes::from(body)).unwrap())
                }
                Reaction::Fail(error) => Err(error),
                Reaction::Never => std::future::pending().await,
            }
        })
    }
}

pub(crate) const CHANGE: CallContext = CallContext::new(Priority::Change, "change");

pub(crate) fn read() -> CallSpec {
    CallSpec::read("read a record", "/records/1", Cost::request(1), CHANGE)
}

pub(crate) fn write() -> CallSpec {
    CallSpec::write(
        "write a record",
        Method::PATCH,
        "/records/1",
        Cost::request(5),
        CHANGE,
    )
}
