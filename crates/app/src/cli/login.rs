//! `pipestreet login pipedrive`: lets this program into a Pipedrive company through OAuth, in a browser.
//!
//! In: the registered app, and a person who lets it in. Out: a login, sealed in the database, that a program at work takes over by
//! itself. The code and the tokens are never printed. `--forget` takes the login back, here and in Pipedrive.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use api_client::{CallContext, CallError, Clock, HttpTransport, Priority, SystemClock};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Side;
use pipedrive::{AuthorizationServer, ConsentRequest, KeptLogin, LoginKeeper};
use secrecy::SecretString;
use serde_json::json;
use store::{AnyStore, Store};
use tokio::net::TcpListener;

use super::output::Output;
use super::{Exit, Print};
use crate::config::{Config, Environment, parse_duration};
use crate::http::callback::{Expected, receive};
use crate::pipedrive_access::{StoredLogin, Wires, access, authorization_server, company_of_login};
use crate::secrets::{SecretError, SecretName, Secrets, open_vault};
use crate::startup::{self, WORKSPACE, fill_random};

const SECRET_BYTES: usize = 32;
const CHECK: CallContext = CallContext::new(Priority::Interactive, "login");
/// What the app has to be allowed, and what for.
const SCOPES_NEEDED: [(&str, &str); 3] = [
    ("contacts:full", "persons and organizations"),
    ("admin", "custom fields and webhooks"),
    ("recents:read", "finding out what an edit replaced"),
];

#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// Let this program into a Pipedrive company through OAuth, instead of with an API token
    Pipedrive(Args),
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Args {
    /// Only print the address, to be opened in a browser of this machine
    #[arg(long)]
    pub no_browser: bool,
    /// How long to wait for the browser to come back
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "5m")]
    pub wait: i64,
    /// Take the login back, here and in Pipedrive
    #[arg(long, conflicts_with_all = ["no_browser", "wait"])]
    pub forget: bool,
    #[command(flatten)]
    pub print: Print,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        let Self::Pipedrive(args) = self;
        args.print.json
    }
}

/// Shows an address to the person; whether a browser was opened.
pub type Browser<'b> = &'b (dyn Fn(&str) -> bool + Sync);

/// Opens the system's browser.
#[must_use]
pub fn open_in_browser(address: &str) -> bool {
    open::that_detached(address).is_ok()
}

/// # Errors
/// Whatever kept somebody from logging in, and what to do about it.
pub async fn run(
    command: Command,
    (config, environment): (&Path, &Environment),
    browser: Browser<'_>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let Command::Pipedrive(args) = command;
    let config = Config::load(config, environment)?;
    let store = startup::open_store(&config.storage.path)?;
    let desk = Desk {
        config: &config,
        environment,
        store: &store,
    };
    let ended = if args.forget {
        forget(&desk, out).await
    } else {
        log_in(&desk, args, browser, out).await
    };
    startup::close_store(store).await;
    ended
}

/// What a login is made on.
struct Desk<'d> {
    config: &'d Config,
    environment: &'d Environment,
    store: &'d AnyStore,
}

/// What was found on it.
struct Found {
    secrets: Secrets,
    keeper: StoredLogin<AnyStore>,
    server: AuthorizationServer,
    wires: Wires,
}

impl Desk<'_> {
    async fn look(&self) -> anyhow::Result<Found> {
        let vault = open_vault(self.environment, &self.config.storage.key_file)?;
        // Found out before anybody is sent to a browser.
        let vault = vault.ok_or(SecretError::NoKey)?;
        let secrets = self.secrets(&vault).await?;
        let wires = Wires {
            transport: Arc::new(HttpTransport::new()?),
            clock: Arc::new(SystemClock),
        };
        Ok(Found {
            keeper: StoredLogin::new(self.store.clone(), Some(&vault), &wires.clock)?,
            server: authorization_server(self.config, &secrets, &wires)?,
            secrets,
            wires,
        })
    }

    async fn secrets(&self, vault: &store::Vault) -> anyhow::Result<Secrets> {
        let stored = self.store.secrets(WORKSPACE).await?;
        let workspace = WORKSPACE.workspace;
        Ok(Secrets::gather(
            self.environment,
            &stored,
            workspace,
            Some(vault),
        )?)
    }
}

async fn log_in(
    desk: &Desk<'_>,
    args: Args,
    browser: Browser<'_>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let found = desk.look().await?;
    let redirect = &desk.config.pipedrive.redirect_url;
    let listener = TcpListener::bind(redirect.listen).await.with_context(|| {
        format!(
            "{} cannot be listened at; register another callback with Pipedrive and in pipedrive.redirect_url",
            redirect.listen
        )
    })?;
    let (state, verifier) = (made_up(), SecretString::from(made_up()));
    let request = ConsentRequest {
        redirect: &redirect.text,
        state: &state,
        verifier: &verifier,
    };
    let address = found.server.consent_address(&request);
    show(&address, !args.no_browser && browser(&address), out)?;
    let expected = Expected {
        path: redirect.path.clone(),
        state: state.as_str().into(),
    };
    let clock: Arc<dyn Clock> = Arc::clone(&found.wires.clock);
    let wait = Duration::from_millis(args.wait.unsigned_abs());
    let finish = async |code: SecretString| {
        let tokens = found.server.exchange(&code, &request).await;
        let login = KeptLogin {
            tokens: tokens.map_err(in_words)?,
            renewing_until: None,
        };
        company_of_login(desk.config, &login)?;
        found.keeper.put(&login).await?;
        anyhow::Ok(login)
    };
    let login = receive(listener, expected, (clock, wait), finish).await??;
    report(desk, &found, &login, out).await
}

/// Where to go, for a person or a program that does.
fn show(address: &str, is_open: bool, out: &mut Output<'_>) -> std::io::Result<()> {
    if out.is_json() {
        return out.value(&json!({ "open": address }));
    }
    out.line(if is_open {
        "a browser was opened; let pipestreet into Pipedrive there. Should none appear, open this:"
    } else {
        "open this in a browser of this machine, and let pipestreet into Pipedrive there:"
    })?;
    out.line(format!("\n  {address}\n"))
}

/// Why there are no tokens for the code.
fn in_words(error: CallError) -> anyhow::Error {
    let advice = match &error {
        CallError::Refused(_) | CallError::NotAllowed(_) => {
            "Pipedrive did not take the code: it is older than five minutes or was used before, or the app's id, secret or callback \
             are not those registered in the Developer Hub (see pipedrive.redirect_url)"
        }
        CallError::OutcomeUnknown { .. } => {
            "the answer was lost, and a code can be used once; run the command again"
        }
        CallError::Unreachable { .. } => {
            "Pipedrive's authorization server could not be reached; check this machine's way to it, and run the command again"
        }
        CallError::NotNow { .. }
        | CallError::Stale
        | CallError::AlreadyExists(_)
        | CallError::NotFound
        | CallError::Gone
        | CallError::Unreadable { .. } => {
            "the login did not work; run the command again in a while"
        }
    };
    anyhow::Error::new(error).context(advice)
}

/// Says what was got, after it was seen to work.
async fn report(
    desk: &Desk<'_>,
    found: &Found,
    login: &KeptLogin,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let vault = open_vault(desk.environment, &desk.config.storage.key_file)?;
    let vault = vault.ok_or(SecretError::NoKey)?;
    let secrets = desk.secrets(&vault).await?;
    let access = access(
        desk.config,
        &secrets,
        Some(&vault),
        desk.store,
        &found.wires,
    )
    .await?;
    let budget = (desk.config.pipedrive_budget(true), access.base.clone());
    let (transport, clock) = (&found.wires.transport, &found.wires.clock);
    let caller = startup::caller(transport, clock, desk.store, Side::Pipedrive, budget);
    let me = access.client(&caller)?.me(&CHECK).await;
    caller.budget().close().await?;
    let host = access.base.host();
    let me = me.with_context(|| format!("the login to {host} is kept, but does not work"))?;
    let scopes = &login.tokens.scopes;
    let lacking: Vec<_> = SCOPES_NEEDED
        .iter()
        .filter(|(needed, _)| !scopes.iter().any(|scope| scope == needed))
        .collect();
    if out.is_json() {
        let lacking: Vec<_> = lacking.iter().map(|(scope, _)| scope).collect();
        out.value(&json!({
            "company": host, "user": me.value.id, "administrator": me.value.is_admin(),
            "scopes": scopes, "scopes_lacking": lacking,
        }))?;
        return Ok(Exit::Done);
    }
    out.line(format!(
        "logged in to {host} as user {}; the login is kept, sealed, and renews itself",
        me.value.id
    ))?;
    if !me.value.is_admin() {
        out.line("note: this user is no administrator; records it may not see look deleted")?;
    }
    for (scope, purpose) in lacking {
        out.line(format!(
            "note: the app lacks the scope {scope}, needed for {purpose}; add it in the Developer Hub and log in again"
        ))?;
    }
    if found.secrets.get(SecretName::PipedriveLogin).is_none() {
        if found.secrets.get(SecretName::PipedriveApiToken).is_some() {
            out.line("note: the API token is not used while there is a login")?;
        }
        out.line("restart `pipestreet serve` where it runs")?;
    }
    Ok(Exit::Done)
}

async fn forget(desk: &Desk<'_>, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    let found = desk.look().await?;
    let kept = found.keeper.load().await?;
    let Some((login, version)) = kept else {
        bail!("nobody is logged in to Pipedrive; there is nothing to forget");
    };
    let revoked = found.server.revoke(&login.tokens).await;
    if !found.keeper.remove(version).await? {
        bail!("the login was renewed at this moment; run the command again");
    }
    if out.is_json() {
        out.value(&json!({ "forgotten": true, "revoked": revoked.is_ok() }))?;
        return Ok(Exit::Done);
    }
    match revoked {
        Ok(()) => out.line("the login is forgotten here and taken back in Pipedrive")?,
        Err(error) => out.line(format!(
            "the login is forgotten here, but Pipedrive could not be told ({error}): uninstall the app there"
        ))?,
    }
    Ok(Exit::Done)
}

/// 256 bits, in signs that an address may hold.
fn made_up() -> String {
    let mut bytes = [0; SECRET_BYTES];
    fill_random(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
