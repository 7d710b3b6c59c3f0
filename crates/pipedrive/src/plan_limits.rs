//! What each subscription allows.
//!
//! In: the subscription's name and the number of seats. Out: the limits a budget keeps.

use api_client::{Limits, WindowLimit};

const TOKENS_PER_SEAT: u32 = 30_000;
const WINDOW_MILLIS: i64 = 2_000;
const SEARCHES_PER_WINDOW: u32 = 10;

/// Pipedrive's subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscription {
    Lite,
    Growth,
    Premium,
    Ultimate,
}

/// How calls are authorised, which decides how many may be made at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorisedBy {
    ApiToken,
    OAuth,
}

/// So many times as many requests at once are allowed to a login through OAuth.
const OAUTH_FACTOR: u32 = 4;

impl Subscription {
    /// The limits of a company with so many seats, called with an API token.
    #[must_use]
    pub const fn limits(self, seats: u32) -> Limits {
        self.limits_by(seats, AuthorisedBy::ApiToken)
    }

    /// The limits of a company with so many seats.
    #[must_use]
    pub const fn limits_by(self, seats: u32, authorised: AuthorisedBy) -> Limits {
        let (multiplier, requests) = match self {
            Self::Lite => (1, 20),
            Self::Growth => (2, 40),
            Self::Premium => (5, 100),
            Self::Ultimate => (7, 120),
        };
        let factor = match authorised {
            AuthorisedBy::ApiToken => 1,
            AuthorisedBy::OAuth => OAUTH_FACTOR,
        };
        Limits {
            tokens_per_day: Some(
                TOKENS_PER_SEAT
                    .saturating_mul(multiplier)
                    .saturating_mul(seats),
            ),
            reserved_percent: Limits::RESERVED_PERCENT,
            requests: Some(WindowLimit {
                requests: requests * factor,
                millis: WINDOW_MILLIS,
            }),
            searches: Some(WindowLimit {
                requests: SEARCHES_PER_WINDOW,
                millis: WINDOW_MILLIS,
            }),
        }
    }
}
