//! Which part of a list, in the terms of each client.
//!
//! In: a query of the engine. Out: the same for Pipedrive or Propstreet. Asks for nothing.

use model::Timestamp;

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    pub(super) part: Part,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    All,
    Since(Timestamp),
    Newest,
    Last,
}

impl ListQuery {
    #[must_use]
    pub const fn all(cursor: Option<String>) -> Self {
        Self {
            part: Part::All,
            cursor,
        }
    }

    /// What changed at or after this moment of the side's clock.
    #[must_use]
    pub const fn since(since: Timestamp, cursor: Option<String>) -> Self {
        Self {
            part: Part::Since(since),
            cursor,
        }
    }

    /// The newest records first (Pipedrive only).
    #[must_use]
    pub const fn newest(cursor: Option<String>) -> Self {
        Self {
            part: Part::Newest,
            cursor,
        }
    }

    /// The other end of everything (Pipedrive only): the greatest ids first, or what was added last where a list knows no order
    /// by id.
    #[must_use]
    pub const fn last() -> Self {
        Self {
            part: Part::Last,
            cursor: None,
        }
    }
}

pub(super) fn pipedrive_query(query: &ListQuery) -> pipedrive::ListQuery {
    let whole = match query.part {
        Part::All => pipedrive::ListQuery::all(),
        Part::Since(since) => pipedrive::ListQuery::changed_since(since),
        Part::Newest => pipedrive::ListQuery::newest_first(),
        Part::Last => pipedrive::ListQuery::last_first(),
    };
    pipedrive::ListQuery {
        cursor: query.cursor.clone(),
        ..whole
    }
}

pub(super) fn propstreet_query(query: &ListQuery) -> propstreet::ListQuery {
    let whole = match query.part {
        Part::All | Part::Newest | Part::Last => propstreet::ListQuery::all(),
        Part::Since(since) => propstreet::ListQuery::changed_since(since),
    };
    propstreet::ListQuery {
        cursor: query.cursor.clone(),
        ..whole
    }
}
