//! What a probe asks with: the account of the configuration, and whatever else was given.
//!
//! In: the configuration, the secrets and the arguments. Out: an account that can be asked, and the listener where its webhooks
//! come in. Every mistake is found before anything is asked.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use api_client::{BaseUrl, HttpTransport, SystemClock};
use pipedrive::OauthLogin;
use probe::pipedrive::QUESTIONS;
use probe::{Account, Means, PostBox};
use store::{AnyStore, Store, Vault};
use tokio::net::TcpListener;

use super::PipedriveArgs;
use crate::cli::UsageError;
use crate::config::{Config, Environment};
use crate::pipedrive_access::{Wires, kept_login};
use crate::secrets::{SecretName, Secrets, open_vault};
use crate::startup::{self, WORKSPACE};

/// What the questions come to is exceeded by this part where calls have to be made again.
pub(super) const ROOM_PERCENT: u32 = 20;
const SECRET_BYTES: usize = 16;

/// The workspace, opened for asking about its account.
pub(super) struct Desk {
    pub(super) config: Config,
    store: AnyStore,
    vault: Option<Vault>,
    pub(super) secrets: Secrets,
}

/// Everything is there.
pub(super) struct Prepared {
    pub(super) account: Account,
    /// Where webhooks come in.
    pub(super) receiver: Option<(TcpListener, Arc<PostBox>)>,
}

impl Desk {
    pub(super) async fn open(config: &Path, environment: &Environment) -> anyhow::Result<Self> {
        let config = Config::load(config, environment)?;
        let store = startup::open_store(&config.storage.path)?;
        let vault = open_vault(environment, &config.storage.key_file)?;
        let stored = store.secrets(WORKSPACE).await?;
        let workspace = WORKSPACE.workspace;
        let secrets = Secrets::gather(environment, &stored, workspace, vault.as_ref())?;
        Ok(Self {
            config,
            store,
            vault,
            secrets,
        })
    }

    pub(super) async fn close(self) {
        startup::close_store(self.store).await;
    }

    pub(super) async fn prepare(&self, args: &PipedriveArgs) -> anyhow::Result<Prepared> {
        let token = self.secrets.get(SecretName::PipedriveApiToken).with_context(|| {
            format!(
                "the probe asks with an API token, and there is none; set one with `pipestreet secrets set {}`",
                SecretName::PipedriveApiToken
            )
        })?;
        let base = self.config.pipedrive.base_url.as_ref().context(
            "the probe has to know which account is meant; set pipedrive.company_domain in the configuration",
        )?;
        let wires = Wires {
            transport: Arc::new(HttpTransport::new()?),
            clock: Arc::new(SystemClock),
        };
        let mark = mark();
        let receiver = self
            .receiver((args.listen, args.public_url.as_ref()), base, &mark)
            .await?;
        let means = Means {
            second_token: self.secrets.get(SecretName::PipedriveSecondToken).cloned(),
            post_box: receiver.as_ref().map(|(_, post_box)| Arc::clone(post_box)),
            login: self.login(&wires)?,
            may_meet_limits: args.meet_limits,
            may_wait_a_day: args.patient,
        };
        Ok(Prepared {
            account: Account {
                transport: wires.transport,
                clock: wires.clock,
                base: base.to_string(),
                token: token.clone(),
                allowance: args.allowance.unwrap_or_else(|| enough(args, &means)),
                means,
                mark,
                is_stopped: Arc::default(),
            },
            receiver,
        })
    }

    fn login(&self, wires: &Wires) -> anyhow::Result<Option<Arc<OauthLogin>>> {
        let login = kept_login(
            &self.config,
            &self.secrets,
            self.vault.as_ref(),
            &self.store,
            wires,
        )?;
        Ok(login.map(|(_, login)| Arc::new(login)))
    }

    /// Where webhooks come in, when an address was given for it.
    pub(super) async fn receiver(
        &self,
        (listen, public_url): (Option<SocketAddr>, Option<&BaseUrl>),
        base: &BaseUrl,
        mark: &str,
    ) -> anyhow::Result<Option<(TcpListener, Arc<PostBox>)>> {
        let Some(listen) = listen else {
            return Ok(None);
        };
        let listener = TcpListener::bind(listen).await;
        let listener = listener.with_context(|| {
            format!(
                "{listen} cannot be listened at; choose another address, or stop what listens there"
            )
        })?;
        let given = public_url.map(ToString::to_string);
        let public = match given.or_else(|| self.config.server.public_url.clone()) {
            Some(public) => public,
            None if base.is_loopback() => format!("http://{}", listener.local_addr()?),
            None => {
                let message =
                    "how does the account reach this machine? give --public-url, with https";
                return Err(UsageError(message.to_owned()).into());
            }
        };
        let address = format!("{}/{}", public.trim_end_matches('/'), secret());
        let post_box = Arc::new(PostBox::new(address, mark.to_owned()));
        Ok(Some((listener, post_box)))
    }
}

/// What the records of this probe have in their names.
pub(super) fn mark() -> String {
    format!("Pipestreet probe {:04x}", startup::random_seed() & 0xffff)
}

/// Nobody else shall be able to put anything into the post box.
fn secret() -> String {
    let mut bytes = [0; SECRET_BYTES];
    startup::fill_random(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the questions that will be asked come to at the most, with room.
fn enough(args: &PipedriveArgs, means: &Means) -> u32 {
    let asked = QUESTIONS
        .iter()
        .filter(|question| args.wants(question) && means.have(question.takes));
    let tokens: u32 = asked.map(|question| question.tokens).sum();
    tokens + tokens * ROOM_PERCENT / 100
}
