//! Room for deals: pipelines and stages that go with what is in them, and the number of open deals that a plan allows.
//!
//! In: a pipeline or stage that shall be deleted. Out: leave to do so, or a refusal while open deals are in it. Nothing here
//! touches deals that are won or lost.

use super::PipedriveEmulator;
use super::config::Limits;
use super::kinds::{Entity, PipelineDetails, StageDetails, Status, first_order_nr};
use super::record::{Details, Record};
use super::records::{Actor, Merged};
use super::reply::Reply;
use super::state::{API_USER, State};
use crate::answer::Moment;

/// The stages of a company's first pipeline, each with its probability.
pub(super) const FIRST_STAGES: [(&str, i64); 5] = [
    ("Qualified", 100),
    ("Contact Made", 100),
    ("Demo Scheduled", 100),
    ("Proposal Made", 100),
    ("Negotiations Started", 100),
];

impl PipedriveEmulator {
    /// Before a record is deleted: whatever must not be in the way.
    pub(super) fn make_way(
        &mut self,
        (entity, id): (Entity, i64),
        actor: Actor,
        now: Moment,
    ) -> Result<(), Reply> {
        if entity != Entity::Stage && entity != Entity::Pipeline {
            return Ok(());
        }
        let deals = self.state.table(Entity::Deal);
        let open: Vec<i64> = deals
            .belonging_to((entity, id))
            .filter_map(|deal| deals.live(deal))
            .filter(|record| {
                record
                    .deal()
                    .is_some_and(|deal| deal.status == Status::Open)
            })
            .map(|record| record.id)
            .collect();
        if !open.is_empty() && !self.config.switches.stages_take_their_deals_along {
            let error = format!("The {} has open deals: move them first", entity.name());
            return Err(Reply::generic(400, &error));
        }
        for deal in open {
            self.mark_deleted(Entity::Deal, deal, actor, now, Merged::default());
        }
        if entity == Entity::Pipeline {
            let stages: Vec<i64> = self
                .state
                .table(Entity::Stage)
                .belonging_to((entity, id))
                .collect();
            for stage in stages {
                self.mark_deleted(Entity::Stage, stage, actor, now, Merged::default());
            }
        }
        Ok(())
    }

    /// Refuses an open deal beyond what the plan has room for.
    pub(super) fn within_plan(&self, record: &Record) -> Result<(), Reply> {
        if !record.counts_as_open() || self.config.limits != Limits::Real {
            return Ok(());
        }
        let seats = usize::try_from(self.config.seats).unwrap_or(usize::MAX);
        let most = self
            .config
            .subscription
            .open_deals_max()
            .saturating_mul(seats);
        let kinds = [Entity::Deal, Entity::Lead];
        let all: usize = kinds
            .map(|kind| self.state.table(kind).records.len())
            .iter()
            .sum();
        if all < most {
            return Ok(());
        }
        let open = |kind| {
            let records = self.state.table(kind).records.values();
            records.filter(|record| record.counts_as_open()).count()
        };
        if kinds.map(open).iter().sum::<usize>() < most {
            return Ok(());
        }
        Err(Reply::capped(
            "deals",
            "The deal could not be added because the open deals limit has been reached.",
        ))
    }

    /// Where the vendor gives every new pipeline stages, this one gets them.
    pub(super) fn furnish_pipeline(&mut self, pipeline: i64, actor: Actor, now: Moment) {
        if !self.config.switches.new_pipelines_have_stages {
            return;
        }
        let seconds = self.seconds(now);
        let first = first_order_nr(pipeline, self.config.switches.stages_start_at_one);
        for ((name, probability), order_nr) in FIRST_STAGES.into_iter().zip(first..) {
            let mut record = stage(name, pipeline, (order_nr, probability), seconds);
            record.id = self.state.table(Entity::Stage).next_id;
            self.commit(Entity::Stage, record, actor, now, Merged::default());
        }
    }
}

/// Enters a pipeline with its stages into an account, as it was set up long ago; its number.
pub(super) fn set_up(state: &mut State, name: &str, stages: &[(&str, i64)], seconds: i64) -> i64 {
    let pipelines = state.table_mut(Entity::Pipeline);
    let id = pipelines.next_id;
    pipelines.put(Record {
        id,
        name: name.to_owned(),
        details: Details::Pipeline(PipelineDetails {
            order_nr: id,
            is_deal_probability_enabled: true,
        }),
        ..stage(name, id, (0, 0), seconds)
    });
    for ((name, probability), order_nr) in stages.iter().zip(first_order_nr(id, false)..) {
        let table = state.table_mut(Entity::Stage);
        let mut record = stage(name, id, (order_nr, *probability), seconds);
        record.id = table.next_id;
        table.put(record);
    }
    id
}

fn stage(
    name: &str,
    pipeline_id: i64,
    (order_nr, deal_probability): (i64, i64),
    seconds: i64,
) -> Record {
    Record {
        id: 0,
        name: name.to_owned(),
        owner_id: API_USER,
        add_time: seconds,
        update_time: Some(seconds),
        visible_to: 3,
        label_ids: Vec::new(),
        custom: Vec::new(),
        is_deleted: false,
        details: Details::Stage(StageDetails {
            order_nr,
            pipeline_id,
            deal_probability,
            is_deal_rot_enabled: false,
            days_to_rotten: None,
        }),
    }
}
