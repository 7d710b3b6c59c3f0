//! How long it takes from a webhook to the mirror.
//!
//! In: webhooks that were taken in. Out: how many, and how long they took. Only remembered while the engine runs.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use model::{Entity, Timestamp, time};
use store::{InboxRow, InboxSource};

/// Of one entity's webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lag {
    pub webhooks: u64,
    /// Of all of them together.
    pub millis: i64,
    pub last_millis: i64,
}

/// Of every entity whose webhooks came.
#[derive(Debug, Default)]
pub struct Lags(Mutex<BTreeMap<Entity, Lag>>);

impl Lags {
    /// These rows were taken in just now.
    pub(crate) fn note<'a>(&self, rows: impl Iterator<Item = &'a InboxRow>, now: Timestamp) {
        let mut lags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            let is_webhook = match row.source {
                InboxSource::PipedriveWebhook | InboxSource::PropstreetWebhook => true,
                InboxSource::Poll | InboxSource::Sweep | InboxSource::Manual => false,
            };
            if let Some(record) = row.record.as_ref().filter(|_| is_webhook) {
                let millis = time::to_millis(now) - time::to_millis(row.received_at);
                let lag = lags.entry(record.entity).or_default();
                lag.webhooks += 1;
                lag.millis += millis;
                lag.last_millis = millis;
            }
        }
    }

    #[must_use]
    pub fn all(&self) -> Vec<(Entity, Lag)> {
        let lags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lags.iter().map(|(entity, lag)| (*entity, *lag)).collect()
    }
}
