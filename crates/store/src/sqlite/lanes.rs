//! Lanes on SQLite.
//!
//! In: lanes as they were and are. Out: lanes by id, key, stage and due time. Never changes a lane by itself.

use model::time::to_millis;
use model::{BySide, Entity, InboxSeq, LaneId, OutboxId, PairId, RecordKey, Timestamp};
use rusqlite::types::Value;

use super::cells::{Cells, to_json, to_json_or_none};
use super::counters::Counter;
use super::rows::Rows;
use super::words;
use crate::Answer;
use crate::lane::{Lane, LaneKey, Stage};
use crate::tables::LaneTable;

const COLUMNS: &str = "lane_id, pair_id, entity, remote_id, hint_pipedrive, hint_propstreet, read_pipedrive, \
    read_propstreet, version, planned_version, open_outbox, due_at, attempts, problem, quarantined, deaths, waits_for, \
    notes, claimed_by_epoch";

fn read(cells: &Cells<'_>) -> Answer<Lane> {
    let id = LaneId(cells.get()?);
    let pair: Option<i64> = cells.get()?;
    let key = match (pair, cells.record_or_none()?) {
        (Some(pair), None) => LaneKey::Pair(PairId(pair)),
        (None, Some(record)) => LaneKey::Record(record),
        (Some(_), Some(_)) | (None, None) => {
            return Err(cells.corrupt("it belongs to a pair or to a record"));
        }
    };
    Ok(Lane {
        id,
        key,
        hint: BySide {
            pipedrive: InboxSeq(cells.get()?),
            propstreet: InboxSeq(cells.get()?),
        },
        read: BySide {
            pipedrive: InboxSeq(cells.get()?),
            propstreet: InboxSeq(cells.get()?),
        },
        version: cells.get()?,
        planned_version: cells.get()?,
        open_outbox: cells.get::<Option<i64>>()?.map(OutboxId),
        due_at: cells.time()?,
        attempts: cells.count()?,
        problem: cells.json_or_none()?,
        quarantined: cells.flag()?,
        deaths: cells.count()?,
        waits_for: cells.json()?,
        notes: cells.json()?,
        claimed_by_epoch: cells.get()?,
    })
}

/// In the order of the table.
fn values(workspace: i64, lane: &Lane) -> [Value; 21] {
    let (pair, record) = match &lane.key {
        LaneKey::Pair(pair) => (Some(pair.0), None),
        LaneKey::Record(record) => (None, Some(record)),
    };
    [
        workspace.into(),
        lane.id.0.into(),
        words::stage(lane.stage()).to_owned().into(),
        pair.into(),
        record.map(|record| record.entity.name().to_owned()).into(),
        record.map(|record| record.id.to_string()).into(),
        lane.hint.pipedrive.0.into(),
        lane.hint.propstreet.0.into(),
        lane.read.pipedrive.0.into(),
        lane.read.propstreet.0.into(),
        lane.version.into(),
        lane.planned_version.into(),
        lane.open_outbox.map(|outbox| outbox.0).into(),
        to_millis(lane.due_at).into(),
        i64::from(lane.attempts).into(),
        to_json_or_none(lane.problem.as_ref()).into(),
        i64::from(lane.quarantined).into(),
        i64::from(lane.deaths).into(),
        to_json(&lane.waits_for).into(),
        to_json(&lane.notes).into(),
        lane.claimed_by_epoch.into(),
    ]
}

/// A lane counts by its stage, and a pair's lane at rest as a pair at rest.
const fn is_pair_at_rest(lane: &Lane, stage: Stage) -> bool {
    matches!(lane.key, LaneKey::Pair(_)) && matches!(stage, Stage::Rest)
}

impl Rows<'_> {
    fn count_lane(&mut self, lane: &Lane, by: i64) -> Answer<()> {
        let stage = lane.stage();
        self.count(Counter::Lanes(stage), by)?;
        if is_pair_at_rest(lane, stage) {
            self.count(Counter::PairsAtRest, by)?;
        }
        Ok(())
    }

    fn insert_waits(&self, lane: &Lane) -> Answer<()> {
        let sql = "insert or ignore into lane_waits (workspace_id, entity, remote_id, lane_id) values (?1, ?2, ?3, ?4)";
        for record in &lane.waits_for {
            self.run(
                sql,
                (
                    self.workspace,
                    record.entity.name(),
                    record.id.as_str(),
                    lane.id.0,
                ),
            )?;
        }
        Ok(())
    }
}

impl LaneTable for Rows<'_> {
    fn lane(&self, id: LaneId) -> Answer<Option<Lane>> {
        let sql = format!("select {COLUMNS} from lanes where workspace_id = ?1 and lane_id = ?2");
        self.one("lanes", &sql, (self.workspace, id.0), read)
    }

    fn lane_by_key(&self, key: &LaneKey) -> Answer<Option<Lane>> {
        match key {
            LaneKey::Pair(pair) => {
                let sql =
                    format!("select {COLUMNS} from lanes where workspace_id = ?1 and pair_id = ?2");
                self.one("lanes", &sql, (self.workspace, pair.0), read)
            }
            LaneKey::Record(record) => {
                let sql = format!(
                    "select {COLUMNS} from lanes where workspace_id = ?1 and entity = ?2 and remote_id = ?3"
                );
                self.one(
                    "lanes",
                    &sql,
                    (self.workspace, record.entity.name(), record.id.as_str()),
                    read,
                )
            }
        }
    }

    fn insert_lane(&mut self, lane: Lane) -> Answer<()> {
        let sql = "insert into lanes (workspace_id, lane_id, stage, pair_id, entity, remote_id, hint_pipedrive, \
            hint_propstreet, read_pipedrive, read_propstreet, version, planned_version, open_outbox, due_at, attempts, \
            problem, quarantined, deaths, waits_for, notes, claimed_by_epoch) \
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
        self.run(sql, values(self.workspace, &lane))?;
        self.insert_waits(&lane)?;
        self.count_lane(&lane, 1)
    }

    fn update_lane(&mut self, before: &Lane, after: Lane) -> Answer<()> {
        let sql = "update lanes set stage = ?3, pair_id = ?4, entity = ?5, remote_id = ?6, hint_pipedrive = ?7, \
            hint_propstreet = ?8, read_pipedrive = ?9, read_propstreet = ?10, version = ?11, planned_version = ?12, \
            open_outbox = ?13, due_at = ?14, attempts = ?15, problem = ?16, quarantined = ?17, deaths = ?18, \
            waits_for = ?19, notes = ?20, claimed_by_epoch = ?21 where workspace_id = ?1 and lane_id = ?2";
        self.run(sql, values(self.workspace, &after))?;
        if before.waits_for != after.waits_for {
            self.run(
                "delete from lane_waits where workspace_id = ?1 and lane_id = ?2",
                (self.workspace, after.id.0),
            )?;
            self.insert_waits(&after)?;
        }
        if before.stage() != after.stage() || before.key != after.key {
            self.count_lane(before, -1)?;
            self.count_lane(&after, 1)?;
        }
        Ok(())
    }

    fn delete_lane(&mut self, lane: &Lane) -> Answer<()> {
        self.run(
            "delete from lanes where workspace_id = ?1 and lane_id = ?2",
            (self.workspace, lane.id.0),
        )?;
        self.count_lane(lane, -1)
    }

    fn due_lanes(&self, stage: Stage, now: Timestamp, limit: u32) -> Answer<Vec<Lane>> {
        let sql = format!(
            "select {COLUMNS} from lanes where workspace_id = ?1 and stage = ?2 and due_at <= ?3 \
             and claimed_by_epoch is null and stage <> 'rest' order by due_at, lane_id limit ?4"
        );
        self.many(
            "lanes",
            &sql,
            (self.workspace, words::stage(stage), to_millis(now), limit),
            read,
        )
    }

    fn due_lanes_of(
        &self,
        stage: Stage,
        entity: Entity,
        now: Timestamp,
        limit: u32,
    ) -> Answer<Vec<Lane>> {
        let sql = format!(
            "select {COLUMNS} from lanes indexed by lanes_due where workspace_id = ?1 and stage = ?2 and due_at <= ?3 \
             and claimed_by_epoch is null and stage <> 'rest' and entity = ?4 order by due_at, lane_id limit ?5"
        );
        let (stage, entity) = (words::stage(stage), entity.name());
        let params = (self.workspace, stage, to_millis(now), entity, limit);
        self.many("lanes", &sql, params, read)
    }

    fn lanes_after(&self, stage: Stage, after: LaneId, limit: u32) -> Answer<Vec<Lane>> {
        // Lanes at work are few among many: their index is walked. Lanes at rest are the many: the table is.
        let at_work = match stage {
            Stage::Rest => "",
            Stage::Read | Stage::Plan | Stage::Deliver | Stage::Quarantined => {
                "and stage <> 'rest'"
            }
        };
        let sql = format!(
            "select {COLUMNS} from lanes where workspace_id = ?1 and stage = ?2 {at_work} and lane_id > ?3 \
             order by lane_id limit ?4"
        );
        self.many(
            "lanes",
            &sql,
            (self.workspace, words::stage(stage), after.0, limit),
            read,
        )
    }

    fn claimed_lanes(&self) -> Answer<Vec<Lane>> {
        let sql = format!(
            "select {COLUMNS} from lanes indexed by lanes_claimed where workspace_id = ?1 \
             and claimed_by_epoch is not null order by lane_id"
        );
        self.many("lanes", &sql, [self.workspace], read)
    }

    fn earliest_due(&self, stage: Stage) -> Answer<Option<Timestamp>> {
        let sql = "select due_at from lanes where workspace_id = ?1 and stage = ?2 and claimed_by_epoch is null \
            and stage <> 'rest' order by due_at limit 1";
        self.one(
            "lanes",
            sql,
            (self.workspace, words::stage(stage)),
            |cells| cells.time(),
        )
    }

    fn lanes_waiting_for(&self, record: &RecordKey) -> Answer<Vec<LaneId>> {
        let sql = "select lane_id from lane_waits where workspace_id = ?1 and entity = ?2 and remote_id = ?3 \
            order by lane_id";
        let params = (self.workspace, record.entity.name(), record.id.as_str());
        self.many("lane_waits", sql, params, |cells| cells.get().map(LaneId))
    }
}
