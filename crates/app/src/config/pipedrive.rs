//! `[pipedrive]`: where the account is and how much of its daily tokens this program may use. Its secret, the API token, is
//! kept elsewhere; webhooks are registered for the user whose token it is.

use api_client::BaseUrl;

use super::mistake::Mistake;
use super::section::Section;

/// Tokens per day and seat of the smallest subscription.
const TOKENS_PER_SEAT: i64 = 30_000;
const SEATS_MAX: i64 = 10_000;
const TOKENS_MAX: i64 = u32::MAX as i64;
const RESERVED_PERCENT: i64 = 20;

/// The account and its budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipedrive {
    pub base_url: BaseUrl,
    /// The account as it is shown: `nordhamn` of nordhamn.pipedrive.com, or a host.
    pub company: String,
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
        let is_placed = section.is_told("company_domain") || section.is_told("base_url");
        let company = section.parsed("company_domain", parse_company);
        let base_url = section.parsed("base_url", |text| {
            BaseUrl::parse(text).map_err(|error| error.to_string())
        });
        let subscription =
            section.choice("subscription", &Subscription::CHOICES, Subscription::Growth);
        let seats = section.integer("seats", 1..=SEATS_MAX, 1);
        let told_tokens = section.integer("daily_tokens", 0..=TOKENS_MAX, 0);
        let reserved_percent = section.integer("reserved_percent", 0..=90, RESERVED_PERCENT);
        if !is_placed {
            let mistake = Mistake::new(section.place(), "`pipedrive.company_domain` is missing")
                .with_help("write the first part of the address of your account: nordhamn of nordhamn.pipedrive.com");
            section.note(mistake);
        }
        section.finish();
        let worked_out = TOKENS_PER_SEAT * i64::from(subscription.multiplier()) * seats;
        let daily_tokens = if told_tokens == 0 {
            worked_out
        } else {
            told_tokens
        };
        let base_url = base_url.unwrap_or_else(|| address_of(company.as_deref().unwrap_or("api")));
        Self {
            company: company.unwrap_or_else(|| base_url.host().to_owned()),
            base_url,
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

fn address_of(company: &str) -> BaseUrl {
    BaseUrl::parse(&format!("https://{company}.pipedrive.com"))
        .expect("a checked name makes an address")
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
