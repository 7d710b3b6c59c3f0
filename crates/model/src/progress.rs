//! How far a project is: its status, its classification and the stage of its teaser, told as one value.
//!
//! In: the three words as Propstreet shows them. Out: one text that they can be told from again. Knows nothing of what the words
//! mean.

use std::fmt;

/// Where a project has no teaser.
pub const NO_TEASER: &str = "no teaser";
const BETWEEN: &str = ", ";

/// How far a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Progress<'a> {
    /// `open` or `closed`.
    pub status: &'a str,
    /// `draft`, `active` or `inactive`.
    pub classification: &'a str,
    /// `property_added`, `drafting`, `published`, `verified` or `communicated`; [`NO_TEASER`].
    pub teaser: &'a str,
}

impl<'a> Progress<'a> {
    /// The inverse of its text.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (status, rest) = text.split_once(BETWEEN)?;
        let (classification, teaser) = rest.split_once(BETWEEN)?;
        Some(Self {
            status,
            classification,
            teaser,
        })
    }
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, classification, teaser) = (self.status, self.classification, self.teaser);
        write!(f, "{status}{BETWEEN}{classification}{BETWEEN}{teaser}")
    }
}

#[cfg(test)]
mod tests;
