//! What both emulators have in common: one request in, one answer out, and the webhooks that follow from it.

use bytes::Bytes;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(pub i64);

impl Moment {
    /// The moment `millis` later.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0 + millis)
    }
}

/// What becomes of an answer on its way to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, this many milliseconds after the request.
    Arrives { after_millis: i64 },
    /// The connection is reset; the request may or may not have been carried out.
    Reset { after_millis: i64 },
    /// Nothing ever comes; the caller's own time-out has to end the call.
    NeverArrives,
    /// The head and half of the body arrive, then the connection is closed.
    Truncated { after_millis: i64 },
}

/// One answer, and what becomes of it.
#[derive(Debug)]
pub struct Answer {
    pub response: http::Response<Bytes>,
    pub fate: Fate,
}

/// One webhook call the emulator wants made now.
#[derive(Debug, Clone)]
pub struct WebhookAttempt {
    /// Handed back in [`Emulator::webhook_answered`].
    pub attempt: u64,
    /// A complete request: method, absolute URI, headers, body.
    pub method: http::Method,
    pub url: String,
    pub headers: http::HeaderMap,
    pub body: Bytes,
    /// How long the vendor waits for the receiver.
    pub timeout_millis: i64,
}

/// How a webhook call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookOutcome {
    Answered(u16),
    TimedOut,
    Unreachable,
}

/// A vendor's server as a state machine.
pub trait Emulator: Send {
    /// Answers one request that arrives at `now`. Requests whose URI has no host are accepted.
    fn answer(&mut self, request: &http::Request<Bytes>, now: Moment) -> Answer;

    /// Carries out what was due up to `now` (writes that commit late, bans that end) and gives the webhook calls due now.
    fn due_webhooks(&mut self, now: Moment) -> Vec<WebhookAttempt>;

    /// Tells how a webhook call ended.
    fn webhook_answered(&mut self, attempt: u64, outcome: WebhookOutcome, now: Moment);

    /// The next moment at which `due_webhooks` would do something, or nothing to come.
    fn next_due(&self) -> Option<Moment>;
}
