//! The client: a caller with the account's token or login.
//!
//! In: a caller of the account, and its API token or its OAuth login. Out: the calls, which are in the files of their resources.

use std::fmt;
use std::sync::Arc;

use api_client::{Answer, CallError, CallSpec, Caller, FixedHeader};
use http::HeaderName;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use crate::oauth_login::OauthLogin;

/// The token of the user we act as. It shows itself to nobody.
#[derive(Clone)]
pub struct ApiToken(SecretString);

impl fmt::Debug for ApiToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

/// The token holds signs that no token has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the Pipedrive API token holds signs that no token has; copy it again from Personal preferences"
)]
pub struct ApiTokenError;

impl ApiToken {
    /// A token as Pipedrive shows it.
    #[must_use]
    pub const fn new(token: SecretString) -> Self {
        Self(token)
    }
}

/// Calls the API of one Pipedrive company as one user.
#[derive(Debug, Clone)]
pub struct Client {
    caller: Caller,
}

impl Client {
    /// A client for the account the caller was made for.
    ///
    /// # Errors
    /// When the token cannot be sent in a header.
    pub fn new(caller: &Caller, token: &ApiToken) -> Result<Self, ApiTokenError> {
        let name = HeaderName::from_static("x-api-token");
        let header = FixedHeader::new(name, token.0.expose_secret().trim()).ok_or(ApiTokenError)?;
        Ok(Self {
            caller: caller.with_credentials(Arc::new(header)),
        })
    }

    /// A client that is logged in through OAuth.
    #[must_use]
    pub fn logged_in(caller: &Caller, login: Arc<OauthLogin>) -> Self {
        Self {
            caller: caller.with_credentials(login),
        }
    }

    /// The caller, for its clock offset and its budget.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(crate) async fn send(&self, spec: CallSpec) -> Result<Answer, CallError> {
        self.caller.call(spec).await
    }
}
