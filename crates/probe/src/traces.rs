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

impl Left {
    pub(crate) fn of(trace: Trace, why: String) -> Self {
        Self {
            what: trace.what,
            path: trace.path,
            why,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Traces {
    made: Vec<Trace>,
    lost: Vec<Trace>,
}

impl Traces {
    pub(crate) fn add(&mut self, what: &'static str, path: String) {
        self.made.push(Trace { what, path });
    }

    /// Nobody knows whether one was made, of the kind that is made at this address.
    pub(crate) fn lose(&mut self, what: &'static str, path: &str) {
        self.lost.push(Trace {
            what,
            path: path.to_owned(),
        });
    }

    /// It has been removed by a question itself.
    pub(crate) fn forget(&mut self, path: &str) {
        self.made.retain(|trace| trace.path != path);
    }

    /// How many were made, and of how many that is not known.
    pub(crate) fn counts(&self) -> (u16, u16) {
        let count = |traces: &[Trace]| u16::try_from(traces.len()).unwrap_or(u16::MAX);
        (count(&self.made), count(&self.lost))
    }

    pub(crate) fn take_newest(&mut self) -> Option<Trace> {
        self.made.pop()
    }

    pub(crate) fn take_lost(&mut self) -> Vec<Trace> {
        std::mem::take(&mut self.lost)
    }
}
