//! Settings of the emulated account.
//!
//! In: what a command line or a test chooses. Out: plain values; nothing here changes while the emulator runs.

use super::gateway::CredentialKind;
use super::oauth::OauthConfig;
use super::switches::Switches;

/// The plan the company pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscription {
    Lite,
    Growth,
    Premium,
    Ultimate,
}

impl Subscription {
    /// Requests per rolling two seconds and API token.
    #[must_use]
    pub const fn burst(self) -> usize {
        match self {
            Self::Lite => 20,
            Self::Growth => 40,
            Self::Premium => 100,
            Self::Ultimate => 120,
        }
    }

    /// Requests per rolling two seconds of one credential.
    pub(super) const fn burst_of(self, kind: CredentialKind) -> usize {
        match kind {
            CredentialKind::ApiToken => self.burst(),
            CredentialKind::OAuth => self.burst() * 4,
        }
    }

    /// Open deals and leads together, per seat.
    #[must_use]
    pub const fn open_deals_max(self) -> usize {
        match self {
            Self::Lite => 2_500,
            Self::Growth => 5_000,
            Self::Premium => 15_000,
            Self::Ultimate => 20_000,
        }
    }

    /// What the base of 30,000 tokens a day and seat is multiplied with.
    #[must_use]
    pub const fn token_multiplier(self) -> u64 {
        match self {
            Self::Lite => 1,
            Self::Growth => 2,
            Self::Premium => 5,
            Self::Ultimate => 7,
        }
    }

    /// Custom fields a company may have.
    #[must_use]
    pub const fn custom_fields_max(self) -> usize {
        match self {
            Self::Lite => 30,
            Self::Growth => 100,
            Self::Premium => 300,
            Self::Ultimate => 500,
        }
    }

    /// The value of `visible_to` that hides a record from nobody.
    #[must_use]
    pub const fn visible_to_everyone(self) -> u8 {
        match self {
            Self::Lite | Self::Growth => 3,
            Self::Premium | Self::Ultimate => 7,
        }
    }

    /// Whether a value of `visible_to` is on offer.
    #[must_use]
    pub const fn offers_visibility(self, visible_to: i64) -> bool {
        match self {
            Self::Lite | Self::Growth => matches!(visible_to, 1 | 3),
            Self::Premium | Self::Ultimate => matches!(visible_to, 1 | 3 | 5 | 7),
        }
    }

    /// By its lower-case name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "lite" => Self::Lite,
            "growth" => Self::Growth,
            "premium" => Self::Premium,
            "ultimate" => Self::Ultimate,
            _ => return None,
        })
    }
}

/// What becomes of a request over the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// It is refused, as by the vendor.
    Real,
    /// It is counted as a violation and let through.
    Counted,
    /// It is let through.
    Off,
}

/// How webhooks reach their receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// At once, in order, once.
    Prompt,
    /// Up to a few seconds late, shuffled, some twice.
    Disorderly,
}

/// The whole of it. `Default` is a Growth company with real limits.
#[derive(Debug, Clone)]
pub struct PipedriveConfig {
    pub seed: u64,
    pub subscription: Subscription,
    pub seats: u64,
    /// In place of what the plan and the seats give.
    pub daily_tokens: Option<u64>,
    pub limits: Limits,
    /// The API token of the integration's user.
    pub token: String,
    /// For how long lists show the state before a change.
    pub list_lag_millis: i64,
    pub delivery: Delivery,
    /// Adds `job_title`, `notes`, `birthday`, `im` and `postal_address` to persons.
    pub contact_sync: bool,
    pub company_domain: String,
    /// Custom fields, by name, of which no two live records may hold the same value; see the counters.
    pub marker_fields: Vec<String>,
    /// What the vendor's documentation leaves open.
    pub switches: Switches,
    /// The registered app.
    pub oauth: OauthConfig,
}

impl Default for PipedriveConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            subscription: Subscription::Growth,
            seats: 5,
            daily_tokens: None,
            limits: Limits::Real,
            token: "5f2c8e01d7a94b6390ce12f8ab74d3560e9b1a27".to_owned(),
            list_lag_millis: 0,
            delivery: Delivery::Prompt,
            contact_sync: false,
            company_domain: "nordlysbrokers".to_owned(),
            marker_fields: vec![
                "propstreet_contact_id".to_owned(),
                "propstreet_company_id".to_owned(),
            ],
            switches: Switches::default(),
            oauth: OauthConfig::default(),
        }
    }
}

impl PipedriveConfig {
    /// The same account at a vendor with these switches.
    #[must_use]
    pub fn like(self, switches: Switches) -> Self {
        let delivery = if switches.events_keep_their_order {
            Delivery::Prompt
        } else {
            Delivery::Disorderly
        };
        Self {
            delivery,
            switches,
            ..self
        }
    }

    /// Tokens a day.
    #[must_use]
    pub fn budget(&self) -> u64 {
        self.daily_tokens
            .unwrap_or(30_000 * self.subscription.token_multiplier() * self.seats)
    }

    /// The person of a deal, where that one is not counted as a participant.
    pub(super) fn hidden_participant(&self, primary: Option<i64>) -> Option<i64> {
        primary.filter(|_| self.switches.primary_contacts_do_not_participate)
    }

    pub(super) fn host(&self) -> String {
        format!("{}.pipedrive.com", self.company_domain)
    }
}
