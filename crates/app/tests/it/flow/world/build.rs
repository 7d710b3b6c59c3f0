//! Building a world, and building its program anew after a stop.
//!
//! In: a [`Setup`]. Out: servers on loopback, clients, a database in a fresh folder, an engine. Decides nothing.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::pipedrive::{ApiToken, Subscription};
use ::propstreet::{Login, WebhookSecret};
use api_client::{BaseUrl, Budget, BudgetSettings, Caller, Clock, Limits, MemoryLedger, Transport};
use app::http::{App, Metrics, router, serve};
use app::intake::CurrentEngine;
use emulators::http_face::{EmulatorServer, FaceOptions, Now, Waiting, Webhooks};
use emulators::pipedrive::{PipedriveConfig, PipedriveEmulator};
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings};
use engine::intake::webhooks::PipedriveCredentials;
use engine::settings::WebhookSettings;
use engine::{Core, Parts, Randomness, Safeguards, Settings, setup};
use model::WorkspaceId;
use secrecy::SecretString;
use store::{SqliteOptions, SqliteStore};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::clock::HeldClock;
use super::log::ErrorLog;
use super::pipedrive::Pipedrive;
use super::propstreet::Propstreet;
use super::stop_gate::StopGate;
use super::wire::Wire;
use super::{Setup, World};

const WORKSPACE: &str = "nordlys";
pub(super) const PATH_TOKEN: &str = "3c1f0a9de5b2476f8a7710c4";
pub(super) const PASSWORD: &str = "aurora-over-the-fjord";
/// The port is written down in the webhooks, so the addresses stay when the program is built anew.
const HTTP_TIMEOUT: Duration = Duration::from_secs(20);

impl Setup {
    pub(super) fn new() -> Self {
        let credentials = PipedriveCredentials {
            path_token: SecretString::from(PATH_TOKEN),
            password: SecretString::from(PASSWORD),
        };
        let webhooks = WebhookSettings {
            workspace: WORKSPACE.to_owned(),
            pipedrive: Some(credentials),
            public_url: None,
        };
        Self {
            settings: Settings {
                approve: true,
                webhooks,
                ..Settings::default()
            },
            pipedrive: PipedriveConfig::default(),
            propstreet: PropstreetSettings::default(),
        }
    }

    fn login(&self) -> Login {
        let client = self
            .propstreet
            .clients
            .first()
            .expect("an organization has a client");
        Login::Client {
            id: client.client_id.clone(),
            secret: SecretString::from(client.client_secret.as_str()),
        }
    }

    fn pipedrive_limits(&self) -> Limits {
        let budget = u32::try_from(self.pipedrive.budget()).expect("a day's tokens fit");
        Limits {
            tokens_per_day: Some(budget),
            ..Subscription::Growth.limits(5)
        }
    }
}

impl World {
    pub(super) async fn build(mut setup: Setup) -> Self {
        let log = ErrorLog::listen();
        let clock = HeldClock::new();
        let pipedrive = Pipedrive::new(
            serve_emulator(PipedriveEmulator::new(setup.pipedrive.clone()), &clock).await,
            clock.clone(),
        );
        let propstreet = Propstreet::new(
            serve_emulator(PropstreetEmulator::new(setup.propstreet.clone()), &clock).await,
            clock.clone(),
        );
        let doors = listener().await;
        let address = doors.local_addr().expect("a listener has an address");
        setup.settings.webhooks.public_url = Some(format!("http://{address}"));
        let directory = tempfile::tempdir().expect("a folder can be made");
        let wire = Arc::new(Wire::new());
        let ledgers = [Arc::default(), Arc::default()];
        let gate = Arc::new(StopGate::default());
        let plan = Plan {
            setup: &setup,
            clock: &clock,
            wire: &wire,
            ledgers: &ledgers,
            base_urls: [&pipedrive.server.base_url, &propstreet.server.base_url],
        };
        let store = open(directory.path(), &gate);
        let core = plan.start(store, 0, None).await;
        let engine = Arc::new(CurrentEngine::new(Arc::new(core)));
        Self {
            _doors: open_doors(doors, &engine, &clock),
            pipedrive,
            propstreet,
            setup,
            clock,
            wire,
            ledgers,
            gate,
            engine,
            secret: None,
            restarts: 0,
            quarantine_expected: std::collections::BTreeSet::new(),
            deeds: std::cell::RefCell::default(),
            log,
            directory,
        }
    }

    /// Makes fields and webhooks, and keeps the secret as a program would.
    pub(crate) async fn set_up(&mut self) {
        let core = self.core();
        let report = self
            .drive(setup::run(&core, setup::Mode::Make))
            .await
            .expect("both sides can be set up");
        if let Some(secret) = report.propstreet_secret {
            self.secret = Some(secret);
        }
    }

    /// The program ends, whatever it was doing, and is started anew on the same file.
    pub(crate) async fn restart(&mut self) {
        let before = self.core();
        before.store.close().await;
        // Requests under way end with their program, and a burst window is over before it is back.
        self.pass(Duration::from_secs(3));
        self.gate = Arc::new(StopGate::default());
        let store = open(self.directory.path(), &self.gate);
        let plan = Plan {
            setup: &self.setup,
            clock: &self.clock,
            wire: &self.wire,
            ledgers: &self.ledgers,
            base_urls: [
                &self.pipedrive.server.base_url,
                &self.propstreet.server.base_url,
            ],
        };
        self.restarts += 1;
        let core = plan.start(store, self.restarts, self.secret.as_ref()).await;
        self.engine.replace(Arc::new(core));
    }

    /// The next so many writes of the store are kept; before the one after them the program is as good as dead.
    pub(crate) fn stop_before_write(&self, writes: u32) {
        self.gate.stop_before_write(writes);
    }

    /// Everything is kept up to the `nth` transaction of this name; then the program is as good as dead.
    pub(crate) fn stop_after(&self, transaction: &str, nth: u32) {
        self.gate.stop_after_named(transaction, nth);
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.gate.has_stopped()
    }

    /// Settings change with a restart only.
    pub(crate) async fn restart_with(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.setup.settings);
        self.restart().await;
    }
}

struct Plan<'a> {
    setup: &'a Setup,
    clock: &'a HeldClock,
    wire: &'a Arc<Wire>,
    ledgers: &'a [Arc<MemoryLedger>; 2],
    base_urls: [&'a String; 2],
}

impl Plan<'_> {
    /// `run` counts the starts: a program that is started again draws other numbers.
    async fn start(
        &self,
        store: SqliteStore,
        run: u64,
        secret: Option<&SecretString>,
    ) -> Core<SqliteStore> {
        let login = self.setup.login();
        let pipedrive = self.caller(0, self.setup.pipedrive_limits());
        let propstreet = self.caller(1, ::propstreet::limits(&login));
        let token = ApiToken::new(SecretString::from(self.setup.pipedrive.token.as_str()));
        let core = Core::start(Parts {
            store,
            workspace: WorkspaceId(1),
            clock: Arc::new(self.clock.clone()),
            pipedrive: ::pipedrive::Client::new(&pipedrive, &token)
                .expect("the token fits into a header"),
            propstreet: ::propstreet::Client::new(&propstreet, &login)
                .expect("the login fits into a header"),
            settings: self.setup.settings.clone(),
            randomness: Randomness::from_seed(run),
            safeguards: Safeguards::default(),
        });
        let core = core.await.expect("the workspace can be owned");
        core.use_propstreet_secrets(
            secret
                .map(|secret| WebhookSecret::new(secret.clone()))
                .into_iter()
                .collect(),
        );
        core
    }

    fn caller(&self, api: usize, limits: Limits) -> Caller {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let wire: Arc<dyn Transport> = Arc::<Wire>::clone(self.wire);
        let budget = Budget::new(
            Arc::clone(&clock),
            Arc::<MemoryLedger>::clone(&self.ledgers[api]),
            BudgetSettings::within(limits),
        );
        let base = BaseUrl::parse(self.base_urls[api]).expect("an emulator's address is valid");
        Caller::new(wire, clock, budget, base)
    }
}

fn open(directory: &Path, gate: &Arc<StopGate>) -> SqliteStore {
    let gate = Arc::<StopGate>::clone(gate);
    let options = SqliteOptions {
        gate,
        ..SqliteOptions::default()
    };
    SqliteStore::open(&directory.join("pipestreet.db"), options).expect("the database opens")
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port")
}

async fn serve_emulator<E: emulators::Emulator + 'static>(
    emulator: E,
    clock: &HeldClock,
) -> Arc<EmulatorServer<E>> {
    let told = clock.clone();
    let now: Now = Arc::new(move || told.moment());
    let options = FaceOptions {
        webhooks: Webhooks::Manual,
        waiting: Waiting::Held,
        latency_millis: 0,
    };
    let server = EmulatorServer::start(
        Arc::new(Mutex::new(emulator)),
        listener().await,
        now,
        options,
    );
    Arc::new(server.expect("an emulator starts on loopback"))
}

/// The program's own HTTP face, for webhooks.
fn open_doors(
    listener: TcpListener,
    engine: &Arc<CurrentEngine<SqliteStore>>,
    clock: &HeldClock,
) -> JoinSet<()> {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let app = App {
        workspace: WORKSPACE.into(),
        intake: Arc::<CurrentEngine<SqliteStore>>::clone(engine),
        readiness: Arc::<CurrentEngine<SqliteStore>>::clone(engine),
        metrics: Arc::new(Metrics::new(
            prometheus_client::registry::Registry::default(),
        )),
        clock: Arc::clone(&clock),
        body_timeout: HTTP_TIMEOUT,
    };
    let limits = app::http::Limits {
        connections_max: 64,
        connections_per_address_max: 64,
        header_timeout: HTTP_TIMEOUT,
        drain_timeout: HTTP_TIMEOUT,
        trusted_proxies: Vec::new(),
    };
    let mut doors = JoinSet::new();
    doors.spawn(async move {
        serve(listener, router(app), limits, clock, std::future::pending()).await;
    });
    doors
}
