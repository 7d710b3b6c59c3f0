//! Couriers: carry the services' webhooks to the program, and remember which of them it has taken.
//!
//! In: deliveries that an emulator wants made. Out: the outcome of each, told to the emulator, and the names of those that
//! were answered with 2xx. It repeats nothing by itself: that is the emulator's business.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use api_client::{HttpTransport, Transport};
use emulators::http_face::EmulatorServer;
use emulators::{Emulator, WebhookAttempt, WebhookOutcome};
use model::Side;
use serde_json::Value;
use tokio::task::JoinSet;

use super::life::pause;
use super::office::moment;

const LOOK_EVERY_MILLIS: i64 = 4;

/// What became of the deliveries of both sides.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// By side and name of the delivery.
    pub(super) taken: BTreeSet<(Side, String)>,
    pub(super) attempts: u64,
    /// Answered, but not with 2xx.
    pub(super) refused: u64,
    /// Nobody was there, or died before the answer.
    pub(super) unanswered: u64,
}

/// Shared by the couriers.
pub(super) type Book = Arc<Mutex<Receipts>>;

/// Carries what is due, until its task is dropped.
pub(super) async fn carry<E: Emulator + 'static>(
    side: Side,
    server: &EmulatorServer<E>,
    transport: HttpTransport,
    book: Book,
) {
    let mut under_way: JoinSet<(u64, WebhookOutcome)> = JoinSet::new();
    loop {
        let due = server.emulator().due_webhooks(moment());
        for attempt in due {
            under_way.spawn(deliver(side, attempt, transport.clone(), Arc::clone(&book)));
        }
        while let Some(ended) = under_way.try_join_next() {
            if let Ok((number, outcome)) = ended {
                server
                    .emulator()
                    .webhook_answered(number, outcome, moment());
            }
        }
        pause(LOOK_EVERY_MILLIS).await;
    }
}

async fn deliver(
    side: Side,
    attempt: WebhookAttempt,
    transport: HttpTransport,
    book: Book,
) -> (u64, WebhookOutcome) {
    let name = name_of(side, &attempt);
    let mut request = http::Request::new(attempt.body);
    *request.method_mut() = attempt.method;
    *request.headers_mut() = attempt.headers;
    let answer = match attempt.url.parse() {
        Ok(uri) => {
            *request.uri_mut() = uri;
            transport
                .send(request)
                .await
                .ok()
                .map(|answer| answer.status())
        }
        Err(_) => None,
    };
    let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
    book.attempts += 1;
    let outcome = match answer {
        Some(status) if status.is_success() => {
            book.taken.insert((side, name));
            WebhookOutcome::Answered(status.as_u16())
        }
        Some(status) => {
            book.refused += 1;
            WebhookOutcome::Answered(status.as_u16())
        }
        None => {
            book.unanswered += 1;
            WebhookOutcome::Unreachable
        }
    };
    (attempt.attempt, outcome)
}

fn name_of(side: Side, attempt: &WebhookAttempt) -> String {
    match side {
        Side::Pipedrive => pipedrive_name(&attempt.body),
        Side::Propstreet => {
            let id = attempt
                .headers
                .get("webhook-id")
                .and_then(|id| id.to_str().ok());
            id.unwrap_or_default().to_owned()
        }
    }
}

/// What tells one event of Pipedrive from another: its id, and what it says happened to which record.
pub(super) fn pipedrive_name(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let word = |name: &str| body["meta"][name].as_str().unwrap_or_default().to_owned();
    format!(
        "{} {} {}/{}",
        word("id"),
        word("action"),
        word("entity"),
        word("entity_id")
    )
}
