//! How one emulated organization behaves: its credentials, limits, lag and webhook manners.
//!
//! In: what a caller chooses. Out: plain data. It never changes while the emulator runs, except through the emulator.

use serde::{Deserialize, Serialize};

use super::switches::PropstreetSwitches;

/// What happens to calls above the limit of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Limits {
    /// Refused with 429, as the vendor does.
    Real,
    /// Answered, and counted as a violation.
    Counted,
    /// Answered, and not counted.
    Off,
}

/// A machine-to-machine client and the bot behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCredentials {
    pub client_id: String,
    pub client_secret: String,
}

/// How webhook deliveries leave the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookManner {
    /// Each delivery waits a random time up to this; what is later than its follower arrives out of order.
    pub delay_millis_max: i64,
    /// Of a thousand deliveries, so many are made twice.
    pub doubled_per_mille: u32,
}

impl WebhookManner {
    /// At once, in order, once.
    #[must_use]
    pub const fn prompt() -> Self {
        Self {
            delay_millis_max: 0,
            doubled_per_mille: 0,
        }
    }

    /// A little late, shuffled, sometimes twice.
    #[must_use]
    pub const fn lifelike() -> Self {
        Self {
            delay_millis_max: 400,
            doubled_per_mille: 10,
        }
    }
}

/// Everything that can be chosen about an emulated organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropstreetSettings {
    pub seed: u64,
    pub limits: Limits,
    /// Refuses unknown body fields and query parameters, so that a misspelt name shows.
    pub strict: bool,
    pub clients: Vec<ClientCredentials>,
    pub personal_tokens: Vec<String>,
    pub token_lifetime_seconds: i64,
    pub client_requests_per_minute: u32,
    pub personal_requests_per_minute: u32,
    /// A list shows the version before a change for this long.
    pub list_lag_millis: i64,
    pub webhooks: WebhookManner,
    /// Consecutive failed attempts after which a subscription is switched off.
    pub webhook_failures_max: u32,
    /// Added to the given time: the vendor's clock is not ours.
    pub clock_offset_millis: i64,
    /// Country code of phone numbers written the national way.
    pub default_dial_code: String,
    /// No login may see projects, prospects and properties, or be told of them.
    #[serde(default)]
    pub hides_projects: bool,
    /// Which of two documented readings is followed.
    #[serde(default)]
    pub switches: PropstreetSwitches,
}

impl Default for PropstreetSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            limits: Limits::Real,
            strict: true,
            clients: vec![ClientCredentials {
                client_id: "nordhav-sync".to_owned(),
                client_secret: "nordhav-sync-secret".to_owned(),
            }],
            personal_tokens: vec!["pat_nordhav".to_owned()],
            token_lifetime_seconds: 3_600,
            client_requests_per_minute: 600,
            personal_requests_per_minute: 60,
            list_lag_millis: 0,
            webhooks: WebhookManner::prompt(),
            webhook_failures_max: 10,
            clock_offset_millis: 0,
            default_dial_code: "46".to_owned(),
            hides_projects: false,
            switches: PropstreetSwitches::default(),
        }
    }
}
