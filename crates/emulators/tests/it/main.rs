//! What can be seen of the emulators from outside, as sentences.

mod pipedrive;
mod propstreet;
