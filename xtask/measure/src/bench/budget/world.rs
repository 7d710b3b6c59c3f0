//! The real engine on both emulators and a clock that jumps.
//!
//! In: how large the account is and what it may spend. Out: an engine that is set up, and a way to run futures until they end
//! while the clock jumps from alarm to alarm. The store is in memory; its ledger is the one the program uses.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use anyhow::Context as _;
use api_client::{BaseUrl, Budget, BudgetSettings, Caller, Clock, Limits, Transport, WindowLimit};
use bytes::Bytes;
use emulators::brokerage::Brokerage;
use emulators::pipedrive::{self as emulated, PipedriveConfig, PipedriveEmulator};
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings};
use emulators::{Emulator, Moment};
use engine::ledger::StoreLedger;
use engine::setup::{self, Done, Mode, Step};
use engine::{Core, Parts, Randomness, Safeguards, Settings, definitions};
use http::{Method, Request};
use model::{Side, WorkspaceId};
use serde_json::json;
use store::{MemStore, WorkspaceCtx};

use super::line::{Latency, Line};
use crate::simulate::clock::HeldClock;

/// 2026-03-02T09:00:00Z, an ordinary Monday.
pub(in crate::bench) const START_MILLIS: i64 = 1_772_442_000_000;
const WORKSPACE: WorkspaceId = WorkspaceId(1);
const LIST_FIELDS: u64 = 10;
const WHO_AM_I: u64 = 2;
const MAKE_FIELD: u64 = 5;

/// One subscription, as both the emulator and the budget know it.
#[derive(Debug, Clone, Copy)]
pub(in crate::bench) struct Plan {
    pub(in crate::bench) name: &'static str,
    emulated: emulated::Subscription,
    known: pipedrive::Subscription,
}

pub(in crate::bench) const PLANS: [Plan; 4] = [
    Plan {
        name: "Lite",
        emulated: emulated::Subscription::Lite,
        known: pipedrive::Subscription::Lite,
    },
    Plan {
        name: "Growth",
        emulated: emulated::Subscription::Growth,
        known: pipedrive::Subscription::Growth,
    },
    Plan {
        name: "Premium",
        emulated: emulated::Subscription::Premium,
        known: pipedrive::Subscription::Premium,
    },
    Plan {
        name: "Ultimate",
        emulated: emulated::Subscription::Ultimate,
        known: pipedrive::Subscription::Ultimate,
    },
];

/// The account and the way to it.
#[derive(Debug, Clone, Copy)]
pub(in crate::bench) struct Shape {
    pub(in crate::bench) plan: Plan,
    pub(in crate::bench) deals: u32,
    pub(in crate::bench) persons: u32,
    pub(in crate::bench) organizations: u32,
    pub(in crate::bench) latency: Latency,
    /// In place of what the plan gives.
    pub(in crate::bench) daily_tokens: Option<u32>,
}

impl Shape {
    /// Pages of each list.
    pub(in crate::bench) fn pages(&self) -> [u64; 3] {
        let pages = |rows: u32| u64::from(rows.div_ceil(pipedrive::LIMIT_MAX).max(1));
        let deals = if self.deals == 0 {
            0
        } else {
            pages(self.deals)
        };
        [deals, pages(self.persons), pages(self.organizations)]
    }

    pub(in crate::bench) fn limits(&self) -> Limits {
        let limits = self.plan.known.limits(1);
        Limits {
            tokens_per_day: self.daily_tokens.or(limits.tokens_per_day),
            ..limits
        }
    }

    /// How many requests may come within how long.
    pub(in crate::bench) fn window(&self) -> WindowLimit {
        let window = self.limits().requests;
        window.expect("every plan has a window")
    }
}

/// Everything that runs.
pub(in crate::bench) struct World {
    pub(in crate::bench) clock: HeldClock,
    pub(in crate::bench) pipedrive: Arc<Line<PipedriveEmulator>>,
    pub(in crate::bench) propstreet: Arc<Line<PropstreetEmulator>>,
    pub(in crate::bench) core: Core<MemStore>,
    /// What the definitions and the fields of setup have to cost.
    pub(in crate::bench) setup_tokens: u64,
}

impl World {
    /// Both services with their records, and an engine that has been set up.
    pub(in crate::bench) fn build(shape: &Shape) -> anyhow::Result<Self> {
        Self::build_with(shape, Settings::default())
    }

    /// The same, with an engine that is told otherwise.
    pub(in crate::bench) fn build_with(shape: &Shape, settings: Settings) -> anyhow::Result<Self> {
        let clock = HeldClock::starting_at(START_MILLIS);
        let pipedrive = Line::to(account(shape)?, &clock, shape.latency);
        let propstreet = PropstreetEmulator::new(PropstreetSettings::default());
        let propstreet = Line::to(propstreet, &clock, shape.latency);
        let store = MemStore::new();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let caller = |side, transport: Arc<dyn Transport>, limits| {
            let ctx = WorkspaceCtx {
                workspace: WORKSPACE,
            };
            let ledger = StoreLedger::new(store.clone(), ctx, side, Arc::clone(&shared));
            let settings = BudgetSettings::within(limits);
            let budget = Budget::new(Arc::clone(&shared), Arc::new(ledger), settings);
            let base = BaseUrl::parse("https://emulated.example").expect("it is an address");
            Caller::new(transport, Arc::clone(&shared), budget, base)
        };
        let to_pipedrive = Arc::<Line<PipedriveEmulator>>::clone(&pipedrive);
        let on_pipedrive = caller(Side::Pipedrive, to_pipedrive, shape.limits());
        let token = pipedrive::ApiToken::new(PipedriveConfig::default().token.into());
        let login = propstreet::Login::Client {
            id: "nordhav-sync".to_owned(),
            secret: "nordhav-sync-secret".into(),
        };
        let to_propstreet = Arc::<Line<PropstreetEmulator>>::clone(&propstreet);
        let on_propstreet = caller(Side::Propstreet, to_propstreet, propstreet::limits(&login));
        let parts = Parts {
            store,
            workspace: WORKSPACE,
            randomness: Randomness::from_seed(7),
            pipedrive: pipedrive::Client::new(&on_pipedrive, &token)?,
            propstreet: propstreet::Client::new(&on_propstreet, &login)?,
            settings,
            safeguards: Safeguards::default(),
            clock: shared,
        };
        let (core, setup_tokens) = run(&clock, set_up(parts))?;
        Ok(Self {
            clock,
            pipedrive,
            propstreet,
            core,
            setup_tokens,
        })
    }
}

/// A brokerage's account with its limits in force; what filled it counts for nothing.
fn account(shape: &Shape) -> anyhow::Result<PipedriveEmulator> {
    let config = |limits| PipedriveConfig {
        subscription: shape.plan.emulated,
        seats: 1,
        daily_tokens: shape.daily_tokens.map(u64::from),
        limits,
        ..PipedriveConfig::default()
    };
    let mut emulator = PipedriveEmulator::new(config(emulated::Limits::Off));
    let now = Moment(START_MILLIS - 3_600_000);
    let book = Brokerage::generate(
        5,
        usize::try_from(shape.organizations)?,
        usize::try_from(shape.persons)?,
    );
    emulator.seed(&book, now);
    for number in 0..shape.deals {
        let body = json!({ "title": format!("Nordhavn {number}"), "value": 1_000 + number });
        let request = Request::builder()
            .method(Method::POST)
            .uri("/api/v2/deals")
            .header("x-api-token", emulator.config().token.clone())
            .header("content-type", "application/json")
            .body(Bytes::from(serde_json::to_vec(&body)?))?;
        let answer = emulator.answer(&request, now);
        anyhow::ensure!(
            answer.response.status().is_success(),
            "the emulator makes no deals: {}",
            answer.response.status()
        );
    }
    emulator.set_limits(emulated::Limits::Real);
    emulator.reset_counters();
    Ok(emulator)
}

/// Answers the engine, and what reading the definitions and making the missing fields has to cost.
async fn set_up(parts: Parts<MemStore>) -> anyhow::Result<(Core<MemStore>, u64)> {
    let core = Core::start(parts).await?;
    let report = setup::run(&core, Mode::Make)
        .await
        .context("the account could not be set up")?;
    let made = report.steps.iter().filter(|step| {
        matches!(
            step,
            Step::Field {
                done: Done::Made,
                ..
            }
        )
    });
    let made = u64::try_from(made.count())?;
    let lists = u64::try_from(definitions::listed(&core.settings).count())?;
    Ok((core, lists * LIST_FIELDS + WHO_AM_I + made * MAKE_FIELD))
}

struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

/// Polls a future to its end; whenever it waits, the clock jumps to the next alarm.
pub(in crate::bench) fn run<T>(clock: &HeldClock, future: impl Future<Output = T>) -> T {
    let bell = Arc::new(Bell(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&bell));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        while bell.0.swap(false, Ordering::AcqRel) {
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
        }
        let alarm = clock
            .first_alarm()
            .expect("what neither goes on nor waits for a time would never end");
        clock.advance(alarm);
    }
}
