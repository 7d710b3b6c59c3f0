//! Registering webhooks.
//!
//! In: where events are to go, and which. Out: the registered webhooks; the secret that signs deliveries comes once, with
//! the creation.

use std::fmt;

use api_client::{CallContext, CallError, CallSpec, Page, Row, tolerant};
use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::contacts::record_path;
use crate::{cost, page};

pub(crate) const WEBHOOKS: &str = "/api/v1/webhooks";

/// The events of the records that are synced. Wildcards are refused.
pub const SYNCED_EVENTS: [&str; 9] = [
    "contact.created",
    "contact.updated",
    "contact.deleted",
    "company.created",
    "company.updated",
    "company.deleted",
    "link.created",
    "link.updated",
    "link.deleted",
];

/// The events of projects and prospects. There are none of properties and notes.
pub const PROJECT_EVENTS: [&str; 6] = [
    "project.created",
    "project.updated",
    "project.deleted",
    "prospect.created",
    "prospect.updated",
    "prospect.deleted",
];

/// A webhook as registered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub url: String,
    #[serde(default, deserialize_with = "tolerant::texts")]
    pub events: Vec<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    /// Nothing where the answer does not say.
    #[serde(default, alias = "isEnabled", alias = "isActive", alias = "active")]
    pub enabled: Option<bool>,
}

/// A webhook to register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewWebhook {
    pub url: String,
    pub events: Vec<String>,
    pub name: String,
}

/// A webhook just registered, with its secret.
pub struct CreatedWebhook {
    pub webhook: Webhook,
    pub secret: SecretString,
}

impl fmt::Debug for CreatedWebhook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CreatedWebhook")
            .field("webhook", &self.webhook)
            .finish_non_exhaustive()
    }
}

/// What became of a delivery made as a test.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TestDelivery {
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub success: bool,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub status_code: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub error: Option<String>,
}

#[derive(Deserialize)]
struct Created {
    #[serde(flatten)]
    webhook: Webhook,
    secret: Box<str>,
}

impl Client {
    /// All webhooks.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_webhooks(
        &self,
        context: &CallContext,
    ) -> Result<Page<Row<Webhook>>, CallError> {
        let spec = CallSpec::read("list webhooks", WEBHOOKS, cost::CALL, *context);
        page::plain(&self.send(spec).await?, Row::read)
    }

    /// Registers a webhook. The secret is shown this once.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn create_webhook(
        &self,
        webhook: &NewWebhook,
        context: &CallContext,
    ) -> Result<CreatedWebhook, CallError> {
        let spec = CallSpec::write(
            "create a webhook",
            Method::POST,
            WEBHOOKS,
            cost::CALL,
            *context,
        );
        let answer = self.send(spec.json(webhook)).await?;
        let Created { webhook, secret } = answer.read()?;
        Ok(CreatedWebhook {
            webhook,
            secret: SecretString::new(secret),
        })
    }

    /// Takes a webhook away.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn delete_webhook(&self, id: &str, context: &CallContext) -> Result<(), CallError> {
        let path = record_path(WEBHOOKS, id);
        let spec = CallSpec::write(
            "delete a webhook",
            Method::DELETE,
            path,
            cost::CALL,
            *context,
        );
        self.send(spec).await.map(drop)
    }

    /// Has a test delivery made at once.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn test_webhook(
        &self,
        id: &str,
        event_type: &str,
        context: &CallContext,
    ) -> Result<TestDelivery, CallError> {
        #[derive(Serialize)]
        struct Body<'a> {
            event_type: &'a str,
        }
        let path = format!("{}/test", record_path(WEBHOOKS, id));
        let spec = CallSpec::write("test a webhook", Method::POST, path, cost::CALL, *context);
        self.send(spec.json(&Body { event_type }).without_effect())
            .await?
            .read()
    }
}
