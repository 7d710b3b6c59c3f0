//! Subscriptions, and single events on their way to them.
//!
//! In: nothing. Out: plain data and the body of a message. When something is sent is decided in `hooks`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::json;

/// Who wants to hear of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) id: u64,
    pub(super) url: String,
    pub(super) events: Vec<String>,
    pub(super) name: Option<String>,
    pub(super) enabled: bool,
    pub(super) created: i64,
    pub(super) secret: String,
    /// The one before, while both are valid.
    #[serde(default)]
    pub(super) former_secret: Option<String>,
    pub(super) failures_in_a_row: u32,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DeliveryStatus {
    Pending,
    Delivered,
    Failed,
    Exhausted,
}

impl DeliveryStatus {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Exhausted => "exhausted",
        }
    }
}

/// One event on its way to one subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Delivery {
    pub(super) id: u64,
    pub(super) subscription: u64,
    pub(super) event_id: String,
    pub(super) event: String,
    pub(super) body: String,
    pub(super) status: DeliveryStatus,
    pub(super) attempts: u32,
    pub(super) created: i64,
    pub(super) last_attempt: Option<i64>,
    pub(super) delivered: Option<i64>,
    pub(super) last_duration: Option<i64>,
    pub(super) last_error: Option<String>,
    pub(super) last_status: Option<u16>,
    pub(super) due: i64,
}

/// What kind of call an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AttemptKind {
    /// Its outcome decides what becomes of the delivery.
    Regular,
    /// The same message once more; nobody looks at the outcome.
    Double,
    /// A stranger's message, wrongly signed.
    Forged,
    /// A trial asked for by the owner.
    Trial,
}

impl Subscription {
    /// The signatures of a message: one for each secret that is valid, the newest first.
    pub(super) fn signatures(&self, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
        let newest = signature(&self.secret, id, seconds, body)?;
        let former = self.former_secret.as_ref();
        let former = former.and_then(|former| signature(former, id, seconds, body));
        Some(former.map_or_else(|| newest.clone(), |former| format!("{newest} {former}")))
    }

    pub(super) fn takes(&self, event: &str) -> bool {
        self.enabled && self.events.iter().any(|wanted| wanted == event)
    }
}

/// The message about one event, with the record as JSON and perhaps the name of what was done.
pub(super) fn envelope(
    id: &str,
    event: &str,
    (data, action): (&str, Option<&str>),
    at: i64,
) -> String {
    let mut body = String::with_capacity(data.len() + 160);
    body.push_str("{\"id\":");
    json::text(&mut body, id);
    json::key_text(&mut body, "event", Some(event));
    json::key_text(&mut body, "type", Some(event));
    json::key_time(&mut body, "timestamp", Some(at));
    json::key(&mut body, "data");
    body.push_str(data);
    if let Some(action) = action {
        json::key(&mut body, "action");
        body.push_str("{\"type\":");
        json::text(&mut body, action);
        body.push('}');
    }
    body.push('}');
    body
}

/// What a message is signed with: an HMAC of its id, its time and its body, by the key in the secret.
pub(super) fn signature(secret: &str, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Some(format!("v1,{signature}"))
}
