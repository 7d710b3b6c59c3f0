//! Totals of stages and moves of deals, on SQLite.
//!
//! In: what changed. Out: the same. Never reads a deal.

use model::RemoteId;
use model::time::to_millis;

use super::cells::{Cells, millis};
use super::rows::Rows;
use crate::Answer;
use crate::deals::{StageChange, StageTotal, StageTotalKey};
use crate::tables::DealTables;

impl DealTables for Rows<'_> {
    fn add_to_stage_total(&mut self, key: &StageTotalKey, change: StageTotal) -> Answer<()> {
        let add = "insert into stage_totals_kept (workspace_id, pipeline_id, stage_id, status, currency, owner_id, \
            deals, value_hundredths, weighed_hundredths, unweighed_hundredths) \
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
            on conflict (workspace_id, pipeline_id, stage_id, status, currency, owner_id) do update set \
            deals = deals + excluded.deals, value_hundredths = value_hundredths + excluded.value_hundredths, \
            weighed_hundredths = weighed_hundredths + excluded.weighed_hundredths, \
            unweighed_hundredths = unweighed_hundredths + excluded.unweighed_hundredths";
        let values = (
            self.workspace,
            key.pipeline_id,
            key.stage_id,
            &key.status,
            &key.currency,
            key.owner_id,
            change.deals,
            change.value_hundredths,
            change.weighed_hundredths,
            change.unweighed_hundredths,
        );
        self.run(add, values)?;
        if change.deals < 0 {
            let drop = "delete from stage_totals_kept where workspace_id = ?1 and pipeline_id = ?2 and stage_id = ?3 \
                and status = ?4 and currency = ?5 and owner_id = ?6 and deals = 0";
            let params = (
                self.workspace,
                key.pipeline_id,
                key.stage_id,
                &key.status,
                &key.currency,
                key.owner_id,
            );
            self.run(drop, params)?;
        }
        Ok(())
    }

    fn stage_totals(&self) -> Answer<Vec<(StageTotalKey, StageTotal)>> {
        let sql = "select pipeline_id, stage_id, status, currency, owner_id, deals, value_hundredths, weighed_hundredths, \
            unweighed_hundredths from stage_totals_kept where workspace_id = ?1 \
            order by pipeline_id, stage_id, status, currency, owner_id";
        self.many("stage_totals_kept", sql, [self.workspace], |cells| {
            let key = StageTotalKey {
                pipeline_id: cells.get()?,
                stage_id: cells.get()?,
                status: cells.get()?,
                currency: cells.get()?,
                owner_id: cells.get()?,
            };
            let total = StageTotal {
                deals: cells.get()?,
                value_hundredths: cells.get()?,
                weighed_hundredths: cells.get()?,
                unweighed_hundredths: cells.get()?,
            };
            Ok((key, total))
        })
    }

    fn note_stage_change(&mut self, change: &StageChange) -> Answer<()> {
        let sql = "insert into deal_stage_changes (workspace_id, deal_id, at, to_stage_id, from_stage_id, user_id, since, is_gap) \
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
            on conflict (workspace_id, deal_id, at, to_stage_id) do update set from_stage_id = excluded.from_stage_id, \
            user_id = excluded.user_id, since = coalesce(excluded.since, since), is_gap = excluded.is_gap \
            where is_gap = 1";
        let values = (
            self.workspace,
            change.deal.as_str(),
            to_millis(change.at),
            change.to_stage_id,
            change.from_stage_id,
            change.user_id,
            millis(change.since),
            i64::from(change.is_gap),
        );
        self.run(sql, values)?;
        Ok(())
    }

    fn stage_changes(&self, deal: &RemoteId) -> Answer<Vec<StageChange>> {
        let sql = "select deal_id, at, to_stage_id, from_stage_id, user_id, since, is_gap from deal_stage_changes \
            where workspace_id = ?1 and deal_id = ?2 order by at, to_stage_id";
        let read = |cells: &Cells<'_>| {
            Ok(StageChange {
                deal: cells.remote_id()?,
                at: cells.time()?,
                to_stage_id: cells.get()?,
                from_stage_id: cells.get()?,
                user_id: cells.get()?,
                since: cells.time_or_none()?,
                is_gap: cells.flag()?,
            })
        };
        let params = (self.workspace, deal.as_str());
        self.many("deal_stage_changes", sql, params, read)
    }
}
