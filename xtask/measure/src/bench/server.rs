//! The server that is measured: the program's own HTTP face, accept loop and intake, in a process of its own.
//!
//! In: whether it stores what it takes. Out: its address on standard output, and answers until standard input ends. Without
//! storing, everything else is the same: routes, limits, reading the body, comparing the secrets.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ::http::HeaderMap;
use api_client::{
    BaseUrl, BoxFuture, BudgetSettings, Clock, HttpTransport, SystemClock, Transport,
};
use app::http::{
    self, Accepted, App, Limits, Metrics, NotReady, Readiness, Refused, WebhookIntake,
};
use app::running::{Blueprint, Face, Running};
use app::startup;
use bytes::Bytes;
use clap::Args;
use engine::intake::webhooks::{self, PipedriveCredentials};
use engine::settings::{Settings, WebhookSettings};
use model::Side;
use secrecy::SecretString;
use store::AnyStore;
use tokio::net::TcpListener;

use super::deliveries::{PASSWORD, PATH_TOKEN, WORKSPACE};

const CONNECTIONS_MAX: usize = 2_048;
const WAIT: Duration = Duration::from_secs(30);
/// Nobody is there, and nobody is ever called.
const NOBODY: &str = "http://127.0.0.1:9";

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Keep what is taken in this database; without it nothing is kept
    #[arg(long)]
    database: Option<PathBuf>,
}

pub(super) async fn run(options: &Options) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    match &options.database {
        Some(path) => {
            let store = startup::open_store(path)?;
            let core = blueprint(store.clone(), &clock)?.build().await?;
            let running = Running::receive(
                core,
                listener,
                Face {
                    limits: limits(),
                    body_timeout: WAIT,
                },
            );
            println!("{address}");
            input_ends().await;
            running.stop().await;
            startup::close_store(store).await;
        }
        None => {
            let intake = Arc::new(AnswerOnly(credentials()));
            let app = App {
                workspace: WORKSPACE.into(),
                intake: Arc::<AnswerOnly>::clone(&intake),
                readiness: intake,
                metrics: Arc::new(Metrics::new(
                    prometheus_client::registry::Registry::default(),
                )),
                clock: Arc::clone(&clock),
                body_timeout: WAIT,
            };
            println!("{address}");
            http::serve(listener, http::router(app), limits(), clock, input_ends()).await;
        }
    }
    Ok(())
}

/// Whoever started this process has closed its end, or died.
async fn input_ends() {
    let read = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    // However reading ended, nobody is there any more.
    drop(read.await);
}

fn limits() -> Limits {
    Limits {
        connections_max: CONNECTIONS_MAX,
        connections_per_address_max: CONNECTIONS_MAX,
        header_timeout: WAIT,
        drain_timeout: Duration::from_secs(2),
        trusted_proxies: Vec::new(),
    }
}

fn credentials() -> PipedriveCredentials {
    PipedriveCredentials {
        path_token: PATH_TOKEN.to_owned().into(),
        password: PASSWORD.to_owned().into(),
    }
}

fn blueprint(store: AnyStore, clock: &Arc<dyn Clock>) -> anyhow::Result<Blueprint<AnyStore>> {
    let transport: Arc<dyn Transport> = Arc::new(HttpTransport::new()?);
    let caller = |side: Side| -> anyhow::Result<_> {
        let place = (BudgetSettings::counting(), BaseUrl::parse(NOBODY)?);
        Ok(startup::caller(&transport, clock, &store, side, place))
    };
    let token = SecretString::from("nobody asks for it".to_owned());
    let pipedrive = pipedrive::Client::new(
        &caller(Side::Pipedrive)?,
        &pipedrive::ApiToken::new(token.clone()),
    )?;
    let propstreet = propstreet::Client::new(
        &caller(Side::Propstreet)?,
        &propstreet::Login::PersonalToken(token),
    )?;
    let webhooks = WebhookSettings {
        workspace: WORKSPACE.to_owned(),
        pipedrive: Some(credentials()),
        public_url: None,
    };
    Ok(Blueprint {
        store,
        workspace: startup::WORKSPACE.workspace,
        clock: Arc::clone(clock),
        pipedrive,
        propstreet,
        settings: Settings {
            webhooks,
            ..Settings::default()
        },
        propstreet_secrets: Vec::new(),
        entropy: startup::random_seed,
    })
}

/// An intake that finds out whether a delivery is authentic, and forgets it.
struct AnswerOnly(PipedriveCredentials);

impl WebhookIntake for AnswerOnly {
    fn accept_pipedrive(
        &self,
        path_token: String,
        authorization: Option<String>,
        _body: Bytes,
    ) -> BoxFuture<'_, Result<Accepted, Refused>> {
        Box::pin(async move {
            if webhooks::is_authentic(&self.0, &path_token, authorization.as_deref()) {
                Ok(Accepted::Stored)
            } else {
                Err(Refused::NotAuthentic)
            }
        })
    }

    fn accept_propstreet(
        &self,
        _headers: HeaderMap,
        _body: Bytes,
    ) -> BoxFuture<'_, Result<Accepted, Refused>> {
        Box::pin(async { Err(Refused::NotAuthentic) })
    }
}

impl Readiness for AnswerOnly {
    fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>> {
        Box::pin(async { Ok(()) })
    }
}
