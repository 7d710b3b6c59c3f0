//! What became of webhooks, and having failed ones sent again.
//!
//! In: a webhook and a moment. Out: its deliveries, the newest first, and how many are sent again.

use api_client::{CallContext, CallError, CallSpec, Page, Patch, Row, tolerant};
use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::contacts::record_path;
use crate::webhooks::{WEBHOOKS, Webhook};
use crate::{cost, page};

/// One event on its way to one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    /// What its header `webhook-id` says at every try.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub event_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub event_type: String,
    /// `pending`, `delivered`, `failed` or `exhausted`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub status: String,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub attempt_count: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub created_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub last_attempt_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub last_status_code: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub last_error: Option<String>,
}

impl Delivery {
    /// Whether nobody tries any more, unless it is replayed.
    #[must_use]
    pub fn was_given_up(&self) -> bool {
        matches!(self.status.as_str(), "failed" | "exhausted")
    }
}

/// What an update of a webhook sends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct WebhookBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub url: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub events: Patch<Vec<String>>,
    /// Switched off by the server after many failures.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub enabled: Patch<bool>,
}

#[derive(Deserialize)]
struct Replayed {
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    replayed_count: Option<i64>,
}

impl Client {
    /// Reads one webhook, without its secret.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_webhook(&self, id: &str, context: &CallContext) -> Result<Webhook, CallError> {
        let path = record_path(WEBHOOKS, id);
        let spec = CallSpec::read("read a webhook", path, cost::CALL, *context);
        self.send(spec).await?.read()
    }

    /// Changes the fields that the body names.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn update_webhook(
        &self,
        id: &str,
        body: &WebhookBody,
        context: &CallContext,
    ) -> Result<Webhook, CallError> {
        let (what, path) = ("update a webhook", record_path(WEBHOOKS, id));
        let spec = CallSpec::write(what, Method::PATCH, path, cost::CALL, *context);
        self.send(spec.json(body)).await?.read()
    }

    /// The last deliveries of a webhook.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_deliveries(
        &self,
        webhook: &str,
        context: &CallContext,
    ) -> Result<Page<Row<Delivery>>, CallError> {
        let path = format!("{}/deliveries", record_path(WEBHOOKS, webhook));
        let spec = CallSpec::read("list deliveries", path, cost::CALL, *context);
        page::plain(&self.send(spec).await?, Row::read)
    }

    /// Has up to a hundred deliveries since a moment sent again that were given up; gives their number.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn replay_deliveries(
        &self,
        webhook: &str,
        since: Timestamp,
        context: &CallContext,
    ) -> Result<i64, CallError> {
        #[derive(Serialize)]
        struct Body {
            since: String,
        }
        let path = format!("{}/replay", record_path(WEBHOOKS, webhook));
        let what = "replay deliveries";
        let spec = CallSpec::write(what, Method::POST, path, cost::CALL, *context);
        let since = format!("{since:.3}");
        let answer = self.send(spec.json(&Body { since })).await?;
        Ok(answer.read::<Replayed>()?.replayed_count.unwrap_or(0))
    }
}
