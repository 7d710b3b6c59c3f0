//! The post box of a probe on the wire: the one secret address to which the account's webhooks come while it listens.
//!
//! In: a listener and a post box. Out: answered deliveries. Every other address looks as if there were nothing.

use std::sync::Arc;
use std::time::Duration;

use api_client::Clock;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use probe::PostBox;
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;

use super::accept_loop::Limits;
use super::{Problem, WEBHOOK_BYTES_MAX, body};

/// Propstreet marks what was asked for as a trial.
const TRIAL_HEADER: &str = "x-propstreet-test";
const CONNECTIONS_MAX: usize = 64;
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Door {
    post_box: Arc<PostBox>,
    clock: Arc<dyn Clock>,
}

/// Receives deliveries for as long as it is awaited.
pub async fn serve(listener: TcpListener, post_box: Arc<PostBox>, clock: Arc<dyn Clock>) {
    let door = Door {
        post_box,
        clock: Arc::clone(&clock),
    };
    let router = Router::new().fallback(receive).with_state(door);
    let limits = Limits {
        connections_max: CONNECTIONS_MAX,
        connections_per_address_max: CONNECTIONS_MAX,
        header_timeout: HEADER_TIMEOUT,
        drain_timeout: DRAIN_TIMEOUT,
        trusted_proxies: Vec::new(),
    };
    super::serve(listener, router, limits, clock, std::future::pending()).await;
}

async fn receive(State(door): State<Door>, request: Request) -> Result<StatusCode, Problem> {
    // A proxy may have taken away what comes before the secret.
    let secret = last_part(door.post_box.address());
    let told = last_part(request.uri().path());
    let is_ours: bool = secret.as_bytes().ct_eq(told.as_bytes()).into();
    if request.method() != Method::POST || !is_ours {
        return Err(Problem::NOT_FOUND);
    }
    let (head, body) = request.into_parts();
    let bytes_max = WEBHOOK_BYTES_MAX;
    let body = body::read(&head.headers, body, bytes_max, &*door.clock, BODY_TIMEOUT).await?;
    let status = if head.headers.contains_key(TRIAL_HEADER) {
        door.post_box.receive_trial(&body)
    } else {
        door.post_box.receive(&body)
    };
    Ok(StatusCode::from_u16(status).unwrap_or(StatusCode::NO_CONTENT))
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
