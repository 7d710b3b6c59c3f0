//! The story of a run: everything that happened, in order, as a hash, and in words where somebody wants to read it.
//!
//! In: what happens, with its time. Out: the hash that two runs of one seed must share, and lines. It never changes the run.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

/// Lines kept at the most; the hash goes on.
const LINES_MAX: usize = 20_000;

#[derive(Default)]
pub(super) struct Story {
    hash: FxHasher,
    /// `None` when nobody reads.
    lines: Option<Vec<String>>,
    started_at: i64,
}

impl Story {
    pub(super) fn new(is_read: bool, started_at: i64) -> Self {
        Self {
            hash: FxHasher::default(),
            lines: is_read.then(Vec::new),
            started_at,
        }
    }

    /// Takes something into the hash, and into the lines when they are kept.
    pub(super) fn tell(&mut self, now: i64, what: impl Hash, words: impl FnOnce() -> String) {
        now.hash(&mut self.hash);
        what.hash(&mut self.hash);
        if let Some(lines) = self.lines.as_mut().filter(|lines| lines.len() < LINES_MAX) {
            let since = now - self.started_at;
            lines.push(format!(
                "{:>5}.{:03}s  {}",
                since.div_euclid(1_000),
                since.rem_euclid(1_000),
                words()
            ));
        }
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash.finish()
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}
