//! Sentences about the whole product, over real HTTP and a real database.

mod world;

mod brokerage;
mod by_hand;
mod complete;
mod conflicts;
mod deals;
mod deletes;
mod deletes_asked;
mod duplicates;
mod edits;
mod fields;
mod limits;
mod links;
mod lost_answers;
mod matching;
mod mirrored;
mod mirrored_propstreet;
mod normalised;
mod notes;
mod organizations;
mod overwritten;
mod pacing;
mod participants;
mod people_decide;
mod prospects;
mod readings;
mod refused;
mod resolved;
mod settling;
mod stops;
mod storm;
mod told;
mod undone;
mod versions;
mod webhooks;
