//! The Propstreet client: what it reads, what it writes, and how it fares with the emulator.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets what it does not expect stops there"
)]

mod bodies;
mod calls;
mod endpoints;
mod every_call;
mod files;
mod held_clock;
mod hostile;
mod limits;
mod login;
mod note_writes;
mod open_questions;
mod project_writes;
mod projects;
mod property_search;
mod records;
mod registrations;
mod signatures;
mod timeline;
mod upserts;
mod webhooks;
mod wire;
mod world;
