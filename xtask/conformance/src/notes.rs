//! Notes of what was judged, for the report.
//!
//! In: verdicts. Out: lines in a file of this process, each kind of line once, in the folder that a variable of the
//! environment names; without it nothing is written. Notes hold no part of an answer.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use anyhow::Context;

use crate::NOTES_VARIABLE;
use crate::deviations::Known;
use crate::judge::Verdict;

/// What a note says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Note {
    /// An operation answered with a status.
    Answer { operation: String, status: u16 },
    /// A listed difference was met.
    Met(Known),
}

impl Note {
    fn line(&self) -> String {
        match self {
            Self::Answer { operation, status } => format!("answer\t{operation}\t{status}"),
            Self::Met(known) => format!("met\t{}\t{}", known.entry, known.place),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split('\t');
        match (parts.next()?, parts.next()?, parts.next()?) {
            ("answer", operation, status) => Some(Self::Answer {
                operation: operation.to_owned(),
                status: status.parse().ok()?,
            }),
            ("met", entry, place) => Some(Self::Met(Known {
                entry: entry.parse().ok()?,
                place: place.parse().ok()?,
            })),
            _ => None,
        }
    }
}

/// The notes that a verdict is worth.
pub(crate) fn of(verdict: &Verdict) -> Vec<Note> {
    let answer = verdict.operation.map(|operation| Note::Answer {
        operation: operation.name(),
        status: verdict.status,
    });
    let met = verdict.known.iter().copied().map(Note::Met);
    answer.into_iter().chain(met).collect()
}

pub(crate) fn keep(verdict: &Verdict) {
    static KEPT: LazyLock<Option<Mutex<Kept>>> = LazyLock::new(|| {
        let folder = PathBuf::from(std::env::var_os(NOTES_VARIABLE)?);
        Some(Mutex::new(Kept::in_folder(&folder)))
    });
    let Some(kept) = KEPT.as_ref() else { return };
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    for note in of(verdict) {
        kept.keep(note);
    }
}

struct Kept {
    file: File,
    seen: BTreeSet<Note>,
}

impl Kept {
    fn in_folder(folder: &Path) -> Self {
        let path = folder.join(format!("{}.txt", std::process::id()));
        let file = OpenOptions::new().create(true).append(true).open(&path);
        Self {
            file: file.expect("the folder for notes can be written to"),
            seen: BTreeSet::new(),
        }
    }

    fn keep(&mut self, note: Note) {
        if !self.seen.contains(&note) {
            writeln!(self.file, "{}", note.line()).expect("notes can be written");
            self.seen.insert(note);
        }
    }
}

/// All notes of a folder.
pub(crate) fn read(folder: &Path) -> anyhow::Result<BTreeSet<Note>> {
    let mut notes = BTreeSet::new();
    let listed =
        std::fs::read_dir(folder).with_context(|| format!("no notes in {}", folder.display()))?;
    for entry in listed {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("could not read {}", path.display()))?;
        for line in text.lines() {
            let note = Note::parse(line)
                .with_context(|| format!("{}: `{line}` is no note", path.display()))?;
            notes.insert(note);
        }
    }
    Ok(notes)
}
