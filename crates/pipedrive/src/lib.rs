//! The Pipedrive API as typed calls, a file per resource.
//!
//! In: plain arguments and the context of each call. Out: rows, which keep the JSON as received beside what was
//! understood, or errors that name the next step. It reads tolerantly, writes strictly, never retries and knows nothing
//! of the other side.

mod activities;
mod activity_types;
mod address;
mod changelog;
mod client;
mod contact_value;
mod conversion;
pub mod cost;
mod cover;
mod currencies;
mod custom_fields;
mod custom_value;
mod deal_products;
mod deals;
mod envelope;
mod fields;
mod files;
mod filters;
mod flat;
mod followers;
mod lead_labels;
mod leads;
mod list_query;
mod merge;
mod notes;
mod oauth;
mod oauth_login;
mod oauth_tokens;
mod operation;
mod ordered;
mod organizations;
mod participants;
mod persons;
mod pipelines;
mod plan_limits;
mod products;
mod record_calls;
mod record_kind;
mod search;
mod stages;
mod users;
mod values;
mod webhook;
mod webhook_form;
mod webhook_row;
mod webhooks;

pub use activities::{Activity, ActivityBody, ActivityParticipant, ActivityQuery, Attendee};
pub use activity_types::{ActivityType, ActivityTypeBody};
pub use address::{Address, AddressBody};
pub use changelog::{ChangelogEntry, FlowEntry};
pub use client::{ApiToken, ApiTokenError, Client};
pub use contact_value::ContactValue;
pub use conversion::{Conversion, ConversionStarted, ConversionStatus, NewDealPlace};
pub use cover::{ReadCover, cheapest_cover};
pub use currencies::Currency;
pub use custom_fields::{CustomFields, ShownFields};
pub use custom_value::{CustomValue, CustomValueError, FieldType};
pub use deal_products::{DEAL_PRODUCTS_MAX, DealProduct, DealProductBody, DiscountType, TaxMethod};
pub use deals::{Deal, DealBody, DealExtra, DealOutcome, DealQuery, DealStatus};
pub use fields::{FieldBody, FieldDefinition, FieldOption, FieldsOf, NewField, OlderFieldsOf};
pub use files::File;
pub use filters::{CONDITIONS_MAX, Condition, Conditions, Filter, FilterBody, FilterOf};
pub use followers::{Follower, FollowerChange};
pub use lead_labels::{LabelColor, LeadLabel, LeadLabelBody, LeadSource};
pub use leads::{Lead, LeadBody, LeadQuery, LeadValue};
pub use list_query::{CUSTOM_FIELDS_MAX, IDS_MAX, LIMIT_MAX, ListQuery, SortBy, SortDirection};
pub use notes::{Note, NoteBody, NoteOn, NoteOrder, NoteQuery};
pub use oauth::{
    App, AuthorizationServer, ConsentRequest, OAUTH_ADDRESS, address_of_company, company_address,
};
pub use oauth_login::OauthLogin;
pub use oauth_tokens::{KeeperError, KeptLogin, KeptVersion, LoginKeeper, NoLogin, Tokens};
pub use operation::{Operation, Verb};
pub use organizations::{Organization, OrganizationBody};
pub use participants::{Participant, ParticipantChange};
pub use persons::{Person, PersonBody, PersonsOf};
pub use pipelines::{Pipeline, PipelineBody};
pub use plan_limits::{AuthorisedBy, Subscription};
pub use products::{BillingFrequency, Price, PriceBody, Product, ProductBody};
pub use record_kind::{Followed, Mergeable, RecordId, RecordKind};
pub use search::{
    FieldHit, FieldMatch, FoundItem, Hit, SEARCH_LIMIT_MAX, SearchField, SearchQuery,
};
pub use stages::{Stage, StageBody};
pub use users::{FindUsersBy, User};
pub use webhook::{
    ChangeSource, Entity, EventAction, Previous, WebhookError, WebhookEvent, WebhookRecord,
    WebhookTopic,
};
pub use webhooks::{NewWebhook, Webhook};
