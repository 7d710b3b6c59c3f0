//! The known ways in which real answers differ from the files, each with its reason.
//!
//! In: an operation and a finding. Out: which entry of `data/deviations.json` knows it. Whether each entry is still
//! needed is for the report to say.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::finding::Finding;

/// One entry: a kind of difference at some places of some operations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deviation {
    /// Such as `* /api/v2/persons*`; `*` stands for anything.
    pub(crate) operations: Vec<String>,
    /// The kind of the findings.
    pub(crate) kind: String,
    pub(crate) places: Vec<String>,
    pub(crate) reason: String,
}

/// Which entry, and which of its places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Known {
    pub(crate) entry: usize,
    pub(crate) place: usize,
}

pub(crate) fn all() -> &'static [Deviation] {
    static ALL: LazyLock<Vec<Deviation>> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../data/deviations.json"))
            .expect("data/deviations.json is a list of entries")
    });
    &ALL
}

pub(crate) fn known(operation: &str, finding: &Finding) -> Option<Known> {
    all().iter().enumerate().find_map(|(entry, deviation)| {
        let fits = deviation.kind == finding.kind
            && deviation
                .operations
                .iter()
                .any(|pattern| matches(pattern, operation));
        let place = deviation
            .places
            .iter()
            .position(|place| *place == finding.place)?;
        fits.then_some(Known { entry, place })
    })
}

/// A pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(start) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    true
}
