//! Whether a delivery is Propstreet's own.
//!
//! In: the three headers, the raw body, the secrets that are valid now, and the time. Out: yes, or why not. Standard Webhooks
//! are an HMAC of id, time and body; the time window, several secrets and several signatures are ours, so that the clock can
//! be held. The tests sign with the public library of that standard.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;

/// How far a delivery's time may be from ours, both ways.
pub const TOLERANCE_SECONDS: i64 = 300;
/// What a secret begins with; the key behind it is base64.
const SECRET_PREFIX: &str = "whsec_";
/// More signatures than this in one header are not looked at.
const SIGNATURES_MAX: usize = 16;

/// A secret as shown when the webhook was registered, `whsec_…`.
#[derive(Clone)]
pub struct WebhookSecret(SecretString);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

impl WebhookSecret {
    /// Keeps a secret.
    #[must_use]
    pub const fn new(secret: SecretString) -> Self {
        Self(secret)
    }

    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
        let text = self.0.expose_secret().trim();
        let key = STANDARD
            .decode(text.strip_prefix(SECRET_PREFIX).unwrap_or(text))
            .ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        Some(format!("v1,{signature}"))
    }
}

/// The headers `webhook-id`, `webhook-timestamp` and `webhook-signature`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureHeaders<'a> {
    pub id: &'a str,
    pub timestamp: &'a str,
    /// One or more signatures with spaces between.
    pub signature: &'a str,
}

impl<'a> SignatureHeaders<'a> {
    /// Takes them from the headers of a request; nothing when one is missing.
    #[must_use]
    pub fn from_headers(headers: &'a http::HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        Some(Self {
            id: text("webhook-id")?,
            timestamp: text("webhook-timestamp")?,
            signature: text("webhook-signature")?,
        })
    }
}

/// Why a delivery is not taken for Propstreet's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    #[error("the time of the delivery is not a number")]
    NoTime,
    #[error("the delivery is {seconds} seconds away from our time")]
    OutsideWindow { seconds: i64 },
    #[error("no signature fits")]
    NoMatch,
}

/// Checks a delivery. Any of the secrets may fit, so that one can be replaced without losing deliveries.
///
/// # Errors
/// Says why the delivery is not taken for Propstreet's.
pub fn verify(
    headers: SignatureHeaders<'_>,
    body: &[u8],
    secrets: &[WebhookSecret],
    now: Timestamp,
) -> Result<(), SignatureError> {
    let timestamp: i64 = headers
        .timestamp
        .trim()
        .parse()
        .map_err(|_| SignatureError::NoTime)?;
    let seconds = timestamp.saturating_sub(now.as_second());
    if seconds.unsigned_abs() > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(SignatureError::OutsideWindow { seconds });
    }
    let mut fits = Choice::from(0);
    for expected in secrets
        .iter()
        .filter_map(|secret| secret.sign(headers.id, timestamp, body))
    {
        for given in headers
            .signature
            .split_ascii_whitespace()
            .take(SIGNATURES_MAX)
        {
            fits |= expected.as_bytes().ct_eq(given.as_bytes());
        }
    }
    if bool::from(fits) {
        Ok(())
    } else {
        Err(SignatureError::NoMatch)
    }
}
