//! The accept loop: takes connections as far as there are permits, cuts those that dawdle, and lets requests under way finish
//! when the program stops.
//!
//! In: a listener and the URL map. Out: answered connections. HTTP/1.1 only: with a version still to be found out, a client
//! that sends nothing would never be timed out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use api_client::{BoxFuture, Clock};
use axum::Router;
use futures_util::future::{Either, select};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tower::Service;

use super::permits::{ConnectionPermit, PerAddress};
use crate::config::{Network, Server};

const HEADERS_MAX: usize = 64;
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// The pause after a connection could not be taken, which is mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What connections may take.
#[derive(Debug, Clone)]
pub struct Limits {
    pub connections_max: usize,
    pub connections_per_address_max: usize,
    /// Also the longest silence between two requests of a connection.
    pub header_timeout: Duration,
    pub drain_timeout: Duration,
    /// Proxies: their connections are not counted per address.
    pub trusted_proxies: Vec<Network>,
}

impl From<&Server> for Limits {
    fn from(server: &Server) -> Self {
        Self {
            connections_max: server.connections_max,
            connections_per_address_max: server.connections_per_address_max,
            header_timeout: server.header_timeout,
            drain_timeout: server.drain_timeout,
            trusted_proxies: server.trusted_proxies.clone(),
        }
    }
}

/// How the server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because their requests took too long.
    pub cut: usize,
}

/// The address that a connection came from, in the extensions of its requests.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Answers connections until `stop` ends, then drains. Ends when no connection is left.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()> + Send,
) -> Drained {
    let permits = Arc::new(Semaphore::new(limits.connections_max));
    let per_address = PerAddress::new(
        limits.connections_per_address_max,
        limits.trusted_proxies.clone(),
    );
    let builder = builder(limits.header_timeout);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &permits) => accepted,
        };
        let (stream, peer, of_all) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                after(&*clock, ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(permit) = per_address.permit(peer.ip(), of_all) else {
            tracing::debug!("a connection was refused: its address has enough of them");
            continue;
        };
        connections.spawn(answer(
            builder.clone(),
            stream,
            peer,
            router.clone(),
            graceful.watcher(),
            permit,
        ));
    }
    drop(listener);
    drain(graceful, connections, &*clock, limits.drain_timeout).await
}

fn builder(header_timeout: Duration) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEADER_BYTES_MAX);
    builder
}

/// Takes a connection only when there is room for it; until then it waits in the system's queue.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    let (stream, peer) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, peer, permit))
}

async fn answer(
    builder: auto::Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
    permit: ConnectionPermit,
) {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().call(request)
    });
    let connection = builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error, "a connection broke off");
    }
    drop(permit);
}

async fn drain(
    graceful: GracefulShutdown,
    mut connections: JoinSet<()>,
    clock: &dyn Clock,
    timeout: Duration,
) -> Drained {
    let finished = std::pin::pin!(graceful.shutdown());
    if let Either::Left(_) = select(finished, after(clock, timeout)).await {
        while connections.join_next().await.is_some() {}
        return Drained { cut: 0 };
    }
    let cut = connections.len();
    connections.shutdown().await;
    Drained { cut }
}

/// Ends when the clock has moved on by `wait`.
pub(super) fn after(clock: &dyn Clock, wait: Duration) -> BoxFuture<'static, ()> {
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    clock.sleep_until(model::time::plus_millis(clock.now(), wait))
}
