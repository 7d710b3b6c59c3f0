//! Lanes in memory.
//!
//! In: lanes as they were and are. Out: lanes by id, key, stage and due time. Never changes a lane by itself.

use std::ops::Bound;

use model::{Entity, LaneId, RecordKey, Timestamp};

use super::rows::{Rows, at_most};
use crate::Answer;
use crate::lane::{Lane, LaneKey, Stage};
use crate::tables::LaneTable;

impl Rows {
    fn index_lane(&mut self, lane: &Lane) {
        let stage = lane.stage();
        if lane.claimed_by_epoch.is_none() && stage != Stage::Rest {
            self.lanes_due.insert((stage, lane.due_at, lane.id));
        }
        for record in &lane.waits_for {
            self.lane_waits.insert((record.clone(), lane.id));
        }
    }

    fn unindex_lane(&mut self, lane: &Lane) {
        if lane.claimed_by_epoch.is_none() {
            self.lanes_due.remove(&(lane.stage(), lane.due_at, lane.id));
        }
        for record in &lane.waits_for {
            self.lane_waits.remove(&(record.clone(), lane.id));
        }
    }
}

impl LaneTable for Rows {
    fn lane(&self, id: LaneId) -> Answer<Option<Lane>> {
        Ok(self.lanes.get(&id).cloned())
    }

    fn lane_by_key(&self, key: &LaneKey) -> Answer<Option<Lane>> {
        Ok(self
            .lane_by_key
            .get(key)
            .and_then(|id| self.lanes.get(id))
            .cloned())
    }

    fn insert_lane(&mut self, lane: Lane) -> Answer<()> {
        self.index_lane(&lane);
        self.lane_by_key.insert(lane.key.clone(), lane.id);
        self.lanes.insert(lane.id, lane);
        Ok(())
    }

    fn update_lane(&mut self, before: &Lane, after: Lane) -> Answer<()> {
        self.unindex_lane(before);
        self.index_lane(&after);
        if before.key != after.key {
            self.lane_by_key.remove(&before.key);
            self.lane_by_key.insert(after.key.clone(), after.id);
        }
        self.lanes.insert(after.id, after);
        Ok(())
    }

    fn delete_lane(&mut self, lane: &Lane) -> Answer<()> {
        self.unindex_lane(lane);
        self.lane_by_key.remove(&lane.key);
        self.lanes.remove(&lane.id);
        Ok(())
    }

    fn due_lanes(&self, stage: Stage, now: Timestamp, limit: u32) -> Answer<Vec<Lane>> {
        let first = (stage, Timestamp::MIN, LaneId(i64::MIN));
        let last = (stage, now, LaneId(i64::MAX));
        let due = self.lanes_due.range(first..=last).take(at_most(limit));
        Ok(due
            .filter_map(|(_, _, id)| self.lanes.get(id).cloned())
            .collect())
    }

    fn due_lanes_of(
        &self,
        stage: Stage,
        entity: Entity,
        now: Timestamp,
        limit: u32,
    ) -> Answer<Vec<Lane>> {
        let due = self.due_lanes(stage, now, u32::MAX)?.into_iter();
        let of_entity =
            |lane: &Lane| matches!(&lane.key, LaneKey::Record(record) if record.entity == entity);
        Ok(due.filter(of_entity).take(at_most(limit)).collect())
    }

    fn lanes_after(&self, stage: Stage, after: LaneId, limit: u32) -> Answer<Vec<Lane>> {
        let later = self
            .lanes
            .range((Bound::Excluded(after), Bound::Unbounded))
            .map(|(_, lane)| lane);
        Ok(later
            .filter(|lane| lane.stage() == stage)
            .take(at_most(limit))
            .cloned()
            .collect())
    }

    fn claimed_lanes(&self) -> Answer<Vec<Lane>> {
        Ok(self
            .lanes
            .values()
            .filter(|lane| lane.claimed_by_epoch.is_some())
            .cloned()
            .collect())
    }

    fn earliest_due(&self, stage: Stage) -> Answer<Option<Timestamp>> {
        let first = (stage, Timestamp::MIN, LaneId(i64::MIN));
        let last = (stage, Timestamp::MAX, LaneId(i64::MAX));
        Ok(self
            .lanes_due
            .range(first..=last)
            .next()
            .map(|(_, due_at, _)| *due_at))
    }

    fn lanes_waiting_for(&self, record: &RecordKey) -> Answer<Vec<LaneId>> {
        let first = (record.clone(), LaneId(i64::MIN));
        let last = (record.clone(), LaneId(i64::MAX));
        Ok(self
            .lane_waits
            .range(first..=last)
            .map(|(_, lane)| *lane)
            .collect())
    }
}
