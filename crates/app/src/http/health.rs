//! Whether the process lives, and whether it can do its work. Neither says anything of what it knows.

use api_client::BoxFuture;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::{App, Problem};

/// Whether the program can do its work now: the database answers, and the stages run.
pub trait Readiness: Send + Sync {
    /// # Errors
    /// When it cannot.
    fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>>;
}

/// Why it cannot; for the log alone.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotReady(pub String);

const ALIVE: &str = r#"{"status":"ok"}"#;
const READY: &str = r#"{"status":"ready"}"#;

pub(super) async fn alive() -> impl IntoResponse {
    (
        StatusCode::OK,
        [(header::CONTENT_TYPE, "application/json")],
        ALIVE,
    )
}

pub(super) async fn ready(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    if let Err(reason) = app.readiness.ready().await {
        tracing::warn!(%reason, "not ready");
        return Err(Problem::NOT_READY);
    }
    Ok((
        StatusCode::OK,
        [(header::CONTENT_TYPE, "application/json")],
        READY,
    ))
}
