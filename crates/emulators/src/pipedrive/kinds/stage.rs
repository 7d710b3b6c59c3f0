//! What is a stage's own: its pipeline, its place there, its probability, when deals in it grow stale.
//!
//! In: keys of a body, a record. Out: the record changed, or shown. It stores nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::fields::Catalog;
use super::super::json::Json;
use super::super::list_filter::SortBy;
use super::super::record::{Details, Record};
use super::super::reply::Violation;
use super::super::write::{Check, Objection};
use super::{Entity, Kind, Links, ListSpec, NAME, Part, Shown, Spec};

#[derive(Debug)]
pub(super) struct Stage;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::pipedrive) struct StageDetails {
    pub(in crate::pipedrive) order_nr: i64,
    pub(in crate::pipedrive) pipeline_id: i64,
    pub(in crate::pipedrive) deal_probability: i64,
    pub(in crate::pipedrive) is_deal_rot_enabled: bool,
    pub(in crate::pipedrive) days_to_rotten: Option<i64>,
}

static SPEC: Spec = Spec {
    name: "stage",
    title: "Stage",
    required: &["name", "pipeline_id"],
    common: &["name"],
    has_custom_fields: false,
    list: ListSpec {
        filters: &[],
        links: &[("pipeline_id", Entity::Pipeline)],
        sorts: &[
            SortBy::Id,
            SortBy::UpdateTime,
            SortBy::AddTime,
            SortBy::OrderNr,
        ],
        views: &[],
        single_views: &[],
        includes: &[],
    },
    parts: &[
        part!(stage.deal_probability),
        NAME,
        part!(stage.order_nr),
        part!(stage.pipeline_id),
        part!(stage.days_to_rotten as "rotten_days"),
        part!(stage.is_deal_rot_enabled as "rotten_flag"),
    ],
    updated_from_start: false,
    previous_has_update_time: true,
    created_status: 200,
    answers_additional_data: false,
    lists_deleted: false,
};

impl Kind for Stage {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn blank(&self) -> Details {
        Details::Stage(StageDetails {
            deal_probability: 100,
            ..StageDetails::default()
        })
    }

    fn links(&self, record: &Record) -> Links {
        let pipeline = record
            .stage()
            .map(|stage| (Entity::Pipeline, stage.pipeline_id));
        [pipeline, None, None, None]
    }

    fn apply(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        key: &str,
        value: &Value,
    ) -> Result<(), Objection> {
        let Some(stage) = record.stage_mut() else {
            return Err(Objection::NotAllowed);
        };
        match key {
            "pipeline_id" => stage.pipeline_id = check.live(Entity::Pipeline, value)?,
            "deal_probability" => {
                let probability = value.as_i64().ok_or("must be an integer")?;
                if !(0..=100).contains(&probability) {
                    return Err("must be between 0 and 100".into());
                }
                stage.deal_probability = probability;
            }
            "is_deal_rot_enabled" => {
                stage.is_deal_rot_enabled = value.as_bool().ok_or("must be true or false")?;
            }
            "days_to_rotten" => {
                let days = value.as_i64().filter(|days| *days > 0);
                stage.days_to_rotten = Some(days.ok_or("must be a positive integer")?);
            }
            _ => return Err(Objection::NotAllowed),
        }
        Ok(())
    }

    /// A stage that comes to a pipeline comes last. Pipelines begin to count at nought or one.
    fn settle(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        _body: &Map<String, Value>,
        _violations: &mut Vec<Violation>,
    ) {
        let id = record.id;
        let Some(stage) = record.stage_mut() else {
            return;
        };
        let before = check.before.and_then(Record::stage);
        if before.is_some_and(|before| before.pipeline_id == stage.pipeline_id) {
            return;
        }
        let stages = check.state.table(Entity::Stage);
        let last = stages
            .belonging_to((Entity::Pipeline, stage.pipeline_id))
            .filter(|other| *other != id)
            .filter_map(|other| Some(stages.live(other)?.stage()?.order_nr))
            .max();
        let first = first_order_nr(stage.pipeline_id, check.config.switches.stages_start_at_one);
        stage.order_nr = last.map_or(first, |last| last + 1);
    }

    fn sort_value(&self, record: &Record) -> Option<i64> {
        Some(record.stage()?.order_nr)
    }

    fn write(&self, out: &mut Json, record: &Record, _shown: &Shown<'_>) {
        let Some(stage) = record.stage() else {
            return;
        };
        out.field("id", &record.id);
        out.field("order_nr", &stage.order_nr);
        out.field("name", &record.name);
        out.field("is_deleted", &record.is_deleted);
        out.field("deal_probability", &stage.deal_probability);
        out.field("pipeline_id", &stage.pipeline_id);
        out.field("is_deal_rot_enabled", &stage.is_deal_rot_enabled);
        out.field("days_to_rotten", &stage.days_to_rotten);
        out.time("add_time", Some(record.add_time));
        out.time("update_time", record.update_time);
    }

    fn write_event(&self, out: &mut Json, record: &Record, _catalog: &Catalog) {
        out.field("active_flag", &!record.is_deleted);
        out.time("add_time", Some(record.add_time));
        for part in SPEC.parts {
            (part.write)(out, record);
        }
        out.field("id", &record.id);
        out.time("update_time", record.update_time);
    }
}

/// Where a pipeline begins to count its stages: not the same everywhere.
pub(in crate::pipedrive) const fn first_order_nr(pipeline: i64, always_one: bool) -> i64 {
    if always_one { 1 } else { pipeline % 2 }
}
