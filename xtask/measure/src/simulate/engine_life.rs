//! The engine in a run: how it is built on the held clock, the simulated network and a store that may be busy, and the loops
//! that a process would run.
//!
//! In: what survives a crash. Out: tasks for the executor. The engine itself is the real one; only what it is given is not.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use api_client::{BaseUrl, Budget, BudgetSettings, Caller, Clock, MemoryLedger};
use engine::intake::webhooks::PipedriveCredentials;
use engine::setup::{self, Mode};
use engine::{Core, EngineError, Parts, Randomness, Safeguards, Settings};
use engine::{delivery, intake, mirror, planning, schedule, sweep};
use futures_util::future::select;
use model::{Entity, Side, Timestamp, WorkspaceId, time};
use propstreet::WebhookSecret;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use secrecy::SecretString;
use store::{ClaimStore, Gate, MemStore, Stage, StoreError};

use super::clock::HeldClock;
use super::network::Wire;
use super::plants::Flaw;
use super::profile::Weather;

pub(super) const WORKSPACE: WorkspaceId = WorkspaceId(1);
const PATH_TOKEN: &str = "c4f0a1d27be94e55";
/// How long a loop waits at the least before it looks again.
const LOOK_AGAIN_MILLIS: i64 = 250;
/// How long it waits at the most that looks for what takes part in no pair yet.
const LOOK_BESIDE_MILLIS: i64 = 15_000;
const AFTER_ERROR_MILLIS: i64 = 5_000;

pub(super) type Engine = Arc<Core<MemStore>>;

/// What the tasks of one life of the engine tell the run.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Set once the engine has started.
    pub(super) engine: Option<Engine>,
    /// The process cannot go on: it ends, and is started again.
    pub(super) gave_up: Option<String>,
    /// Webhooks and how they were answered.
    pub(super) receipts: Vec<(Side, u64, u16)>,
    pub(super) secret: Option<SecretString>,
}

/// Shared by the tasks of one life.
#[derive(Debug, Clone, Default)]
pub(super) struct Teller(Arc<Mutex<Told>>);

impl Teller {
    pub(super) fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands before each transaction: lets other tasks go first, or refuses because the store is busy.
#[derive(Debug)]
pub(super) struct Turnstile(Mutex<TurnstileState>);

#[derive(Debug)]
struct TurnstileState {
    random: ChaCha8Rng,
    busy_in_a_thousand: u32,
    busy: u64,
    /// The names of the latest transactions, for a story that ends in a circle.
    latest: [&'static str; 12],
    passed: usize,
}

impl Turnstile {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(TurnstileState {
            random: ChaCha8Rng::seed_from_u64(seed ^ 0x9a7e),
            busy_in_a_thousand: 0,
            busy: 0,
            latest: [""; 12],
            passed: 0,
        }))
    }

    pub(super) fn be_busy(&self, in_a_thousand: u32) {
        self.lock().busy_in_a_thousand = in_a_thousand;
    }

    /// The latest transactions, in no order.
    pub(super) fn latest(&self) -> [&'static str; 12] {
        self.lock().latest
    }

    pub(super) fn times_busy(&self) -> u64 {
        self.lock().busy
    }

    fn lock(&self) -> MutexGuard<'_, TurnstileState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate for Turnstile {
    fn pass(
        &self,
        transaction: &'static str,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        let (waits, is_busy) = {
            let mut state = self.lock();
            let place = state.passed % state.latest.len();
            state.latest[place] = transaction;
            state.passed += 1;
            let drawn: u32 = state.random.random_range(0..1_000_000);
            let is_busy = drawn < state.busy_in_a_thousand * 100;
            state.busy += u64::from(is_busy);
            (drawn % 4 == 3, is_busy)
        };
        if is_busy {
            let busy = StoreError::Unavailable {
                reason: "busy".to_owned(),
            };
            return Box::pin(std::future::ready(Err(busy)));
        }
        if !waits {
            return Box::pin(std::future::ready(Ok(())));
        }
        let mut has_waited = false;
        Box::pin(std::future::poll_fn(move |context| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(Ok(()));
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }))
    }
}

/// What every life of the engine is built from.
pub(super) struct Ground {
    pub(super) seed: u64,
    pub(super) clock: HeldClock,
    pub(super) wire: Wire,
    pub(super) store: MemStore,
    pub(super) weather: Weather,
    pub(super) safeguards: Safeguards,
    pub(super) flaw: Option<Flaw>,
}

impl Ground {
    /// The parts of the `life`-th engine.
    pub(super) fn parts(&self, life: u64) -> Parts<MemStore> {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let caller = |side: Side, limits| {
            let ledger = Arc::new(MemoryLedger::default());
            let budget = Budget::new(Arc::clone(&clock), ledger, BudgetSettings::within(limits));
            let base = BaseUrl::parse("https://simulated.example").expect("it is an address");
            Caller::new(self.wire.transport(side), Arc::clone(&clock), budget, base)
        };
        let pipedrive = caller(Side::Pipedrive, pipedrive::Subscription::Growth.limits(5));
        let token = pipedrive::ApiToken::new(
            emulators::pipedrive::PipedriveConfig::default()
                .token
                .into(),
        );
        let login = propstreet::Login::Client {
            id: "nordhav-sync".to_owned(),
            secret: "nordhav-sync-secret".into(),
        };
        let propstreet = caller(Side::Propstreet, propstreet::limits(&login));
        Parts {
            store: self.store.clone(),
            workspace: WORKSPACE,
            randomness: Randomness::from_seed(self.seed.wrapping_add(life << 40)),
            pipedrive: pipedrive::Client::new(&pipedrive, &token).expect("the token is plain text"),
            propstreet: propstreet::Client::new(&propstreet, &login)
                .expect("the login is plain text"),
            settings: self.settings(),
            safeguards: self.safeguards,
            clock,
        }
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings {
            approve: true,
            // Of the others there is nothing in the simulated world.
            definitions_of: BTreeSet::new(),
            ..Settings::default()
        };
        settings.timing.poll_interval = self.weather.poll_interval;
        settings.timing.sweep_interval = self.weather.sweep_interval;
        settings.timing.retry_longest = 120_000;
        settings.timing.attempts_max = 200;
        if let Some(sales) = self.weather.sales {
            sales.put_into(&mut settings, self.flaw);
        }
        settings.webhooks.workspace = "main".to_owned();
        settings.webhooks.public_url = Some("https://sync.vinterhav.example".to_owned());
        settings.webhooks.pipedrive = Some(PipedriveCredentials {
            path_token: PATH_TOKEN.into(),
            password: "a-long-made-up-password".into(),
        });
        settings
    }
}

/// Starts the engine: takes the workspace over, and sets it up the first time.
pub(super) async fn boot(parts: Parts<MemStore>, secret: Option<SecretString>, teller: Teller) {
    let started = start(parts, secret).await;
    let mut told = teller.lock();
    match started {
        Ok((core, secret)) => {
            told.secret = secret;
            told.engine = Some(Arc::new(core));
        }
        Err(error) => told.gave_up = Some(chain(&error)),
    }
}

async fn start(
    parts: Parts<MemStore>,
    secret: Option<SecretString>,
) -> Result<(Core<MemStore>, Option<SecretString>), EngineError> {
    let core = Core::start(parts).await?;
    if let Some(secret) = secret {
        core.use_propstreet_secrets(vec![WebhookSecret::new(secret.clone())]);
        core.pipedrive.caller().budget().begin_after_a_death();
        core.propstreet.caller().budget().begin_after_a_death();
        // What happened while the process was down may never be told again.
        sweep::make_due(&core).await?;
        return Ok((core, Some(secret)));
    }
    let report = setup::run(&core, Mode::Make).await?;
    Ok((core, report.propstreet_secret))
}

/// An error with everything that led to it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}

/// One of the loops of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loop {
    Read,
    Plan,
    Deliver,
    /// Sweeps, polls and audits.
    Look,
    /// The same of deals and what hangs on them.
    LookBeside,
}

impl Loop {
    /// Those of a process that keeps deals in step, or does not.
    pub(super) fn of(has_sales: bool) -> impl Iterator<Item = Self> {
        let all = [Self::Read, Self::Plan, Self::Deliver, Self::Look];
        all.into_iter().chain(has_sales.then_some(Self::LookBeside))
    }

    async fn turn(self, core: &Engine) -> Result<u64, EngineError> {
        match self {
            Self::Read => mirror::run_once(core).await,
            Self::Plan => planning::run_once(core).await,
            Self::Deliver => {
                let done = delivery::run_once(core).await?;
                if done > 0 {
                    // A new audit may be due before what the looking loop waits for.
                    core.bells.poll.ring();
                }
                Ok(done)
            }
            Self::Look => {
                let swept = sweep::run_once(core, &Entity::PAIRED, &|_, _| ()).await?;
                let polled = intake::poll::run_once(core, &Entity::PAIRED).await?;
                Ok(swept + polled + delivery::audit::run_once(core).await?)
            }
            Self::LookBeside => Box::pin(schedule::look_beside_pairs(core, &|_, _| ())).await,
        }
    }

    async fn due(self, core: &Engine) -> Result<Option<Timestamp>, EngineError> {
        match self {
            Self::Read => own_due(core, Stage::Read).await,
            Self::Plan => own_due(core, Stage::Plan).await,
            Self::Deliver => own_due(core, Stage::Deliver).await,
            Self::Look => schedule::next_look(core).await,
            Self::LookBeside => schedule::next_look_beside_pairs(core).await,
        }
    }

    async fn rest(self, core: &Engine) -> Result<(), EngineError> {
        let due = self.due(core).await?;
        if self == Self::LookBeside {
            // Nobody rings for it, and what it waits for may come about meanwhile.
            let later = time::plus_millis(core.now(), LOOK_BESIDE_MILLIS);
            let soonest = time::plus_millis(core.now(), LOOK_AGAIN_MILLIS);
            let until = due.map_or(later, |due| due.clamp(soonest, later));
            core.clock.sleep_until(until).await;
            return Ok(());
        }
        let bell = match self {
            Self::Read => &core.bells.read,
            Self::Plan => &core.bells.plan,
            Self::Deliver => &core.bells.deliver,
            Self::Look => &core.bells.poll,
            Self::LookBeside => return Ok(()),
        };
        let soonest = time::plus_millis(core.now(), LOOK_AGAIN_MILLIS);
        match due {
            Some(due) => {
                drop(select(pin!(bell.heard()), core.clock.sleep_until(due.max(soonest))).await)
            }
            None => bell.heard().await,
        }
        Ok(())
    }
}

async fn own_due(core: &Engine, stage: Stage) -> Result<Option<Timestamp>, EngineError> {
    Ok(core.store.next_due_of(core.ctx(), stage).await?)
}

/// Asks for a comparison of everything, as a person may.
pub(super) async fn compare(core: Engine) {
    // A store that is busy leaves it for later.
    if sweep::make_due(&core).await.is_ok() {
        core.bells.poll.ring();
    }
}

/// Keeps one loop going until the process ends.
pub(super) async fn keep(which: Loop, core: Engine, teller: Teller) {
    loop {
        let turn = match which.turn(&core).await {
            Ok(0) => which.rest(&core).await,
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        match turn {
            Ok(()) => {}
            Err(error @ EngineError::Store(_)) => {
                teller.lock().gave_up = Some(format!("{which:?}: {}", chain(&error)));
                return;
            }
            Err(
                EngineError::NotSetUp | EngineError::Call { .. } | EngineError::Unreadable { .. },
            ) => {
                core.clock
                    .sleep_until(time::plus_millis(core.now(), AFTER_ERROR_MILLIS))
                    .await;
            }
        }
    }
}

/// Takes one webhook, as the HTTP face would.
pub(super) async fn take_webhook(
    core: Engine,
    side: Side,
    attempt: emulators::WebhookAttempt,
    teller: Teller,
) {
    let accepted = match side {
        Side::Pipedrive => {
            let authorization = attempt
                .headers
                .get(http::header::AUTHORIZATION)
                .and_then(|value| value.to_str().ok());
            let path_token = attempt.url.rsplit('/').next().unwrap_or_default();
            intake::webhooks::accept_pipedrive(&core, path_token, authorization, &attempt.body)
                .await
        }
        Side::Propstreet => {
            intake::webhooks::accept_propstreet(&core, &attempt.headers, &attempt.body).await
        }
    };
    let status = match accepted {
        Ok(_) => 204,
        Err(intake::webhooks::Refused::NotAuthentic) => 401,
        Err(intake::webhooks::Refused::NotStored(_)) => 503,
    };
    teller.lock().receipts.push((side, attempt.attempt, status));
}
