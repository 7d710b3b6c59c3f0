//! What calling an API politely means, in sentences.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets what it does not expect stops there"
)]

mod budget;
mod calls;
mod counting_server;
mod held_clock;
mod http_transport;
mod next_step;
mod outcomes;
mod reading;
mod redaction;
mod remembering;
mod script;
mod shares;
mod windows;
