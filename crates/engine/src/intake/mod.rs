//! Intake: everything that says "this record may have changed" becomes an inbox row and a due lane.
//!
//! In: webhooks and the lists of what changed lately. Out: inbox rows, durable before the sender is answered. Never acts on
//! what they say.

pub(crate) mod page;
pub mod poll;
pub mod webhooks;
