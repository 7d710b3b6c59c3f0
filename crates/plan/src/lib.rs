//! What should happen to a pair: pure functions from what both sides show to what should be written.
//!
//! In: [`PairView`] (both records, the base, open decisions) and [`Policies`]. Out: [`Plan`]. The same input always gives
//! the same plan; nothing here reads a clock, a database or the network.

pub mod decide;
pub mod explain;
pub mod matching;
pub mod merge;
pub mod plan;
pub mod policy;
pub mod view;

pub use decide::decide;
pub use matching::{Candidate, MatchDecision, MatchRule, Suggestion, choose_match};
pub use plan::{Decision, NewConflict, Note, Operation, Plan, Rule, Write};
pub use policy::{DeletePolicy, Direction, FieldPolicy, Policies, Winner};
pub use view::{Evidence, Markers, OpenConflict, PairView, Presence};
