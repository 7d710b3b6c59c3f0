//! The Propstreet side: an organization with its contacts, companies, projects and properties behind the public API, as a state
//! machine.
//!
//! In: HTTP requests with the moment they arrive, and what people do in the web interface ([`Edit`]). Out: answers, and
//! the webhook calls it wants made. It never reads a clock and never opens a connection.
//!
//! Where the documentation leaves room, the strictest reading is served, unless a switch has the other one:
//! - ids are strings, lists carry a nested `page`, order is last change, then id; a cursor is good for an hour and for
//!   the filters it was made with;
//! - checks run in the order credentials, limit, existence, precondition, validity, conflict; unknown fields and
//!   parameters are refused;
//! - versions are weak entity tags, compared as they are; a link is changed only with `If-Match`; a change that changes
//!   nothing gives no version and no event;
//! - a duplicate reference, address or link is a 409 of the general type; a deleted record keeps its reference, not its
//!   address;
//! - phones, domains, countries and profile addresses are kept in the server's own form, so what is read back may differ
//!   from what was sent;
//! - a change of a link gives the contact and the company new versions, and deleting either deletes their links;
//! - the timeline of a living record tells every change of it and of its links, by whom and of which fields; a new
//!   version alone is no change;
//! - single reads withhold the kind of the last change; writes, events and lists since a moment tell it;
//! - a closed project and its prospects are read-only; who is taken off a project's list is shown among what is deleted, keeps
//!   its references, and becomes a new prospect when added again; properties and notes are announced to nobody;
//! - a note is never deleted: it is archived or superseded, on its own version alone, which is a strong entity tag;
//! - teasers and offers are not served;
//! - writes through the API are announced like any other, late, shuffled and sometimes twice when so chosen.

mod access;
mod actions;
mod call;
mod companies;
mod connections;
mod contacts;
mod control;
mod counters;
mod delivery;
mod duplicates;
mod edits;
mod emulator;
mod fields;
mod files;
mod gone;
mod hooks;
mod hooks_api;
mod json;
mod links;
mod lists;
mod normalise;
mod notes;
mod peek;
mod portfolio;
mod problem;
mod query;
mod record;
mod records;
mod registry;
mod render;
mod replays;
mod route;
mod saved;
mod search;
mod seeding;
mod server;
mod settings;
mod shapes;
mod switches;
mod table;
#[cfg(test)]
mod tests;
mod timeline;
mod upsert;
mod verbs;

pub use counters::PropstreetCounters;
pub use edits::{Edit, EditRefused};
pub use emulator::PropstreetEmulator;
pub use peek::LinkOfContact;
pub use portfolio::edits::PortfolioEdit;
pub use settings::{ClientCredentials, Limits, PropstreetSettings, WebhookManner};
pub use switches::{PropstreetSwitches, SwitchesError};
