//! Where the browser is sent after somebody has let this program in: an address of this machine that is listened at meanwhile.
//!
//! In: the address as it is registered with Pipedrive. Out: the same, with what to listen at. Never another machine's, because
//! what comes there lets its bearer in.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::Uri;

/// A callback on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUrl {
    /// Sign by sign as it is registered.
    pub text: String,
    pub listen: SocketAddr,
    pub path: String,
}

impl RedirectUrl {
    const USUAL: &'static str = "http://localhost:8421/oauth/callback";

    pub(super) fn usual() -> Self {
        Self::parse(Self::USUAL).expect("it is an address of this machine")
    }

    /// Reads an address such as `http://localhost:8421/oauth/callback`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "\"{text}\" is not an address of this machine with a port, such as \"{}\"",
                Self::USUAL
            )
        };
        let address: Uri = text.parse().map_err(|_| wrong())?;
        let host = address.host().ok_or_else(wrong)?;
        let ip = if host.eq_ignore_ascii_case("localhost") {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        } else {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            bare.parse().map_err(|_| wrong())?
        };
        let port = address.port_u16().ok_or_else(wrong)?;
        let is_plain = address.scheme_str() == Some("http") && address.query().is_none();
        if !is_plain || !ip.is_loopback() || text.contains(['#', '@', '{', '}', '*']) {
            return Err(wrong());
        }
        Ok(Self {
            text: text.to_owned(),
            listen: SocketAddr::new(ip, port),
            path: address.path().to_owned(),
        })
    }
}
