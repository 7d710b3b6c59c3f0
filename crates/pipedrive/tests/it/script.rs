//! A server of a few lines: answers every request by a rule that is given, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use api_client::{
    BaseUrl, BoxFuture, Budget, BudgetSettings, Caller, Clock, MemoryLedger, Transport,
    TransportError,
};
use bytes::Bytes;
use http::{Request, Response};
use jiff::SignedDuration;
use pipedrive::{ApiToken, Client};

use crate::held_clock::HeldClock;

/// What comes back, and after how long.
pub(crate) struct Reply {
    pub(crate) after_millis: i64,
    pub(crate) result: Result<Response<Bytes>, TransportError>,
}

impl Reply {
    pub(crate) fn of(status: u16, body: impl Into<Bytes>) -> Self {
        let response = Response::builder()
            .status(status)
            .header("content-type", "application/json; charset=utf-8")
            .body(body.into())
            .unwrap();
        Self {
            after_millis: 0,
            result: Ok(response),
        }
    }
}

type Rule = Box<dyn FnMut(&Request<Bytes>) -> Reply + Send>;

pub(crate) struct Script {
    pub(crate) clock: HeldClock,
    rule: Mutex<Rule>,
    seen: Mutex<Vec<Request<Bytes>>>,
}

impl Script {
    /// A server that follows this rule, and a client of it.
    pub(crate) fn with(
        rule: impl FnMut(&Request<Bytes>) -> Reply + Send + 'static,
    ) -> (Arc<Self>, Client) {
        let script = Arc::new(Self {
            clock: HeldClock::new(),
            rule: Mutex::new(Box::new(rule)),
            seen: Mutex::default(),
        });
        let clock: Arc<dyn Clock> = Arc::new(script.clock.clone());
        let ledger = Arc::new(MemoryLedger::default());
        let budget = Budget::new(Arc::clone(&clock), ledger, BudgetSettings::counting());
        let base = BaseUrl::parse("https://nordlysbrokers.pipedrive.com").unwrap();
        let transport: Arc<dyn Transport> = Arc::<Self>::clone(&script);
        let caller = Caller::new(transport, clock, budget, base);
        let token = ApiToken::new("0123456789012345678901234567890123456789".to_owned().into());
        let client = Client::new(&caller, &token).unwrap();
        (script, client)
    }

    /// A server that answers everything with this.
    pub(crate) fn answering(body: serde_json::Value) -> (Arc<Self>, Client) {
        Self::with(move |_| Reply::of(200, body.to_string()))
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.clock.run(future)
    }

    /// What was asked since the last look.
    pub(crate) fn take_seen(&self) -> Vec<Request<Bytes>> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    /// The one thing that was asked since the last look: method, path and query, body.
    pub(crate) fn asked(&self) -> (String, String) {
        let seen = self.take_seen();
        assert_eq!(seen.len(), 1);
        let address = seen[0].uri().path_and_query().unwrap();
        let line = format!("{} {address}", seen[0].method());
        (line, String::from_utf8(seen[0].body().to_vec()).unwrap())
    }
}

impl Transport for Script {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let reply = (self.rule.lock().unwrap())(&request);
        self.seen.lock().unwrap().push(request);
        let wait = SignedDuration::from_millis(reply.after_millis);
        let arrives = self
            .clock
            .sleep_until(self.clock.now().checked_add(wait).unwrap());
        Box::pin(async move {
            arrives.await;
            reply.result
        })
    }
}
