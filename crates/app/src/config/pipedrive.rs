//! `[pipedrive]`: where the account is and how much of its daily tokens this program may use. Its secrets are kept elsewhere;
//! webhooks are registered for the user whose token or login it is.

use api_client::BaseUrl;
use pipedrive::{OAUTH_ADDRESS, address_of_company};

use super::redirect::RedirectUrl;
use super::section::Section;

/// Tokens per day and seat of the smallest subscription.
const TOKENS_PER_SEAT: i64 = 30_000;
const SEATS_MAX: i64 = 10_000;
const TOKENS_MAX: i64 = u32::MAX as i64;
const RESERVED_PERCENT: i64 = 20;

/// The account and its budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipedrive {
    /// Where the API is; `None`: found out from the login or the API token.
    pub base_url: Option<BaseUrl>,
    /// The authorization server.
    pub oauth_url: BaseUrl,
    /// The registered app; `None` without OAuth, or when it is kept with the secrets.
    pub client_id: Option<String>,
    pub redirect_url: RedirectUrl,
    pub subscription: Subscription,
    pub seats: u32,
    /// What may be spent per day; worked out from subscription and seats when the file does not say.
    pub daily_tokens: u32,
    /// The part of a day's tokens that polls, sweeps and backfills leave alone.
    pub reserved_percent: u32,
}

/// The plan the account is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscription {
    Lite,
    Growth,
    Premium,
    Ultimate,
}

impl Subscription {
    const CHOICES: [(&'static str, Self); 4] = [
        ("lite", Self::Lite),
        ("growth", Self::Growth),
        ("premium", Self::Premium),
        ("ultimate", Self::Ultimate),
    ];

    /// Reads the word that the configuration uses.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::CHOICES
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, subscription)| *subscription)
    }

    /// What the daily tokens of the smallest subscription are multiplied with.
    #[must_use]
    pub const fn multiplier(self) -> u32 {
        match self {
            Self::Lite => 1,
            Self::Growth => 2,
            Self::Premium => 5,
            Self::Ultimate => 7,
        }
    }

    /// Requests in two seconds with an API token.
    #[must_use]
    pub const fn requests_per_window(self) -> u32 {
        match self {
            Self::Lite => 20,
            Self::Growth => 40,
            Self::Premium => 100,
            Self::Ultimate => 120,
        }
    }
}

impl Pipedrive {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let address = |text: &str| BaseUrl::parse(text).map_err(|error| error.to_string());
        let company = section.parsed("company_domain", parse_company);
        let base_url = section.parsed("base_url", address);
        let oauth_url = section.parsed("oauth_url", address);
        let client_id = section.text("client_id").map(|found| found.value);
        let redirect_url = section.parsed("redirect_url", RedirectUrl::parse);
        let subscription =
            section.choice("subscription", &Subscription::CHOICES, Subscription::Growth);
        let seats = section.integer("seats", 1..=SEATS_MAX, 1);
        let told_tokens = section.integer("daily_tokens", 0..=TOKENS_MAX, 0);
        let reserved_percent = section.integer("reserved_percent", 0..=90, RESERVED_PERCENT);
        section.finish();
        let worked_out = TOKENS_PER_SEAT * i64::from(subscription.multiplier()) * seats;
        let daily_tokens = if told_tokens == 0 {
            worked_out
        } else {
            told_tokens
        };
        let base_url = base_url.or_else(|| company.as_deref().and_then(address_of_company));
        // An emulator is both.
        let here = base_url.as_ref().filter(|base| base.is_loopback());
        let oauth_url = oauth_url.or_else(|| here.cloned());
        Self {
            base_url,
            oauth_url: oauth_url
                .unwrap_or_else(|| BaseUrl::parse(OAUTH_ADDRESS).expect("it is an address")),
            client_id,
            redirect_url: redirect_url.unwrap_or_else(RedirectUrl::usual),
            subscription,
            seats: small(seats),
            daily_tokens: small(daily_tokens),
            reserved_percent: small(reserved_percent),
        }
    }
}

/// Checked against its range before.
fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn parse_company(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if let Some(first) = text
        .trim_start_matches("https://")
        .trim_end_matches('/')
        .strip_suffix(".pipedrive.com")
    {
        return Err(format!("write only \"{first}\""));
    }
    if text.chars().all(is_plain) {
        return Ok(text.to_lowercase());
    }
    Err(format!(
        "\"{text}\" is not the first part of an address such as nordhamn.pipedrive.com"
    ))
}
