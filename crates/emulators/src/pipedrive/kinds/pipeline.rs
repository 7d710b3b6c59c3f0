//! What is a pipeline's own: its place among the others, whether deals have probabilities.
//!
//! In: keys of a body, a record. Out: the record changed, or shown. Its stages are records of their own. It stores nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::fields::Catalog;
use super::super::json::Json;
use super::super::record::{Details, Record};
use super::super::reply::Violation;
use super::super::write::{Check, Objection};
use super::person::CONTACT_SORTS;
use super::{Entity, Kind, ListSpec, NAME, Part, Shown, Spec};

#[derive(Debug)]
pub(super) struct Pipeline;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::pipedrive) struct PipelineDetails {
    pub(in crate::pipedrive) order_nr: i64,
    pub(in crate::pipedrive) is_deal_probability_enabled: bool,
}

static SPEC: Spec = Spec {
    name: "pipeline",
    title: "Pipeline",
    required: &["name"],
    common: &["name"],
    has_custom_fields: false,
    list: ListSpec {
        filters: &[],
        links: &[],
        sorts: &CONTACT_SORTS,
        views: &[],
        single_views: &[],
        includes: &[],
    },
    parts: &[
        part!(pipeline.is_deal_probability_enabled as "deal_probability"),
        NAME,
        part!(pipeline.order_nr),
    ],
    updated_from_start: true,
    previous_has_update_time: true,
    created_status: 200,
    answers_additional_data: false,
    lists_deleted: false,
};

impl Kind for Pipeline {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn blank(&self) -> Details {
        Details::Pipeline(PipelineDetails::default())
    }

    fn apply(
        &self,
        _check: &Check<'_>,
        record: &mut Record,
        key: &str,
        value: &Value,
    ) -> Result<(), Objection> {
        match (key, record.pipeline_mut()) {
            ("is_deal_probability_enabled", Some(pipeline)) => {
                pipeline.is_deal_probability_enabled =
                    value.as_bool().ok_or("must be true or false")?;
                Ok(())
            }
            _ => Err(Objection::NotAllowed),
        }
    }

    /// A new pipeline comes last.
    fn settle(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        _body: &Map<String, Value>,
        _violations: &mut Vec<Violation>,
    ) {
        let (None, Some(pipeline)) = (check.before, record.pipeline_mut()) else {
            return;
        };
        let others = check.state.table(Entity::Pipeline).records.values();
        let last = others
            .filter_map(|other| Some(other.pipeline()?.order_nr))
            .max();
        pipeline.order_nr = last.map_or(1, |last| last + 1);
    }

    fn write(&self, out: &mut Json, record: &Record, _shown: &Shown<'_>) {
        let Some(pipeline) = record.pipeline() else {
            return;
        };
        out.field("id", &record.id);
        out.field("name", &record.name);
        out.field("order_nr", &pipeline.order_nr);
        out.field("is_deleted", &record.is_deleted);
        out.field(
            "is_deal_probability_enabled",
            &pipeline.is_deal_probability_enabled,
        );
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
        out.field("url_title", &record.name.replace(' ', "-"));
    }
}
