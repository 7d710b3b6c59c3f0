//! Who may call: registered clients, the bots behind them, and personal tokens.
//!
//! In: names. Out: what is registered, and secrets, which are told once.

use std::fmt;

use api_client::{CallContext, CallError, CallSpec, Page, Row, tolerant};
use http::Method;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::contacts::record_path;
use crate::{cost, page};

const CLIENTS: &str = "/api/v1/auth/clients";
const BOTS: &str = "/api/v1/auth/bots";
const TOKENS: &str = "/api/v1/auth/tokens";

/// A client as registered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredClient {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub client_id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub display_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub bot_user_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub created_utc: Option<Timestamp>,
}

/// A bot: who a client acts as.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bot {
    /// Begins with `bot-`.
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub email: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub full_name: Option<String>,
}

/// A bot to make. Its address is nobody else's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewBot {
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

/// What a client just registered logs in with.
#[derive(Deserialize)]
#[serde(from = "ClientSecret")]
pub struct NewClientLogin {
    pub client_id: String,
    pub client_secret: SecretString,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientSecret {
    #[serde(deserialize_with = "tolerant::id_text")]
    client_id: String,
    client_secret: Box<str>,
}

impl From<ClientSecret> for NewClientLogin {
    fn from(told: ClientSecret) -> Self {
        Self {
            client_id: told.client_id,
            client_secret: SecretString::new(told.client_secret),
        }
    }
}

impl fmt::Debug for NewClientLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NewClientLogin({}, [secret])", self.client_id)
    }
}

/// A personal token just made.
pub struct NewToken {
    pub token: SecretString,
    pub expires_at: Option<Timestamp>,
}

impl fmt::Debug for NewToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewToken")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenAnswer {
    access_token: Box<str>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    expires_utc: Option<Timestamp>,
}

impl Client {
    /// All registered clients.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_registered_clients(
        &self,
        context: &CallContext,
    ) -> Result<Page<Row<RegisteredClient>>, CallError> {
        let spec = CallSpec::read("list clients", CLIENTS, cost::CALL, *context);
        page::plain(&self.send(spec).await?, Row::read)
    }

    /// Registers a client of the machine-to-machine kind that acts as a bot. The secret is shown this once.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn register_client(
        &self,
        display_name: &str,
        bot: &str,
        context: &CallContext,
    ) -> Result<NewClientLogin, CallError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            m2m: bool,
            bot_user_id: &'a str,
            display_name: &'a str,
        }
        let body = Body {
            m2m: true,
            bot_user_id: bot,
            display_name,
        };
        let what = "register a client";
        let spec = CallSpec::write(what, Method::POST, CLIENTS, cost::CALL, *context);
        self.send(spec.json(&body)).await?.read()
    }

    /// Takes a client away; its tokens stop working at once.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn delete_registered_client(
        &self,
        client_id: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let (what, path) = ("delete a client", record_path(CLIENTS, client_id));
        let spec = CallSpec::write(what, Method::DELETE, path, cost::CALL, *context);
        self.send(spec).await.map(drop)
    }

    /// Takes every registered client away, ours too; gives their number.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn delete_all_registered_clients(
        &self,
        context: &CallContext,
    ) -> Result<Option<i64>, CallError> {
        let what = "delete all clients";
        let spec = CallSpec::write(what, Method::DELETE, CLIENTS, cost::CALL, *context);
        let told: Value = self.send(spec).await?.read()?;
        // The number stands alone, or under a name that is not documented.
        let number = |value: &Value| value.as_i64();
        let inside = told
            .as_object()
            .and_then(|parts| parts.values().find_map(number));
        Ok(number(&told).or(inside))
    }

    /// Reads one bot.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_bot(&self, id: &str, context: &CallContext) -> Result<Bot, CallError> {
        let spec = CallSpec::read("read a bot", record_path(BOTS, id), cost::CALL, *context);
        self.send(spec).await?.read()
    }

    /// All bots.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_bots(&self, context: &CallContext) -> Result<Page<Row<Bot>>, CallError> {
        let spec = CallSpec::read("list bots", BOTS, cost::CALL, *context);
        page::plain(&self.send(spec).await?, Row::read)
    }

    /// Makes a bot.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn create_bot(&self, bot: &NewBot, context: &CallContext) -> Result<Bot, CallError> {
        let spec = CallSpec::write("create a bot", Method::POST, BOTS, cost::CALL, *context);
        self.send(spec.json(bot)).await?.read()
    }

    /// Makes a personal token for whom we log in as. It is shown this once.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn create_personal_token(
        &self,
        name: &str,
        context: &CallContext,
    ) -> Result<NewToken, CallError> {
        #[derive(Serialize)]
        struct Body<'a> {
            name: &'a str,
        }
        let what = "create a personal token";
        let spec = CallSpec::write(what, Method::POST, TOKENS, cost::CALL, *context);
        let told: TokenAnswer = self.send(spec.json(&Body { name })).await?.read()?;
        Ok(NewToken {
            token: SecretString::new(told.access_token),
            expires_at: told.expires_utc,
        })
    }
}
