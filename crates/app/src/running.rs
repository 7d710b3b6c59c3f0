//! The program at work: the engine's stages and the HTTP face, each a task with a name, stopped together and awaited.
//!
//! In: what an engine is built from, and a listener. Out: a [`Running`] to stop. When the store fails, the engine is started
//! anew, which takes the same way as after a crash; when another process has taken the workspace over, everything ends.

use std::sync::Arc;
use std::time::Duration;

use api_client::Clock;
use engine::intake::webhooks::PipedriveCredentials;
use engine::{
    Core, EngineError, Parts, Randomness, Safeguards, Settings, delivery, mirror, planning,
    schedule,
};
use futures_util::future::{Either, select};
use model::{Entity, WorkspaceId, time};
use prometheus_client::registry::Registry;
use propstreet::WebhookSecret;
use store::{Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::http::{self, App, Limits, Metrics};
use crate::intake::{CurrentEngine, Stopped};

/// How long a failing store is left alone before the engine is started anew.
const RESTART_PAUSE_MILLIS: i64 = 1_000;
/// How long calls under way may still take when the program stops.
const FINISH_MILLIS: i64 = 10_000;
const FINISH_LOOK_MILLIS: i64 = 20;

/// Everything an engine is built from, as often as needed.
#[derive(Debug, Clone)]
pub struct Blueprint<S> {
    pub store: S,
    pub workspace: WorkspaceId,
    pub clock: Arc<dyn Clock>,
    pub pipedrive: pipedrive::Client,
    pub propstreet: propstreet::Client,
    pub settings: Settings,
    pub propstreet_secrets: Vec<WebhookSecret>,
    /// Seeds the engine's randomness: retries and keys.
    pub entropy: fn() -> u64,
}

impl<S: Store + Clone> Blueprint<S> {
    /// An engine that owns the workspace from now on.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn build(&self) -> Result<Core<S>, EngineError> {
        let core = Core::start(self.parts()).await?;
        let versions_of = self.settings.versions_of.clone();
        core.store
            .keep_versions(&core.lease, versions_of, core.now())
            .await?;
        core.use_propstreet_secrets(self.propstreet_secrets.clone());
        Ok(core)
    }

    /// An engine that only looks on, whoever owns the workspace.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn observe(&self) -> Result<Core<S>, EngineError> {
        let core = Core::observe(self.parts()).await?;
        core.use_propstreet_secrets(self.propstreet_secrets.clone());
        Ok(core)
    }

    fn parts(&self) -> Parts<S> {
        Parts {
            store: self.store.clone(),
            workspace: self.workspace,
            clock: Arc::clone(&self.clock),
            randomness: Randomness::from_seed((self.entropy)()),
            pipedrive: self.pipedrive.clone(),
            propstreet: self.propstreet.clone(),
            settings: self.settings.clone(),
            safeguards: Safeguards::default(),
        }
    }

    /// What Pipedrive's webhooks prove themselves with.
    #[must_use]
    pub const fn credentials(&self) -> Option<&PipedriveCredentials> {
        self.settings.webhooks.pipedrive.as_ref()
    }
}

/// What runs, and the way to stop it.
#[derive(Debug)]
pub struct Running<S> {
    pub engine: Arc<CurrentEngine<S>>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<Result<(), EngineError>>,
}

/// How the HTTP face behaves.
#[derive(Debug, Clone)]
pub struct Face {
    pub limits: Limits,
    pub body_timeout: Duration,
}

impl<S: Store + Clone> Running<S> {
    /// Receives webhooks; nothing else runs before [`Running::begin`].
    pub fn receive(core: Core<S>, listener: TcpListener, face: Face) -> Self {
        let engine = Arc::new(CurrentEngine::new(Arc::new(core)));
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let clock = Arc::clone(&engine.get().clock);
        let app = App {
            workspace: engine.get().settings.webhooks.workspace.as_str().into(),
            intake: Arc::<CurrentEngine<S>>::clone(&engine),
            readiness: Arc::<CurrentEngine<S>>::clone(&engine),
            metrics: Arc::new(
                Metrics::new(Registry::default())
                    .with_mirror(Arc::<CurrentEngine<S>>::clone(&engine)),
            ),
            clock: Arc::clone(&clock),
            body_timeout: face.body_timeout,
        };
        tasks.spawn(async move {
            let drained = http::serve(
                listener,
                http::router(app),
                face.limits,
                clock,
                ended(stopped),
            )
            .await;
            tracing::debug!(cut = drained.cut, "the http face has ended");
            Ok(())
        });
        Self {
            engine,
            stop,
            tasks,
        }
    }

    /// Starts the engine's stages.
    pub fn begin(&mut self, blueprint: Blueprint<S>) {
        let engine = Arc::clone(&self.engine);
        let stopped = self.stop.subscribe();
        self.tasks.spawn(supervise(engine, blueprint, stopped));
    }

    /// Waits until something ends by itself, which only a lost workspace does.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn failed(&mut self) -> Result<(), EngineError> {
        match self.tasks.join_next().await {
            Some(Ok(ended)) => ended,
            Some(Err(panic)) => Err(EngineError::Unreadable {
                what: "a task".to_owned(),
                reason: panic.to_string(),
            }),
            None => Ok(()),
        }
    }

    /// Stops everything, finishes what is under way, and returns the unspent tokens.
    pub async fn stop(mut self) {
        // Nobody listens any more when everything has ended by itself.
        let _already_ended = self.stop.send(true);
        while let Some(ended) = self.tasks.join_next().await {
            if let Ok(Err(error)) = ended {
                tracing::warn!(%error, "a task had failed");
            }
        }
        return_unspent(&self.engine.get()).await;
    }
}

/// Gives the tokens back that were taken from the day's budget and not spent.
pub async fn return_unspent<S: Store>(core: &Core<S>) {
    for budget in [
        core.pipedrive.caller().budget(),
        core.propstreet.caller().budget(),
    ] {
        if let Err(error) = budget.close().await {
            tracing::warn!(%error, "unspent tokens could not be given back; today's budget counts them as spent");
        }
    }
}

async fn ended(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which ends everything too.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

/// Runs the stages until told to stop, starting them anew when the store fails.
async fn supervise<S: Store + Clone>(
    engine: Arc<CurrentEngine<S>>,
    blueprint: Blueprint<S>,
    stopped: watch::Receiver<bool>,
) -> Result<(), EngineError> {
    loop {
        let core = engine.get();
        let stages = Box::pin(stages(Arc::clone(&core)));
        let failed = match select(stages, Box::pin(ended(stopped.clone()))).await {
            Either::Left((failed, _)) => failed,
            Either::Right(((), stages)) => {
                finish(&core, stages).await;
                return Ok(());
            }
        };
        if matches!(
            failed,
            EngineError::Store(StoreError::LeaseLost | StoreError::Closed)
        ) {
            return Err(failed);
        }
        let mut why = chain(&failed);
        tracing::error!(error = %why, "the engine stopped and is started anew");
        engine.stopped(Stopped::by(&failed));
        loop {
            let pause = blueprint.clock.sleep_until(time::plus_millis(
                blueprint.clock.now(),
                RESTART_PAUSE_MILLIS,
            ));
            if let Either::Right(_) = select(pause, Box::pin(ended(stopped.clone()))).await {
                return Ok(());
            }
            match blueprint.build().await {
                Ok(core) => {
                    engine.replace(Arc::new(core));
                    tracing::info!("the engine is at work again");
                    break;
                }
                Err(error) => {
                    // Tried every second: the same reason is said once.
                    let again = chain(&error);
                    if again != why {
                        tracing::error!(error = %again, "the engine could not be started; it is tried again");
                        why = again;
                    }
                    engine.stopped(Stopped::by(&error));
                }
            }
        }
    }
}

/// Lets what is under way come to its end, within a time, and begins nothing else.
pub async fn finish<S: Store, T>(core: &Core<S>, stages: impl Future<Output = T> + Unpin) {
    core.under_way.begin_no_more();
    let until = time::plus_millis(core.now(), FINISH_MILLIS);
    let finished = async {
        while core.under_way.lanes() > 0 && core.now() < until {
            let look = time::plus_millis(core.now(), FINISH_LOOK_MILLIS);
            core.clock.sleep_until(look).await;
        }
    };
    drop(select(Box::pin(finished), stages).await);
}

/// All stages of one engine, each in a task of its own; ends with the first failure, having ended the others.
async fn stages<S: Store>(core: Arc<Core<S>>) -> EngineError {
    let mut tasks: JoinSet<EngineError> = JoinSet::new();
    macro_rules! stage {
        ($name:literal, $run:expr) => {{
            let core = Arc::clone(&core);
            tasks.spawn(async move {
                let run: Result<std::convert::Infallible, EngineError> = $run(&core).await;
                let Err(error) = run;
                tracing::debug!(stage = $name, error = %error, "a stage has ended");
                error
            });
        }};
    }
    stage!("read", |core| mirror::run(core));
    stage!("plan", |core| planning::run(core));
    stage!("deliver", |core| delivery::run(core));
    stage!("poll", |core| schedule::run_polls(core, &unheard));
    stage!("mirror", |core| schedule::run_mirror(core, &unheard));
    match tasks.join_next().await {
        Some(Ok(error)) => error,
        Some(Err(panic)) => EngineError::Unreadable {
            what: "a stage".to_owned(),
            reason: panic.to_string(),
        },
        None => EngineError::NotSetUp,
    }
}

fn unheard(_entity: Entity, _rows: u64) {}

/// An error with its causes, in one line.
pub fn chain(error: &EngineError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
