//! The wiretap: listens to every call on its way, counts it, and sees what no call may say.
//!
//! In: requests as they arrive. Out: counts, and the rules that a call broke. It never changes a call.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request};
use model::Side;
use serde_json::Value;

/// What the engine may write to a Pipedrive record, beside custom fields.
const PERSON_KEYS: [&str; 6] = [
    "name",
    "emails",
    "phones",
    "org_id",
    "label_ids",
    "custom_fields",
];
const ORGANIZATION_KEYS: [&str; 2] = ["name", "custom_fields"];
const CONTACT_KEYS: [&str; 7] = [
    "firstName",
    "lastName",
    "email",
    "phone",
    "tags",
    "strategy",
    "externalRefs",
];
const COMPANY_KEYS: [&str; 4] = ["name", "countryCode", "domain", "externalRefs"];

const DEAL_KEYS: [&str; 9] = [
    "title",
    "value",
    "currency",
    "stage_id",
    "status",
    "won_time",
    "lost_time",
    "lost_reason",
    "custom_fields",
];
const PROJECT_KEYS: [&str; 4] = ["name", "price", "asset", "externalRefs"];

/// What was heard.
#[derive(Debug, Default)]
pub(super) struct Wiretap {
    pub(super) calls: u64,
    /// Writes of records and links, by side.
    pub(super) writes: BTreeMap<Side, u64>,
    pub(super) broken: Vec<String>,
    /// Taken away on purpose, so its absence is to be noticed elsewhere.
    pub(super) if_match_is_off: bool,
}

impl Wiretap {
    pub(super) fn hear(&mut self, side: Side, request: &Request<Bytes>) {
        self.calls += 1;
        let (method, path) = (request.method(), request.uri().path());
        if method == Method::GET || !is_of_a_record(path) {
            return;
        }
        *self.writes.entry(side).or_default() += 1;
        if method == Method::DELETE && !path.contains("/links/") {
            self.broken.push(format!(
                "S9: {method} {path}: the engine deletes a record although deletes do not travel"
            ));
        }
        if side == Side::Propstreet
            && method == Method::PATCH
            && !self.if_match_is_off
            && !request.headers().contains_key(http::header::IF_MATCH)
        {
            self.broken
                .push(format!("S12: {method} {path} carries no version"));
        }
        if method == Method::PATCH {
            self.look_at_keys(path, request.body());
        }
    }

    /// S10 and S11: only what is mapped is sent, and never what the other side owns.
    fn look_at_keys(&mut self, path: &str, body: &Bytes) {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
            return;
        };
        let allowed: &[&str] = if is_of_a_note(path) {
            return;
        } else if path.contains("/persons/") {
            &PERSON_KEYS
        } else if path.contains("/organizations/") {
            &ORGANIZATION_KEYS
        } else if path.contains("/contacts/") {
            &CONTACT_KEYS
        } else if path.contains("/companies/") {
            &COMPANY_KEYS
        } else if path.contains("/deals/") {
            &DEAL_KEYS
        } else if path.contains("/projects/") {
            &PROJECT_KEYS
        } else {
            return;
        };
        for key in body.keys().filter(|key| !allowed.contains(&key.as_str())) {
            self.broken.push(format!(
                "S11: PATCH {path} sends {key}, which is not ours to change"
            ));
        }
    }

    pub(super) fn writes_total(&self) -> u64 {
        self.writes.values().sum()
    }
}

fn is_of_a_note(path: &str) -> bool {
    ["/notes", "/actions"]
        .iter()
        .any(|part| path.contains(part))
}

fn is_of_a_record(path: &str) -> bool {
    [
        "/persons",
        "/organizations",
        "/contacts",
        "/companies",
        "/links",
        "/deals",
        "/projects",
        "/notes",
    ]
    .iter()
    .any(|part| path.contains(part))
        && !path.contains("/find-duplicates")
}
