//! Sending webhooks: the calls an emulator wants made, over real connections.
//!
//! In: attempts that are due. Out: how each ended, told to the emulator. Redirects are not followed. Retrying is the
//! emulator's business.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::task::JoinSet;

use super::{Face, FaceError, pause};
use crate::answer::{Emulator, WebhookAttempt, WebhookOutcome};

const SENDING_MAX: usize = 32;
/// How long the sender sleeps at most: deeds done behind the server's back ring no bell.
const SLEEP_MILLIS_MAX: i64 = 100;

/// A client for webhooks.
#[derive(Debug, Clone)]
pub(super) struct Sender(reqwest::Client);

impl Sender {
    pub(super) fn new() -> Result<Self, FaceError> {
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|error| FaceError::Sender(Box::new(error)))?
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| FaceError::Sender(Box::new(error)))?;
        Ok(Self(client))
    }

    pub(super) async fn send(&self, attempt: WebhookAttempt) -> WebhookOutcome {
        let timeout = Duration::from_millis(attempt.timeout_millis.unsigned_abs());
        let call = self
            .0
            .request(attempt.method, attempt.url)
            .headers(attempt.headers)
            .body(attempt.body)
            .timeout(timeout);
        match call.send().await {
            Ok(answer) => WebhookOutcome::Answered(answer.status().as_u16()),
            Err(error) if error.is_timeout() => WebhookOutcome::TimedOut,
            Err(_) => WebhookOutcome::Unreachable,
        }
    }
}

/// Sends what is due for as long as the server runs.
pub(super) async fn run<E: Emulator + 'static>(face: Arc<Face<E>>) {
    let mut sending = JoinSet::new();
    loop {
        let now = (face.now)();
        let due = face.emulator().due_webhooks(now);
        for attempt in due {
            while sending.len() >= SENDING_MAX {
                sending.join_next().await;
            }
            sending.spawn(send_one(Arc::clone(&face), attempt));
        }
        let next = face
            .emulator()
            .next_due()
            .map_or(SLEEP_MILLIS_MAX, |due| due.0 - (face.now)().0);
        let sleep = Duration::from_millis(next.clamp(1, SLEEP_MILLIS_MAX).unsigned_abs());
        tokio::select! {
            () = face.stopped() => break,
            () = face.answered.notified() => {}
            () = pause(sleep) => {}
        }
        while sending.try_join_next().is_some() {}
    }
    sending.shutdown().await;
}

async fn send_one<E: Emulator>(face: Arc<Face<E>>, attempt: WebhookAttempt) {
    let number = attempt.attempt;
    let outcome = face.sender.send(attempt).await;
    face.emulator()
        .webhook_answered(number, outcome, (face.now)());
    face.answered.notify_one();
}
