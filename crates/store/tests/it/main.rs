//! What every store promises: random walks over both at once, and one sentence per promise.
#![expect(
    clippy::unwrap_used,
    reason = "the lint knows test functions only, and a sentence has helpers"
)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a walk's steps are shared out over several functions"
)]

mod audits;
mod boards;
mod both;
mod deals;
mod deaths;
mod delivery;
mod durability;
mod fields;
mod intake;
mod lanes;
mod made_up;
mod mirror;
mod pairing;
mod participants;
mod readable;
mod renamed;
mod review;
mod schema;
mod taking_part;
mod versions;
mod walk;
