//! How refusals look. The files declare next to none; the vendor's pages and captures of real answers show these.
//!
//! In: a status and a body. Out: whether it is one of the known kinds. What a refusal says in words is not looked at.

use serde_json::Value;

/// Keys of each kind of refusal, beside `success`, which is false. A name with `?` may be left out.
const KINDS: [&[&str]; 8] = [
    // The generic one; `code` names a plan limit.
    &["error", "error_info", "data", "additional_data", "code?"],
    // Of the gateway; `errorCode` is the status.
    &["error", "errorCode", "error_info?"],
    // Of the schema check of v2; `field_code` names a custom field.
    &["error", "code", "field_code?"],
    // Of old v1 endpoints: users, fields.
    &["error"],
    &["error", "error_info"],
    // Of webhooks.
    &["status", "errors"],
    &["message"],
    // Of leads, with empty blocks.
    &["error", "error_info", "data", "additional_data?"],
];

/// The firewall answers with a page.
const PAGE: (u16, &[u8]) = (403, b"<!DOCTYPE html>");

pub(crate) fn is_known(status: u16, body: &[u8]) -> bool {
    if status == PAGE.0 && body.starts_with(PAGE.1) {
        return true;
    }
    let Ok(Value::Object(refusal)) = serde_json::from_slice(body) else {
        return false;
    };
    if refusal.get("success") != Some(&Value::Bool(false)) {
        return false;
    }
    let status_fits = refusal
        .get("errorCode")
        .is_none_or(|code| code.as_u64() == Some(status.into()));
    let is_of_kind = |kind: &&[&str]| {
        let needed = kind.iter().filter(|name| !name.ends_with('?'));
        let known = |key: &String| kind.iter().any(|name| name.trim_end_matches('?') == key);
        needed.clone().all(|name| refusal.contains_key(*name))
            && refusal.keys().all(|key| key == "success" || known(key))
    };
    status_fits && KINDS.iter().any(is_of_kind)
}
