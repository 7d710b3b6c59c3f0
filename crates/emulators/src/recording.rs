//! An emulator whose answers are written down.
//!
//! In: an emulator, and where lines go. Out: the emulator's own answers, unchanged, and a line of JSON for each that
//! arrives: method, path with its query, status and body. Tokens and other headers are not written down, nor is what users
//! do under `/_emulator/`.

use std::io::Write;

use bytes::Bytes;
use http::Request;
use serde_json::json;

use crate::answer::{Answer, Emulator, Fate, Moment, WebhookAttempt, WebhookOutcome};

/// Passes everything on to the emulator within.
pub struct Recorded<E> {
    emulator: E,
    lines: Option<Box<dyn Write + Send>>,
}

impl<E> std::fmt::Debug for Recorded<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Recorded")
            .field("records", &self.lines.is_some())
            .finish_non_exhaustive()
    }
}

impl<E> Recorded<E> {
    /// Without a place for lines nothing is written down.
    pub fn new(emulator: E, lines: Option<Box<dyn Write + Send>>) -> Self {
        Self { emulator, lines }
    }

    /// The emulator within.
    pub fn emulator(&self) -> &E {
        &self.emulator
    }

    fn write_down(&mut self, request: &Request<Bytes>, answer: &Answer) {
        let arrives = matches!(answer.fate, Fate::Arrives { .. });
        let Some(lines) = self.lines.as_mut().filter(|_| arrives) else {
            return;
        };
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        if path.starts_with("/_emulator/") {
            return;
        }
        let line = json!({
            "method": request.method().as_str(),
            "path": path,
            "status": answer.response.status().as_u16(),
            "body": String::from_utf8_lossy(answer.response.body()),
        });
        if let Err(error) = writeln!(lines, "{line}").and_then(|()| lines.flush()) {
            tracing::warn!(%error, "answers can no longer be written down; the emulator goes on without");
            self.lines = None;
        }
    }
}

impl<E: Emulator> Emulator for Recorded<E> {
    fn answer(&mut self, request: &Request<Bytes>, now: Moment) -> Answer {
        let answer = self.emulator.answer(request, now);
        self.write_down(request, &answer);
        answer
    }

    fn due_webhooks(&mut self, now: Moment) -> Vec<WebhookAttempt> {
        self.emulator.due_webhooks(now)
    }

    fn webhook_answered(&mut self, attempt: u64, outcome: WebhookOutcome, now: Moment) {
        self.emulator.webhook_answered(attempt, outcome, now);
    }

    fn next_due(&self) -> Option<Moment> {
        self.emulator.next_due()
    }
}
