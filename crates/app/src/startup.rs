//! The only place that builds things: runtime, randomness, clock, store, and what stands on them.
//!
//! In: the configuration and a command. Out: running parts. Everything else takes what it needs as arguments.

use std::path::Path;
use std::sync::Arc;

use api_client::{
    BaseUrl, Budget, BudgetSettings, Caller, Clock, HttpTransport, SystemClock, Transport,
};
use engine::Settings;
use engine::ledger::StoreLedger;
use model::{BySide, Side, Timestamp, WorkspaceId};
use propstreet::WebhookSecret;
use secrecy::{ExposeSecret, SecretString};
use store::{AnyStore, Store, Vault, WorkspaceCtx};

use crate::cli::output::Output;
use crate::cli::{self, EngineCommand, Exit};
use crate::config::{Config, Environment};
use crate::pipedrive_access::{Wires, access, missing};
use crate::running::Blueprint;
use crate::secrets::{self, SecretName, Secrets};

/// A database holds one workspace so far.
pub const WORKSPACE: WorkspaceCtx = WorkspaceCtx {
    workspace: WorkspaceId(1),
};

/// The runtime that everything runs on.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("pipestreet")
        .build()
}

/// Makes the ring library do all TLS of this process; to be called once, first.
pub fn choose_tls() {
    // A second call changes nothing, and says so.
    let _unchanged = rustls::crypto::ring::default_provider().install_default();
}

/// Fills bytes with the system's randomness.
///
/// # Panics
/// When the system has none, because nothing is secret then.
pub fn fill_random(bytes: &mut [u8]) {
    let provider = rustls::crypto::ring::default_provider();
    provider
        .secure_random
        .fill(bytes)
        .expect("the operating system gives randomness");
}

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    SystemClock.now()
}

/// Opens the database at `path`, which is made when there is none.
///
/// # Errors
/// When it cannot be opened, or was written by a newer version.
pub fn open_store(path: &Path) -> Result<AnyStore, store::StoreError> {
    Ok(AnyStore::Sqlite(store::SqliteStore::open(
        path,
        store::SqliteOptions::default(),
    )?))
}

/// Closes the database; everything acknowledged is durable.
pub async fn close_store(store: AnyStore) {
    match store {
        AnyStore::Memory(_) => {}
        AnyStore::Sqlite(store) => store.close().await,
    }
}

/// A workspace opened for work: the configuration, the database, and what an engine is built from.
#[derive(Debug)]
pub struct Program {
    pub config: Config,
    pub store: AnyStore,
    pub blueprint: Blueprint<AnyStore>,
    pub vault: Option<Vault>,
    /// What the accounts allow.
    pub budgets: BySide<BudgetSettings>,
    /// Whether Pipedrive is called through OAuth instead of with an API token.
    pub by_login: bool,
}

/// Opens the workspace that the configuration describes.
///
/// # Errors
/// With what is missing: the configuration, the database, or a secret and how to set it.
pub async fn open(config: &Path, environment: &Environment) -> anyhow::Result<Program> {
    let config = Config::load(config, environment)?;
    let store = open_store(&config.storage.path)?;
    let vault = secrets::open_vault(environment, &config.storage.key_file)?;
    let stored = store.secrets(WORKSPACE).await?;
    let secrets = Secrets::gather(environment, &stored, WORKSPACE.workspace, vault.as_ref())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let transport: Arc<dyn Transport> = Arc::new(HttpTransport::new()?);
    let wires = Wires {
        transport: Arc::clone(&transport),
        clock: Arc::clone(&clock),
    };
    let access = access(&config, &secrets, vault.as_ref(), &store, &wires).await?;
    let login = propstreet_login(&config, &secrets)?;
    let has_client = matches!(login, propstreet::Login::Client { .. });
    let budgets = BySide {
        pipedrive: config.pipedrive_budget(access.is_login()),
        propstreet: config.propstreet_budget(has_client),
    };
    let pipedrive = caller(
        &transport,
        &clock,
        &store,
        Side::Pipedrive,
        (budgets.pipedrive, access.base.clone()),
    );
    let propstreet = caller(
        &transport,
        &clock,
        &store,
        Side::Propstreet,
        (budgets.propstreet, config.propstreet.base_url.clone()),
    );
    let blueprint = Blueprint {
        store: store.clone(),
        workspace: WORKSPACE.workspace,
        clock,
        pipedrive: access.client(&pipedrive)?,
        propstreet: propstreet::Client::new(&propstreet, &login)?,
        settings: Settings {
            rounds_per_minute: config.rounds_per_minute(has_client),
            ..config.engine_settings(secrets.pipedrive_credentials())
        },
        propstreet_secrets: secrets
            .get(SecretName::PropstreetWebhookSecret)
            .map(webhook_secrets)
            .unwrap_or_default(),
        entropy: random_seed,
    };
    Ok(Program {
        config,
        store,
        blueprint,
        vault,
        budgets,
        by_login: access.is_login(),
    })
}

/// What calls one API, within its limits.
#[must_use]
pub fn caller<S: Store + Clone>(
    transport: &Arc<dyn Transport>,
    clock: &Arc<dyn Clock>,
    store: &S,
    side: Side,
    (budget, base): (BudgetSettings, BaseUrl),
) -> Caller {
    let ledger = StoreLedger::new(store.clone(), WORKSPACE, side, Arc::clone(clock));
    let budget = Budget::new(Arc::clone(clock), Arc::new(ledger), budget);
    Caller::new(Arc::clone(transport), Arc::clone(clock), budget, base)
}

/// One secret, or two with a space between while the first replaces the second.
fn webhook_secrets(kept: &SecretString) -> Vec<WebhookSecret> {
    let secrets = kept.expose_secret().split_whitespace();
    let secret = |secret: &str| WebhookSecret::new(SecretString::from(secret));
    secrets.map(secret).collect()
}

/// How the organization is logged in to.
pub fn propstreet_login(config: &Config, secrets: &Secrets) -> anyhow::Result<propstreet::Login> {
    let kept_id = secrets.get(SecretName::PropstreetClientId);
    let id = kept_id.map(|id| id.expose_secret().to_owned());
    let id = id.or_else(|| config.propstreet.client_id.clone());
    if let (Some(id), Some(secret)) = (id, secrets.get(SecretName::PropstreetClientSecret)) {
        let secret = secret.clone();
        return Ok(propstreet::Login::Client { id, secret });
    }
    match secrets.get(SecretName::PropstreetToken) {
        Some(token) => Ok(propstreet::Login::PersonalToken(token.clone())),
        None => Err(missing(SecretName::PropstreetClientSecret)),
    }
}

/// A seed nobody can guess.
#[must_use]
pub fn random_seed() -> u64 {
    let mut bytes = [0; 8];
    fill_random(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// Runs a command that needs the engine or an emulator.
///
/// # Errors
/// When it cannot be done.
pub async fn run(
    command: EngineCommand,
    config: &Path,
    environment: &Environment,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    match command {
        EngineCommand::Doctor(_) => cli::doctor::run(config, environment, out).await,
        EngineCommand::Demo(args) => crate::demo::run(args, out).await,
        EngineCommand::Login(command) => {
            let place = (config, environment);
            cli::login::run(command, place, &cli::login::open_in_browser, out).await
        }
        EngineCommand::Setup(_)
        | EngineCommand::Serve(_)
        | EngineCommand::Plan(_)
        | EngineCommand::Sync(_)
        | EngineCommand::Undo(_)
        | EngineCommand::Explain(_) => {
            let program = open(config, environment).await?;
            let store = program.store.clone();
            let ended = Box::pin(run_opened(command, program, environment, out)).await;
            close_store(store).await;
            ended
        }
    }
}

/// Commands that stand on an open workspace.
async fn run_opened(
    command: EngineCommand,
    program: Program,
    environment: &Environment,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    match command {
        EngineCommand::Setup(args) => cli::setup::run(program, args, environment, out).await,
        EngineCommand::Serve(args) => Box::pin(cli::serve::run(program, args, out)).await,
        EngineCommand::Plan(args) => Box::pin(cli::plan::run(&program, args, out)).await,
        EngineCommand::Sync(args) => Box::pin(cli::sync::run(program, args, out)).await,
        EngineCommand::Explain(args) => cli::explain::run(&program, args, out).await,
        EngineCommand::Undo(args) => cli::undo::run(&program, args, out).await,
        EngineCommand::Doctor(_) | EngineCommand::Demo(_) | EngineCommand::Login(_) => {
            unreachable!("these open no workspace and were run before")
        }
    }
}
