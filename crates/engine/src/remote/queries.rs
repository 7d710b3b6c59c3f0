//! Which part of a list, in the terms of each client.
//!
//! In: a query of the engine. Out: the same for Pipedrive or Propstreet. Asks for nothing.

use super::{ListQuery, Part};

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
