//! What was found out about one question.
//!
//! In: what an account did. Out: the answer in the words of a switch file, with the reason where there is none.

use crate::account::Takes;

/// How an account answers a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It does what the switch says.
    On,
    /// It does not.
    Off,
    /// A name, or a number of milliseconds from and to.
    Value(serde_json::Value),
    /// It was asked and showed neither.
    Unclear(String),
    /// It was not asked, because this was not given.
    Lacks(Takes),
}

impl From<bool> for Answer {
    fn from(is_on: bool) -> Self {
        if is_on { Self::On } else { Self::Off }
    }
}

/// One question with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The switch of the emulator, as in its files.
    pub key: &'static str,
    pub answer: Answer,
}
