//! Counters in the OpenMetrics text format. The registry is a value: another part of the program adds its own before the
//! server starts. No label holds anything personal.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::Side;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::{App, Problem};

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = [(&'static str, &'static str); 2];

/// What is counted, and what is shown.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    webhooks: Family<Labels, Counter>,
}

impl Metrics {
    /// Adds the counters of this server to the registry.
    #[must_use]
    pub fn new(mut registry: Registry) -> Self {
        let webhooks = Family::default();
        registry.register(
            "pipestreet_webhooks",
            "Webhooks received, by side and what became of them",
            Family::clone(&webhooks),
        );
        Self { registry, webhooks }
    }

    pub(super) fn count_webhook(&self, side: Option<Side>, outcome: &'static str) {
        let side = side.map_or("unknown", Side::name);
        self.webhooks
            .get_or_create(&[("side", side), ("outcome", outcome)])
            .inc();
    }
}

pub(super) async fn show(State(app): State<App>) -> Response {
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &app.metrics.registry) {
        Ok(()) => (StatusCode::OK, [(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            Problem::NOT_READY.into_response()
        }
    }
}
