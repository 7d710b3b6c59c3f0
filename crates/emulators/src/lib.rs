//! Stand-ins for the two APIs, written from their documentation and from nothing of ours.
//!
//! Each is a state machine: [`Emulator::answer`] takes one HTTP request and the moment it arrives, and gives one
//! answer; [`Emulator::due_webhooks`] gives the webhook calls it wants made. A thin HTTP face (`http_face`) puts it on a
//! socket; a simulation calls it directly. It never reads a clock, never sleeps and never draws randomness that does not
//! come from its seed.

pub mod answer;
pub mod brokerage;
pub mod faults;
pub mod http_face;
pub mod pipedrive;
pub mod propstreet;
pub mod recording;

pub use answer::{Answer, Emulator, Fate, Moment, WebhookAttempt, WebhookOutcome};
