//! The report: which published operations are emulated and which were used, and every answer that is not as published.
//!
//! In: notes of test programs, recordings of an emulator, and one recording of a probe that called every operation.
//! Out: a table per group of operations, the findings, and whether all is well. It starts nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use crate::deviations::{self, Deviation, Known};
use crate::judge::judge;
use crate::keys;
use crate::notes::{self, Note};
use crate::operations::operations;

/// What the emulator says of an address that it does not have, has no longer, or takes for a record's.
const UNKNOWN: [&str; 3] = [
    "Unknown method.",
    "This endpoint is no longer supported.",
    "id: must be a positive integer",
];
/// Answers that also mean "not here".
const NOT_HERE: [u16; 2] = [405, 501];

/// One line of a recording.
#[derive(Debug, Deserialize)]
struct Recorded {
    method: String,
    path: String,
    status: u16,
    body: String,
}

/// Everything seen.
#[derive(Debug, Default)]
pub struct Report {
    /// Successful operations of each suite.
    suites: Vec<(String, BTreeSet<String>)>,
    emulated: BTreeSet<String>,
    met: BTreeSet<Known>,
    answers: usize,
    findings: BTreeMap<String, usize>,
    /// Keys of successful answers in recordings, by operation and status.
    shown: BTreeMap<(String, u16), BTreeSet<String>>,
}

impl Report {
    /// Takes in the notes of a suite whose tests judged every answer themselves.
    ///
    /// # Errors
    /// When the folder has no notes, or something else in it.
    pub fn add_notes(&mut self, suite: &str, folder: &Path) -> anyhow::Result<()> {
        let notes = notes::read(folder)?;
        self.add(suite, notes);
        Ok(())
    }

    /// Judges every answer of a recording.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn add_recording(&mut self, suite: &str, file: &Path) -> anyhow::Result<()> {
        let mut notes = BTreeSet::new();
        self.judge_all(file, |_, of_answer| notes.extend(of_answer))?;
        self.add(suite, notes);
        Ok(())
    }

    /// Takes in a recording in which every published operation was called once.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn add_probe(&mut self, file: &Path) -> anyhow::Result<()> {
        let mut emulated = BTreeSet::new();
        self.judge_all(file, |answer, of_answer| {
            if is_served(answer) {
                emulated.extend(of_answer.into_iter().filter_map(|note| match note {
                    Note::Answer { operation, .. } => Some(operation),
                    Note::Met(_) => None,
                }));
            }
        })?;
        self.emulated = emulated;
        Ok(())
    }

    /// No finding, and no entry of the known differences without use.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.findings.is_empty() && self.unmet().is_empty()
    }

    fn add(&mut self, suite: &str, notes: BTreeSet<Note>) {
        let mut used = BTreeSet::new();
        for note in notes {
            match note {
                Note::Answer { operation, status } if status < 400 => {
                    used.insert(operation);
                }
                Note::Answer { .. } => {}
                Note::Met(known) => {
                    self.met.insert(known);
                }
            }
        }
        self.suites.push((suite.to_owned(), used));
    }

    fn judge_all(
        &mut self,
        file: &Path,
        mut with_notes: impl FnMut(&Recorded, Vec<Note>),
    ) -> anyhow::Result<()> {
        let lines = File::open(file).with_context(|| format!("no {}", file.display()))?;
        for line in BufReader::new(lines).lines() {
            let line = line.with_context(|| format!("could not read {}", file.display()))?;
            let answer: Recorded = serde_json::from_str(&line)
                .with_context(|| format!("{}: a line is no answer", file.display()))?;
            if answer.path.starts_with("/_emulator/") {
                continue;
            }
            self.answers += 1;
            let verdict = judge(
                &answer.method,
                &answer.path,
                answer.status,
                answer.body.as_bytes(),
            );
            let name = verdict.operation.map_or_else(
                || format!("{} {}", answer.method, answer.path),
                |operation| operation.name(),
            );
            for finding in &verdict.findings {
                let line = format!("{name} {}: {finding}", answer.status);
                *self.findings.entry(line).or_default() += 1;
            }
            self.met.extend(verdict.known.iter().copied());
            if verdict.operation.is_some()
                && answer.status < 400
                && let Ok(body) = serde_json::from_str(&answer.body)
            {
                let shown = self.shown.entry((name, answer.status)).or_default();
                shown.extend(keys::shown(&body));
            }
            with_notes(&answer, notes::of(&verdict));
        }
        Ok(())
    }

    /// Known differences that nobody met, entry by entry.
    fn unmet(&self) -> Vec<String> {
        let of_entry = |(entry, deviation): (usize, &Deviation)| {
            let places = deviation.places.iter().enumerate();
            let unmet: Vec<&str> = places
                .filter(|(place, _)| {
                    let place = *place;
                    !self.met.contains(&Known { entry, place })
                })
                .map(|(_, name)| name.as_str())
                .collect();
            let of = deviation.operations.join(", ");
            let (kind, reason) = (&deviation.kind, &deviation.reason);
            (!unmet.is_empty())
                .then(|| format!("{kind} at {} of {of} ({reason})", unmet.join(", ")))
        };
        let entries = deviations::all().iter().enumerate();
        entries.filter_map(of_entry).collect()
    }

    /// Published keys that no recorded answer showed, by operation: not wrong, because nothing published says that a key
    /// must be there, but worth a look.
    #[must_use]
    pub fn missing_keys(&self) -> String {
        let mut lines = String::new();
        for operation in operations() {
            for status in operation.statuses() {
                let Some(shown) = self.shown.get(&(operation.name(), status)) else {
                    continue;
                };
                let missing = keys::missing(&keys::published(operation, status), shown);
                if !missing.is_empty() {
                    let name = operation.name();
                    lines.push_str(&format!("{name} {status}: {}\n", missing.join(", ")));
                }
            }
        }
        lines
    }

    fn used(&self, operation: &str) -> bool {
        self.suites.iter().any(|(_, used)| used.contains(operation))
    }

    fn rows(&self) -> BTreeMap<String, Row> {
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        for operation in operations() {
            let name = operation.name();
            let group = format!("{} {}", operation.version, operation.entity);
            let row = rows.entry(group).or_insert_with(|| Row::of(&self.suites));
            row.published += 1;
            row.emulated += usize::from(self.emulated.contains(&name));
            row.used += usize::from(self.used(&name));
            for (count, (_, used)) in row.suites.iter_mut().zip(&self.suites) {
                *count += usize::from(used.contains(&name));
            }
        }
        rows
    }
}

fn is_served(answer: &Recorded) -> bool {
    let is_unknown = UNKNOWN.iter().any(|words| answer.body.contains(words));
    !(NOT_HERE.contains(&answer.status) || is_unknown)
}

/// Counts of one group of operations.
#[derive(Debug, Default)]
struct Row {
    published: usize,
    emulated: usize,
    used: usize,
    suites: Vec<usize>,
}

impl Row {
    fn of(suites: &[(String, BTreeSet<String>)]) -> Self {
        Self {
            suites: vec![0; suites.len()],
            ..Self::default()
        }
    }

    fn add(&mut self, other: &Self) {
        self.published += other.published;
        self.emulated += other.emulated;
        self.used += other.used;
        for (sum, count) in self.suites.iter_mut().zip(&other.suites) {
            *sum += count;
        }
    }

    fn write(&self, name: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{name:<30}{:>10}{:>10}{:>8}",
            self.published, self.emulated, self.used
        )?;
        for count in &self.suites {
            write!(formatter, "{count:>18}")?;
        }
        writeln!(formatter)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:<30}{:>10}{:>10}{:>8}",
            "operations", "published", "emulated", "used"
        )?;
        for (suite, _) in &self.suites {
            write!(formatter, "{suite:>18}")?;
        }
        writeln!(formatter)?;
        let mut total = Row::of(&self.suites);
        let mut untouched = 0;
        for (group, row) in self.rows() {
            total.add(&row);
            if row.emulated + row.used > 0 {
                row.write(&group, formatter)?;
            } else {
                untouched += row.published;
            }
        }
        let rest = Row {
            published: untouched,
            ..Row::of(&self.suites)
        };
        rest.write("groups that are not emulated", formatter)?;
        total.write("total", formatter)?;
        let unused: Vec<String> = operations()
            .iter()
            .map(super::operations::Operation::name)
            .filter(|name| self.emulated.contains(name) && !self.used(name))
            .collect();
        for name in &unused {
            writeln!(formatter, "emulated, but never used with success: {name}")?;
        }
        for entry in self.unmet() {
            writeln!(formatter, "FAILED to meet a known difference: {entry}")?;
        }
        for (finding, times) in &self.findings {
            writeln!(formatter, "FAILED {finding} ({times} times)")?;
        }
        writeln!(
            formatter,
            "{} recorded answers judged, failures: {}",
            self.answers,
            self.findings.len() + self.unmet().len()
        )
    }
}
