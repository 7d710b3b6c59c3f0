//! The HTTP face of the program: this page is the map of its addresses.
//!
//! In: requests. Out: one call each, and its answer. Knows neither the database nor the two services; what stands behind an
//! address is handed in with [`App`].

pub mod accept_loop;
mod body;
pub mod callback;
mod health;
mod metrics;
mod permits;
pub mod post_box;
mod problem;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

pub use accept_loop::{Drained, Limits, serve};
use api_client::Clock;
use axum::Router;
use axum::routing::{get, post};
pub use health::{NotReady, Readiness};
pub use metrics::{FIGURES, Metrics, MirrorFigure, MirrorFigures};
pub use problem::Problem;
pub use webhooks::{Accepted, Refused, WEBHOOK_BYTES_MAX, WebhookIntake};

/// What stands behind the addresses.
#[derive(Clone)]
pub struct App {
    /// The workspace's name, as it stands in the webhook addresses.
    pub workspace: Arc<str>,
    pub intake: Arc<dyn WebhookIntake>,
    pub readiness: Arc<dyn Readiness>,
    pub metrics: Arc<Metrics>,
    pub clock: Arc<dyn Clock>,
    /// How long a client may take to send a body.
    pub body_timeout: Duration,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("workspace", &self.workspace)
            .finish_non_exhaustive()
    }
}

/// Every address and who answers it.
pub fn router(app: App) -> Router {
    let webhooks = Router::new()
        .route(
            "/{workspace}/pipedrive/{path_token}",
            post(webhooks::receive_pipedrive),
        )
        .route(
            "/{workspace}/propstreet",
            post(webhooks::receive_propstreet),
        )
        // Nobody learns here which addresses exist: a wrong one is answered like a wrong secret.
        .fallback(webhooks::receive_unknown);
    Router::new()
        .nest("/webhooks", webhooks)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(app)
}
