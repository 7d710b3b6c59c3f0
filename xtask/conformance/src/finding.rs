//! One way in which an answer is not as published.
//!
//! In: what the schema library says. Out: a place without list positions (`data.emails.label`), a word for the kind of
//! difference, and a sentence. It does not know which differences are known.

use std::fmt;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

/// A difference between an answer and the files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where in the answer, such as `data.org_id`; empty for the whole of it.
    pub place: String,
    /// What it is: `null`, `key`, `status`, `refusal`, or the keyword of the schema that does not hold.
    pub kind: String,
    /// In words, for a person.
    pub says: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}): {}", self.place, self.kind, self.says)
    }
}

impl Finding {
    pub(crate) fn new(place: &str, kind: &str, says: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            kind: kind.to_owned(),
            says: says.into(),
        }
    }
}

/// A key that is not in the files is one finding of its own.
pub(crate) fn of(error: &ValidationError<'_>) -> Vec<Finding> {
    let place = place_of(error.instance_path().as_str());
    if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
        return unexpected
            .iter()
            .map(|key| {
                // Objects whose keys are numbers of records have a place for all of them.
                let key = if key.parse::<u64>().is_ok() { "#" } else { key };
                let place = if place.is_empty() {
                    key.to_owned()
                } else {
                    format!("{place}.{key}")
                };
                Finding::new(&place, "key", "the files name no such key")
            })
            .collect();
    }
    let is_null = matches!(error.instance().as_ref(), Value::Null);
    let kind = if is_null {
        "null"
    } else {
        error.kind().keyword()
    };
    let says = shortened(&error.to_string());
    vec![Finding::new(&place, kind, says)]
}

/// `/data/0/emails/1/label` is `data.emails.label`.
fn place_of(pointer: &str) -> String {
    let names = pointer
        .split('/')
        .filter(|part| !part.is_empty() && part.parse::<u64>().is_err());
    names.collect::<Vec<_>>().join(".")
}

fn shortened(text: &str) -> String {
    const LETTERS_MAX: usize = 200;
    text.chars().take(LETTERS_MAX).collect()
}
