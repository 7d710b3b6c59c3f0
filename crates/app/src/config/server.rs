//! `[server]`: where this program listens, how it is reached from outside, and what a connection may take.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::duration::{self, MINUTE, SECOND};
use super::mistake::Mistake;
use super::section::Section;

const LISTEN: &str = "127.0.0.1:8420";
const CONNECTIONS_MAX: i64 = 1_024;
const CONNECTIONS_PER_ADDRESS_MAX: i64 = 64;
const CONNECTIONS_LIMIT: i64 = 65_536;

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub listen: SocketAddr,
    /// Without a slash at the end. `None`: no webhooks, changes are found by polling.
    pub public_url: Option<String>,
    /// Peers that may say whom they speak for; their connections are not counted per address.
    pub trusted_proxies: Vec<Network>,
    pub connections_max: usize,
    pub connections_per_address_max: usize,
    pub header_timeout: Duration,
    pub body_timeout: Duration,
    /// How long requests under way may take when the program stops.
    pub drain_timeout: Duration,
}

/// An address, or all that share its first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Server {
    /// `plain_is_fine` when both services are on this machine, so that nothing leaves it.
    pub(super) fn read(mut section: Section<'_, '_>, plain_is_fine: bool) -> Self {
        let parse_listen = |text: &str| {
            text.parse().map_err(|_| {
                format!("\"{text}\" is not an address with a port, such as \"{LISTEN}\"")
            })
        };
        let listen = section
            .parsed("listen", parse_listen)
            .unwrap_or_else(|| LISTEN.parse().expect("it is an address with a port"));
        let public_url = section.parsed("public_url", |text| parse_public_url(text, plain_is_fine));
        let trusted_proxies = read_proxies(&mut section);
        let mut wait = |key: &str, default: i64| {
            let range = 100..=10 * MINUTE;
            let millis = section
                .parsed(key, |text| duration::parse(text, &range))
                .unwrap_or(default);
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        };
        let header_timeout = wait("header_timeout", 10 * SECOND);
        let body_timeout = wait("body_timeout", 10 * SECOND);
        let drain_timeout = wait("drain_timeout", 10 * SECOND);
        let mut count = |key: &str, default: i64| {
            usize::try_from(section.integer(key, 1..=CONNECTIONS_LIMIT, default))
                .unwrap_or(usize::MAX)
        };
        let connections_max = count("connections_max", CONNECTIONS_MAX);
        let connections_per_address_max =
            count("connections_per_address_max", CONNECTIONS_PER_ADDRESS_MAX);
        section.finish();
        Self {
            listen,
            public_url,
            trusted_proxies,
            connections_max,
            connections_per_address_max,
            header_timeout,
            body_timeout,
            drain_timeout,
        }
    }
}

fn read_proxies(section: &mut Section<'_, '_>) -> Vec<Network> {
    let mut proxies = Vec::new();
    for found in section.texts("trusted_proxies") {
        match Network::parse(&found.value) {
            Some(network) => proxies.push(network),
            None => {
                let message = format!(
                    "`server.trusted_proxies`: \"{}\" is not an address or network",
                    found.value
                );
                section.note(
                    Mistake::new(found.place, message)
                        .with_help("write \"10.0.0.7\" or \"10.0.0.0/8\""),
                );
            }
        }
    }
    proxies
}

fn parse_public_url(text: &str, plain_is_fine: bool) -> Result<String, String> {
    let address: http::Uri = text
        .parse()
        .map_err(|_| format!("\"{text}\" is not an address such as https://sync.example.com"))?;
    if address.host().is_none() || address.query().is_some() {
        return Err(format!(
            "\"{text}\" is not an address such as https://sync.example.com"
        ));
    }
    match address.scheme_str() {
        Some("https") => Ok(text.trim_end_matches('/').to_owned()),
        Some("http") if plain_is_fine => Ok(text.trim_end_matches('/').to_owned()),
        Some(_) | None => Err(
            "it must begin with https://, because what customers are called travels to it"
                .to_owned(),
        ),
    }
}

impl Network {
    /// Reads `10.0.0.7`, `10.0.0.0/8` or `fd00::/8`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address.parse().ok()?, Some(prefix.parse().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let bits = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let prefix = prefix.unwrap_or(bits);
        (prefix <= bits).then_some(Self { address, prefix })
    }

    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let differing = u32::from(ours) ^ u32::from(theirs);
                differing.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let differing = u128::from(ours) ^ u128::from(theirs);
                differing.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}
