//! Webhooks as Pipedrive sends them, in the second version of their form.
//!
//! In: the body of a delivery. Out: what happened to which record, with the record in the same form as the API gives it,
//! and as it was before. Nothing here is proof: anybody who knows the address can send one.

use api_client::{Row, tolerant};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::activities::Activity;
use crate::deals::Deal;
use crate::leads::Lead;
use crate::notes::Note;
use crate::organizations::Organization;
use crate::persons::Person;
use crate::pipelines::Pipeline;
use crate::products::Product;
use crate::stages::Stage;
use crate::users::User;
use crate::webhook_form::api_form;

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookEvent {
    /// The same over retries, as far as is known.
    pub event_id: Option<String>,
    pub entity: Entity,
    pub entity_id: String,
    pub action: EventAction,
    pub timestamp: Option<Timestamp>,
    /// Who did it.
    pub user_id: Option<i64>,
    pub change_source: ChangeSource,
    /// On the deletion of a record that was merged into another.
    pub merged_to: Option<i64>,
    /// On the change of a record that another was merged into.
    pub merged_from: Option<i64>,
    pub webhook_id: Option<i64>,
    /// From 1; later ones are retries.
    pub attempt: u32,
    /// The record afterwards; nothing after a deletion.
    pub data: Option<WebhookRecord>,
    /// What it was before; nothing for a creation.
    pub previous: Option<Previous>,
}

impl WebhookEvent {
    /// The record's id where ids are numbers.
    #[must_use]
    pub fn record_id(&self) -> Option<i64> {
        self.entity_id.parse().ok()
    }

    /// The record afterwards, with the names and values that the API gives it.
    #[must_use]
    pub fn data_in_api_form(&self) -> Option<Map<String, Value>> {
        let (_, raw) = self.data.as_ref()?.version()?;
        let raw: &RawValue = serde_json::from_str(raw).ok()?;
        api_form(&self.entity, raw)
    }
}

/// What kind of record an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entity {
    Activity,
    Deal,
    Lead,
    Note,
    Organization,
    Person,
    Pipeline,
    Product,
    Stage,
    User,
    Other(String),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventAction {
    Create,
    Change,
    Delete,
    Other(String),
}

/// Through what it happened. A hint, since every program that calls the API looks the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeSource {
    App,
    Api,
    Unknown,
}

/// A record as an event carries it.
#[derive(Debug, Clone, PartialEq)]
pub enum WebhookRecord {
    Activity(Box<Row<Activity>>),
    Deal(Box<Row<Deal>>),
    Lead(Box<Row<Lead>>),
    Note(Box<Row<Note>>),
    Organization(Box<Row<Organization>>),
    Person(Box<Row<Person>>),
    Pipeline(Box<Row<Pipeline>>),
    Product(Box<Row<Product>>),
    Stage(Box<Row<Stage>>),
    User(Box<Row<User>>),
    /// Of a kind we do not read, or in a form that makes no sense.
    Unread,
}

impl WebhookRecord {
    /// When it had last changed, and the record as text. Nothing for kinds that do not tell when they changed.
    #[must_use]
    pub fn version(&self) -> Option<(Timestamp, &str)> {
        match self {
            Self::Activity(row) => Some((row.value.changed_at()?, &row.raw)),
            Self::Deal(row) => Some((row.value.changed_at()?, &row.raw)),
            Self::Lead(row) => Some((row.value.changed_at()?, &row.raw)),
            Self::Organization(row) => Some((row.value.changed_at()?, &row.raw)),
            Self::Person(row) => Some((row.value.changed_at()?, &row.raw)),
            Self::Product(row) => Some((row.value.changed_at()?, &row.raw)),
            Self::Note(row) => Some((row.value.changed_at()?, &row.raw)),
            Self::Pipeline(_) | Self::Stage(_) | Self::User(_) | Self::Unread => None,
        }
    }
}

/// What a record was before an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Previous {
    /// The built-in fields that changed. Empty for a deletion.
    pub changed: Vec<String>,
    /// The custom fields that changed, by code. Empty for a deletion.
    pub changed_custom: Vec<String>,
    /// The whole record before the event.
    pub record: WebhookRecord,
}

/// Why a delivery cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WebhookError {
    #[error("the body is not the JSON of a webhook")]
    NotReadable,
    #[error("the webhook is not of version 2.0; register it again")]
    OtherVersion,
}

/// What an event is about, without reading the record it carries: all that has to be known while the sender waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookTopic {
    /// The same over retries, as far as is known.
    pub event_id: Option<String>,
    pub entity: Entity,
    pub entity_id: String,
    pub action: EventAction,
    pub timestamp: Option<Timestamp>,
}

impl WebhookTopic {
    /// The record's id where ids are numbers.
    #[must_use]
    pub fn record_id(&self) -> Option<i64> {
        self.entity_id.parse().ok()
    }

    /// Reads the topic out of the body of a delivery.
    ///
    /// # Errors
    /// When it is no webhook, or one of the first version.
    pub fn decode(body: &[u8]) -> Result<Self, WebhookError> {
        let letter: Letter = serde_json::from_slice(body).map_err(|_| WebhookError::NotReadable)?;
        let meta = letter.meta;
        if !meta.version.starts_with("2.") {
            return Err(WebhookError::OtherVersion);
        }
        Ok(Self {
            event_id: meta.id,
            entity: Entity::of(meta.entity),
            entity_id: meta.entity_id,
            action: EventAction::of(meta.action),
            timestamp: meta.timestamp,
        })
    }
}

impl Entity {
    fn of(word: String) -> Self {
        match word.as_str() {
            "activity" => Self::Activity,
            "deal" => Self::Deal,
            "lead" => Self::Lead,
            "note" => Self::Note,
            "organization" => Self::Organization,
            "person" => Self::Person,
            "pipeline" => Self::Pipeline,
            "product" => Self::Product,
            "stage" => Self::Stage,
            "user" => Self::User,
            _ => Self::Other(word),
        }
    }

    /// The vendor's own word, which webhooks are registered with.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Activity => "activity",
            Self::Deal => "deal",
            Self::Lead => "lead",
            Self::Note => "note",
            Self::Organization => "organization",
            Self::Person => "person",
            Self::Pipeline => "pipeline",
            Self::Product => "product",
            Self::Stage => "stage",
            Self::User => "user",
            Self::Other(word) => word,
        }
    }
}

impl EventAction {
    fn of(word: String) -> Self {
        match word.as_str() {
            "create" => Self::Create,
            "change" => Self::Change,
            "delete" => Self::Delete,
            _ => Self::Other(word),
        }
    }
}

#[derive(Deserialize)]
struct Letter {
    meta: Meta,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    previous: Option<&'a RawValue>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default, deserialize_with = "tolerant::text")]
    action: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    entity: String,
    #[serde(deserialize_with = "tolerant::id_text")]
    entity_id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    user_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    webhook_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::text")]
    version: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    change_source: String,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    merged_to_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    merged_from_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    attempt: Option<i64>,
}

impl WebhookEvent {
    /// Reads the body of a delivery.
    ///
    /// # Errors
    /// When it is no webhook, or one of the first version.
    pub fn decode(body: &[u8]) -> Result<Self, WebhookError> {
        Self::read(body, true)
    }

    /// The same without what the record was before, which is the dearer half.
    ///
    /// # Errors
    /// As [`WebhookEvent::decode`].
    pub fn decode_present(body: &[u8]) -> Result<Self, WebhookError> {
        Self::read(body, false)
    }

    fn read(body: &[u8], with_previous: bool) -> Result<Self, WebhookError> {
        let payload: Payload<'_> =
            serde_json::from_slice(body).map_err(|_| WebhookError::NotReadable)?;
        let meta = payload.meta;
        if !meta.version.starts_with("2.") {
            return Err(WebhookError::OtherVersion);
        }
        let entity = Entity::of(meta.entity);
        let action = EventAction::of(meta.action);
        let change_source = match meta.change_source.as_str() {
            "app" => ChangeSource::App,
            "api" => ChangeSource::Api,
            _ => ChangeSource::Unknown,
        };
        let now = payload.data.and_then(|data| api_form(&entity, data));
        let before = payload.previous.filter(|_| with_previous);
        let before = before.and_then(|before| api_form(&entity, before));
        Ok(Self {
            previous: before.map(|before| previous(&entity, now.as_ref(), before)),
            data: now.map(|now| record(&entity, now, payload.data.map_or("", RawValue::get))),
            event_id: meta.id,
            entity,
            entity_id: meta.entity_id,
            action,
            timestamp: meta.timestamp,
            user_id: meta.user_id,
            change_source,
            merged_to: meta.merged_to_id,
            merged_from: meta.merged_from_id,
            webhook_id: meta.webhook_id,
            attempt: meta
                .attempt
                .and_then(|attempt| u32::try_from(attempt).ok())
                .unwrap_or(1),
        })
    }
}

fn record(entity: &Entity, fields: Map<String, Value>, raw: &str) -> WebhookRecord {
    let fields = Value::Object(fields);
    match entity {
        Entity::Activity => read(fields, raw, WebhookRecord::Activity),
        Entity::Deal => read(fields, raw, WebhookRecord::Deal),
        Entity::Lead => read(fields, raw, WebhookRecord::Lead),
        Entity::Note => read(fields, raw, WebhookRecord::Note),
        Entity::Organization => read(fields, raw, WebhookRecord::Organization),
        Entity::Person => read(fields, raw, WebhookRecord::Person),
        Entity::Pipeline => read(fields, raw, WebhookRecord::Pipeline),
        Entity::Product => read(fields, raw, WebhookRecord::Product),
        Entity::Stage => read(fields, raw, WebhookRecord::Stage),
        Entity::User => read(fields, raw, WebhookRecord::User),
        Entity::Other(_) => WebhookRecord::Unread,
    }
}

fn read<T: DeserializeOwned>(
    fields: Value,
    raw: &str,
    wrap: fn(Box<Row<T>>) -> WebhookRecord,
) -> WebhookRecord {
    serde_json::from_value(fields).map_or(WebhookRecord::Unread, |value| {
        wrap(Box::new(Row {
            value,
            raw: raw.into(),
        }))
    })
}

/// A change names only what changed, so the rest is taken from the record as it is now.
fn previous(
    entity: &Entity,
    now: Option<&Map<String, Value>>,
    before: Map<String, Value>,
) -> Previous {
    let Some(now) = now else {
        let raw = Value::Object(before.clone()).to_string();
        let record = record(entity, before, &raw);
        return Previous {
            changed: Vec::new(),
            changed_custom: Vec::new(),
            record,
        };
    };
    let mut whole = now.clone();
    let (mut changed, mut changed_custom) = (Vec::new(), Vec::new());
    for (name, value) in before {
        match (name.as_str(), value, whole.get_mut(&name)) {
            ("custom_fields", Value::Object(custom), Some(Value::Object(present))) => {
                for (code, value) in custom {
                    changed_custom.push(code.clone());
                    present.insert(code, value);
                }
            }
            (_, value, _) => {
                changed.push(name.clone());
                whole.insert(name, value);
            }
        }
    }
    let raw = Value::Object(whole.clone()).to_string();
    Previous {
        changed,
        changed_custom,
        record: record(entity, whole, &raw),
    }
}
