//! The Propstreet API as typed calls, a file per resource.
//!
//! In: plain arguments and the context of each call. Out: records with the version they were read in and the JSON as
//! received, or errors that name the next step. It reads tolerantly, writes strictly, never retries and knows nothing of
//! the other side.

mod amounts;
mod auth;
mod client;
mod companies;
mod contacts;
pub mod cost;
mod deliveries;
mod etag;
mod external;
mod files;
mod links;
mod list_query;
mod note_writes;
mod notes;
mod page;
mod project_writes;
mod projects;
mod properties;
mod property_search;
mod property_writes;
mod prospect_writes;
mod prospects;
mod rate_limits;
mod registrations;
mod search;
mod timeline;
mod upserts;
mod webhook;
mod webhook_signature;
mod webhooks;

pub use amounts::{Area, Price, PriceRange, Scale};
pub use auth::Login;
pub use client::{Client, LoginError};
pub use companies::{Company, CompanyBody, ContactOfCompany, DuplicateCandidate, DuplicateQuery};
pub use contacts::{CompanyOfContact, Contact, ContactBody, Email, Phone};
pub use deliveries::{Delivery, WebhookBody};
pub use etag::Versioned;
pub use external::ExternalRef;
pub use files::{FILE_MAX, NewFile, UploadedFile};
pub use links::{Link, LinkBody, LinksOf, NewLink};
pub use list_query::{ListQuery, PAGE_SIZE_MAX};
pub use note_writes::{NOTE_MAX, NoteRevision};
pub use notes::{Author, Note, NotesQuery};
pub use project_writes::{
    Buyer, Closing, Exclusivity, NewAsset, PROJECT_NAME_MAX, ProjectBody, Yield,
};
pub use projects::{Asset, Project, Teaser};
pub use properties::{Category, Location, Property};
pub use property_search::{
    FoundProperty, PROPERTIES_FOUND_MAX, Place, PropertySearch, SearchArea, SearchOrder,
};
pub use property_writes::PropertyBody;
pub use prospect_writes::{
    Added, AddedProspect, Classification, Classified, Investor, NewProspect, NotAdded,
    NotAddedBecause, NotClassified, PROSPECTS_PER_CALL, ProspectBody,
};
pub use prospects::{Prospect, TeaserAnswer};
pub use rate_limits::limits;
pub use registrations::{Bot, NewBot, NewClientLogin, NewToken, RegisteredClient};
pub use search::{FOUND_MAX, Found, SearchQuery};
pub use timeline::{Change, TimelineOf};
pub use upserts::{UpsertOptions, Upserted};
pub use webhook::{ChangeKind, Entity, WebhookError, WebhookHint};
pub use webhook_signature::{
    SignatureError, SignatureHeaders, TOLERANCE_SECONDS, WebhookSecret, verify,
};
pub use webhooks::{
    CreatedWebhook, NewWebhook, PROJECT_EVENTS, SYNCED_EVENTS, TestDelivery, Webhook,
};
