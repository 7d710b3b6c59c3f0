//! Probes: what a vendor's documentation leaves open is asked of a real account.
//!
//! In: an account, an allowance of tokens and the questions. Out: an answer to each, with what was seen. It asks with raw
//! requests, because a question is just what a client never sends; it makes marked records only, and removes every one.

mod account;
mod asking;
mod finding;
mod line;
pub mod pipedrive;
mod post_box;
mod price;
pub mod propstreet;
mod tidying;
mod traces;

pub use account::{Account, Means, Stop, Takes};
pub use finding::{Answer, Finding};
pub use post_box::PostBox;
pub use traces::Left;
