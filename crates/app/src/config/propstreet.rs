//! `[propstreet]`: where the organization is and how fast it may be asked. Its secrets are kept elsewhere.

use api_client::BaseUrl;

use super::section::Section;

const BASE_URL: &str = "https://app.propstreet.com";
const REQUESTS_MAX: i64 = 100_000;

/// The organization's address and limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Propstreet {
    pub base_url: BaseUrl,
    /// The OAuth client; `None` with a personal access token, or when it is kept with the secrets.
    pub client_id: Option<String>,
    /// `None`: 600 with a client, 60 with a personal access token.
    pub requests_per_minute: Option<u32>,
}

impl Propstreet {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let base_url = section
            .parsed("base_url", |text| {
                BaseUrl::parse(text).map_err(|error| error.to_string())
            })
            .unwrap_or_else(|| BaseUrl::parse(BASE_URL).expect("it is an address"));
        let client_id = section.text("client_id").map(|found| found.value);
        let requests = section.integer("requests_per_minute", 0..=REQUESTS_MAX, 0);
        section.finish();
        let requests_per_minute = u32::try_from(requests)
            .ok()
            .filter(|requests| *requests > 0);
        Self {
            base_url,
            client_id,
            requests_per_minute,
        }
    }
}
