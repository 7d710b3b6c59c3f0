//! Which part of a list is asked for.
//!
//! In: ids, times, order and cursor. Out: the query of the address. Times are cut to whole seconds, since a fraction is
//! refused.

use jiff::Timestamp;

use crate::operation::Query;
use crate::values::whole_second;

/// A page holds at most so many rows; a full page costs as much as a short one.
pub const LIMIT_MAX: u32 = 500;
/// So many records at most can be asked for by id.
pub const IDS_MAX: usize = 100;
/// So many custom fields at most can be asked for by code.
pub const CUSTOM_FIELDS_MAX: usize = 15;

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortBy {
    #[default]
    Id,
    UpdateTime,
    AddTime,
}

impl SortBy {
    const fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::UpdateTime => "update_time",
            Self::AddTime => "add_time",
        }
    }
}

/// Which end of the order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortDirection {
    #[default]
    Ascending,
    Descending,
}

impl SortDirection {
    const fn word(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }
}

/// One page of a list. Keep everything but the cursor the same from page to page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// A filter of the account. It takes the place of everything else that narrows the list.
    pub filter_id: Option<i64>,
    /// At most [`IDS_MAX`]; none means all.
    pub ids: Vec<i64>,
    pub owner_id: Option<i64>,
    /// Changed at or after this second. Records that were never changed since their creation are not among them.
    pub updated_since: Option<Timestamp>,
    /// Changed before this second. Products have no such bound.
    pub updated_until: Option<Timestamp>,
    /// The custom fields to show, at most [`CUSTOM_FIELDS_MAX`]; none means all. Activities have none.
    pub custom_fields: Vec<String>,
    pub sort_by: SortBy,
    pub sort_direction: SortDirection,
    pub cursor: Option<String>,
    pub limit: u32,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self {
            filter_id: None,
            ids: Vec::new(),
            owner_id: None,
            updated_since: None,
            updated_until: None,
            custom_fields: Vec::new(),
            sort_by: SortBy::default(),
            sort_direction: SortDirection::default(),
            cursor: None,
            limit: LIMIT_MAX,
        }
    }
}

impl ListQuery {
    /// Everything, by id.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// These records; at most [`IDS_MAX`].
    #[must_use]
    pub fn by_ids(ids: &[i64]) -> Self {
        Self {
            ids: ids.to_vec(),
            ..Self::default()
        }
    }

    /// What changed at or after a moment, the earliest change first.
    #[must_use]
    pub fn changed_since(since: Timestamp) -> Self {
        Self {
            updated_since: Some(since),
            sort_by: SortBy::UpdateTime,
            ..Self::default()
        }
    }

    /// The newest records first, whether changed since or not.
    #[must_use]
    pub fn newest_first() -> Self {
        Self {
            sort_by: SortBy::AddTime,
            sort_direction: SortDirection::Descending,
            ..Self::default()
        }
    }

    /// Everything from its other end, by id.
    #[must_use]
    pub fn last_first() -> Self {
        Self {
            sort_direction: SortDirection::Descending,
            ..Self::default()
        }
    }

    /// The same from another place on.
    #[must_use]
    pub fn after(&self, cursor: &str) -> Self {
        Self {
            cursor: Some(cursor.to_owned()),
            ..self.clone()
        }
    }

    pub(crate) fn query(&self) -> Query {
        let query = page(self.limit, self.cursor.as_deref())
            .with("sort_by", self.sort_by.word())
            .with("sort_direction", self.sort_direction.word())
            .with_list("custom_fields", &self.custom_fields);
        // The server ignores the rest then without a word.
        if self.filter_id.is_some() {
            return query.with_some("filter_id", self.filter_id);
        }
        query
            .with_some("updated_since", self.updated_since.map(whole_second))
            .with_some("updated_until", self.updated_until.map(whole_second))
            .with_some("owner_id", self.owner_id)
            .with_list("ids", &self.ids)
    }
}

/// A page of a list with a cursor.
pub(crate) fn page(limit: u32, cursor: Option<&str>) -> Query {
    Query::new()
        .with("limit", limit.clamp(1, LIMIT_MAX))
        .with_some("cursor", cursor)
}

/// A page of a list of the older version, whose cursor is the number of the first row.
pub(crate) fn page_by_number(limit: u32, cursor: Option<&str>) -> Query {
    Query::new()
        .with("limit", limit.clamp(1, LIMIT_MAX))
        .with_some("start", cursor)
}
