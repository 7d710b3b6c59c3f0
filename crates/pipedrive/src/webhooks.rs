//! Registering webhooks.
//!
//! In: where events are to go, and which. Out: the registered webhooks. There is no update: one is deleted and made anew.

use api_client::{CallContext, CallError, Page, Row, tolerant};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::{cost, envelope};

/// A webhook as registered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Webhook {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub subscription_url: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub event_action: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub event_object: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub version: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_active: bool,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub user_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub last_delivery_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub last_http_status: Option<i64>,
}

/// A webhook to register, for all actions on one kind of record.
#[derive(Debug)]
pub struct NewWebhook {
    pub name: String,
    pub subscription_url: String,
    /// The word of an [`Entity`](crate::Entity), or `*`.
    pub event_object: String,
    pub http_auth_user: String,
    pub http_auth_password: SecretString,
}

#[derive(Serialize)]
struct Body<'a> {
    name: &'a str,
    subscription_url: &'a str,
    event_action: &'a str,
    event_object: &'a str,
    version: &'a str,
    http_auth_user: &'a str,
    http_auth_password: &'a str,
}

impl Client {
    /// All webhooks of our user, on one page.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_webhooks(
        &self,
        context: &CallContext,
    ) -> Result<Page<Row<Webhook>>, CallError> {
        let call = cost::WEBHOOKS.call(&[], context);
        envelope::page(&self.send(call).await?, None)
    }

    /// Registers a webhook.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn create_webhook(
        &self,
        webhook: &NewWebhook,
        context: &CallContext,
    ) -> Result<Row<Webhook>, CallError> {
        let body = Body {
            name: &webhook.name,
            subscription_url: &webhook.subscription_url,
            event_action: "*",
            event_object: &webhook.event_object,
            version: "2.0",
            http_auth_user: &webhook.http_auth_user,
            http_auth_password: webhook.http_auth_password.expose_secret(),
        };
        let call = cost::WEBHOOK_CREATE.call(&[], context).json(&body);
        envelope::one(&self.send(call).await?)
    }

    /// Takes a webhook away.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn delete_webhook(&self, id: i64, context: &CallContext) -> Result<(), CallError> {
        let call = cost::WEBHOOK_DELETE.call(&[&id], context);
        envelope::done(&self.send(call).await?)
    }
}
