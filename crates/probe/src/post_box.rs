//! The post box: where an account's webhooks come in while a probe listens.
//!
//! In: deliveries, from whoever serves the address. Out: how to answer each, and those about the probe's own records. What an
//! account tells about anything else is answered and forgotten: it is none of the probe's business.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// So many deliveries are kept at the most.
const DELIVERIES_MAX: usize = 1_000;

/// Where webhooks come in.
#[derive(Debug)]
pub struct PostBox {
    address: String,
    mark: String,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    deliveries: Vec<Delivery>,
    refuses: bool,
}

/// A webhook about a record of the probe.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) data: Value,
    pub(crate) previous: Value,
    pub(crate) meta: Value,
    /// Everything else.
    pub(crate) rest: Value,
}

impl PostBox {
    /// One that the account reaches at `address`, a whole URL, and whose probe marks its records with `mark`.
    #[must_use]
    pub const fn new(address: String, mark: String) -> Self {
        Self {
            address,
            mark,
            inside: Mutex::new(Inside {
                deliveries: Vec::new(),
                refuses: false,
            }),
        }
    }

    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A delivery has come; the status to answer it with.
    #[must_use]
    pub fn receive(&self, body: &[u8]) -> u16 {
        self.receive_of(body, contains(body, self.mark.as_bytes()))
    }

    /// A trial has come, which only the probe can have asked for; the status to answer it with.
    #[must_use]
    pub fn receive_trial(&self, body: &[u8]) -> u16 {
        self.receive_of(body, true)
    }

    fn receive_of(&self, body: &[u8], is_ours: bool) -> u16 {
        let mut inside = self.inside();
        if is_ours
            && inside.deliveries.len() < DELIVERIES_MAX
            && let Ok(mut body) = serde_json::from_slice::<Value>(body)
        {
            inside.deliveries.push(Delivery {
                data: body["data"].take(),
                previous: body["previous"].take(),
                meta: body["meta"].take(),
                rest: body,
            });
        }
        if inside.refuses { 500 } else { 204 }
    }

    /// From now on every delivery is refused, or none.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.inside().refuses = refuses;
    }

    /// What came of a webhook, in the order in which it came.
    pub(crate) fn deliveries(&self, webhook: &Value) -> Vec<Delivery> {
        let inside = self.inside();
        let of_it = |delivery: &&Delivery| plain(&delivery.meta["webhook_id"]) == plain(webhook);
        inside.deliveries.iter().filter(of_it).cloned().collect()
    }

    /// Everything that came, in the order in which it came.
    pub(crate) fn everything(&self) -> Vec<Delivery> {
        self.inside().deliveries.clone()
    }

    /// Takes everything out and refuses nothing any more.
    pub(crate) fn empty(&self) {
        *self.inside() = Inside::default();
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Numbers come as texts, too.
fn plain(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
}
