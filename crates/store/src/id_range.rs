//! A part of an entity's ids, in their order as text.
//!
//! In: where it begins and ends. Out: plain data.

/// Ids behind one, before another, and at most so many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdRange {
    /// Empty for the first.
    pub after: String,
    pub before: Option<String>,
    pub limit: u32,
}

/// What follows a stroke among the letters.
const BEHIND_STROKE: char = '0';

impl IdRange {
    /// The next ones behind an id.
    #[must_use]
    pub fn after(id: &str, limit: u32) -> Self {
        Self {
            after: id.to_owned(),
            before: None,
            limit,
        }
    }

    /// Those that begin with a text that ends in a stroke.
    #[must_use]
    pub fn beginning_with(prefix: &str) -> Self {
        let before = prefix.strip_suffix('/');
        Self {
            after: prefix.to_owned(),
            before: before.map(|text| format!("{text}{BEHIND_STROKE}")),
            limit: u32::MAX,
        }
    }

    pub(crate) fn is_before_end(&self, id: &str) -> bool {
        self.before.as_deref().is_none_or(|before| id < before)
    }
}
