//! Versions on SQLite, and pages given back to the file system.
//!
//! In: versions to keep. Out: the same, each ending where the next begins. Never judges whether something came between.

use std::sync::Arc;

use model::time::to_millis;
use model::{RecordKey, Timestamp};

use super::cells::{Cells, failed, one};
use super::rows::Rows;
use crate::Answer;
use crate::tables::VersionTable;
use crate::versions::{RecordVersion, VersionSource};

const TABLE: &str = "record_versions";

/// SQLite's own limit.
const PAGES_MAX: u32 = 4_294_967_294;

/// The next version of the same record is found by the primary key.
const COLUMNS: &str = "valid_from, raw, source, is_gap, seen_at, (select min(n.valid_from) from record_versions as n \
    where n.workspace_id = v.workspace_id and n.entity = v.entity and n.remote_id = v.remote_id \
    and n.valid_from > v.valid_from)";

fn read(cells: &Cells<'_>) -> Answer<RecordVersion> {
    let valid_from = cells.time()?;
    let raw: Option<Arc<str>> = cells.get()?;
    let source = cells.word(VersionSource::from_name)?;
    let (is_gap, seen_at) = (cells.flag()?, cells.time()?);
    Ok(RecordVersion {
        valid_from,
        valid_to: cells.time_or_none()?,
        raw,
        source,
        is_gap,
        seen_at,
    })
}

impl Rows<'_> {
    /// SQLite never sets the limit below the present size.
    pub(super) fn limit_pages(&self, pages: Option<u32>) -> Answer<()> {
        let sql = format!("pragma max_page_count = {}", pages.unwrap_or(PAGES_MAX));
        one(self.connection, TABLE, &sql, [], |cells| cells.get::<i64>())?;
        Ok(())
    }
}

impl VersionTable for Rows<'_> {
    fn newest_version(&self, record: &RecordKey) -> Answer<Option<RecordVersion>> {
        let sql = format!(
            "select {COLUMNS} from record_versions as v where workspace_id = ?1 and entity = ?2 and remote_id = ?3 \
             order by valid_from desc limit 1"
        );
        let params = (self.workspace, record.entity.name(), record.id.as_str());
        self.one(TABLE, &sql, params, read)
    }

    fn versions(&self, record: &RecordKey) -> Answer<Vec<RecordVersion>> {
        let sql = format!(
            "select {COLUMNS} from record_versions as v where workspace_id = ?1 and entity = ?2 and remote_id = ?3 \
             order by valid_from"
        );
        let params = (self.workspace, record.entity.name(), record.id.as_str());
        self.many(TABLE, &sql, params, read)
    }

    fn insert_version(&mut self, record: &RecordKey, version: RecordVersion) -> Answer<()> {
        let sql = "insert or replace into record_versions (workspace_id, entity, remote_id, valid_from, raw, source, is_gap, \
            seen_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = (
            self.workspace,
            record.entity.name(),
            record.id.as_str(),
            to_millis(version.valid_from),
            version.raw,
            version.source.name(),
            i64::from(version.is_gap),
            to_millis(version.seen_at),
        );
        self.run(sql, values)?;
        Ok(())
    }

    fn drop_versions(&mut self, before: Timestamp, limit: u32) -> Answer<u64> {
        let sql = "delete from record_versions where rowid in (select v.rowid from record_versions as v \
            where v.workspace_id = ?1 and v.valid_from < ?2 and exists (select 1 from record_versions as n \
            where n.workspace_id = v.workspace_id and n.entity = v.entity and n.remote_id = v.remote_id \
            and n.valid_from > v.valid_from and n.valid_from <= ?2) \
            order by v.valid_from, v.entity, v.remote_id limit ?3)";
        let dropped = self.run(sql, (self.workspace, to_millis(before), limit))?;
        Ok(u64::try_from(dropped).unwrap_or(u64::MAX))
    }

    fn give_back(&mut self, pages: u32) -> Answer<u64> {
        // One step of this statement gives one page back.
        let sql = format!("pragma incremental_vacuum({pages})");
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let mut steps = statement.query([]).map_err(failed)?;
        while steps.next().map_err(failed)?.is_some() {}
        drop(steps);
        let left = one(
            self.connection,
            TABLE,
            "pragma freelist_count",
            [],
            |cells| cells.get::<i64>(),
        )?;
        Ok(u64::try_from(left.unwrap_or(0)).unwrap_or(0))
    }
}
