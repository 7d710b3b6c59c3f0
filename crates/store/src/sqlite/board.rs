//! Boards on SQLite: each question walks a stretch of one index, so that a million deals cost what a thousand do.
//!
//! In: a stretch of a stage. Out: cards, sums, days, and how each question is answered. Never orders a pipeline's stages.

use model::time::{from_millis, to_millis};
use model::{Entity, RemoteId};
use rusqlite::types::Null;
use rusqlite::{Connection, params_from_iter};

use super::cells::{Cells, failed};
use super::mirror;
use super::rows::Rows;
use crate::Answer;
use crate::board::{
    DealCard, DealOrder, ExplainedQuery, InStage, OwnerSum, StageDay, StageSum, TitledChange,
    midnight,
};
use crate::deals::{StageChange, StageTotal};
use crate::tables::BoardTables;

const SUMS: &str =
    "sum(deals), sum(value_hundredths), sum(weighed_hundredths), sum(unweighed_hundredths)";

/// The deals that are on a board, word for word as the indexes have it.
pub(super) const ON_BOARD: &str = "deleted_at is null and coalesce(is_archived, 0) = 0";

const CHANGES: &str = "select c.deal_id, c.at, c.to_stage_id, c.from_stage_id, c.user_id, c.since, c.is_gap, \
    (select d.title from pipedrive_deals as d where d.workspace_id = c.workspace_id and d.pipedrive_id = c.deal_id) \
    from deal_stage_changes as c where c.workspace_id = ?1 order by c.at desc, c.deal_id desc, c.to_stage_id desc limit ?2";

const DAYS: &str = "select day, stage_id, currency, deals, value_hundredths, weighed_hundredths, unweighed_hundredths \
    from stage_days_kept where workspace_id = ?1 and pipeline_id = ?2 and status = ?4 and day >= ?3 \
    order by day, stage_id, currency";

fn stage_sums(of_owner: bool) -> String {
    let owner = if of_owner { " and owner_id = ?4" } else { "" };
    format!(
        "select stage_id, currency, {SUMS} from stage_totals_kept \
         where workspace_id = ?1 and pipeline_id = ?2 and status = ?3{owner} group by stage_id, currency"
    )
}

fn owner_sums() -> String {
    format!(
        "select owner_id, currency, {SUMS} from stage_totals_kept \
         where workspace_id = ?1 and pipeline_id = ?2 and status = ?3 group by owner_id, currency"
    )
}

fn names(entity: Entity) -> String {
    let table = mirror::table(entity);
    format!(
        "select pipedrive_id, name from {table} where workspace_id = ?1 and deleted_at is null and name is not null \
         order by pipedrive_id"
    )
}

/// The index that stays while the first read of all deals has not ended.
const ALWAYS_THERE: &str = "pipedrive_deals_newest";

/// The index that is made for a question.
const fn index_for(order: DealOrder, of_owner: bool) -> &'static str {
    match (order, of_owner) {
        (DealOrder::Newest, false) => ALWAYS_THERE,
        (DealOrder::Newest, true) => "pipedrive_deals_newest_of_owner",
        (DealOrder::ExpectedClose, false) => "pipedrive_deals_closing",
        (DealOrder::ExpectedClose, true) => "pipedrive_deals_closing_of_owner",
    }
}

/// A stretch of one stage's deals. Which index it walks is said, because the planner knows nothing of how deals are spread.
fn in_stage(order: DealOrder, of_owner: bool, index: &str) -> String {
    let owner = if of_owner { " and owner_id = ?5" } else { "" };
    let (behind, sorted) = match order {
        DealOrder::Newest => (
            "(remote_time, pipedrive_id) < (?6, ?8)",
            "remote_time desc, pipedrive_id desc",
        ),
        DealOrder::ExpectedClose => (
            "(expected_close_date, pipedrive_id) > (?7, ?8) and expected_close_date is not null",
            "expected_close_date, pipedrive_id",
        ),
    };
    format!(
        "select pipedrive_id, remote_time, raw from pipedrive_deals indexed by {index} \
         where workspace_id = ?1 and pipeline_id = ?2 and stage_id = ?3 and status = ?4{owner} \
         and {behind} and {ON_BOARD} order by {sorted} limit ?9"
    )
}

fn total(cells: &Cells<'_>) -> Answer<StageTotal> {
    Ok(StageTotal {
        deals: cells.get()?,
        value_hundredths: cells.get()?,
        weighed_hundredths: cells.get()?,
        unweighed_hundredths: cells.get()?,
    })
}

/// The steps of a statement. Its parameters stay empty: they do not change the plan.
fn explain(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("explain query plan {sql}"))?;
    let nothing = vec![Null; statement.parameter_count()];
    let steps = statement.query_map(params_from_iter(nothing), |row| row.get("detail"))?;
    steps.collect()
}

impl Rows<'_> {
    fn sql_in_stage(&self, order: DealOrder, of_owner: bool) -> Answer<String> {
        let made_for_it = index_for(order, of_owner);
        let index = match made_for_it == ALWAYS_THERE || self.has_index(made_for_it)? {
            true => made_for_it,
            false => ALWAYS_THERE,
        };
        Ok(in_stage(order, of_owner, index))
    }
}

impl BoardTables for Rows<'_> {
    fn stage_sums(
        &self,
        pipeline_id: i64,
        status: &str,
        owner_id: Option<i64>,
    ) -> Answer<Vec<StageSum>> {
        let read = |cells: &Cells<'_>| {
            Ok(StageSum {
                stage_id: cells.get()?,
                currency: cells.get()?,
                total: total(cells)?,
            })
        };
        let (sql, table) = (stage_sums(owner_id.is_some()), "stage_totals_kept");
        match owner_id {
            Some(owner) => self.many(
                table,
                &sql,
                (self.workspace, pipeline_id, status, owner),
                read,
            ),
            None => self.many(table, &sql, (self.workspace, pipeline_id, status), read),
        }
    }

    fn owner_sums(&self, pipeline_id: i64, status: &str) -> Answer<Vec<OwnerSum>> {
        let params = (self.workspace, pipeline_id, status);
        self.many("stage_totals_kept", &owner_sums(), params, |cells| {
            Ok(OwnerSum {
                owner_id: cells.get()?,
                currency: cells.get()?,
                total: total(cells)?,
            })
        })
    }

    fn deals_in_stage(&self, wanted: &InStage<'_>) -> Answer<Vec<DealCard>> {
        let sql = self.sql_in_stage(wanted.order, wanted.owner_id.is_some())?;
        // The first page begins behind what comes before everything.
        let (changed_at, closes, id) = match wanted.after {
            Some(place) => (
                to_millis(place.changed_at),
                place.expected_close_date.as_deref().unwrap_or(""),
                place.id.as_str(),
            ),
            None => (i64::MAX, "", ""),
        };
        let params = (
            self.workspace,
            wanted.pipeline_id,
            wanted.stage_id,
            wanted.status,
            wanted.owner_id,
            changed_at,
            closes,
            id,
            wanted.limit,
        );
        let read = |cells: &Cells<'_>| {
            let (id, at) = (cells.remote_id()?, from_millis(cells.get()?));
            let raw: String = cells.get()?;
            Ok(DealCard::parse(id, at, &raw))
        };
        let cards = self.many("pipedrive_deals", &sql, params, read)?;
        Ok(cards.into_iter().flatten().collect())
    }

    fn newest_stage_changes(&self, limit: u32) -> Answer<Vec<TitledChange>> {
        let params = (self.workspace, limit);
        self.many("deal_stage_changes", CHANGES, params, |cells| {
            let change = StageChange {
                deal: cells.remote_id()?,
                at: cells.time()?,
                to_stage_id: cells.get()?,
                from_stage_id: cells.get()?,
                user_id: cells.get()?,
                since: cells.time_or_none()?,
                is_gap: cells.flag()?,
            };
            let title = cells.get()?;
            Ok(TitledChange { change, title })
        })
    }

    fn keep_stage_day(&mut self, day: i64) -> Answer<()> {
        let sql = format!(
            "insert or replace into stage_days_kept (workspace_id, pipeline_id, day, stage_id, status, currency, \
             deals, value_hundredths, weighed_hundredths, unweighed_hundredths) \
             select workspace_id, pipeline_id, ?2, stage_id, status, currency, {SUMS} from stage_totals_kept \
             where workspace_id = ?1 group by pipeline_id, stage_id, status, currency"
        );
        self.run(&sql, (self.workspace, day))?;
        Ok(())
    }

    fn stage_days(&self, pipeline_id: i64, status: &str, since: i64) -> Answer<Vec<StageDay>> {
        let params = (self.workspace, pipeline_id, since, status);
        self.many("stage_days_kept", DAYS, params, |cells| {
            Ok(StageDay {
                day: midnight(cells.get()?),
                stage_id: cells.get()?,
                currency: cells.get()?,
                total: total(cells)?,
            })
        })
    }

    fn names(&self, entity: Entity) -> Answer<Vec<(RemoteId, String)>> {
        let sql = names(entity);
        self.many(mirror::table(entity), &sql, [self.workspace], |cells| {
            Ok((cells.remote_id()?, cells.get()?))
        })
    }

    fn explain_board(&self) -> Answer<Vec<ExplainedQuery>> {
        use DealOrder::{ExpectedClose, Newest};
        let asked = [
            ("sums of the stages of a pipeline", stage_sums(false)),
            ("sums of the stages, of one owner", stage_sums(true)),
            ("sums of the owners of a pipeline", owner_sums()),
            (
                "deals of a stage, newest first",
                self.sql_in_stage(Newest, false)?,
            ),
            (
                "deals of a stage and owner, newest first",
                self.sql_in_stage(Newest, true)?,
            ),
            (
                "deals of a stage by expected close",
                self.sql_in_stage(ExpectedClose, false)?,
            ),
            (
                "deals of a stage and owner by expected close",
                self.sql_in_stage(ExpectedClose, true)?,
            ),
            ("newest moves", CHANGES.to_owned()),
            ("what stages held day by day", DAYS.to_owned()),
            ("names of stages", names(Entity::Stage)),
        ];
        let explained = asked.into_iter().map(|(name, sql)| {
            let plan = explain(self.connection, &sql).map_err(failed)?;
            Ok(ExplainedQuery { name, plan })
        });
        explained.collect()
    }

    fn leave_out_indexes(&mut self) -> Answer<()> {
        self.drop_indexes()
    }

    fn make_index(&mut self) -> Answer<bool> {
        self.make_next_index()
    }
}
