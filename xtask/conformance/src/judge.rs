//! The judge: one answer, held against its operation.
//!
//! In: method, path, status and body. Out: the operation, what is not as published, and which known differences were met.
//! Never changes anything, and keeps the compiled schemas.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::Value;

use crate::deviations::{self, Known};
use crate::finding::{self, Finding};
use crate::operations::{self, Operation};
use crate::refusals;
use crate::strict;

/// What there is to say of one answer.
#[derive(Debug)]
pub struct Verdict {
    /// `None` for an address that the files do not know.
    pub operation: Option<&'static Operation>,
    pub status: u16,
    /// Differences that are not listed as known.
    pub findings: Vec<Finding>,
    pub(crate) known: Vec<Known>,
}

impl Verdict {
    /// The findings as lines.
    #[must_use]
    pub fn shown(&self) -> String {
        let lines: Vec<String> = self
            .findings
            .iter()
            .map(|finding| format!("- {finding}"))
            .collect();
        lines.join("\n")
    }
}

/// Holds an answer against what is published about it.
#[must_use]
pub fn judge(method: &str, path: &str, status: u16, body: &[u8]) -> Verdict {
    let operation = operations::find(method, path);
    let name = operation.map_or_else(|| format!("{method} {path}"), Operation::name);
    let mut differences = match (operation, status) {
        (_, 400..) => refusal(operation, status, body),
        (Some(operation), _) => success(operation, status, body),
        (None, _) => vec![Finding::new(
            "",
            "operation",
            "no such operation is published",
        )],
    };
    differences.sort();
    differences.dedup();
    let mut verdict = Verdict {
        operation,
        status,
        findings: Vec::new(),
        known: Vec::new(),
    };
    for difference in differences {
        match deviations::known(&name, &difference) {
            Some(known) => verdict.known.push(known),
            None => verdict.findings.push(difference),
        }
    }
    verdict
}

fn success(operation: &'static Operation, status: u16, body: &[u8]) -> Vec<Finding> {
    let Some(schema) = operation.answers.get(&status) else {
        return vec![Finding::new(
            "",
            "status",
            format!("status {status} is not published"),
        )];
    };
    if schema.get() == "null" {
        return Vec::new();
    }
    let Ok(answer) = serde_json::from_slice::<Value>(body) else {
        return vec![Finding::new("", "json", "the body is not JSON")];
    };
    let validator = validator(operation, status);
    validator
        .iter_errors(&answer)
        .flat_map(|error| finding::of(&error))
        .collect()
}

/// A refusal is as published for its operation, or of a kind that is known for all.
fn refusal(operation: Option<&'static Operation>, status: u16, body: &[u8]) -> Vec<Finding> {
    if refusals::is_known(status, body) {
        return Vec::new();
    }
    match operation.filter(|operation| operation.answers.contains_key(&status)) {
        Some(operation) => success(operation, status, body),
        None => vec![Finding::new(
            "",
            "refusal",
            "no refusal is known to look like this",
        )],
    }
}

type Validators = BTreeMap<(String, u16), Arc<Validator>>;

fn validator(operation: &'static Operation, status: u16) -> Arc<Validator> {
    static VALIDATORS: LazyLock<Mutex<Validators>> = LazyLock::new(Mutex::default);
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = validators
        .entry((operation.name(), status))
        .or_insert_with(|| {
            let mut schema: Value = serde_json::from_str(operation.answers[&status].get())
                .expect("a line of data/ has JSON in it");
            strict::close(&mut schema);
            let compiled = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft202012)
                .should_validate_formats(true)
                .build(&schema);
            Arc::new(compiled.expect("a schema of data/ is a schema"))
        });
    Arc::clone(validator)
}
