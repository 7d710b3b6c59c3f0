//! Counters in the OpenMetrics text format. The registry is a value: another part of the program adds its own before the
//! server starts. No label holds anything personal. `docs/metrics.md` tells every name.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use api_client::BoxFuture;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::Side;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::{App, NotReady, Problem};

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = [(&'static str, &'static str); 2];
type Figures = Family<Vec<(&'static str, &'static str)>, Gauge<f64, AtomicU64>>;

/// A figure of one entity's mirror. The names are those of [`FIGURES`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MirrorFigure {
    pub name: &'static str,
    pub entity: &'static str,
    /// Where a figure is told for several states.
    pub state: Option<&'static str>,
    pub value: f64,
}

/// What is told of the mirror, when somebody asks.
pub trait MirrorFigures: Send + Sync {
    /// # Errors
    /// When the database does not answer.
    fn figures(&self) -> BoxFuture<'_, Result<Vec<MirrorFigure>, NotReady>>;
}

/// Names of the figures, and what they tell.
pub const FIGURES: [(&str, &str); 10] = [
    ("rows", "Rows of the mirror, live and deleted"),
    (
        "newest_change_age_seconds",
        "Since the newest change that polls have seen, by the side's clock",
    ),
    (
        "poll_due_seconds",
        "Until changes are asked for again; below zero when that is overdue",
    ),
    (
        "compared_age_seconds",
        "Since all records were last read or compared by id",
    ),
    ("filling", "1 while it is read for the first time"),
    (
        "webhook_lag_seconds_sum",
        "From webhooks to the mirror, added up since the engine began",
    ),
    (
        "webhook_lag_seconds_count",
        "Webhooks taken into the mirror since the engine began",
    ),
    (
        "webhook_lag_seconds_last",
        "From the last webhook to the mirror",
    ),
    (
        "verified_age_seconds",
        "Since `mirror verify` last compared it",
    ),
    (
        "verified_rows",
        "What `mirror verify` last found: rows listed, and rows that differed",
    ),
];

/// What is counted, and what is shown.
pub struct Metrics {
    registry: Registry,
    webhooks: Family<Labels, Counter>,
    mirror: Option<Arc<dyn MirrorFigures>>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics")
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
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
        Self {
            registry,
            webhooks,
            mirror: None,
        }
    }

    /// Shows figures of the mirror, too.
    #[must_use]
    pub fn with_mirror(mut self, mirror: Arc<dyn MirrorFigures>) -> Self {
        self.mirror = Some(mirror);
        self
    }

    pub(super) fn count_webhook(&self, side: Option<Side>, outcome: &'static str) {
        let side = side.map_or("unknown", Side::name);
        self.webhooks
            .get_or_create(&[("side", side), ("outcome", outcome)])
            .inc();
    }

    /// Without the figures of the mirror when those cannot be had.
    async fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        // The last line of a text says that it is whole.
        if let Some(mirror) = &self.mirror {
            match mirror.figures().await {
                Ok(figures) => {
                    prometheus_client::encoding::text::encode_registry(&mut text, &told(&figures))?;
                }
                Err(reason) => tracing::warn!(%reason, "the mirror could not be measured"),
            }
        }
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A registry of its own for what is true at this moment only.
fn told(figures: &[MirrorFigure]) -> Registry {
    let mut registry = Registry::with_prefix("pipestreet_mirror");
    for (name, help) in FIGURES {
        let family = Figures::default();
        for figure in figures.iter().filter(|figure| figure.name == name) {
            let mut labels = vec![("entity", figure.entity)];
            labels.extend(figure.state.map(|state| ("state", state)));
            family.get_or_create(&labels).set(figure.value);
        }
        registry.register(name, help, family);
    }
    registry
}

pub(super) async fn show(State(app): State<App>) -> Response {
    match app.metrics.text().await {
        Ok(text) => (StatusCode::OK, [(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            Problem::NOT_READY.into_response()
        }
    }
}
