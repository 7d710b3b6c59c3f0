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

/// Why it cannot.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// Who asks is told, because somebody has to do something about it.
    #[error("the disk that holds the database is full; free some space, work goes on by itself")]
    DiskFull,
    /// For the log alone.
    #[error("{0}")]
    Other(String),
}

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
        return Err(match reason {
            NotReady::DiskFull => Problem::DISK_FULL,
            NotReady::Other(_) => Problem::NOT_READY,
        });
    }
    Ok((
        StatusCode::OK,
        [(header::CONTENT_TYPE, "application/json")],
        READY,
    ))
}
