//! The commands as a person types them: against both emulators over HTTP, with a database in a folder of its own.

mod backfill;
mod deals;
mod deciding;
mod exit_codes;
mod fields;
mod login;
mod looking;
mod mirror;
mod probing;
mod serving;
mod setting_up;
mod syncing;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use api_client::{Clock, SystemClock};
use app::cli::output::Output;
use app::cli::{self, Cli, Exit};
use app::config::Environment;
use app::startup;
use clap::Parser;
use emulators::Moment;
use emulators::brokerage::Brokerage;
use emulators::http_face::{EmulatorServer, FaceOptions};
use emulators::pipedrive::{self, OauthConfig, PipedriveConfig, PipedriveEmulator, Switches};
use emulators::propstreet::{self, PropstreetEmulator, PropstreetSettings};
use store::{AnyStore, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;

const PIPEDRIVE_TOKEN: &str = "pd-lund-1";
const PROPSTREET_TOKEN: &str = "pat-lund-1";
const PATIENCE_MILLIS: i64 = 30_000;
const LOOK_EVERY_MILLIS: i64 = 25;

/// A workspace: a folder with a configuration and a key, and both services on this machine.
pub(super) struct Office {
    folder: TempDir,
    pub(super) pipedrive: EmulatorServer<PipedriveEmulator>,
    pub(super) propstreet: EmulatorServer<PropstreetEmulator>,
    variables: Vec<(String, String)>,
    /// Where `serve` listens.
    address: String,
    /// Where somebody who logs in is sent back to.
    callback: String,
}

/// What a command printed, or why it failed, and how it ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) exit: Exit,
    pub(super) text: String,
}

impl Ran {
    /// The printed value of a command that ended as it should.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

fn moment() -> Moment {
    Moment(SystemClock.now().as_millisecond())
}

async fn free_address() -> String {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    free.local_addr().unwrap().to_string()
}

async fn serve<E: emulators::Emulator + 'static>(
    emulator: E,
    latency_millis: i64,
) -> EmulatorServer<E> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let emulator = Arc::new(Mutex::new(emulator));
    EmulatorServer::start(
        emulator,
        listener,
        Arc::new(moment),
        FaceOptions {
            latency_millis,
            ..FaceOptions::default()
        },
    )
    .unwrap()
}

impl Office {
    /// Both services filled from one book; nothing is set up yet.
    pub(super) async fn new(organizations: usize, persons: usize) -> Self {
        Self::with_latency(organizations, persons, 0).await
    }

    /// The same, with services that take their time for each answer.
    pub(super) async fn with_latency(
        organizations: usize,
        persons: usize,
        latency_millis: i64,
    ) -> Self {
        Self::like(
            Switches::default(),
            (organizations, persons),
            latency_millis,
        )
        .await
    }

    /// The same, with a Pipedrive that answers the open questions that way.
    pub(super) async fn like(
        switches: Switches,
        (organizations, persons): (usize, usize),
        latency_millis: i64,
    ) -> Self {
        startup::choose_tls();
        let book = Brokerage::generate(11, organizations, persons);
        let callback = format!("http://{}/oauth/callback", free_address().await);
        let app = OauthConfig::default();
        // Prompt webhooks, unless something else is asked for.
        let config = PipedriveConfig::default();
        let config = if switches == Switches::default() {
            config
        } else {
            config.like(switches)
        };
        let mut pipedrive = PipedriveEmulator::new(PipedriveConfig {
            token: PIPEDRIVE_TOKEN.to_owned(),
            limits: pipedrive::Limits::Counted,
            oauth: OauthConfig {
                redirect_urls: vec![callback.clone()],
                ..OauthConfig::default()
            },
            ..config
        });
        pipedrive.seed(&book, moment());
        let mut propstreet = PropstreetEmulator::new(PropstreetSettings {
            personal_tokens: vec![PROPSTREET_TOKEN.to_owned()],
            limits: propstreet::Limits::Counted,
            personal_requests_per_minute: 60_000,
            ..PropstreetSettings::default()
        });
        propstreet.seed(&book, moment());
        let address = free_address().await;
        let office = Self {
            folder: tempfile::tempdir().unwrap(),
            pipedrive: serve(pipedrive, latency_millis).await,
            propstreet: serve(propstreet, latency_millis).await,
            variables: vec![
                (
                    "PIPESTREET_PIPEDRIVE_API_TOKEN".to_owned(),
                    PIPEDRIVE_TOKEN.to_owned(),
                ),
                (
                    "PIPESTREET_PROPSTREET_TOKEN".to_owned(),
                    PROPSTREET_TOKEN.to_owned(),
                ),
                ("PIPESTREET_PIPEDRIVE_CLIENT_ID".to_owned(), app.client_id),
                (
                    "PIPESTREET_PIPEDRIVE_CLIENT_SECRET".to_owned(),
                    app.client_secret,
                ),
            ],
            address,
            callback,
        };
        office.write_config();
        std::fs::write(office.folder.path().join("pipestreet.key"), "5a".repeat(32)).unwrap();
        office.guard_key();
        office
    }

    /// The same, with fields and webhooks made.
    pub(super) async fn set_up(organizations: usize, persons: usize) -> Self {
        let office = Self::new(organizations, persons).await;
        assert_eq!(office.run("setup").await.exit, Exit::Done);
        office
    }

    /// The same, with both sides in step.
    pub(super) async fn in_step(organizations: usize, persons: usize) -> Self {
        let office = Self::set_up(organizations, persons).await;
        let ran = office.run("sync --approve --once").await;
        assert_eq!(ran.exit, Exit::Done, "{ran:?}");
        office
    }

    fn write_config(&self) {
        let text = format!(
            "[pipedrive]\nbase_url = \"{}\"\nsubscription = \"ultimate\"\nredirect_url = \"{callback}\"\n\
             [propstreet]\nbase_url = \"{}\"\nrequests_per_minute = 60000\n\
             [server]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n\
             [timing]\ngrace = \"1s\"\naudit_wait = \"1s\"\n[log]\nlevel = \"warn\"\n",
            self.pipedrive.base_url,
            self.propstreet.base_url,
            address = self.address,
            callback = self.callback,
        );
        std::fs::write(self.config(), text).unwrap();
    }

    #[cfg(unix)]
    fn guard_key(&self) {
        use std::os::unix::fs::PermissionsExt;
        let key = self.folder.path().join("pipestreet.key");
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    #[cfg(not(unix))]
    fn guard_key(&self) {}

    pub(super) fn lose_key(&self) {
        std::fs::remove_file(self.folder.path().join("pipestreet.key")).unwrap();
    }

    pub(super) fn config(&self) -> PathBuf {
        self.folder.path().join("pipestreet.toml")
    }

    /// Another setting, or secret, told by a variable.
    pub(super) fn tell(&mut self, variable: &str, text: &str) {
        self.variables.retain(|(name, _)| name != variable);
        self.variables.push((variable.to_owned(), text.to_owned()));
    }

    pub(super) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    pub(super) fn environment(&self) -> Environment {
        self.variables.iter().cloned().collect()
    }

    /// Runs a command line.
    pub(super) async fn run(&self, line: &str) -> Ran {
        let words = std::iter::once("pipestreet").chain(line.split_whitespace());
        let mut cli = Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
        cli.config = self.config();
        let json = cli.command.is_json();
        let environment = self.environment();
        let mut printed = Vec::new();
        let mut out = Output::to(&mut printed, json);
        let ended = Box::pin(cli::run_to(cli, &environment, &mut out)).await;
        drop(out);
        let mut text = String::from_utf8(printed).unwrap();
        let exit = ended.unwrap_or_else(|error| {
            text.push_str(&format!("{error:#}"));
            cli::exit_of(&error)
        });
        Ran { exit, text }
    }

    /// The database, for what no command shows.
    pub(super) fn store(&self) -> AnyStore {
        startup::open_store(&self.folder.path().join("pipestreet.db")).unwrap()
    }

    pub(super) async fn fact(&self, name: &str) -> Option<String> {
        let store = self.store();
        let fact = store.fact(startup::WORKSPACE, name).await.unwrap();
        startup::close_store(store).await;
        fact
    }

    pub(super) async fn put_fact(&self, name: &str, value: &str) {
        let store = self.store();
        let now = SystemClock.now();
        let put = store.put_fact(startup::WORKSPACE, name, Some(value), now);
        put.await.unwrap();
        startup::close_store(store).await;
    }

    /// Webhooks registered on both sides.
    pub(super) async fn webhooks(&self) -> (usize, usize) {
        let program = startup::open(&self.config(), &self.environment())
            .await
            .unwrap();
        let call = api_client::CallContext::new(api_client::Priority::Interactive, "test");
        let pipedrive = program.blueprint.pipedrive.list_webhooks(&call).await;
        let propstreet = program.blueprint.propstreet.list_webhooks(&call).await;
        startup::close_store(program.store).await;
        (
            pipedrive.unwrap().rows.len(),
            propstreet.unwrap().rows.len(),
        )
    }

    /// Records written on Pipedrive so far.
    pub(super) fn pipedrive_writes(&self) -> u64 {
        self.pipedrive.emulator().counters().writes
    }

    /// Waits, on the machine's clock, until something is so.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let patience = model::time::plus_millis(SystemClock.now(), PATIENCE_MILLIS);
        while !is_so(self) {
            assert!(SystemClock.now() < patience, "{what}: not in time");
            let next = model::time::plus_millis(SystemClock.now(), LOOK_EVERY_MILLIS);
            SystemClock.sleep_until(next).await;
        }
    }
}
