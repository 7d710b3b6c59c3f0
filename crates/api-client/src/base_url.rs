//! Where an API lives. Read once, so that no call needs an address parser.
//!
//! In: the address as configured. Out: complete addresses of calls. Plain HTTP is refused to any host but this machine.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use http::uri::{Authority, PathAndQuery, Scheme};
use thiserror::Error;

/// The address below which an API's paths lie, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    path_prefix: String,
}

/// What is wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BaseUrlError {
    #[error("this is not an address such as https://example.com")]
    NotAnAddress,
    #[error("the address must begin with https:// (http:// is for this machine only)")]
    NotEncrypted,
    #[error("the address must not contain a user, a question mark or a fragment")]
    TooMuch,
}

impl BaseUrl {
    /// Reads an address such as `https://example.com`.
    ///
    /// # Errors
    /// Says what is wrong with the address.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let address: http::Uri = text
            .trim()
            .parse()
            .map_err(|_| BaseUrlError::NotAnAddress)?;
        let parts = address.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(BaseUrlError::NotAnAddress);
        };
        if scheme != Scheme::HTTPS && !(scheme == Scheme::HTTP && is_loopback(authority.host())) {
            return Err(BaseUrlError::NotEncrypted);
        }
        let path = parts
            .path_and_query
            .unwrap_or_else(|| PathAndQuery::from_static("/"));
        if path.query().is_some() || authority.as_str().contains('@') || text.contains('#') {
            return Err(BaseUrlError::TooMuch);
        }
        Ok(Self {
            scheme,
            authority,
            path_prefix: path.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Whether the API runs on this machine, as an emulator does.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.authority.host())
    }

    /// The host that is called.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// Whether both are on the same host and port, whatever their paths.
    #[must_use]
    pub fn is_same_place(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.authority == other.authority
    }

    /// The complete address of a path that begins with a slash. Gives nothing when the path is not one.
    pub(crate) fn join(&self, path: String) -> Option<http::Uri> {
        let path = if self.path_prefix.is_empty() {
            path
        } else {
            format!("{}{path}", self.path_prefix)
        };
        http::Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(PathAndQuery::from_maybe_shared(bytes::Bytes::from(path)).ok()?)
            .build()
            .ok()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, authority) = (&self.scheme, &self.authority);
        write!(formatter, "{scheme}://{authority}{}", self.path_prefix)
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
        || host
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback())
}
