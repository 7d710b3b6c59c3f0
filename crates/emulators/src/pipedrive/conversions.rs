//! Leads that become deals and deals that become leads: jobs that are begun by one call and asked about by another.
//!
//! In: requests, and time that passes. Out: a status that goes from not started over running to completed; the new record appears,
//! and the old one goes, when the job ends. What was asked about days later is forgotten.

use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::kinds::{
    DealDetails, Entity, LeadDetails, LeadValue, Status, first_pipeline, first_stage,
};
use super::record::{Details, Record};
use super::records::{Actor, Merged};
use super::reply::{Reply, Violation};
use super::route::{Row, row};
use super::sales::{Conversion, Outcome};
use crate::answer::Moment;

/// When a job is taken up, and when it has ended.
const BEGINS_AFTER_MILLIS: i64 = 500;
const ENDS_AFTER_MILLIS: i64 = 2_000;
const FORGOTTEN_AFTER_MILLIS: i64 = 3 * 86_400_000;

pub(super) static ROWS: [Row; 4] = [
    row!("POST" "/api/v2/deals/{id}/convert/lead", 40, |emulator, ask| emulator.convert_deal(ask)),
    row!("POST" "/api/v2/leads/{id}/convert/deal", 40, |emulator, ask| emulator.convert_lead(ask)),
    row!("GET" "/api/v2/deals/{id}/convert/status/{conversion}", 1, |emulator, ask| {
        let id = ask.id()?;
        emulator.conversion_status(Entity::Deal, id, ask)
    }),
    row!("GET" "/api/v2/leads/{id}/convert/status/{conversion}", 1, |emulator, ask| {
        emulator.end_conversions(ask.now);
        let last = ask.captures[0].rsplit('-').next().unwrap_or("");
        let id = i64::from_str_radix(last, 16).map_err(|_| Reply::not_found())?;
        emulator.conversion_status(Entity::Lead, id, ask)
    }),
];

impl PipedriveEmulator {
    fn convert_deal(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        if !ask.request.body().is_empty()
            && let Some(unknown) = ask.body()?.keys().next()
        {
            return Err(Reply::invalid(&[Violation::not_allowed(unknown)]));
        }
        let deal = self.state.table(Entity::Deal).live(ask.id()?);
        let deal = deal.ok_or_else(Reply::not_found)?;
        self.demand_sight(ask.actor, Entity::Deal, deal.id)?;
        let has_contact = deal
            .deal()
            .is_some_and(|deal| deal.person_id.is_some() || deal.org_id.is_some());
        if !has_contact {
            let reason = "a lead needs a person or an organization";
            return Err(Reply::bad("person_id", reason));
        }
        Ok(self.begin_conversion((Entity::Deal, deal.id), None, ask))
    }

    fn convert_lead(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let id = self
            .lead_by_uuid(ask.captures[0])
            .ok_or_else(Reply::not_found)?;
        self.demand_sight(ask.actor, Entity::Lead, id)?;
        let body = if ask.request.body().is_empty() {
            serde_json::Map::new()
        } else {
            ask.body()?
        };
        let mut violations = Vec::new();
        for key in body
            .keys()
            .filter(|key| !["stage_id", "pipeline_id"].contains(&key.as_str()))
        {
            violations.push(Violation::not_allowed(key));
        }
        let mut named = |key: &str, entity: Entity| {
            let value = body.get(key)?;
            let id = value
                .as_i64()
                .filter(|id| self.state.table(entity).live(*id).is_some());
            if id.is_none() {
                violations.push(Violation::new(key, "does not exist"));
            }
            id
        };
        let (stage, pipeline) = (
            named("stage_id", Entity::Stage),
            named("pipeline_id", Entity::Pipeline),
        );
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let state = &self.state;
        let first = || first_stage(state, pipeline.or_else(|| first_pipeline(state))?);
        let stage = stage.or_else(first);
        if stage.is_none() {
            return Err(Reply::bad("pipeline_id", "the pipeline has no stage"));
        }
        Ok(self.begin_conversion((Entity::Lead, id), stage, ask))
    }

    fn begin_conversion(
        &mut self,
        (from, source_id): (Entity, i64),
        stage_id: Option<i64>,
        ask: &Ask<'_>,
    ) -> Reply {
        let id = self.uuid();
        let begun = self.vendor(ask.now).0;
        let conversions = &mut self.state.sales.conversions;
        conversions.retain(|job| begun - job.begun < FORGOTTEN_AFTER_MILLIS);
        conversions.push(Conversion {
            id: id.clone(),
            from,
            source_id,
            stage_id,
            actor_user_id: ask.actor.user_id,
            begun,
            outcome: None,
        });
        Reply::of(
            200,
            &json!({"success": true, "data": {"conversion_id": id}, "additional_data": null}),
        )
    }

    fn conversion_status(&self, from: Entity, id: i64, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let now = self.vendor(ask.now).0;
        let mut jobs = self.state.sales.conversions.iter();
        let job = jobs.find(|job| {
            job.id == ask.captures[1]
                && (job.from, job.source_id) == (from, id)
                && now - job.begun < FORGOTTEN_AFTER_MILLIS
        });
        let job = job.ok_or_else(Reply::not_found)?;
        let mut data = json!({"conversion_id": job.id, "status": "running"});
        match &job.outcome {
            Some(Outcome::Completed(made)) => {
                data["status"] = "completed".into();
                if from == Entity::Deal {
                    let lead = self.state.table(Entity::Lead).records.get(made);
                    data["lead_id"] = json!(lead.and_then(|lead| Some(&lead.lead()?.uuid)));
                } else {
                    data["deal_id"] = Value::from(*made);
                }
            }
            Some(Outcome::Failed) => data["status"] = "failed".into(),
            None if now - job.begun < BEGINS_AFTER_MILLIS => data["status"] = "not_started".into(),
            None => {}
        }
        Ok(Reply::of(
            200,
            &json!({"success": true, "data": data, "additional_data": null}),
        ))
    }

    /// When the next job ends, by the caller's clock.
    pub(super) fn next_conversion(&self) -> Option<i64> {
        let open = self.state.sales.conversions.iter();
        let open = open.filter(|job| job.outcome.is_none());
        let ends = open.map(|job| job.begun + ENDS_AFTER_MILLIS - self.clock_offset_millis);
        ends.min()
    }

    /// Ends the jobs whose time has come.
    pub(super) fn end_conversions(&mut self, now: Moment) {
        if self.state.sales.conversions.is_empty() {
            return;
        }
        let vendor_now = self.vendor(now).0;
        for place in 0..self.state.sales.conversions.len() {
            let job = self.state.sales.conversions[place].clone();
            if job.outcome.is_some() || vendor_now < job.begun + ENDS_AFTER_MILLIS {
                continue;
            }
            let at = Moment(job.begun + ENDS_AFTER_MILLIS - self.clock_offset_millis);
            let made = if job.from == Entity::Deal {
                self.lead_from_deal(&job, at)
            } else {
                self.deal_from_lead(&job, at)
            };
            let outcome = made.map_or(Outcome::Failed, Outcome::Completed);
            self.state.sales.conversions[place].outcome = Some(outcome);
        }
    }

    fn lead_from_deal(&mut self, job: &Conversion, now: Moment) -> Option<i64> {
        let source = self.state.table(Entity::Deal).live(job.source_id)?.clone();
        let deal = source.deal()?;
        let id = self.state.table(Entity::Lead).next_id;
        let details = LeadDetails {
            uuid: self.lead_uuid(id),
            creator_id: job.actor_user_id,
            person_id: deal.person_id,
            organization_id: deal.org_id,
            value: deal.value.map(|amount| LeadValue {
                amount,
                currency: deal.currency.clone(),
            }),
            expected_close_date: deal.expected_close_date.clone(),
            source_deal_id: Some(source.id),
            origin: "Deal".to_owned(),
            ..LeadDetails::default()
        };
        let made = Record {
            details: Details::Lead(Box::new(details)),
            label_ids: Vec::new(),
            ..source
        };
        self.replace((Entity::Deal, job), (Entity::Lead, made), now)
    }

    fn deal_from_lead(&mut self, job: &Conversion, now: Moment) -> Option<i64> {
        let source = self.state.table(Entity::Lead).live(job.source_id)?.clone();
        let lead = source.lead()?;
        let stage = self.state.table(Entity::Stage).live(job.stage_id?)?;
        let details = DealDetails {
            creator_user_id: job.actor_user_id,
            person_id: lead.person_id,
            org_id: lead.organization_id,
            pipeline_id: stage.stage()?.pipeline_id,
            stage_id: stage.id,
            value: lead.value.as_ref().map(|value| value.amount),
            currency: lead
                .value
                .as_ref()
                .map_or_else(|| "SEK".to_owned(), |value| value.currency.clone()),
            status: Status::Open,
            expected_close_date: lead.expected_close_date.clone(),
            origin: lead.origin.clone(),
            source_lead_id: Some(lead.uuid.clone()),
            ..DealDetails::default()
        };
        let made = Record {
            details: Details::Deal(Box::new(details)),
            ..source
        };
        self.replace((Entity::Lead, job), (Entity::Deal, made), now)
    }

    /// The new record comes and the old one goes; the number of the new one.
    fn replace(
        &mut self,
        (from, job): (Entity, &Conversion),
        (entity, mut made): (Entity, Record),
        now: Moment,
    ) -> Option<i64> {
        let seconds = self.seconds(now);
        let actor = Actor {
            user_id: job.actor_user_id,
            source: "api",
            quiet: false,
        };
        made.id = self.state.table(entity).next_id;
        made.add_time = seconds;
        made.update_time = entity.spec().updated_from_start.then_some(seconds);
        let id = made.id;
        self.commit(entity, made, actor, now, Merged::default());
        self.mark_deleted(from, job.source_id, actor, now, Merged::default());
        Some(id)
    }
}
