//! Moves data along the flow: webhook, poll or sweep → inbox → mirror → plan → outbox → delivery, and back into the mirror.
//!
//! Each stage is a folder with a `run_once`: it takes rows, writes rows for the next stage in the same transaction, and
//! rings a bell. Stages never call each other. Clock, transport, store and randomness come from outside ([`Core`]), and no
//! runtime is named, so that the whole engine can be run step by step, with time held still.

pub mod bell;
pub mod core;
pub mod deals;
pub mod definitions;
pub mod delivery;
pub mod duplicates;
pub mod environment;
pub mod failure;
pub mod inspect;
pub mod intake;
pub mod lag;
pub mod ledger;
pub mod mapping;
pub mod mirror;
pub mod notes;
mod pace;
pub mod participants;
pub mod planning;
pub mod preview;
mod refusal;
pub mod remote;
pub mod safeguards;
pub mod schedule;
pub mod settings;
pub mod setup;
pub mod single;
pub mod standing;
pub mod sweep;
pub mod under_way;
pub mod undo;
pub mod upkeep;
pub mod verify;
pub mod verify_participants;

pub use crate::core::{Core, Parts};
pub use environment::Randomness;
pub use failure::EngineError;
pub use refusal::refused;
pub use safeguards::Safeguards;
pub use settings::Settings;
