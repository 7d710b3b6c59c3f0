//! The records that a probe has made, and how each is removed.
//!
//! In: what was made. Out: what is left to remove, the newest first, because later ones name earlier ones.

/// How to remove one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    /// What it is, such as "person".
    pub(crate) what: &'static str,
    /// Its address.
    pub(crate) path: String,
}

/// A record that could not be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub what: &'static str,
    /// Where it is, below the account's address.
    pub path: String,
    pub why: String,
}

#[derive(Debug, Default)]
pub(crate) struct Traces {
    made: Vec<Trace>,
    lost: Vec<Left>,
}

impl Traces {
    pub(crate) fn add(&mut self, what: &'static str, path: String) {
        self.made.push(Trace { what, path });
    }

    /// Nobody knows whether it was made.
    pub(crate) fn lose(&mut self, what: &'static str, path: &str) {
        self.lost.push(Left {
            what,
            path: path.to_owned(),
            why: "whether it was made is not known, because the answer was lost".to_owned(),
        });
    }

    pub(crate) fn take_lost(&mut self) -> Vec<Left> {
        std::mem::take(&mut self.lost)
    }

    /// It has been removed by a question itself.
    pub(crate) fn forget(&mut self, path: &str) {
        self.made.retain(|trace| trace.path != path);
    }

    pub(crate) fn newest(&self) -> impl Iterator<Item = &Trace> {
        self.made.iter().rev()
    }

    pub(crate) fn take_newest(&mut self) -> Option<Trace> {
        self.made.pop()
    }
}
