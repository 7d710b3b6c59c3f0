//! What the server said when it refused, kept so that a person can be told and no log ever is.
//!
//! In: status and body of a refusal, in either vendor's form. Out: codes and field names, which are ours to show, and
//! the vendor's own words, which are not.

use std::fmt;

use serde_json::Value;

use crate::redact::redact_text;

/// The vendor's words. They may quote a record, so they show themselves only when asked.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct VendorText(String);

impl VendorText {
    /// Keeps text from outside.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// As received; for the eyes of somebody who may see the record.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// With everything that may be a value taken out.
    #[must_use]
    pub fn redacted(&self) -> String {
        redact_text(&self.0)
    }
}

impl fmt::Debug for VendorText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[{} characters]", self.0.chars().count())
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    pub status: u16,
    /// The vendor's own code, such as `ERR_SCHEMA_VALIDATION_FAILED`.
    pub code: Option<String>,
    /// The last part of a problem's type, such as `concurrency-conflict`.
    pub problem: Option<String>,
    pub message: VendorText,
    /// The names of the fields the vendor objects to.
    pub fields: Vec<String>,
    /// What a person can do about it, in our words.
    pub advice: Option<&'static str>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "status {}", self.status)?;
        if let Some(code) = self.code.as_ref().or(self.problem.as_ref()) {
            write!(formatter, ", {code}")?;
        }
        if !self.fields.is_empty() {
            write!(formatter, ", fields: {}", self.fields.join(", "))?;
        }
        if let Some(advice) = self.advice {
            write!(formatter, "; {advice}")?;
        }
        Ok(())
    }
}

impl Refusal {
    pub(crate) fn read(status: u16, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| {
            body.get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let message = ["detail", "error", "message", "title"]
            .into_iter()
            .find_map(text)
            .unwrap_or_default();
        Self {
            status,
            code: text("code").filter(|code| is_code(code)).map(str::to_owned),
            problem: text("type").and_then(problem_name),
            message: VendorText::new(message.to_owned()),
            fields: field_names(&body, message),
            advice: None,
        }
    }

    pub(crate) fn is_about_staleness(&self) -> bool {
        self.problem.as_deref() == Some("concurrency-conflict")
    }

    /// A limit of the account's plan, which stops this record and not the others.
    pub(crate) fn is_about_the_plan(&self) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| code.starts_with("feature_capping"))
    }
}

fn problem_name(kind: &str) -> Option<String> {
    let name = kind.trim_end_matches('/').rsplit('/').next()?;
    is_code(name).then(|| name.to_owned())
}

fn is_code(text: &str) -> bool {
    text.len() <= 100
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Names from `errors` (a map of lists), from `field_code`, and from "Validation failed: a: why; b: why".
fn field_names(body: &Value, message: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if let Some(errors) = body.get("errors").and_then(Value::as_object) {
        names.extend(errors.keys().cloned());
    }
    if let Some(code) = body.get("field_code").and_then(Value::as_str) {
        names.push(code.to_owned());
    }
    if let Some(parts) = message.strip_prefix("Validation failed: ") {
        names.extend(
            parts
                .split("; ")
                .filter_map(|part| Some(part.split_once(": ")?.0.to_owned())),
        );
    }
    names.retain(|name| is_field_name(name));
    names.dedup();
    names
}

fn is_field_name(name: &str) -> bool {
    let is_part =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']');
    !name.is_empty() && name.len() <= 100 && name.bytes().all(is_part)
}
