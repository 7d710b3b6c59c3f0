//! How this program proves itself to Pipedrive, and where the company's API is.
//!
//! In: the configuration and the secrets. Out: what a client is built from. A login through OAuth is used where there is one, else
//! the API token. The company's address is told by the configuration, by the login, or found out with the token, once.

use std::sync::Arc;

use anyhow::{Context, bail};
use api_client::{
    BaseUrl, BoxFuture, Budget, BudgetSettings, CallContext, Caller, Clock, MemoryLedger, Priority,
    Transport,
};
use model::Side;
use pipedrive::{
    ApiToken, ApiTokenError, App, AuthorizationServer, Client, KeeperError, KeptLogin, KeptVersion,
    LoginKeeper, OauthLogin, address_of_company, company_address,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Store, StoredSecret, Vault};

use crate::config::Config;
use crate::secrets::{Entropy, SecretError, SecretName, Secrets, seal};
use crate::startup::{WORKSPACE, caller, fill_random};

/// What a person does when the login has ended.
pub const LOG_IN: &str = "log in again with `pipestreet login pipedrive`";

/// Every API token may ask here which company it is for.
const ANY_COMPANY: &str = "https://api.pipedrive.com";
const FACT_COMPANY: &str = "pipedrive_company";
const DISCOVERY: CallContext = CallContext::new(Priority::Interactive, "discovery");
const FINGERPRINT_BYTES: usize = 8;

/// What carries calls, and when.
#[derive(Clone)]
pub struct Wires {
    pub transport: Arc<dyn Transport>,
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Wires {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wires").finish_non_exhaustive()
    }
}

/// The way into the company's account.
#[derive(Debug, Clone)]
pub struct Access {
    pub base: BaseUrl,
    proof: Proof,
}

#[derive(Debug, Clone)]
enum Proof {
    Token(ApiToken),
    Login(Arc<OauthLogin>),
}

impl Access {
    /// Whether it is a login through OAuth.
    #[must_use]
    pub const fn is_login(&self) -> bool {
        matches!(self.proof, Proof::Login(_))
    }

    /// A client that calls with it.
    ///
    /// # Errors
    /// When the API token holds signs that none has.
    pub fn client(&self, caller: &Caller) -> Result<Client, ApiTokenError> {
        match &self.proof {
            Proof::Token(token) => Client::new(caller, token),
            Proof::Login(login) => Ok(Client::logged_in(caller, Arc::clone(login))),
        }
    }
}

/// Finds the way in.
///
/// # Errors
/// With what is missing, and how to set it.
pub async fn access<S: Store + Clone>(
    config: &Config,
    secrets: &Secrets,
    vault: Option<&Vault>,
    store: &S,
    wires: &Wires,
) -> anyhow::Result<Access> {
    if let Some((base, login)) = kept_login(config, secrets, vault, store, wires)? {
        return Ok(Access {
            base,
            proof: Proof::Login(Arc::new(login)),
        });
    }
    let Some(token) = secrets.get(SecretName::PipedriveApiToken) else {
        bail!(
            "there is no access to Pipedrive: log in with `pipestreet login pipedrive`, or keep an API token with `pipestreet \
             secrets set {}` or in {}",
            SecretName::PipedriveApiToken,
            SecretName::PipedriveApiToken.variable()
        );
    };
    let base = match &config.pipedrive.base_url {
        Some(base) => base.clone(),
        None => {
            let anywhere = BaseUrl::parse(ANY_COMPANY).expect("it is an address");
            company_of_token(config, token, anywhere, store, wires).await?
        }
    };
    Ok(Access {
        base,
        proof: Proof::Token(ApiToken::new(token.clone())),
    })
}

/// The login that is kept, and the company it is for; nothing where nobody has logged in.
///
/// # Errors
/// When it cannot be used as it is.
pub fn kept_login<S: Store + Clone>(
    config: &Config,
    secrets: &Secrets,
    vault: Option<&Vault>,
    store: &S,
    wires: &Wires,
) -> anyhow::Result<Option<(BaseUrl, OauthLogin)>> {
    let Some(text) = secrets.get(SecretName::PipedriveLogin) else {
        return Ok(None);
    };
    let kept = KeptLogin::of_text(text)?;
    let base = company_of_login(config, &kept)?;
    let server = authorization_server(config, secrets, wires)?;
    let keeper = StoredLogin::new(store.clone(), vault, &wires.clock)?;
    let login = OauthLogin::new(server, Arc::new(keeper), LOG_IN);
    Ok(Some((base, login)))
}

/// The company that a login is for, which has to be the configured one.
///
/// # Errors
/// When it is another, or at an address that is not Pipedrive's.
pub fn company_of_login(config: &Config, login: &KeptLogin) -> anyhow::Result<BaseUrl> {
    let told = &login.tokens.api_domain;
    let Some(address) = company_address(told, &config.pipedrive.oauth_url) else {
        bail!("the login is for an address that is not Pipedrive's and is not used");
    };
    match &config.pipedrive.base_url {
        Some(base) if !base.is_same_place(&address) => bail!(
            "the login is for {}, but the configuration says {}: {LOG_IN} to the right company, or leave \
             pipedrive.company_domain empty",
            address.host(),
            base.host()
        ),
        Some(base) => Ok(base.clone()),
        None => Ok(address),
    }
}

/// The authorization server, called as the registered app.
///
/// # Errors
/// When the app's id or secret is not known.
pub fn authorization_server(
    config: &Config,
    secrets: &Secrets,
    wires: &Wires,
) -> anyhow::Result<AuthorizationServer> {
    let kept_id = secrets.get(SecretName::PipedriveClientId);
    let id = kept_id.map(|id| id.expose_secret().to_owned());
    let Some(client_id) = id.or_else(|| config.pipedrive.client_id.clone()) else {
        return Err(missing(SecretName::PipedriveClientId)
            .context("no app is registered: make one in Pipedrive's Developer Hub"));
    };
    let Some(client_secret) = secrets.get(SecretName::PipedriveClientSecret).cloned() else {
        return Err(missing(SecretName::PipedriveClientSecret));
    };
    let clock = Arc::clone(&wires.clock);
    // These calls cost nothing.
    let ledger = Arc::new(MemoryLedger::default());
    let budget = Budget::new(Arc::clone(&clock), ledger, BudgetSettings::counting());
    let transport = Arc::clone(&wires.transport);
    let caller = Caller::new(transport, clock, budget, config.pipedrive.oauth_url.clone());
    let app = App {
        client_id,
        client_secret,
    };
    Ok(AuthorizationServer::new(caller, app))
}

/// Says what is not known, and how to set it.
pub fn missing(name: SecretName) -> anyhow::Error {
    anyhow::anyhow!(
        "the {} is not known; set it with `pipestreet secrets set {}`, or in {}",
        name.meaning(),
        name.as_str(),
        name.variable()
    )
}

/// The company that was found out, and with which token.
#[derive(Serialize, Deserialize)]
struct KnownCompany {
    domain: String,
    token: String,
}

/// The company of an API token: remembered, or asked for at `anywhere`.
///
/// # Errors
/// When it cannot be asked for.
pub async fn company_of_token<S: Store + Clone>(
    config: &Config,
    token: &SecretString,
    anywhere: BaseUrl,
    store: &S,
    wires: &Wires,
) -> anyhow::Result<BaseUrl> {
    let token_mark = fingerprint(token);
    let known = store.fact(WORKSPACE, FACT_COMPANY).await?;
    let known = known.and_then(|text| serde_json::from_str::<KnownCompany>(&text).ok());
    if let Some(known) = known.filter(|known| known.token == token_mark)
        && let Some(address) = address_of_company(&known.domain)
    {
        return Ok(address);
    }
    let budget = (config.pipedrive_budget(false), anywhere);
    let caller = caller(
        &wires.transport,
        &wires.clock,
        store,
        Side::Pipedrive,
        budget,
    );
    let asked = Client::new(&caller, &ApiToken::new(token.clone()))?;
    let me = asked.me(&DISCOVERY).await;
    caller.budget().close().await?;
    let me = me.context(
        "which company the Pipedrive API token is for could not be found out; set pipedrive.company_domain, or the right token",
    )?;
    let domain = me.value.company_domain.unwrap_or_default();
    let Some(address) = address_of_company(&domain) else {
        bail!("Pipedrive does not tell the company's address; set pipedrive.company_domain");
    };
    let known = KnownCompany {
        domain,
        token: token_mark,
    };
    let text = serde_json::to_string(&known).expect("two texts");
    let now = wires.clock.now();
    store
        .put_fact(WORKSPACE, FACT_COMPANY, Some(&text), now)
        .await?;
    Ok(address)
}

/// Tells one token from another without being of use to anybody.
fn fingerprint(token: &SecretString) -> String {
    let digest = Sha256::digest(token.expose_secret().as_bytes());
    let bytes = digest.iter().take(FINGERPRINT_BYTES);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The login, sealed in the database that all processes of a workspace share.
pub struct StoredLogin<S> {
    store: S,
    vault: Vault,
    clock: Arc<dyn Clock>,
}

impl<S> std::fmt::Debug for StoredLogin<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredLogin").finish_non_exhaustive()
    }
}

impl<S: Store> StoredLogin<S> {
    /// # Errors
    /// When there is no key.
    pub fn new(
        store: S,
        vault: Option<&Vault>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, SecretError> {
        Ok(Self {
            store,
            vault: vault.cloned().ok_or(SecretError::NoKey)?,
            clock: Arc::clone(clock),
        })
    }

    /// Keeps a login, whatever was kept before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn put(&self, login: &KeptLogin) -> Result<(), store::StoreError> {
        let sealed = self.sealed(login);
        let now = self.clock.now();
        self.store.put_secret(WORKSPACE, sealed, now).await
    }

    /// Takes the login away.
    ///
    /// # Errors
    /// When the database does not answer, or the login is renewed at this moment.
    pub async fn remove(&self, seen: KeptVersion) -> Result<bool, store::StoreError> {
        let name = SecretName::PipedriveLogin.as_str();
        let seen = Some(seen.0.to_vec());
        self.store.replace_secret(WORKSPACE, name, seen, None).await
    }

    fn sealed(&self, login: &KeptLogin) -> StoredSecret {
        let entropy: Entropy<'_> = &fill_random;
        let name = SecretName::PipedriveLogin;
        let text = login.to_text();
        let now = self.clock.now();
        seal(&self.vault, WORKSPACE.workspace, name, &text, entropy, now)
    }

    async fn read(&self) -> Result<Option<(KeptLogin, KeptVersion)>, KeeperError> {
        let failed = |error: &dyn std::fmt::Display| KeeperError(error.to_string());
        let stored = self.store.secrets(WORKSPACE).await;
        let stored = stored.map_err(|error| failed(&error))?;
        let name = SecretName::PipedriveLogin.as_str();
        let Some(row) = stored.into_iter().find(|row| row.name == name) else {
            return Ok(None);
        };
        let opened = self.vault.open(WORKSPACE.workspace, name, &row.sealed);
        let text = opened.map_err(|error| failed(&error))?;
        let login = KeptLogin::of_text(&text).map_err(|error| failed(&error))?;
        Ok(Some((login, KeptVersion(row.sealed.into()))))
    }

    async fn write(
        &self,
        seen: KeptVersion,
        login: KeptLogin,
    ) -> Result<Option<KeptVersion>, KeeperError> {
        let sealed = self.sealed(&login);
        let version = KeptVersion(sealed.sealed.clone().into());
        let name = SecretName::PipedriveLogin.as_str();
        let seen = Some(seen.0.to_vec());
        let replaced = self
            .store
            .replace_secret(WORKSPACE, name, seen, Some(sealed))
            .await
            .map_err(|error| KeeperError(error.to_string()))?;
        Ok(replaced.then_some(version))
    }
}

impl<S: Store> LoginKeeper for StoredLogin<S> {
    fn load(&self) -> BoxFuture<'_, Result<Option<(KeptLogin, KeptVersion)>, KeeperError>> {
        Box::pin(self.read())
    }

    fn replace(
        &self,
        seen: KeptVersion,
        login: KeptLogin,
    ) -> BoxFuture<'_, Result<Option<KeptVersion>, KeeperError>> {
        Box::pin(self.write(seen, login))
    }
}
