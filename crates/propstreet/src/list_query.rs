//! Which part of a list is asked for.
//!
//! In: a time, whether deleted records count, and a cursor. Out: the query of the address.

use std::fmt::Write;

use api_client::encode_into;
use jiff::Timestamp;

/// A page holds at most so many rows.
pub const PAGE_SIZE_MAX: u32 = 500;

/// One page of a list of records. Keep everything but the cursor the same from page to page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Changed at or after this moment; the last record of the previous run comes back.
    pub updated_since: Option<Timestamp>,
    pub include_deleted: bool,
    pub cursor: Option<String>,
    pub page_size: u32,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self {
            updated_since: None,
            include_deleted: true,
            cursor: None,
            page_size: PAGE_SIZE_MAX,
        }
    }
}

impl ListQuery {
    /// Everything, deleted records included.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Everything that is alive.
    #[must_use]
    pub fn alive() -> Self {
        Self {
            include_deleted: false,
            ..Self::default()
        }
    }

    /// What changed at or after a moment, deletions included.
    #[must_use]
    pub fn changed_since(since: Timestamp) -> Self {
        Self {
            updated_since: Some(since),
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
        let page_size = self.page_size.clamp(1, PAGE_SIZE_MAX);
        let mut path = format!("{collection}?page_size={page_size}");
        if self.include_deleted {
            path.push_str("&include_deleted=true");
        }
        if let Some(since) = self.updated_since {
            // Writing to a string cannot fail. Milliseconds are what the server itself writes.
            let _ = write!(path, "&updated_since={since:.3}");
        }
        if let Some(cursor) = &self.cursor {
            path.push_str("&cursor=");
            encode_into(&mut path, cursor);
        }
        path
    }
}
