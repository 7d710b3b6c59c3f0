//! What should happen to a pair: pure functions from what both sides show to what should be written.
//!
//! In: [`PairView`] (both records, the base, open decisions) and [`Policies`]. Out: [`Plan`]. The same input always gives
//! the same plan; nothing here reads a clock, a database or the network.

mod create;
mod deal;
pub mod decide;
mod deletes;
mod draft;
mod ended;
pub mod explain;
mod explain_members;
mod fields;
mod link;
pub mod matching;
pub mod members;
pub mod merge;
mod note;
mod outcome;
mod part;
pub mod plan;
pub mod policy;
mod restore;
mod sets;
pub mod view;
mod waiting;

#[cfg(test)]
mod tests;

pub use deal::{DealView, LOST, OPEN, StageMeaning, WON, goes_with};
pub use decide::decide;
pub use explain::{Names, explain, explain_conflict, explain_match};
pub use matching::{Candidate, MatchDecision, MatchRule, Suggestion, choose_match};
pub use members::{MemberNote, Members, base_after_moves};
pub use outcome::base_after;
pub use plan::{DealNote, Decision, NewConflict, Note, Operation, Plan, Rule, StateChange, Write};
pub use policy::{
    DealPolicies, DeletePolicy, Direction, FieldPolicy, LostPolicy, Policies, Winner,
};
pub use view::{Evidence, Markers, OpenConflict, PairView, Presence};
