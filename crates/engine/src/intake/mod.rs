//! Intake: everything that says "this record may have changed" becomes an inbox row and a due lane.
//!
//! In: webhooks, the lists of what changed lately, and rounds over what has no list of its own. Out: inbox rows, durable before the sender is answered. Never acts on
//! what they say.

pub mod missed;
pub(crate) mod page;
pub mod poll;
pub mod rounds;
pub mod webhooks;
