//! What the keys of a deal mean together: stage and pipeline, the ways in which a deal ends, the archive.
//!
//! In: the deal with every key applied, and the deal before. Out: the deal settled, or what is wrong. It stores nothing.

use serde_json::{Map, Value};

use super::super::record::Record;
use super::super::reply::Violation;
use super::super::state::State;
use super::super::write::Check;
use super::Entity;
use super::deal::{DealDetails, Status};

pub(super) fn settle(
    check: &Check<'_>,
    record: &mut Record,
    body: &Map<String, Value>,
    violations: &mut Vec<Violation>,
) {
    let Some(deal) = record.deal_mut() else {
        return;
    };
    let before = check.before.and_then(Record::deal);
    match before {
        None => begin(check, deal, body, violations),
        Some(before) => {
            let unarchives = body.get("is_archived") == Some(&Value::Bool(false));
            if before.is_archived && !unarchives {
                let reason = "the deal is archived, unarchive it before changing it";
                violations.push(Violation::new("is_archived", reason));
            }
        }
    }
    place(check, deal, before, (body, violations));
    end(check, deal, before, (body, violations));
    archive(check, deal, (body, violations));
}

fn begin(
    check: &Check<'_>,
    deal: &mut DealDetails,
    body: &Map<String, Value>,
    violations: &mut Vec<Violation>,
) {
    deal.creator_user_id = check.actor.user_id;
    deal.origin = if check.actor.source == "api" {
        "API"
    } else {
        "ManuallyCreated"
    }
    .to_owned();
    if deal.currency.is_empty() {
        "SEK".clone_into(&mut deal.currency);
    }
    let switches = &check.config.switches;
    if switches.omitted_values_are_zero && !body.contains_key("value") {
        deal.value = Some(0.0);
    }
    if switches.deals_need_a_contact && deal.person_id.is_none() && deal.org_id.is_none() {
        violations.push(Violation::new(
            "person_id",
            "a deal needs a person or an organization",
        ));
    }
}

/// The stage decides the pipeline; a pipeline alone means its first stage; nothing means the first pipeline.
fn place(
    check: &Check<'_>,
    deal: &mut DealDetails,
    before: Option<&DealDetails>,
    (body, violations): (&Map<String, Value>, &mut Vec<Violation>),
) {
    let state = check.state;
    let is_given = |key: &str| body.contains_key(key);
    if is_given("stage_id") {
        let Some(stage) = state.table(Entity::Stage).live(deal.stage_id) else {
            return;
        };
        let of_stage = stage
            .stage()
            .map_or(deal.pipeline_id, |stage| stage.pipeline_id);
        let clashes = is_given("pipeline_id") && deal.pipeline_id != of_stage;
        if clashes && check.config.switches.clashing_pipelines_are_refused {
            let reason = "the stage belongs to another pipeline";
            violations.push(Violation::new("stage_id", reason));
        }
        deal.pipeline_id = of_stage;
    } else if is_given("pipeline_id") {
        let is_move = before.is_none_or(|before| before.pipeline_id != deal.pipeline_id);
        if before.is_some() && is_move && check.config.switches.pipelines_alone_are_refused {
            violations.push(Violation::new("stage_id", "is required"));
        }
        if is_move && !enter(state, deal, Some(deal.pipeline_id)) {
            let reason = "the pipeline has no stage";
            violations.push(Violation::new("pipeline_id", reason));
        }
    } else if before.is_none() && !enter(state, deal, first_pipeline(state)) {
        let reason = "the company has no pipeline with a stage";
        violations.push(Violation::new("stage_id", reason));
    }
    if before.is_some_and(|before| before.stage_id != deal.stage_id) {
        deal.stage_change_time = Some(check.now);
    }
}

fn enter(state: &State, deal: &mut DealDetails, pipeline: Option<i64>) -> bool {
    let Some(pipeline) = pipeline else {
        return false;
    };
    let Some(stage) = first_stage(state, pipeline) else {
        return false;
    };
    (deal.pipeline_id, deal.stage_id) = (pipeline, stage);
    true
}

/// The live pipeline with the lowest place.
pub(in crate::pipedrive) fn first_pipeline(state: &State) -> Option<i64> {
    let records = state.table(Entity::Pipeline).records.values();
    let live = records.filter(|record| !record.is_deleted);
    let first = live.min_by_key(|record| record.pipeline().map(|pipeline| pipeline.order_nr));
    first.map(|record| record.id)
}

/// The live stage of a pipeline with the lowest place.
pub(in crate::pipedrive) fn first_stage(state: &State, pipeline: i64) -> Option<i64> {
    let stages = state.table(Entity::Stage);
    let of_pipeline = stages.belonging_to((Entity::Pipeline, pipeline));
    of_pipeline
        .filter_map(|id| stages.live(id))
        .min_by_key(|record| record.stage().map(|stage| stage.order_nr))
        .map(|record| record.id)
}

/// Winning and losing set their times, reopening takes them back; what was won once stays known.
fn end(
    check: &Check<'_>,
    deal: &mut DealDetails,
    before: Option<&DealDetails>,
    (body, violations): (&Map<String, Value>, &mut Vec<Violation>),
) {
    let is_given = |key: &str| body.get(key).is_some_and(|value| !value.is_null());
    let mut only = |key: &str, fits: bool, when: &str| {
        if is_given(key) && !fits {
            let reason = format!("is only allowed when status is {when}");
            violations.push(Violation::new(key, reason));
        }
    };
    let status = deal.status;
    let keeps_reasons = check.config.switches.lost_reasons_are_kept;
    only(
        "lost_reason",
        status == Status::Lost || keeps_reasons,
        "lost",
    );
    only("close_time", status != Status::Open, "won or lost");
    only("won_time", status == Status::Won, "won");
    only("lost_time", status == Status::Lost, "lost");
    let was = before.map_or(Status::Open, |before| before.status);
    if status != Status::Lost {
        deal.lost_time = None;
        if !(keeps_reasons && is_given("lost_reason")) {
            deal.lost_reason = None;
        }
    }
    if status != Status::Won {
        deal.won_time = None;
    }
    if status == Status::Open {
        deal.close_time = None;
    } else if status != was {
        let given = match status {
            Status::Won => "won_time",
            Status::Lost | Status::Open => "lost_time",
        };
        let ended = if status == Status::Won {
            &mut deal.won_time
        } else {
            &mut deal.lost_time
        };
        if !is_given(given) {
            *ended = Some(check.now);
        }
        let ended = *ended;
        if !is_given("close_time") {
            deal.close_time = ended;
        }
    }
    if status == Status::Won {
        deal.first_won_time = deal.first_won_time.or(deal.won_time);
    }
}

fn archive(
    check: &Check<'_>,
    deal: &mut DealDetails,
    (body, violations): (&Map<String, Value>, &mut Vec<Violation>),
) {
    let is_given = body.contains_key("archive_time");
    if is_given && !deal.is_archived {
        violations.push(Violation::new(
            "archive_time",
            "is only allowed when is_archived is true",
        ));
    }
    deal.archive_time = match (deal.is_archived, deal.archive_time) {
        (false, _) => None,
        (true, Some(time)) => Some(time),
        (true, None) => Some(check.now),
    };
}
