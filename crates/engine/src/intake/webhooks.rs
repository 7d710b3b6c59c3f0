//! Webhooks: checked, stored, answered; nothing else. Pipedrive bans a receiver for half an hour after ten first attempts that
//! fail, and what happens meanwhile is lost, so an authentic delivery is never refused for what it says.
//!
//! In: a delivery as it came. Out: an inbox row, durable, and a due lane. Pipedrive signs nothing: a secret path and Basic
//! credentials are all there is, which is why a payload is only ever a hint.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pipedrive::{WebhookEvent, WebhookTopic};
use propstreet::{SignatureHeaders, WebhookHint};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use store::{Appended, InboxSource, NewInboxRow, Store, StoreError};
use subtle::ConstantTimeEq;

use crate::core::Core;
use crate::mapping;
use crate::mirror::events;

/// The user name in the Basic credentials that `setup` registers.
pub const PIPEDRIVE_USER: &str = "pipestreet";

/// What Pipedrive proves itself with.
#[derive(Debug, Clone)]
pub struct PipedriveCredentials {
    pub path_token: SecretString,
    pub password: SecretString,
}

/// What became of an authentic delivery. Both are a success for the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    Stored,
    AlreadyKnown,
}

/// Why a delivery is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the delivery does not prove where it comes from")]
    NotAuthentic,
    /// The sender will try again.
    #[error("the delivery could not be stored")]
    NotStored(#[source] StoreError),
}

/// Takes a delivery of Pipedrive.
///
/// # Errors
/// [`Refused`]; never because of what the delivery says.
pub async fn accept_pipedrive<S: Store>(
    core: &Core<S>,
    path_token: &str,
    authorization: Option<&str>,
    body: &[u8],
) -> Result<Accepted, Refused> {
    let Some(credentials) = &core.settings.webhooks.pipedrive else {
        return Err(Refused::NotAuthentic);
    };
    if !is_authentic(credentials, path_token, authorization) {
        return Err(Refused::NotAuthentic);
    }
    // Only what the inbox row needs; the record in it is read when its lane's turn comes.
    let event = WebhookTopic::decode(body).ok();
    let record = event.as_ref().and_then(events::record_of_pipedrive);
    let record = record.filter(|record| core.settings.mirrors(record.entity));
    let summary = match (&event, &record) {
        (Some(event), Some(record)) => format!("{:?} {record}", event.action).to_lowercase(),
        (Some(event), None) => {
            format!("{:?} of a record that is not synced", event.action).to_lowercase()
        }
        (None, _) => "not understood".to_owned(),
    };
    let own_id = |event: &WebhookTopic| {
        // The events of a user all carry the user's id for their own.
        let id = event.event_id.clone();
        id.filter(|id| *id != event.entity_id)
    };
    let dedup = match event.as_ref().and_then(own_id) {
        // A retry says in its body which attempt it is, so the body's hash would not tell that it is the same.
        Some(id) => {
            let at = event
                .as_ref()
                .and_then(|event| event.timestamp)
                .map(|at| at.to_string())
                .unwrap_or_default();
            format!("{id}:{summary}:{at}")
        }
        None => hash(body),
    };
    let is_synced = record.is_some();
    let source = InboxSource::PipedriveWebhook;
    let accepted = append(core, source, dedup, record, body, summary).await?;
    if !is_synced && accepted == Accepted::Stored {
        notice_fields(core, body);
    }
    Ok(accepted)
}

/// A record that no lane looks at may show a new field all the same.
fn notice_fields<S: Store>(core: &Core<S>, body: &[u8]) {
    let (Ok(mapping), Ok(event)) = (core.mapping(), WebhookEvent::decode_present(body)) else {
        return;
    };
    if let Some(data) = &event.data {
        mapping::notice_event(data, core.now(), &mapping);
    }
}

/// Takes a delivery of Propstreet, signed by Standard Webhooks.
///
/// # Errors
/// [`Refused`]; never because of what the delivery says.
pub async fn accept_propstreet<S: Store>(
    core: &Core<S>,
    headers: &http::HeaderMap,
    body: &[u8],
) -> Result<Accepted, Refused> {
    let signature = SignatureHeaders::from_headers(headers).ok_or(Refused::NotAuthentic)?;
    propstreet::verify(signature, body, &core.propstreet_secrets(), core.now())
        .map_err(|_| Refused::NotAuthentic)?;
    let event = WebhookHint::decode(body).ok();
    let record = event.as_ref().and_then(events::record_of_propstreet);
    let record = record.filter(|record| core.settings.mirrors(record.entity));
    let summary = match (&event, &record) {
        (Some(event), Some(record)) => format!("{:?} {record}", event.kind).to_lowercase(),
        (Some(event), None) => {
            format!("{:?} of a record that is not synced", event.kind).to_lowercase()
        }
        (None, _) => "not understood".to_owned(),
    };
    let dedup = format!("{}:{}", signature.id, hash(body));
    append(
        core,
        InboxSource::PropstreetWebhook,
        dedup,
        record,
        body,
        summary,
    )
    .await
}

async fn append<S: Store>(
    core: &Core<S>,
    source: InboxSource,
    dedup: String,
    record: Option<model::RecordKey>,
    body: &[u8],
    summary: String,
) -> Result<Accepted, Refused> {
    let body = match std::str::from_utf8(body) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let row = NewInboxRow {
        source,
        dedup: Some(dedup),
        record,
        body: Some(body),
        summary,
    };
    let appended = core
        .store
        .append_inbox(core.ctx(), vec![row], core.now())
        .await
        .map_err(Refused::NotStored)?;
    core.bells.read.ring();
    Ok(match appended.first() {
        Some(Appended::AlreadyKnown) => Accepted::AlreadyKnown,
        Some(Appended::Stored(_)) | None => Accepted::Stored,
    })
}

/// Whether a delivery proves that it comes from Pipedrive. Compares hashes in constant time, and both parts always, so that
/// the time tells nothing.
#[must_use]
pub fn is_authentic(
    credentials: &PipedriveCredentials,
    path_token: &str,
    authorization: Option<&str>,
) -> bool {
    let pair = format!("{PIPEDRIVE_USER}:{}", credentials.password.expose_secret());
    let expected = format!("Basic {}", STANDARD.encode(pair));
    let path = same(path_token, credentials.path_token.expose_secret());
    let basic = same(authorization.unwrap_or_default(), &expected);
    path & basic
}

fn same(given: &str, expected: &str) -> bool {
    Sha256::digest(given.as_bytes())
        .ct_eq(&Sha256::digest(expected.as_bytes()))
        .into()
}

fn hash(body: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    let digest = Sha256::digest(body);
    let half = digest.iter().take(16);
    half.flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
