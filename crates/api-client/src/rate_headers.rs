//! What an answer's headers say about the limits, in either vendor's spelling.
//!
//! In: response headers. Out: numbers, each of which may be missing.

use http::HeaderMap;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RateHeaders {
    /// Requests that the window allows.
    pub(crate) window_limit: Option<u32>,
    /// Requests left in the window.
    pub(crate) window_remaining: Option<u32>,
    /// Seconds until the window is fresh.
    pub(crate) window_reset_seconds: Option<u32>,
    pub(crate) day_limit: Option<u32>,
    pub(crate) day_remaining: Option<u32>,
    /// Seconds to stay away.
    pub(crate) retry_after_seconds: Option<u32>,
}

impl RateHeaders {
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let number = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        };
        Self {
            window_limit: number("x-ratelimit-limit").or_else(|| number("ratelimit-limit")),
            window_remaining: number("x-ratelimit-remaining")
                .or_else(|| number("ratelimit-remaining")),
            window_reset_seconds: number("x-ratelimit-reset").or_else(|| number("ratelimit-reset")),
            day_limit: number("x-daily-ratelimit-token-limit"),
            day_remaining: number("x-daily-ratelimit-token-remaining"),
            retry_after_seconds: number("retry-after"),
        }
    }
}
