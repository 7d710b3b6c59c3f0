//! Which part of a list is asked for.
//!
//! In: ids, times, order and cursor. Out: the query of the address. Times are cut to whole seconds, since a fraction is
//! refused.

use std::fmt::Write;

use api_client::encode_into;
use jiff::Timestamp;

/// A page holds at most so many rows; a full page costs as much as a short one.
pub const LIMIT_MAX: u32 = 500;
/// So many records at most can be asked for by id.
pub const IDS_MAX: usize = 100;

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortBy {
    #[default]
    Id,
    UpdateTime,
    AddTime,
}

/// Which end of the order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortDirection {
    #[default]
    Ascending,
    Descending,
}

/// One page of persons or organizations. Keep everything but the cursor the same from page to page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// At most [`IDS_MAX`]; none means all.
    pub ids: Vec<i64>,
    /// Changed at or after this second. Records that were never changed since their creation are not among them.
    pub updated_since: Option<Timestamp>,
    pub sort_by: SortBy,
    pub sort_direction: SortDirection,
    pub cursor: Option<String>,
    pub limit: u32,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            updated_since: None,
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

    /// The same from another place on.
    #[must_use]
    pub fn after(&self, cursor: &str) -> Self {
        Self {
            cursor: Some(cursor.to_owned()),
            ..self.clone()
        }
    }

    pub(crate) fn path(&self, collection: &str) -> String {
        let sort_by = match self.sort_by {
            SortBy::Id => "id",
            SortBy::UpdateTime => "update_time",
            SortBy::AddTime => "add_time",
        };
        let direction = match self.sort_direction {
            SortDirection::Ascending => "asc",
            SortDirection::Descending => "desc",
        };
        let limit = self.limit.clamp(1, LIMIT_MAX);
        let mut path =
            format!("{collection}?limit={limit}&sort_by={sort_by}&sort_direction={direction}");
        if let Some(since) = self.updated_since {
            let whole = Timestamp::from_second(since.as_second()).unwrap_or(since);
            // Writing to a string cannot fail, here and below.
            let _ = write!(path, "&updated_since={whole}");
        }
        for (index, id) in self.ids.iter().enumerate() {
            let _ = write!(path, "{}{id}", if index == 0 { "&ids=" } else { "," });
        }
        if let Some(cursor) = &self.cursor {
            path.push_str("&cursor=");
            encode_into(&mut path, cursor);
        }
        path
    }
}
