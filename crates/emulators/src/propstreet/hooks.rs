//! Webhook subscriptions and deliveries.
//!
//! In: events, outcomes of attempts, the time. Out: the attempts that are due. Retries follow the vendor's pattern: nine
//! attempts, switched off after ten failures in a row or at once on 410. It opens no connection.

use std::collections::{BTreeMap, BTreeSet};

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

use super::access::random_text;
use super::delivery::{AttemptKind, Delivery, DeliveryStatus, Subscription, envelope};
use super::settings::WebhookManner;
use super::shapes;
use super::switches::PropstreetSwitches;
use crate::answer::WebhookOutcome;
use crate::faults::{Fault, FaultQueue};

/// Waits after the first attempt, the second and so on, in milliseconds.
const RETRY_WAITS: [i64; 8] = [
    5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000, 36_000_000,
];
const GONE: u16 = 410;
/// Finished deliveries that are remembered.
const FINISHED_MAX: usize = 2_000;
const MESSAGE_ID_LENGTH: usize = 24;

#[derive(Debug)]
struct UnderWay {
    delivery: u64,
    kind: AttemptKind,
    since: i64,
}

/// Subscriptions, deliveries and what waits to be sent.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    pub(super) subscriptions: BTreeMap<u64, Subscription>,
    pub(super) deliveries: BTreeMap<u64, Delivery>,
    queue: BTreeSet<(i64, u64, u64, AttemptKind)>,
    finished: std::collections::VecDeque<u64>,
    under_way: BTreeMap<u64, UnderWay>,
    last_subscription: u64,
    last_delivery: u64,
    last_attempt: u64,
    last_queued: u64,
    /// Sent attempts, by event.
    pub(super) sent: BTreeMap<String, u64>,
}

/// How an event leaves: the time, the manners, and where chance and faults come from.
#[derive(Debug)]
pub(super) struct Sending<'a> {
    pub(super) now: i64,
    pub(super) at: i64,
    pub(super) manner: WebhookManner,
    pub(super) switches: PropstreetSwitches,
    pub(super) rng: &'a mut ChaCha8Rng,
    pub(super) faults: &'a mut FaultQueue,
}

impl Hooks {
    pub(super) fn take_subscription_id(&mut self) -> u64 {
        self.last_subscription += 1;
        self.last_subscription
    }

    pub(super) fn wants(&self, event: &str) -> bool {
        self.subscriptions
            .values()
            .any(|subscription| subscription.takes(event))
    }

    /// Queues an event for everybody who wants it, with the record as JSON and perhaps the name of what was done.
    pub(super) fn announce(
        &mut self,
        event: &str,
        (data, action): (&str, Option<&str>),
        sending: &mut Sending<'_>,
    ) {
        let takers: Vec<u64> = self
            .subscriptions
            .values()
            .filter(|subscription| subscription.takes(event))
            .map(|taker| taker.id)
            .collect();
        for subscription in takers {
            let event_id = format!("msg_{}", random_text(sending.rng, MESSAGE_ID_LENGTH));
            let body = envelope(&event_id, event, (data, action), sending.at);
            let body = shapes::event(body, &sending.switches);
            let fault = sending.faults.draw_webhook(event);
            if fault == Some(Fault::WebhookDrop) {
                continue;
            }
            let mut due = sending.now + wait(sending);
            if let Some(Fault::WebhookDelay { millis }) = fault {
                due += millis;
            }
            if fault == Some(Fault::WebhookReorder) {
                due = self.queue.first().map_or(due, |first| first.0 - 1);
            }
            let delivery = self.add(
                subscription,
                event_id,
                event.to_owned(),
                body,
                (sending.at, due),
            );
            self.enqueue(due, delivery, AttemptKind::Regular);
            let doubled = sending.rng.random_range(0..1_000) < sending.manner.doubled_per_mille;
            if doubled || fault == Some(Fault::WebhookDuplicate) {
                let later = due + wait(sending);
                self.enqueue(later, delivery, AttemptKind::Double);
            }
            if fault == Some(Fault::WebhookForge) {
                self.enqueue(due, delivery, AttemptKind::Forged);
            }
        }
    }

    /// Queues a trial message, which is not kept.
    pub(super) fn try_out(
        &mut self,
        subscription: u64,
        event: &str,
        data: &str,
        sending: &mut Sending<'_>,
    ) {
        let event_id = format!("msg_{}", random_text(sending.rng, MESSAGE_ID_LENGTH));
        let body = envelope(&event_id, event, (data, None), sending.at);
        let body = shapes::event(body, &sending.switches);
        let delivery = self.add(
            subscription,
            event_id,
            event.to_owned(),
            body,
            (sending.at, sending.now),
        );
        self.enqueue(sending.now, delivery, AttemptKind::Trial);
    }

    fn add(
        &mut self,
        subscription: u64,
        event_id: String,
        event: String,
        body: String,
        (at, due): (i64, i64),
    ) -> u64 {
        self.last_delivery += 1;
        let delivery = Delivery {
            id: self.last_delivery,
            subscription,
            event_id,
            event,
            body,
            status: DeliveryStatus::Pending,
            attempts: 0,
            created: at,
            last_attempt: None,
            delivered: None,
            last_duration: None,
            last_error: None,
            last_status: None,
            due,
        };
        self.deliveries.insert(delivery.id, delivery);
        self.last_delivery
    }

    fn enqueue(&mut self, due: i64, delivery: u64, kind: AttemptKind) {
        self.last_queued += 1;
        self.queue.insert((due, self.last_queued, delivery, kind));
        if kind == AttemptKind::Regular
            && let Some(delivery) = self.deliveries.get_mut(&delivery)
        {
            delivery.due = due;
        }
    }

    pub(super) fn next_due(&self) -> Option<i64> {
        self.queue.first().map(|first| first.0)
    }

    /// Takes the next attempt due, with its number.
    pub(super) fn take_due(&mut self, now: i64, at: i64) -> Option<(u64, Delivery, AttemptKind)> {
        while let Some(&first) = self.queue.first().filter(|first| first.0 <= now) {
            self.queue.remove(&first);
            let (_, _, id, kind) = first;
            let Some(delivery) = self.deliveries.get_mut(&id) else {
                continue;
            };
            if kind == AttemptKind::Regular {
                if delivery.status != DeliveryStatus::Pending {
                    continue;
                }
                delivery.attempts += 1;
                delivery.last_attempt = Some(at);
            }
            self.last_attempt += 1;
            self.under_way.insert(
                self.last_attempt,
                UnderWay {
                    delivery: id,
                    kind,
                    since: now,
                },
            );
            *self.sent.entry(delivery.event.clone()).or_default() += 1;
            return Some((self.last_attempt, delivery.clone(), kind));
        }
        None
    }

    /// Notes how an attempt ended. `failures_max` failures in a row switch the subscription off.
    pub(super) fn ended(
        &mut self,
        attempt: u64,
        outcome: WebhookOutcome,
        (now, at): (i64, i64),
        failures_max: u32,
    ) {
        let Some(under_way) = self.under_way.remove(&attempt) else {
            return;
        };
        match under_way.kind {
            AttemptKind::Regular => {}
            AttemptKind::Double | AttemptKind::Forged => return,
            AttemptKind::Trial => {
                self.deliveries.remove(&under_way.delivery);
                return;
            }
        }
        let Some(delivery) = self.deliveries.get_mut(&under_way.delivery) else {
            return;
        };
        delivery.last_duration = Some(now - under_way.since);
        let (status, error) = match outcome {
            WebhookOutcome::Answered(status) => (Some(status), None),
            WebhookOutcome::TimedOut => {
                (None, Some("The receiver did not answer within 10 seconds."))
            }
            WebhookOutcome::Unreachable => (None, Some("The receiver could not be reached.")),
        };
        delivery.last_status = status;
        let took = status.is_some_and(|status| (200..300).contains(&status));
        if took {
            delivery.status = DeliveryStatus::Delivered;
            delivery.delivered = Some(at);
            delivery.last_error = None;
        } else {
            let by_status = || status.map(|status| format!("The receiver answered {status}."));
            delivery.last_error = error.map(str::to_owned).or_else(by_status);
        }
        let delivery_waits = delivery.status == DeliveryStatus::Pending;
        let (id, subscription, attempts) = (delivery.id, delivery.subscription, delivery.attempts);
        if took {
            if let Some(subscription) = self.subscriptions.get_mut(&subscription) {
                subscription.failures_in_a_row = 0;
            }
            self.finish(id);
            return;
        }
        if delivery_waits {
            self.schedule_retry(id, attempts, now);
        }
        self.count_failure(subscription, status == Some(GONE), failures_max);
    }

    fn schedule_retry(&mut self, id: u64, attempts: u32, now: i64) {
        let wait = usize::try_from(attempts)
            .ok()
            .and_then(|attempts| RETRY_WAITS.get(attempts.wrapping_sub(1)));
        if let Some(wait) = wait {
            self.enqueue(now + wait, id, AttemptKind::Regular);
            return;
        }
        if let Some(delivery) = self.deliveries.get_mut(&id) {
            delivery.status = DeliveryStatus::Exhausted;
        }
        self.finish(id);
    }

    fn count_failure(&mut self, id: u64, gone: bool, failures_max: u32) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else {
            return;
        };
        subscription.failures_in_a_row += 1;
        if gone || subscription.failures_in_a_row >= failures_max {
            subscription.enabled = false;
            self.fail_pending(id);
        }
    }

    /// What still waits for a subscription will not be sent.
    pub(super) fn fail_pending(&mut self, subscription: u64) {
        let waiting: Vec<u64> = self
            .deliveries
            .values()
            .filter(|delivery| {
                delivery.subscription == subscription && delivery.status == DeliveryStatus::Pending
            })
            .map(|delivery| delivery.id)
            .collect();
        for id in waiting {
            if let Some(delivery) = self.deliveries.get_mut(&id) {
                delivery.status = DeliveryStatus::Failed;
            }
            self.finish(id);
        }
        self.queue.retain(|(_, _, delivery, _)| {
            self.deliveries
                .get(delivery)
                .is_some_and(|delivery| delivery.status != DeliveryStatus::Failed)
        });
    }

    fn finish(&mut self, id: u64) {
        self.finished.push_back(id);
        while self.finished.len() > FINISHED_MAX {
            let Some(oldest) = self.finished.pop_front() else {
                break;
            };
            if self
                .deliveries
                .get(&oldest)
                .is_some_and(|delivery| delivery.status != DeliveryStatus::Pending)
            {
                self.deliveries.remove(&oldest);
            }
        }
    }

    /// Sends failed deliveries since a moment once more, from the first attempt; gives their number.
    pub(super) fn replay(&mut self, subscription: u64, since: i64, now: i64, most: usize) -> usize {
        let again: Vec<u64> = self
            .deliveries
            .values()
            .filter(|delivery| delivery.subscription == subscription && delivery.created >= since)
            .filter(|delivery| {
                [DeliveryStatus::Failed, DeliveryStatus::Exhausted].contains(&delivery.status)
            })
            .map(|delivery| delivery.id)
            .take(most)
            .collect();
        for &id in &again {
            if let Some(delivery) = self.deliveries.get_mut(&id) {
                delivery.status = DeliveryStatus::Pending;
                delivery.attempts = 0;
            }
            self.enqueue(now, id, AttemptKind::Regular);
        }
        again.len()
    }

    /// Takes in what was saved. Calls that were under way count as never made.
    pub(super) fn load(subscriptions: Vec<Subscription>, deliveries: Vec<Delivery>) -> Self {
        let mut hooks = Self {
            subscriptions: subscriptions
                .into_iter()
                .map(|subscription| (subscription.id, subscription))
                .collect(),
            last_delivery: deliveries
                .iter()
                .map(|delivery| delivery.id)
                .max()
                .unwrap_or(0),
            ..Self::default()
        };
        hooks.last_subscription = hooks.subscriptions.keys().last().copied().unwrap_or(0);
        for delivery in deliveries {
            let (id, due, status) = (delivery.id, delivery.due, delivery.status);
            hooks.deliveries.insert(id, delivery);
            if status == DeliveryStatus::Pending {
                hooks.enqueue(due, id, AttemptKind::Regular);
            } else {
                hooks.finish(id);
            }
        }
        hooks
    }
}

fn wait(sending: &mut Sending<'_>) -> i64 {
    match sending.manner.delay_millis_max {
        0 => 0,
        most => sending.rng.random_range(0..=most),
    }
}
