//! The cheapest way to read records whose ids are known.
//!
//! In: how many there are, and how many rows a delta list would show. Out: how many calls of which kind, and what they
//! cost. The prices are those of the table; nothing is called here.

use crate::cost;
use crate::list_query::{IDS_MAX, LIMIT_MAX};

/// A way to read records: the calls that are made, all of which together show every one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadCover {
    /// Whole pages by ids, as many ids as fit, and the rest one by one.
    ById { pages: usize, singles: usize },
    /// Pages of what changed since a moment.
    Delta { pages: usize },
}

impl ReadCover {
    /// What the calls cost of the day's tokens.
    #[must_use]
    pub const fn tokens(self) -> u64 {
        let (pages, singles) = match self {
            Self::ById { pages, singles } => (pages, singles),
            Self::Delta { pages } => (pages, 0),
        };
        pages as u64 * cost::PERSONS.tokens as u64 + singles as u64 * cost::PERSON.tokens as u64
    }

    /// How many calls are made.
    #[must_use]
    pub const fn calls(self) -> usize {
        match self {
            Self::ById { pages, singles } => pages.saturating_add(singles),
            Self::Delta { pages } => pages,
        }
    }
}

/// The cheapest way to read so many deals, persons, organizations, activities or products; of two that cost the same, the
/// one with fewer calls. `delta_rows` is how many rows a delta list is expected to show, where there is one that shows
/// them all: records that were never changed since their creation are in none.
#[must_use]
pub fn cheapest_cover(records: usize, delta_rows: Option<usize>) -> ReadCover {
    let whole = records / IDS_MAX;
    let rest = records % IDS_MAX;
    let by_id = [
        ReadCover::ById {
            pages: whole,
            singles: rest,
        },
        ReadCover::ById {
            pages: whole + usize::from(rest > 0),
            singles: 0,
        },
    ];
    let delta = delta_rows
        .filter(|_| records > 0)
        .map(|rows| ReadCover::Delta {
            pages: rows.max(records).div_ceil(LIMIT_MAX as usize),
        });
    by_id
        .into_iter()
        .chain(delta)
        .min_by_key(|cover| (cover.tokens(), cover.calls()))
        .expect("there are always two ways by id")
}
