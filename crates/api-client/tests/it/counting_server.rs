//! A server that counts what reaches it in windows of two seconds and tells of it. The way to it takes as long as a test
//! says, on either leg.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use api_client::{
    BaseUrl, BoxFuture, Budget, BudgetSettings, Caller, Clock, MemoryLedger, Transport,
    TransportError,
};
use bytes::Bytes;
use http::{Request, Response};
use jiff::SignedDuration;

use crate::held_clock::HeldClock;

pub(crate) const WINDOW_MILLIS: i64 = 2_000;

/// How the server counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Whatever came within the last two seconds.
    Rolling,
    /// Whatever came since the window began, with its first call.
    Fixed,
}

/// Milliseconds until the server counts a request, and from then until its answer.
pub(crate) type Legs = (i64, i64);

type Way = Box<dyn FnMut(&str) -> Legs + Send>;

#[derive(Debug)]
pub(crate) struct State {
    limit: usize,
    counts: Counts,
    /// Whether answers tell what is left.
    pub(crate) tells: bool,
    counted: VecDeque<i64>,
    window_began: i64,
    /// Requests beyond the limit.
    pub(crate) violations: u32,
    /// When each of our requests was counted, and its path.
    pub(crate) arrivals: Vec<(i64, String)>,
}

impl State {
    fn count(&mut self, now: i64) -> usize {
        match self.counts {
            Counts::Rolling => {
                let is_gone = |at: &i64| *at <= now - WINDOW_MILLIS;
                while self.counted.front().is_some_and(is_gone) {
                    self.counted.pop_front();
                }
            }
            Counts::Fixed => {
                if now >= self.window_began + WINDOW_MILLIS || self.counted.is_empty() {
                    self.counted.clear();
                    self.window_began = now;
                }
            }
        }
        if self.counted.len() >= self.limit {
            self.violations += 1;
        }
        self.counted.push_back(now);
        self.limit.saturating_sub(self.counted.len())
    }
}

pub(crate) struct CountingServer {
    pub(crate) clock: HeldClock,
    pub(crate) state: Mutex<State>,
    way: Mutex<Way>,
}

impl CountingServer {
    pub(crate) fn start(
        limit: usize,
        counts: Counts,
        way: impl FnMut(&str) -> Legs + Send + 'static,
    ) -> Arc<Self> {
        let state = State {
            limit,
            counts,
            tells: true,
            counted: VecDeque::new(),
            window_began: 0,
            violations: 0,
            arrivals: Vec::new(),
        };
        Arc::new(Self {
            clock: HeldClock::new(),
            state: Mutex::new(state),
            way: Mutex::new(Box::new(way)),
        })
    }

    pub(crate) fn caller(self: &Arc<Self>, settings: BudgetSettings) -> Caller {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let ledger = Arc::new(MemoryLedger::default());
        let budget = Budget::new(Arc::clone(&clock), ledger, settings);
        let base = BaseUrl::parse("https://api.example.com").unwrap();
        let transport: Arc<dyn Transport> = Arc::<Self>::clone(self);
        Caller::new(transport, clock, budget, base)
    }

    /// Another program with the same credentials makes so many calls now.
    pub(crate) fn others_call(&self, times: usize) {
        let mut state = self.state.lock().unwrap();
        for _ in 0..times {
            state.count(self.clock.millis_since_start());
        }
    }

    pub(crate) fn violations(&self) -> u32 {
        self.state.lock().unwrap().violations
    }

    /// When the requests to a path were counted.
    pub(crate) fn arrivals_at(&self, path: &str) -> Vec<i64> {
        let state = self.state.lock().unwrap();
        let at_path = state.arrivals.iter().filter(|(_, seen)| seen == path);
        at_path.map(|(at, _)| *at).collect()
    }

    /// Waits until so many milliseconds after the start.
    pub(crate) async fn until(&self, millis: i64) {
        self.sleep(millis - self.clock.millis_since_start()).await;
    }

    async fn sleep(&self, millis: i64) {
        let wait = SignedDuration::from_millis(millis);
        let until = self.clock.now().checked_add(wait).unwrap();
        self.clock.sleep_until(until).await;
    }

    async fn exchange(&self, request: Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path().to_owned();
        let (out, back) = (self.way.lock().unwrap())(&path);
        self.sleep(out).await;
        let told = {
            let mut state = self.state.lock().unwrap();
            let now = self.clock.millis_since_start();
            let left = state.count(now);
            state.arrivals.push((now, path));
            state.tells.then_some((state.limit, left))
        };
        self.sleep(back).await;
        let mut response = Response::builder().status(200);
        if let Some((limit, left)) = told {
            response = response
                .header("x-ratelimit-limit", limit)
                .header("x-ratelimit-remaining", left)
                .header("x-ratelimit-reset", WINDOW_MILLIS / 1_000);
        }
        response.body(Bytes::from_static(b"{}")).unwrap()
    }
}

impl Transport for CountingServer {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move { Ok(self.exchange(request).await) })
    }
}
