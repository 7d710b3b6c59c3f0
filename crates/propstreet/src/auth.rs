//! Logging in: a personal token as it is, or a client's credentials, exchanged for a token that is renewed in time.
//!
//! In: what the operator gave. Out: the header of each call. Many calls that find no token wait for one renewal.

use std::fmt;
use std::sync::{Mutex, MutexGuard};

use api_client::{
    BoxFuture, CallContext, CallError, CallSpec, Caller, Credentials, Priority, Rejected,
};
use http::{HeaderName, HeaderValue, Method, header};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::cost;

const TOKEN_PATH: &str = "/openid/token";
const SCOPE: &str = "api:public";
/// A token is renewed so long before it ends, or after half its life when it is short.
const RENEWED_BEFORE_END_SECONDS: i64 = 60;
const LIFETIME_SECONDS_DEFAULT: i64 = 300;

/// How we prove who we are. Shows no secret.
#[derive(Clone)]
pub enum Login {
    /// A person's own token; sixty requests a minute, thirty days.
    PersonalToken(SecretString),
    /// A registered client of an organization; for production.
    Client { id: String, secret: SecretString },
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PersonalToken(_) => formatter.write_str("PersonalToken([secret])"),
            Self::Client { id, .. } => write!(formatter, "Client({id}, [secret])"),
        }
    }
}

/// A client's credentials and the token they were last exchanged for.
pub(crate) struct ClientLogin {
    caller: Caller,
    id: String,
    secret: SecretString,
    token: Mutex<Option<Token>>,
    /// Held while a token is fetched.
    renewal: futures_util::lock::Mutex<()>,
}

struct Token {
    header: HeaderValue,
    renew_at: Timestamp,
    /// Whether the server ever took it.
    was_accepted: bool,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Box<str>,
    #[serde(default, deserialize_with = "api_client::tolerant::optional_integer")]
    expires_in: Option<i64>,
}

impl ClientLogin {
    pub(crate) fn new(caller: Caller, id: String, secret: SecretString) -> Self {
        let renewal = futures_util::lock::Mutex::new(());
        Self {
            caller,
            id,
            secret,
            token: Mutex::new(None),
            renewal,
        }
    }

    async fn fetch(&self) -> Result<(), CallError> {
        let _held = self.renewal.lock().await;
        if self.header(self.caller.clock().now()).is_some() {
            // Somebody else's renewal ended while we waited for ours.
            return Ok(());
        }
        let context = CallContext::new(Priority::Interactive, "login");
        let spec = CallSpec::write("log in", Method::POST, TOKEN_PATH, cost::LOGIN, context)
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", &self.id),
                ("client_secret", self.secret.expose_secret()),
                ("scope", SCOPE),
            ])
            .without_effect();
        let asked_at = self.caller.clock().now();
        let answer = self.caller.call(spec).await.map_err(as_not_allowed)?;
        let token: TokenAnswer = answer.read()?;
        let lifetime = token.expires_in.unwrap_or(LIFETIME_SECONDS_DEFAULT).max(0);
        let used_for = lifetime - RENEWED_BEFORE_END_SECONDS.min(lifetime / 2);
        let renew_at = asked_at
            .checked_add(SignedDuration::from_secs(used_for))
            .unwrap_or(Timestamp::MAX);
        let token_text = SecretString::new(token.access_token);
        let bearer = format!("Bearer {}", token_text.expose_secret());
        let Ok(mut header) = HeaderValue::try_from(bearer) else {
            return Err(CallError::Unreadable {
                what: "log in",
                line: 0,
                column: 0,
            });
        };
        header.set_sensitive(true);
        *self.lock() = Some(Token {
            header,
            renew_at,
            was_accepted: false,
        });
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Token>> {
        self.token
            .lock()
            .expect("nothing panics while it holds the token")
    }
}

/// The token endpoint says 400 where the API says 401: wrong credentials are no fault of a record.
fn as_not_allowed(error: CallError) -> CallError {
    if let CallError::Refused(refusal) = error {
        CallError::NotAllowed(refusal)
    } else {
        error
    }
}

impl Credentials for ClientLogin {
    fn header(&self, now: Timestamp) -> Option<(HeaderName, HeaderValue)> {
        let token = self.lock();
        let token = token.as_ref().filter(|token| now < token.renew_at)?;
        Some((header::AUTHORIZATION, token.header.clone()))
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), CallError>> {
        Box::pin(self.fetch())
    }

    fn accepted(&self) {
        if let Some(token) = self.lock().as_mut() {
            token.was_accepted = true;
        }
    }

    fn rejected(&self, header: &HeaderValue) -> Rejected {
        let mut held = self.lock();
        match held.as_ref() {
            // Refused the first time it was used: another one will fare no better.
            Some(token) if token.header == *header && !token.was_accepted => {
                *held = None;
                Rejected::ForGood
            }
            Some(token) if token.header == *header => {
                *held = None;
                Rejected::WorthRenewing
            }
            // An older token than the one we have now.
            Some(_) | None => Rejected::WorthRenewing,
        }
    }
}
