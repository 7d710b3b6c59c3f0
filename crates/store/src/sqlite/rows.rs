//! The rows of one workspace inside one transaction.
//!
//! In and out: nothing by itself; the files beside it implement one group of tables each.

use model::Timestamp;
use model::time::to_millis;
use rusqlite::{Connection, Params};

use super::cells::{self, Cells, failed, one, run};
use super::counters::{Counter, Counters};
use super::shown::FieldSets;
use crate::Answer;
use crate::tables::{Sequence, WorkspaceTable};

pub(super) struct Rows<'a> {
    pub(super) connection: &'a Connection,
    pub(super) workspace: i64,
    pub(super) counters: &'a mut Counters,
    pub(super) sets: &'a FieldSets,
}

impl Rows<'_> {
    pub(super) fn count(&mut self, counter: Counter, by: i64) -> Answer<()> {
        self.counters
            .add(self.connection, self.workspace, counter, by)?;
        Ok(())
    }

    /// One thing less of this and one more of that.
    pub(super) fn recount(&mut self, before: Counter, after: Counter) -> Answer<()> {
        if before == after {
            return Ok(());
        }
        self.count(before, -1)?;
        self.count(after, 1)
    }

    pub(super) fn one<T>(
        &self,
        table: &'static str,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Cells<'_>) -> Answer<T>,
    ) -> Answer<Option<T>> {
        one(self.connection, table, sql, params, read)
    }

    pub(super) fn many<T>(
        &self,
        table: &'static str,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Cells<'_>) -> Answer<T>,
    ) -> Answer<Vec<T>> {
        cells::many(self.connection, table, sql, params, read)
    }

    pub(super) fn run(&self, sql: &str, params: impl Params) -> Answer<usize> {
        run(self.connection, sql, params)
    }

    /// For what has no parameters and is not asked twice.
    pub(super) fn batch(&self, sql: &str) -> Answer<()> {
        self.connection.execute_batch(sql).map_err(failed)
    }
}

impl WorkspaceTable for Rows<'_> {
    fn epoch(&self) -> Answer<Option<i64>> {
        let sql = "select epoch from workspaces where workspace_id = ?1";
        self.one("workspaces", sql, [self.workspace], |cells| cells.get())
    }

    fn set_epoch(&mut self, epoch: i64, now: Timestamp) -> Answer<()> {
        let sql = "insert into workspaces (workspace_id, epoch, leased_at) values (?1, ?2, ?3) \
            on conflict (workspace_id) do update set epoch = excluded.epoch, leased_at = excluded.leased_at";
        self.run(sql, (self.workspace, epoch, to_millis(now)))?;
        Ok(())
    }

    fn next_id(&mut self, sequence: Sequence) -> Answer<i64> {
        self.counters
            .add(self.connection, self.workspace, Counter::Last(sequence), 1)
    }
}
