//! Webhooks: a handler reads the body, asks the intake, and answers.
//!
//! In: deliveries. Out: 204 once an authentic one is durable, whatever it says; 401 for one that is not authentic; 503 when it
//! could not be kept, so that it is sent again. An address that does not exist goes the same way as a wrong secret, so that
//! neither the answer nor its time tells them apart. Never 410, which would end the subscription.

use api_client::BoxFuture;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use model::Side;

use super::{App, Problem, body};

/// Real deliveries are a few kilobytes.
pub const WEBHOOK_BYTES_MAX: usize = 256 * 1024;

/// Verifies deliveries and keeps them.
pub trait WebhookIntake: Send + Sync {
    /// A Pipedrive delivery: the secret part of its address, its `Authorization`, its body.
    ///
    /// Must compare in constant time, also when there is nothing to compare with; an empty path token is never right.
    ///
    /// # Errors
    /// When it is not authentic or could not be kept.
    fn accept_pipedrive(
        &self,
        path_token: String,
        authorization: Option<String>,
        body: Bytes,
    ) -> BoxFuture<'_, Result<Accepted, Refused>>;

    /// A Propstreet delivery: its headers hold the signatures of its body.
    ///
    /// # Errors
    /// When it is not authentic or could not be kept.
    fn accept_propstreet(
        &self,
        headers: HeaderMap,
        body: Bytes,
    ) -> BoxFuture<'_, Result<Accepted, Refused>>;
}

/// An authentic delivery is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    Stored,
    /// It had come before.
    AlreadyKnown,
}

/// Why a delivery was not kept.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the delivery is not authentic")]
    NotAuthentic,
    /// The sender shall try again.
    #[error("the delivery could not be kept: {reason}")]
    Unavailable { reason: String },
}

pub(super) async fn receive_pipedrive(
    State(app): State<App>,
    Path((workspace, path_token)): Path<(String, String)>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (headers, body) = read(&app, request).await?;
    // With another workspace in its address the delivery takes the same way, but nothing in it can be right.
    let is_ours = *workspace == *app.workspace;
    let path_token = if is_ours { path_token } else { String::new() };
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let authorization = authorization.filter(|_| is_ours).map(str::to_owned);
    let outcome = app
        .intake
        .accept_pipedrive(path_token, authorization, body)
        .await;
    answer(&app, Some(Side::Pipedrive), outcome)
}

pub(super) async fn receive_propstreet(
    State(app): State<App>,
    Path(workspace): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (headers, body) = read(&app, request).await?;
    let headers = if *workspace == *app.workspace {
        headers
    } else {
        HeaderMap::new()
    };
    let outcome = app.intake.accept_propstreet(headers, body).await;
    answer(&app, Some(Side::Propstreet), outcome)
}

/// Any other address below the webhooks': as if the secret were wrong.
pub(super) async fn receive_unknown(
    State(app): State<App>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (_, body) = read(&app, request).await?;
    let outcome = app.intake.accept_pipedrive(String::new(), None, body).await;
    answer(&app, None, outcome)
}

async fn read(app: &App, request: Request) -> Result<(HeaderMap, Bytes), Problem> {
    let (head, body) = request.into_parts();
    let body = body::read(
        &head.headers,
        body,
        WEBHOOK_BYTES_MAX,
        &*app.clock,
        app.body_timeout,
    )
    .await?;
    Ok((head.headers, body))
}

fn answer(
    app: &App,
    side: Option<Side>,
    outcome: Result<Accepted, Refused>,
) -> Result<StatusCode, Problem> {
    let (word, answer) = match outcome {
        Ok(Accepted::Stored) => ("stored", Ok(StatusCode::NO_CONTENT)),
        Ok(Accepted::AlreadyKnown) => ("already_known", Ok(StatusCode::NO_CONTENT)),
        Err(Refused::NotAuthentic) => ("not_authentic", Err(Problem::UNAUTHORIZED)),
        Err(Refused::Unavailable { reason }) => {
            tracing::error!(
                side = side.map(Side::name),
                reason,
                "a webhook could not be kept"
            );
            ("unavailable", Err(Problem::UNAVAILABLE))
        }
    };
    app.metrics.count_webhook(side, word);
    answer
}
