//! The Pipedrive API as typed calls, a file per resource.
//!
//! In: plain arguments and the context of each call. Out: rows, which keep the JSON as received beside what was
//! understood, or errors that name the next step. It reads tolerantly, writes strictly, never retries and knows nothing
//! of the other side.

mod changelog;
mod client;
mod contact_value;
pub mod cost;
mod custom_fields;
mod envelope;
mod fields;
mod list_query;
mod merge;
mod organizations;
mod persons;
mod plan_limits;
mod users;
mod webhook;
mod webhooks;

pub use changelog::ChangelogEntry;
pub use client::{ApiToken, ApiTokenError, Client};
pub use contact_value::ContactValue;
pub use fields::{FieldDefinition, FieldOption, FieldType, FieldsOf, NewField};
pub use list_query::{IDS_MAX, LIMIT_MAX, ListQuery, SortBy, SortDirection};
pub use merge::Mergeable;
pub use organizations::{Address, AddressBody, Organization, OrganizationBody};
pub use persons::{Person, PersonBody};
pub use plan_limits::Subscription;
pub use users::User;
pub use webhook::{
    ChangeSource, Entity, EventAction, Previous, WebhookError, WebhookEvent, WebhookRecord,
    WebhookTopic,
};
pub use webhooks::{NewWebhook, Webhook};
