//! Errors as `application/problem+json`. They say what the sender can do, and nothing of what went on inside.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An error as the sender sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    retry_after_seconds: Option<u32>,
}

impl Problem {
    pub const UNAUTHORIZED: Self =
        Self::new(StatusCode::UNAUTHORIZED, "the request is not authentic");
    pub const TOO_LARGE: Self = Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
    pub const TOO_SLOW: Self = Self::new(
        StatusCode::REQUEST_TIMEOUT,
        "the body did not arrive in time",
    );
    pub const BROKEN_BODY: Self = Self::new(StatusCode::BAD_REQUEST, "the body broke off");
    pub const NOT_FOUND: Self =
        Self::new(StatusCode::NOT_FOUND, "there is nothing at this address");
    pub const METHOD_NOT_ALLOWED: Self = Self::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address has no such method",
    );
    /// What was sent was not kept; the sender shall send it again.
    pub const UNAVAILABLE: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "the request could not be kept; send it again",
    )
    .retry_after(30);
    pub const DISK_FULL: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not ready: the disk that holds the database is full",
    )
    .retry_after(30);
    pub const NOT_READY: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not ready").retry_after(5);

    const fn new(status: StatusCode, title: &'static str) -> Self {
        Self {
            status,
            title,
            retry_after_seconds: None,
        }
    }

    const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "type": "about:blank", "title": self.title, "status": self.status.as_u16() });
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, content_type, body.to_string()).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

pub(super) async fn not_found() -> Problem {
    Problem::NOT_FOUND
}

pub(super) async fn method_not_allowed() -> Problem {
    Problem::METHOD_NOT_ALLOWED
}
