//! What a delivery says: which record may have changed. Not how; the record is read for that.
//!
//! In: the body of a delivery. Out: a hint. The form of the body is documented in pieces only, so nothing but the event's
//! name and the ids is taken from it.

use api_client::tolerant;
use jiff::Timestamp;
use serde::Deserialize;
use thiserror::Error;

use crate::amounts::part;

/// A record that may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookHint {
    pub entity: Entity,
    pub kind: ChangeKind,
    pub id: String,
    /// Of a link or prospect: whose.
    pub contact_id: Option<String>,
    /// Of a link: where. Of a prospect: which company it is.
    pub company_id: Option<String>,
    /// Of a prospect: on whose list.
    pub project_id: Option<String>,
    /// What was done, beside the kind: `removed` when a prospect was taken off its list.
    pub action: Option<String>,
    pub timestamp: Option<Timestamp>,
    /// The version the event carries, so that one already known need not be read.
    pub etag: Option<String>,
    pub updated_at: Option<Timestamp>,
}

/// What kind of record an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entity {
    Contact,
    Company,
    Link,
    Project,
    Prospect,
    Other(String),
}

/// What is said to have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Created,
    Updated,
    Deleted,
    Unknown,
}

/// The delivery names no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the body is not the JSON of an event about a record")]
pub struct WebhookError;

#[derive(Deserialize)]
struct Payload {
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    event: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "tolerant::optional_text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    timestamp: Option<Timestamp>,
    data: Data,
    #[serde(default, deserialize_with = "part")]
    action: Option<Action>,
}

#[derive(Deserialize)]
struct Action {
    #[serde(rename = "type", default, deserialize_with = "tolerant::optional_text")]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(deserialize_with = "tolerant::id_text")]
    id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    contact_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    company_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    project_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    etag: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    updated_utc: Option<Timestamp>,
}

impl WebhookHint {
    /// Reads the body of a delivery.
    ///
    /// # Errors
    /// When it names no record.
    pub fn decode(body: &[u8]) -> Result<Self, WebhookError> {
        let payload: Payload = serde_json::from_slice(body).map_err(|_| WebhookError)?;
        let name = payload.event.or(payload.kind).ok_or(WebhookError)?;
        let (entity, kind) = name.split_once('.').ok_or(WebhookError)?;
        let entity = match entity {
            "contact" => Entity::Contact,
            "company" => Entity::Company,
            "link" => Entity::Link,
            "project" => Entity::Project,
            "prospect" => Entity::Prospect,
            _ => Entity::Other(entity.to_owned()),
        };
        let kind = match kind {
            "created" => ChangeKind::Created,
            "updated" => ChangeKind::Updated,
            "deleted" => ChangeKind::Deleted,
            _ => ChangeKind::Unknown,
        };
        let Data {
            id,
            contact_id,
            company_id,
            project_id,
            etag,
            updated_utc,
        } = payload.data;
        Ok(Self {
            entity,
            kind,
            id,
            contact_id,
            company_id,
            project_id,
            action: payload.action.and_then(|action| action.kind),
            timestamp: payload.timestamp,
            etag,
            updated_at: updated_utc,
        })
    }
}
