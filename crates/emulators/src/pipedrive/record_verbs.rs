//! Deeds of a user at the screen on records of any kind, and on what hangs on deals.
//!
//! In: plain arguments; pipelines, stages, labels, custom fields and options may be given by the names a user sees. Out: the
//! change, with the webhooks it fires. The `_quietly` twins fire none: those webhooks were lost.

use serde_json::{Map, Value, json};

use super::PipedriveEmulator;
use super::kinds::Entity;
use super::verbs::{VerbRefused, by_codes, someone};
use crate::answer::Moment;

/// Verbs of every kind of record, loud and quiet.
#[expect(missing_docs, reason = "each is named for what it does")]
impl PipedriveEmulator {
    pub fn add_record(
        &mut self,
        entity: Entity,
        fields: &Value,
        now: Moment,
    ) -> Result<i64, VerbRefused> {
        let body = self.named(entity, fields)?;
        Ok(self.create(entity, &body, someone(false), now)?)
    }

    pub fn add_record_quietly(
        &mut self,
        entity: Entity,
        fields: &Value,
        now: Moment,
    ) -> Result<i64, VerbRefused> {
        let body = self.named(entity, fields)?;
        Ok(self.create(entity, &body, someone(true), now)?)
    }

    pub fn edit_record(
        &mut self,
        entity: Entity,
        id: i64,
        fields: &Value,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        let body = self.named(entity, fields)?;
        Ok(self.change((entity, id), &body, someone(false), now)?)
    }

    pub fn edit_record_quietly(
        &mut self,
        entity: Entity,
        id: i64,
        fields: &Value,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        let body = self.named(entity, fields)?;
        Ok(self.change((entity, id), &body, someone(true), now)?)
    }

    pub fn delete_record(
        &mut self,
        entity: Entity,
        id: i64,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        Ok(self.delete(entity, id, someone(false), now)?)
    }

    pub fn delete_record_quietly(
        &mut self,
        entity: Entity,
        id: i64,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        Ok(self.delete(entity, id, someone(true), now)?)
    }

    pub fn restore_record(
        &mut self,
        entity: Entity,
        id: i64,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        Ok(self.restore(entity, id, someone(false), now)?)
    }

    pub fn restore_record_quietly(
        &mut self,
        entity: Entity,
        id: i64,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        Ok(self.restore(entity, id, someone(true), now)?)
    }

    /// The survivor stays, `id` goes.
    pub fn merge_records(
        &mut self,
        entity: Entity,
        (id, survivor): (i64, i64),
        now: Moment,
    ) -> Result<(), VerbRefused> {
        Ok(self.merge(entity, id, survivor, someone(false), now)?)
    }

    /// The survivor stays, `id` goes.
    pub fn merge_records_quietly(
        &mut self,
        entity: Entity,
        (id, survivor): (i64, i64),
        now: Moment,
    ) -> Result<(), VerbRefused> {
        Ok(self.merge(entity, id, survivor, someone(true), now)?)
    }

    /// To a stage of the deal's own pipeline, by name.
    pub fn move_deal(&mut self, id: i64, stage: &str, now: Moment) -> Result<(), VerbRefused> {
        let fields = json!({"pipeline_id": self.pipeline_of(id)?, "stage": stage});
        self.edit_record(Entity::Deal, id, &fields, now)
    }

    /// To a stage of the deal's own pipeline, by name.
    pub fn move_deal_quietly(
        &mut self,
        id: i64,
        stage: &str,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        let fields = json!({"pipeline_id": self.pipeline_of(id)?, "stage": stage});
        self.edit_record_quietly(Entity::Deal, id, &fields, now)
    }

    /// The number of the participant.
    pub fn add_participant_to(
        &mut self,
        deal: i64,
        person: i64,
        now: Moment,
    ) -> Result<i64, VerbRefused> {
        self.living(Entity::Deal, deal)?;
        self.living(Entity::Person, person)?;
        Ok(self.join_deal(deal, person, someone(false), now)?)
    }

    pub fn remove_participant_from(
        &mut self,
        deal: i64,
        person: i64,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        self.living(Entity::Deal, deal)?;
        let people = self.participants_of(deal);
        if !people.contains(&person) {
            return Err(VerbRefused(format!("person {person} is not on the deal")));
        }
        let primary = self.state.table(Entity::Deal).live(deal);
        if primary.and_then(|record| record.deal()?.person_id) == Some(person) {
            return Err(VerbRefused(format!("person {person} is the deal's own")));
        }
        self.leave_deal(deal, person, someone(false), now);
        self.participants_moved(deal, now);
        Ok(())
    }
}

impl PipedriveEmulator {
    /// The people on a deal, its own person among them.
    #[must_use]
    pub fn participants_of(&self, deal: i64) -> Vec<i64> {
        let all = self.state.sales.participants_of(deal, None);
        all.map(|participant| participant.person_id).collect()
    }

    /// The number of a pipeline by its name.
    #[must_use]
    pub fn pipeline_id(&self, name: &str) -> Option<i64> {
        let mut pipelines = self.state.table(Entity::Pipeline).records.values();
        let found = pipelines.find(|record| !record.is_deleted && record.name == name);
        found.map(|record| record.id)
    }

    /// The number of a stage by its name in a pipeline.
    #[must_use]
    pub fn stage_id(&self, pipeline: i64, name: &str) -> Option<i64> {
        let stages = self.state.table(Entity::Stage);
        stages
            .belonging_to((Entity::Pipeline, pipeline))
            .find(|id| stages.live(*id).is_some_and(|stage| stage.name == name))
    }

    fn pipeline_of(&self, deal: i64) -> Result<i64, VerbRefused> {
        let record = self.state.table(Entity::Deal).live(deal);
        record
            .and_then(|record| Some(record.deal()?.pipeline_id))
            .ok_or_else(|| VerbRefused(format!("there is no deal {deal}")))
    }

    fn living(&self, entity: Entity, id: i64) -> Result<(), VerbRefused> {
        let record = self.state.table(entity).live(id);
        record
            .map(|_| ())
            .ok_or_else(|| VerbRefused(format!("there is no {} {id}", entity.name())))
    }

    /// The body of a request in which the names of a user stand as numbers.
    pub(super) fn named(
        &self,
        entity: Entity,
        fields: &Value,
    ) -> Result<Map<String, Value>, VerbRefused> {
        let mut body = by_codes(self.state.catalog(entity), fields)?;
        if let Some(Value::String(name)) = body.remove("pipeline") {
            let id = self.pipeline_id(&name);
            let id = id.ok_or_else(|| VerbRefused(format!("there is no pipeline {name}")))?;
            body.insert("pipeline_id".to_owned(), Value::from(id));
        }
        if let Some(Value::String(name)) = body.remove("stage") {
            let pipeline = body.get("pipeline_id").and_then(Value::as_i64);
            let pipeline = pipeline.or_else(|| super::kinds::first_pipeline(&self.state));
            let id = pipeline.and_then(|pipeline| self.stage_id(pipeline, &name));
            let id = id.ok_or_else(|| VerbRefused(format!("there is no stage {name}")))?;
            body.insert("stage_id".to_owned(), Value::from(id));
        }
        Ok(body)
    }
}
