//! From the configuration to what the engine and the budgets are built with.

use api_client::{BudgetSettings, Limits, WindowLimit};
use engine::intake::webhooks::PipedriveCredentials;
use engine::settings::{Settings, WebhookSettings};
use store::FieldEntity;

use super::Config;

/// Pipedrive counts its requests in a window of two seconds.
const WINDOW_MILLIS: i64 = 2_000;
/// So many times the requests of an API token.
const FASTER_BY_LOGIN: u32 = 4;
/// Searches in that window, on every subscription.
const SEARCHES_PER_WINDOW: u32 = 10;
const MINUTE_MILLIS: i64 = 60_000;
/// What Propstreet answers in a minute to a client, and to a person's token.
const REQUESTS_PER_MINUTE_OF_CLIENT: u32 = 600;
const REQUESTS_PER_MINUTE_OF_PERSON: u32 = 60;
/// Each round takes this part of them.
const ROUNDS_PART: u32 = 20;

impl Config {
    /// Everything about the engine that a person may choose; what Pipedrive's webhooks prove themselves with is a secret and
    /// comes from elsewhere.
    #[must_use]
    pub fn engine_settings(&self, pipedrive: Option<PipedriveCredentials>) -> Settings {
        Settings {
            policies: self.sync.policies.clone(),
            default_country: self.workspace.default_country,
            fields: self.fields.clone(),
            deals: self.deals.clone(),
            notes: self.notes.clone(),
            definitions_of: FieldEntity::ALL.into(),
            mirrored: self.mirrored.clone(),
            versions_of: self.versions_of.clone(),
            participants: self.participants,
            rounds_per_minute: self.rounds_per_minute(self.propstreet.client_id.is_some()),
            create_on: self.sync.create_on,
            create_labels: self.sync.create_labels,
            timing: self.timing,
            webhooks: WebhookSettings {
                workspace: self.workspace.name.clone(),
                pipedrive,
                public_url: self.server.public_url.clone(),
            },
            lanes_at_once: self.sync.lanes_at_once,
            approve: self.sync.approve,
        }
    }

    /// What may be spent on Pipedrive; who logs in through OAuth may ask faster than with an API token.
    #[must_use]
    pub fn pipedrive_budget(&self, by_login: bool) -> BudgetSettings {
        let faster = if by_login { FASTER_BY_LOGIN } else { 1 };
        let window = |requests| {
            Some(WindowLimit {
                requests,
                millis: WINDOW_MILLIS,
            })
        };
        BudgetSettings::within(Limits {
            tokens_per_day: Some(self.pipedrive.daily_tokens),
            reserved_percent: self.pipedrive.reserved_percent,
            requests: window(faster * self.pipedrive.subscription.requests_per_window()),
            searches: window(SEARCHES_PER_WINDOW),
        })
    }

    /// What may be asked of Propstreet; a personal access token may ask less than a client.
    #[must_use]
    pub fn propstreet_budget(&self, has_client: bool) -> BudgetSettings {
        BudgetSettings::within(Limits {
            tokens_per_day: None,
            reserved_percent: 0,
            requests: Some(WindowLimit {
                requests: self.propstreet_requests(has_client),
                millis: MINUTE_MILLIS,
            }),
            searches: None,
        })
    }

    fn propstreet_requests(&self, has_client: bool) -> u32 {
        let usual = if has_client {
            REQUESTS_PER_MINUTE_OF_CLIENT
        } else {
            REQUESTS_PER_MINUTE_OF_PERSON
        };
        self.propstreet.requests_per_minute.unwrap_or(usual)
    }

    /// How many requests a minute a round over what has no list of its own may make.
    #[must_use]
    pub fn rounds_per_minute(&self, has_client: bool) -> u32 {
        let part = self.propstreet_requests(has_client) / ROUNDS_PART;
        self.rounds_per_minute.unwrap_or(part).max(1)
    }
}
