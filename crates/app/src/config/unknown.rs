//! Settings that do not exist: what the person probably meant.
//!
//! In: the path of what was written and the paths that exist. Out: a mistake with help. A secret written into the file is
//! refused here, and its value is kept out of the message.

use std::collections::BTreeSet;
use std::ops::Range;

use super::mistake::{Mistake, Place};
use crate::secrets::SecretName;

/// How alike two words must be for one to be offered for the other.
const LIKENESS_MIN: f64 = 0.8;

/// Parts of names that say "this is a secret".
const SECRET_WORDS: [&str; 6] = [
    "token",
    "secret",
    "password",
    "passphrase",
    "api_key",
    "credential",
];

/// A setting that was written and does not exist.
#[derive(Debug, Clone)]
pub(super) struct Unknown {
    pub(super) path: String,
    pub(super) place: Place,
    /// Whether it was written as a section of its own.
    pub(super) is_section: bool,
    /// Where its value stands in the file.
    pub(super) value: Option<Range<usize>>,
}

pub(super) fn mistake(unknown: &Unknown, known: &BTreeSet<String>) -> Mistake {
    let path = &unknown.path;
    if is_secret(path) {
        return secret_mistake(unknown);
    }
    let (section, key) = split(path);
    let message = if unknown.is_section {
        format!("there is no section [{path}]")
    } else {
        format!("there is no setting `{path}`")
    };
    let mistake = Mistake::new(unknown.place.clone(), message);
    let here: Vec<&str> = known
        .iter()
        .filter(|other| split(other).0 == section)
        .map(|other| split(other).1)
        .collect();
    if let Some(key) = nearest(key, here.iter().copied()) {
        return mistake.with_help(format!("did you mean `{key}`?"));
    }
    if let Some(elsewhere) = known.iter().find(|other| split(other).1 == key) {
        return mistake.with_help(format!("`{key}` belongs into [{}]", split(elsewhere).0));
    }
    let sections: BTreeSet<&str> = known.iter().map(|other| split(other).0).collect();
    if section.is_empty() || here.is_empty() {
        let meant = nearest(path, sections.iter().copied())
            .or_else(|| nearest(section, sections.iter().copied()));
        let help = meant.map_or_else(
            || format!("the sections are {}", top(&sections)),
            |name| format!("did you mean [{name}]?"),
        );
        return mistake.with_help(help);
    }
    mistake.with_help(format!("[{section}] has {}", here.join(", ")))
}

/// The word most like this one, if any is like it.
pub(super) fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    words
        .map(|other| (strsim::jaro_winkler(word, other), other))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}

fn is_secret(path: &str) -> bool {
    let key = split(path).1.to_lowercase();
    SECRET_WORDS.iter().any(|word| key.contains(word)) || key == "key"
}

fn secret_mistake(unknown: &Unknown) -> Mistake {
    let written = unknown.path.replace('.', "_");
    let names = SecretName::ALL.map(SecretName::as_str);
    let name = nearest(&written, names.into_iter()).unwrap_or("NAME");
    let mut mistake = Mistake::new(
        unknown.place.clone(),
        format!(
            "`{}`: secrets are not kept in the configuration",
            unknown.path
        ),
    );
    mistake.hidden.clone_from(&unknown.value);
    mistake.with_help(format!(
        "keep it with `pipestreet secrets set {name}`, or set PIPESTREET_{0} or PIPESTREET_{0}_FILE; \
         if this file was shared, replace the secret",
        name.to_uppercase()
    ))
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

fn top(sections: &BTreeSet<&str>) -> String {
    let names: BTreeSet<&str> = sections
        .iter()
        .map(|name| name.split('.').next().unwrap_or(name))
        .collect();
    names
        .into_iter()
        .map(|name| format!("[{name}]"))
        .collect::<Vec<_>>()
        .join(", ")
}
