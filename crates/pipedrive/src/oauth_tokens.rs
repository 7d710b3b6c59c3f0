//! Tokens: what the authorization server gives, and the form in which a login is kept.
//!
//! In: a token answer, or the text that was kept. Out: tokens that show themselves to nobody, and the text to be sealed.
//! Times are by our own clock, counted from before the call, so that the server's clock does not matter.

use std::fmt;
use std::sync::Arc;

use api_client::{BoxFuture, tolerant};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What an access token lasts when the answer does not say.
const LIFETIME_SECONDS: i64 = 3_600;

/// What a person's consent is worth.
#[derive(Clone)]
pub struct Tokens {
    pub access_token: SecretString,
    pub refresh_token: SecretString,
    pub obtained_at: Timestamp,
    pub expires_at: Timestamp,
    /// What the access token may be used for.
    pub scopes: Vec<String>,
    /// The address of the company that they are for.
    pub api_domain: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tokens")
            .field("api_domain", &self.api_domain)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The answer of the token call.
#[derive(Deserialize)]
pub(crate) struct TokenAnswer {
    access_token: Box<str>,
    /// Where there is none, the one before stays good.
    #[serde(default)]
    refresh_token: Option<Box<str>>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    expires_in: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::text")]
    scope: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    api_domain: String,
}

impl TokenAnswer {
    /// Nothing when a token is empty or no header may hold it.
    pub(crate) fn into_tokens(
        self,
        asked_at: Timestamp,
        refresh_token_before: Option<&SecretString>,
    ) -> Option<Tokens> {
        let is_sendable =
            |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        let refresh_token = match self.refresh_token {
            Some(token) => SecretString::new(token),
            None => refresh_token_before?.clone(),
        };
        if !is_sendable(&self.access_token) || !is_sendable(refresh_token.expose_secret()) {
            return None;
        }
        let lifetime = self.expires_in.unwrap_or(LIFETIME_SECONDS).max(0);
        let expires_at = asked_at
            .checked_add(SignedDuration::from_secs(lifetime))
            .unwrap_or(Timestamp::MAX);
        Some(Tokens {
            access_token: SecretString::new(self.access_token),
            refresh_token,
            obtained_at: asked_at,
            expires_at,
            scopes: self
                .scope
                .split([',', ' '])
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
            api_domain: self.api_domain,
        })
    }
}

/// A login as it is kept: the tokens, and until when somebody is about to renew them.
#[derive(Debug, Clone)]
pub struct KeptLogin {
    pub tokens: Tokens,
    /// Kept before the call that renews, so that no other process makes it meanwhile. Still there afterwards: the answer
    /// was lost.
    pub renewing_until: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Written {
    access_token: String,
    refresh_token: String,
    obtained_at: Timestamp,
    expires_at: Timestamp,
    scopes: Vec<String>,
    api_domain: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renewing_until: Option<Timestamp>,
}

/// What was kept is no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the kept Pipedrive login cannot be read; log in again")]
pub struct NoLogin;

impl KeptLogin {
    /// As one text, to be sealed.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        let tokens = &self.tokens;
        let written = Written {
            access_token: tokens.access_token.expose_secret().to_owned(),
            refresh_token: tokens.refresh_token.expose_secret().to_owned(),
            obtained_at: tokens.obtained_at,
            expires_at: tokens.expires_at,
            scopes: tokens.scopes.clone(),
            api_domain: tokens.api_domain.clone(),
            renewing_until: self.renewing_until,
        };
        let text = serde_json::to_string(&written).expect("a login is plain data");
        SecretString::from(text)
    }

    /// The login again.
    ///
    /// # Errors
    /// When the text was not made by [`Self::to_text`].
    pub fn of_text(text: &SecretString) -> Result<Self, NoLogin> {
        let written: Written = serde_json::from_str(text.expose_secret()).map_err(|_| NoLogin)?;
        Ok(Self {
            tokens: Tokens {
                access_token: SecretString::from(written.access_token),
                refresh_token: SecretString::from(written.refresh_token),
                obtained_at: written.obtained_at,
                expires_at: written.expires_at,
                scopes: written.scopes,
                api_domain: written.api_domain,
            },
            renewing_until: written.renewing_until,
        })
    }
}

/// Tells one keeping of a login from every other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptVersion(pub Arc<[u8]>);

/// The keeper did not answer.
#[derive(Debug, Error)]
#[error("the Pipedrive login cannot be read or kept: {0}")]
pub struct KeeperError(pub String);

/// Where the login is kept, for this process and every other that uses it.
pub trait LoginKeeper: Send + Sync {
    /// What is kept.
    fn load(&self) -> BoxFuture<'_, Result<Option<(KeptLogin, KeptVersion)>, KeeperError>>;

    /// Keeps a login durably in the place of the one that was `seen`, and answers its version; nothing when another was kept
    /// meanwhile.
    fn replace(
        &self,
        seen: KeptVersion,
        login: KeptLogin,
    ) -> BoxFuture<'_, Result<Option<KeptVersion>, KeeperError>>;
}
