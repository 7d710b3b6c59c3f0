//! What every store promises: random walks over both at once, and one sentence per promise.

mod both;
mod delivery;
mod durability;
mod intake;
mod lanes;
mod made_up;
mod mirror;
mod pairing;
mod review;
mod schema;
mod walk;
