//! Indexes that the first read of all deals does without.
//!
//! In: whether a first read is about to begin, or has ended. Out: fewer indexes, or all of them. Never touches a row.
//!
//! A page of a list holds deals of every stage, owner and day, so that each one changes most pages of these indexes. Made at the
//! end, from what is there, they are written once. Until then boards walk the index that stays, and sort what they find.

use super::board::ON_BOARD;
use super::rows::Rows;
use crate::Answer;

/// With more deals than these, a further read is no first one.
const FIRST_DEALS_MAX: i64 = 1_000;

/// Their names, and what stands between brackets; the rest is the same for all.
const LEFT_OUT: [(&str, &str, &str); 3] = [
    (
        "pipedrive_deals_newest_of_owner",
        "workspace_id, pipeline_id, stage_id, status, owner_id, remote_time, pipedrive_id",
        "",
    ),
    (
        "pipedrive_deals_closing",
        "workspace_id, pipeline_id, stage_id, status, expected_close_date, pipedrive_id",
        " and expected_close_date is not null",
    ),
    (
        "pipedrive_deals_closing_of_owner",
        "workspace_id, pipeline_id, stage_id, status, owner_id, expected_close_date, pipedrive_id",
        " and expected_close_date is not null",
    ),
];

impl Rows<'_> {
    pub(super) fn has_index(&self, name: &str) -> Answer<bool> {
        // A look into a table in memory, unlike a search of the schema's own.
        let sql = "select 1 from pragma_index_info(?1) limit 1";
        let known = self.one("sqlite_schema", sql, [name], |cells| cells.get::<i64>())?;
        Ok(known.is_some())
    }

    pub(super) fn drop_indexes(&self) -> Answer<()> {
        let sql = "select count(*) from (select 1 from pipedrive_deals limit ?1)";
        let deals = self.one("pipedrive_deals", sql, [FIRST_DEALS_MAX], |cells| {
            cells.get::<i64>()
        })?;
        if deals >= Some(FIRST_DEALS_MAX) {
            return Ok(());
        }
        for (name, ..) in LEFT_OUT {
            self.batch(&format!("drop index if exists {name}"))?;
        }
        Ok(())
    }

    pub(super) fn make_next_index(&self) -> Answer<bool> {
        for (place, (name, columns, condition)) in LEFT_OUT.iter().enumerate() {
            if self.has_index(name)? {
                continue;
            }
            self.batch(&format!(
                "create index {name} on pipedrive_deals ({columns}) where {ON_BOARD}{condition}"
            ))?;
            return Ok(place + 1 < LEFT_OUT.len());
        }
        Ok(false)
    }
}
