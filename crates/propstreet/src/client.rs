//! The client: a caller with the organization's login.
//!
//! In: a caller of the organization and its login. Out: the calls, which are in the files of their resources.

use std::sync::Arc;

use api_client::{Answer, CallError, CallSpec, Caller, Credentials, FixedHeader};
use http::{HeaderValue, header};
use secrecy::ExposeSecret;
use thiserror::Error;

use crate::auth::{ClientLogin, Login};

/// The login holds signs that no login has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the Propstreet token holds signs that no token has; copy it again from Personal Settings")]
pub struct LoginError;

/// Calls the API of one Propstreet organization.
#[derive(Debug, Clone)]
pub struct Client {
    caller: Caller,
    client_id: Option<Arc<str>>,
}

impl Client {
    /// A client for the organization the caller was made for.
    ///
    /// # Errors
    /// When a token cannot be sent in a header.
    pub fn new(caller: &Caller, login: &Login) -> Result<Self, LoginError> {
        let credentials: Arc<dyn Credentials> = match login {
            Login::PersonalToken(token) => {
                let bearer = format!("Bearer {}", token.expose_secret().trim());
                Arc::new(FixedHeader::new(header::AUTHORIZATION, &bearer).ok_or(LoginError)?)
            }
            Login::Client { id, secret } => {
                Arc::new(ClientLogin::new(caller.clone(), id.clone(), secret.clone()))
            }
        };
        let client_id = match login {
            Login::PersonalToken(_) => None,
            Login::Client { id, .. } => Some(Arc::from(id.as_str())),
        };
        Ok(Self {
            caller: caller.with_credentials(credentials),
            client_id,
        })
    }

    /// The caller, for its clock offset and its budget.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The registered client we log in as; none with a personal token.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    pub(crate) async fn send(&self, spec: CallSpec) -> Result<Answer, CallError> {
        self.caller.call(spec).await
    }
}

/// A write that is carried out only on the version that was read.
pub(crate) fn if_match(spec: CallSpec, version: &str) -> Result<CallSpec, CallError> {
    // A version that cannot be sent back is none the server ever gave us.
    let value = HeaderValue::from_str(version).map_err(|_| CallError::Stale)?;
    Ok(spec.header(header::IF_MATCH, value))
}

/// A create that is carried out once however often it is sent. Keys are ours and hold only plain signs.
pub(crate) fn idempotent(spec: CallSpec, key: &str) -> CallSpec {
    let plain: String = key.chars().filter(char::is_ascii_graphic).collect();
    let value = HeaderValue::try_from(plain).expect("graphic ASCII signs are allowed in headers");
    spec.header(http::HeaderName::from_static("idempotency-key"), value)
}
