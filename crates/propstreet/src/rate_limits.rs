//! What Propstreet allows.
//!
//! In: the kind of login. Out: the limits a budget keeps.

use api_client::{Limits, WindowLimit};

use crate::auth::Login;

const MINUTE_MILLIS: i64 = 60_000;
const CLIENT_REQUESTS: u32 = 600;
const PERSONAL_REQUESTS: u32 = 60;

/// The limits that go with a login.
#[must_use]
pub const fn limits(login: &Login) -> Limits {
    let requests = match login {
        Login::Client { .. } => CLIENT_REQUESTS,
        Login::PersonalToken(_) => PERSONAL_REQUESTS,
    };
    Limits {
        tokens_per_day: None,
        reserved_percent: 0,
        requests: Some(WindowLimit {
            requests,
            millis: MINUTE_MILLIS,
        }),
        searches: None,
    }
}
