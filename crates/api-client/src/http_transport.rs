//! The transport over real connections.
//!
//! In: requests with absolute addresses. Out: responses read whole, up to a limit. It uses no proxy, follows no redirect
//! and speaks TLS by the system's own certificate store. The only file of the crate, beside the system's clock, that
//! needs tokio.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rustls_platform_verifier::BuilderVerifierExt;
use thiserror::Error;

use crate::clock::BoxFuture;
use crate::transport::{Transport, TransportError};

/// The longest answer that is read. A page of 500 records with every field filled stays far below.
pub const RESPONSE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The most room that is made before anything has come, whatever a server announces.
const ROOM_AHEAD_MAX: usize = 4 * 1024 * 1024;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_CONNECTIONS_MAX: usize = 32;
/// Sooner than servers and their balancers close a silent connection: a write on one that was just closed is a lost answer.
const IDLE_CONNECTION_KEPT: Duration = Duration::from_secs(15);

/// Why the transport could not be made.
#[derive(Debug, Error)]
pub enum HttpTransportError {
    /// The TLS library refused its own defaults or the system's certificates.
    #[error("TLS could not be set up")]
    Tls(#[source] rustls::Error),
    /// The HTTP library could not start.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

/// Real connections, kept open between calls.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
}

impl HttpTransport {
    /// A transport with connections of its own.
    ///
    /// # Errors
    /// When the system's certificates cannot be used.
    pub fn new() -> Result<Self, HttpTransportError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls_settings()?)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .pool_idle_timeout(IDLE_CONNECTION_KEPT)
            .user_agent(concat!("pipestreet/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(HttpTransportError::Client)?;
        Ok(Self { client })
    }

    async fn exchange(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        if !is_encrypted_or_loopback(request.uri()) {
            return Err(TransportError::NotSent(
                "plain HTTP is allowed to this machine only".to_owned(),
            ));
        }
        let request = reqwest::Request::try_from(request)
            .map_err(|error| describe(&error, TransportError::NotSent))?;
        let mut answer = self.client.execute(request).await.map_err(|error| {
            let known = if error.is_connect() || error.is_builder() {
                TransportError::NotSent
            } else {
                TransportError::NoAnswer
            };
            describe(&error, known)
        })?;
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        std::mem::swap(response.headers_mut(), answer.headers_mut());
        *response.body_mut() = read_body(&mut answer).await?;
        Ok(response)
    }
}

impl Transport for HttpTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

async fn read_body(answer: &mut reqwest::Response) -> Result<Bytes, TransportError> {
    // Growing step by step would hold a large answer twice over.
    let announced = answer
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    let mut whole = BytesMut::with_capacity(announced.unwrap_or(0).min(ROOM_AHEAD_MAX));
    while let Some(chunk) = answer
        .chunk()
        .await
        .map_err(|error| describe(&error, TransportError::NoAnswer))?
    {
        if whole.len() + chunk.len() > RESPONSE_BYTES_MAX {
            return Err(TransportError::TooLarge {
                limit_bytes: RESPONSE_BYTES_MAX,
            });
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

/// The library's own text names the address with its query, so only the kind of failure is kept.
fn describe(error: &reqwest::Error, known: fn(String) -> TransportError) -> TransportError {
    let kind = if error.is_timeout() {
        "it took too long"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the body broke off"
    } else if error.is_builder() {
        "the address is not valid"
    } else {
        "the connection was lost"
    };
    known(kind.to_owned())
}

fn is_encrypted_or_loopback(address: &http::Uri) -> bool {
    match address.scheme_str() {
        Some("https") => true,
        Some("http") => address.host().is_some_and(crate::base_url::is_loopback),
        Some(_) | None => false,
    }
}

fn tls_settings() -> Result<rustls::ClientConfig, HttpTransportError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut settings = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(HttpTransportError::Tls)?
        .with_no_client_auth();
    settings.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(settings)
}
