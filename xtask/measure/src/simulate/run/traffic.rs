//! What is on its way in a run: requests and answers, webhooks and their receipts, and what becomes of them.
//!
//! In: what the clients send and what the emulators say. Out: events of the run. It moves no time.

use std::sync::Arc;

use api_client::TransportError;
use bytes::Bytes;
use emulators::{Fate, WebhookAttempt, WebhookOutcome};
use http::{Request, Response};
use model::Side;
use rand::RngExt;

use super::super::engine_life;
use super::super::network::ReplySlot;
use super::{Event, Run};

const REPLY_BYTES_TOLD: usize = 160;

impl Run {
    pub(super) fn take_outgoing(&mut self) {
        for outgoing in self.ground.wire.take() {
            let delay = self.latency();
            let faults = self.ground.weather.line;
            let (side, slot) = (outgoing.side, outgoing.slot);
            if self.mishap("connection_refused", faults.refused) {
                let reply = Err(TransportError::NotSent("connection refused".to_owned()));
                self.after(delay, Event::Reply { slot, reply });
            } else if self.mishap("request_lost", faults.lost) {
                let reply = Err(TransportError::NoAnswer("connection reset".to_owned()));
                self.after(delay, Event::Reply { slot, reply });
            } else {
                self.after(
                    delay,
                    Event::Arrive {
                        side,
                        request: outgoing.request,
                        slot,
                    },
                );
            }
        }
    }

    fn latency(&mut self) -> i64 {
        let slow = self.random.random_range(0..50) == 0;
        self.random
            .random_range(if slow { 200..2_000 } else { 3..60 })
    }

    /// Whether this mishap happens now; only while the storm lasts and users are at work.
    pub(super) fn mishap(&mut self, name: &'static str, in_a_thousand: u32) -> bool {
        if in_a_thousand == 0 || self.is_calm || self.world.deeds.edits == 0 {
            return false;
        }
        let happens = self.random.random_range(0..1_000) < in_a_thousand;
        if happens {
            *self.figures.faults.entry(name).or_default() += 1;
        }
        happens
    }

    pub(super) fn arrive(&mut self, side: Side, request: &Request<Bytes>, slot: ReplySlot) {
        let now = self.moment();
        self.wiretap.hear(side, request);
        if let Some(answer) = self.poison.as_ref().and_then(|it| it.answer(side, request)) {
            let back = self.latency();
            let reply = Ok(answer);
            return self.after(back, Event::Reply { slot, reply });
        }
        let mut answer = self.world.emulator(side).answer(request, now);
        let garbled = self.ground.weather.line.garbled;
        if answer.response.status().is_success() && self.mishap("garbled_answer", garbled) {
            *answer.response.body_mut() = Bytes::from_static(b"{\"data\":[{\"id\":");
        }
        let (status, fate) = (answer.response.status().as_u16(), answer.fate);
        self.story.tell(
            now.0,
            (
                request.method().as_str(),
                request.uri().path(),
                request.body(),
                status,
            ),
            || told(side, request, &answer.response, fate),
        );
        let back = self.latency();
        match fate {
            Fate::Arrives { after_millis } => {
                let reply = Ok(answer.response);
                self.after(after_millis + back, Event::Reply { slot, reply });
            }
            Fate::Reset { after_millis } | Fate::Truncated { after_millis } => {
                let reply = Err(TransportError::NoAnswer(
                    "the connection was closed".to_owned(),
                ));
                self.after(after_millis + back, Event::Reply { slot, reply });
            }
            Fate::NeverArrives => {}
        }
    }

    pub(super) fn send_webhooks(&mut self) {
        let now = self.moment();
        for side in Side::BOTH {
            if self
                .world
                .emulator(side)
                .next_due()
                .is_none_or(|due| due > now)
            {
                continue;
            }
            for attempt in self.world.emulator(side).due_webhooks(now) {
                let delay = self.latency();
                let attempt = Box::new(attempt);
                self.after(delay, Event::Webhook { side, attempt });
            }
        }
    }

    pub(super) fn deliver_webhook(&mut self, side: Side, attempt: WebhookAttempt) {
        let now = self.moment();
        let Some(engine) = &self.engine else {
            self.story.tell(now.0, (side, attempt.attempt), || {
                format!("a webhook of {side} finds nobody")
            });
            self.world.emulator(side).webhook_answered(
                attempt.attempt,
                WebhookOutcome::Unreachable,
                now,
            );
            return;
        };
        self.story.tell(now.0, &attempt.body, || {
            format!("a webhook of {side} arrives: {}", shortened(&attempt.body))
        });
        self.open_webhooks
            .insert((side, attempt.attempt), attempt.body.clone());
        let number = attempt.attempt;
        let timeout = attempt.timeout_millis;
        let taken =
            engine_life::take_webhook(Arc::clone(engine), side, attempt, self.teller.clone());
        self.executor.spawn(taken);
        self.after(
            timeout,
            Event::WebhookTimesOut {
                side,
                attempt: number,
            },
        );
    }

    pub(super) fn note_receipt(&mut self, side: Side, attempt: u64, status: u16) {
        let receipt_lost = self.ground.weather.line.receipt_lost;
        let Some(body) = self.open_webhooks.get(&(side, attempt)) else {
            return;
        };
        if status < 300 {
            self.acknowledged.push((side, body.clone()));
        }
        let now = self.moment();
        self.story.tell(now.0, status, || {
            format!("the webhook is answered with {status}")
        });
        if self.mishap("receipt_lost", receipt_lost) {
            return;
        }
        self.open_webhooks.remove(&(side, attempt));
        self.world
            .emulator(side)
            .webhook_answered(attempt, WebhookOutcome::Answered(status), now);
    }

    /// An answer that was given before the process died has left it.
    pub(super) fn hear_last_receipts(&mut self) {
        let receipts = std::mem::take(&mut self.teller.lock().receipts);
        for (side, attempt, status) in receipts {
            self.note_receipt(side, attempt, status);
        }
    }
}

fn shortened(body: &[u8]) -> String {
    String::from_utf8_lossy(body)
        .chars()
        .take(REPLY_BYTES_TOLD)
        .collect()
}

fn told(side: Side, request: &Request<Bytes>, response: &Response<Bytes>, fate: Fate) -> String {
    let uri = request
        .uri()
        .path_and_query()
        .map_or("", http::uri::PathAndQuery::as_str);
    let body = if request.body().is_empty() {
        String::new()
    } else {
        format!(" {}", String::from_utf8_lossy(request.body()))
    };
    let if_match = request
        .headers()
        .get(http::header::IF_MATCH)
        .map(|version| format!(" if-match {version:?}"));
    format!(
        "{side} <- {} {uri}{body}{} -> {} {} ({fate:?})",
        request.method(),
        if_match.unwrap_or_default(),
        response.status().as_u16(),
        shortened(response.body()),
    )
}
