//! Sentences about the whole product, over real HTTP and a real database.

mod world;

mod conflicts;
mod edits;
mod lost_answers;
mod overwritten;
mod stops;
mod webhooks;
