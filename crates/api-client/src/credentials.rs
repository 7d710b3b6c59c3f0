//! What proves to the server who calls.
//!
//! In: the time, and whether the server accepted it. Out: a header that is marked as secret, renewed before it ends.

use std::fmt;

use http::{HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::clock::BoxFuture;
use crate::error::CallError;

/// What a 401 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// A new login may help.
    WorthRenewing,
    /// A person has to give new credentials.
    ForGood,
}

/// Gives the header of each call.
pub trait Credentials: Send + Sync {
    /// The header, when it is at hand and will last a while.
    fn header(&self, now: Timestamp) -> Option<(HeaderName, HeaderValue)>;

    /// Gets a new one. Called when there is none at hand.
    fn renew(&self) -> BoxFuture<'_, Result<(), CallError>>;

    /// The server accepted the header.
    fn accepted(&self);

    /// The server refused this header with 401.
    fn rejected(&self, header: &HeaderValue) -> Rejected;

    /// What a person can do when the server refuses these for good.
    fn advice(&self) -> Option<&'static str> {
        None
    }
}

/// A header that never changes.
pub struct FixedHeader {
    name: HeaderName,
    value: HeaderValue,
}

impl fmt::Debug for FixedHeader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FixedHeader({}: [secret])", self.name)
    }
}

impl FixedHeader {
    /// Nothing when the value holds signs that no header may hold.
    #[must_use]
    pub fn new(name: HeaderName, value: &str) -> Option<Self> {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some(Self { name, value })
    }
}

impl Credentials for FixedHeader {
    fn header(&self, _: Timestamp) -> Option<(HeaderName, HeaderValue)> {
        Some((self.name.clone(), self.value.clone()))
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), CallError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn accepted(&self) {}

    fn rejected(&self, _: &HeaderValue) -> Rejected {
        Rejected::ForGood
    }
}
