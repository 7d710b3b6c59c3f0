//! The Pipedrive client: what it reads, what it writes, and how it fares with the emulator.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets what it does not expect stops there"
)]

mod bodies;
mod calls;
mod cover;
mod custom_values;
mod deal_examples;
mod deal_parts;
mod deal_world;
mod every_call;
mod held_clock;
mod hostile;
mod hostile_answers;
mod lead_world;
mod limits;
mod login;
mod office;
mod operations;
mod other_examples;
mod queries;
mod records;
mod script;
mod setup;
mod webhook_kinds;
mod webhook_rows;
mod webhooks;
mod wire;
mod world;
