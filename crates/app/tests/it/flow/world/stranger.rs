//! Deliveries that somebody else makes at the webhook addresses, and how many were kept.
//!
//! In: a request. Out: the status it is answered with. Goes over a real connection like any other.

use emulators::WebhookAttempt;
use store::{InboxFilter, InboxSource, Store};

use super::World;
use super::build::{PASSWORD, PATH_TOKEN};

const ROWS_MAX: u32 = 10_000;

impl World {
    /// The path of Pipedrive's webhooks.
    pub(crate) fn door() -> String {
        format!("/webhooks/nordlys/pipedrive/{PATH_TOKEN}")
    }

    pub(crate) const fn password() -> &'static str {
        PASSWORD
    }

    /// Makes a delivery as Pipedrive would, with this password or none.
    pub(crate) async fn knock(&self, path: &str, password: Option<&str>, body: &str) -> u16 {
        let address = self
            .setup
            .settings
            .webhooks
            .public_url
            .as_deref()
            .expect("a world has an address");
        let call = client()
            .post(format!("{address}{path}"))
            .body(body.to_owned());
        let call = match password {
            Some(password) => call.basic_auth("pipestreet", Some(password)),
            None => call,
        };
        call.send()
            .await
            .expect("the program answers")
            .status()
            .as_u16()
    }

    /// Makes a delivery again as it was recorded.
    pub(crate) async fn replay(&self, recorded: &WebhookAttempt) -> u16 {
        let call = client()
            .post(recorded.url.as_str())
            .headers(recorded.headers.clone())
            .body(recorded.body.clone());
        call.send()
            .await
            .expect("the program answers")
            .status()
            .as_u16()
    }

    /// How many deliveries were kept.
    pub(crate) async fn webhooks_stored(&self) -> usize {
        let core = self.core();
        let mut stored = 0;
        for source in [
            InboxSource::PipedriveWebhook,
            InboxSource::PropstreetWebhook,
        ] {
            let filter = InboxFilter {
                source: Some(source),
                ..InboxFilter::default()
            };
            stored += core
                .store
                .inbox(core.ctx(), filter, ROWS_MAX)
                .await
                .expect("the store answers")
                .len();
        }
        stored
    }
}

/// Plain HTTP to this machine, so the certificates do not matter.
fn client() -> reqwest::Client {
    app::startup::choose_tls();
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client can be made")
}
