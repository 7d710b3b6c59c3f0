//! A user at the screen: what people do with records, for tests and demonstrations. It costs no tokens and knows no limits.
//!
//! In: plain arguments; pipelines, stages, labels, custom fields and options may be given by the names a user sees. Out: the
//! change, with the webhooks it fires. What is done `quietly` fires none: those webhooks were lost.

use serde_json::{Map, Value, json};

use super::PipedriveEmulator;
use super::kinds::Entity;
use super::records::Actor;
use super::state::UI_USER;
use super::verbs::{VerbRefused, by_codes};
use crate::answer::Moment;

/// Somebody who works with the account at this moment.
#[derive(Debug)]
pub struct Screen<'a> {
    pub(super) emulator: &'a mut PipedriveEmulator,
    pub(super) actor: Actor,
    pub(super) now: Moment,
}

impl PipedriveEmulator {
    /// What a user does now.
    pub const fn screen(&mut self, now: Moment) -> Screen<'_> {
        Screen {
            emulator: self,
            actor: Actor {
                user_id: UI_USER,
                source: "app",
                quiet: false,
            },
            now,
        }
    }
}

impl Screen<'_> {
    /// The webhooks of these deeds get lost.
    #[must_use]
    pub const fn quietly(mut self) -> Self {
        self.actor.quiet = true;
        self
    }

    /// Another user does it.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn of_user(mut self, user_id: i64) -> Result<Self, VerbRefused> {
        let user = self.emulator.state.user(user_id);
        user.ok_or_else(|| VerbRefused(format!("there is no user {user_id}")))?;
        self.actor.user_id = user_id;
        Ok(self)
    }
}

/// What can be done with records of every kind.
#[expect(missing_docs, reason = "each is named for what it does")]
impl Screen<'_> {
    pub fn add(&mut self, entity: Entity, fields: &Value) -> Result<i64, VerbRefused> {
        let body = self.emulator.named(entity, fields, None)?;
        Ok(self.emulator.create(entity, &body, self.actor, self.now)?)
    }

    pub fn edit(&mut self, entity: Entity, id: i64, fields: &Value) -> Result<(), VerbRefused> {
        let body = self.emulator.named(entity, fields, Some(id))?;
        let record = (entity, id);
        Ok(self.emulator.change(record, &body, self.actor, self.now)?)
    }

    pub fn delete(&mut self, entity: Entity, id: i64) -> Result<(), VerbRefused> {
        Ok(self.emulator.delete(entity, id, self.actor, self.now)?)
    }

    pub fn restore(&mut self, entity: Entity, id: i64) -> Result<(), VerbRefused> {
        Ok(self.emulator.restore(entity, id, self.actor, self.now)?)
    }

    /// The survivor stays, `id` goes.
    pub fn merge(&mut self, entity: Entity, id: i64, survivor: i64) -> Result<(), VerbRefused> {
        let (actor, now) = (self.actor, self.now);
        Ok(self.emulator.merge(entity, id, survivor, actor, now)?)
    }
}

/// What can be done with deals and what hangs on them.
#[expect(missing_docs, reason = "each is named for what it does")]
impl Screen<'_> {
    /// To a stage of the deal's own pipeline, by name.
    pub fn move_deal(&mut self, id: i64, stage: &str) -> Result<(), VerbRefused> {
        self.edit(Entity::Deal, id, &json!({"stage": stage}))
    }

    pub fn win_deal(&mut self, id: i64) -> Result<(), VerbRefused> {
        self.edit(Entity::Deal, id, &json!({"status": "won"}))
    }

    pub fn lose_deal(&mut self, id: i64, reason: Option<&str>) -> Result<(), VerbRefused> {
        let fields = json!({"status": "lost", "lost_reason": reason});
        self.edit(Entity::Deal, id, &fields)
    }

    pub fn reopen_deal(&mut self, id: i64) -> Result<(), VerbRefused> {
        self.edit(Entity::Deal, id, &json!({"status": "open"}))
    }

    pub fn complete_activity(&mut self, id: i64) -> Result<(), VerbRefused> {
        self.edit(Entity::Activity, id, &json!({"done": true}))
    }

    /// The number of the participant.
    pub fn add_participant(&mut self, deal: i64, person: i64) -> Result<i64, VerbRefused> {
        self.living(Entity::Deal, deal)?;
        self.living(Entity::Person, person)?;
        let (actor, now) = (self.actor, self.now);
        Ok(self.emulator.join_deal(deal, person, actor, now)?)
    }

    pub fn remove_participant(&mut self, deal: i64, person: i64) -> Result<(), VerbRefused> {
        self.living(Entity::Deal, deal)?;
        if !self.emulator.participants_of(deal).contains(&person) {
            return Err(VerbRefused(format!("person {person} is not on the deal")));
        }
        let record = self.emulator.state.table(Entity::Deal).live(deal);
        if record.and_then(|record| record.deal()?.person_id) == Some(person) {
            return Err(VerbRefused(format!("person {person} is the deal's own")));
        }
        self.emulator.leave_deal(deal, person, self.actor, self.now);
        self.emulator.participants_moved(deal, self.now);
        Ok(())
    }

    /// The number of the row.
    pub fn add_deal_product(&mut self, deal: i64, fields: &Value) -> Result<i64, VerbRefused> {
        self.living(Entity::Deal, deal)?;
        let (actor, now) = (self.actor, self.now);
        Ok(self.emulator.sell(deal, object(fields)?, actor, now)?)
    }

    pub fn remove_deal_product(&mut self, deal: i64, row: i64) -> Result<(), VerbRefused> {
        self.living(Entity::Deal, deal)?;
        let (actor, now) = (self.actor, self.now);
        let gone = self.emulator.remove_deal_products(deal, &[row], actor, now);
        if gone.is_empty() {
            return Err(VerbRefused(format!("row {row} is not on the deal")));
        }
        Ok(())
    }

    /// The user who acts follows a record from now on.
    pub fn follow(&mut self, entity: Entity, id: i64) -> Result<(), VerbRefused> {
        self.living(entity, id)?;
        let user = self.actor.user_id;
        let known = self.emulator.state.sales.followers_of(entity, id);
        if !known.iter().any(|follower| follower.user_id == user) {
            let (owner, now) = ((entity, id), self.now);
            self.emulator.start_following(owner, user, self.actor, now);
        }
        Ok(())
    }

    fn living(&self, entity: Entity, id: i64) -> Result<(), VerbRefused> {
        let record = self.emulator.state.table(entity).live(id);
        record
            .map(|_| ())
            .ok_or_else(|| VerbRefused(format!("there is no {} {id}", entity.name())))
    }
}

/// What can be done with notes, which are no records.
#[expect(missing_docs, reason = "each is named for what it does")]
impl Screen<'_> {
    pub fn add_note(&mut self, fields: &Value) -> Result<i64, VerbRefused> {
        let (actor, now) = (self.actor, self.now);
        Ok(self.emulator.add_note_as(object(fields)?, actor, now)?)
    }

    pub fn edit_note(&mut self, id: i64, fields: &Value) -> Result<(), VerbRefused> {
        let (actor, now) = (self.actor, self.now);
        Ok(self
            .emulator
            .change_note_as(id, object(fields)?, actor, now)?)
    }

    pub fn delete_note(&mut self, id: i64) -> Result<(), VerbRefused> {
        Ok(self.emulator.delete_note_as(id, self.actor, self.now)?)
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

    /// The body of a request in which the names of a user stand as numbers; `id` is of the record that is edited.
    pub(super) fn named(
        &self,
        entity: Entity,
        fields: &Value,
        id: Option<i64>,
    ) -> Result<Map<String, Value>, VerbRefused> {
        let mut body = if entity == Entity::Lead {
            self.named_of_lead(fields)?
        } else {
            by_codes(self.state.catalog(entity), fields)?
        };
        if let Some(Value::String(name)) = body.remove("pipeline") {
            let pipeline = self.pipeline_id(&name);
            let pipeline =
                pipeline.ok_or_else(|| VerbRefused(format!("there is no pipeline {name}")))?;
            body.insert("pipeline_id".to_owned(), Value::from(pipeline));
        }
        if let Some(Value::String(name)) = body.remove("stage") {
            let own = id.and_then(|id| self.state.table(Entity::Deal).live(id));
            let own = own.and_then(|record| Some(record.deal()?.pipeline_id));
            let given = body.get("pipeline_id").and_then(Value::as_i64);
            let pipeline = given
                .or(own)
                .or_else(|| super::kinds::first_pipeline(&self.state));
            let stage = pipeline.and_then(|pipeline| self.stage_id(pipeline, &name));
            let stage = stage.ok_or_else(|| VerbRefused(format!("there is no stage {name}")))?;
            body.insert("stage_id".to_owned(), Value::from(stage));
        }
        Ok(body)
    }

    /// A lead has labels of its own, and its custom fields stand beside the others.
    fn named_of_lead(&self, fields: &Value) -> Result<Map<String, Value>, VerbRefused> {
        let mut fields = object(fields)?.clone();
        let labels = fields.remove("labels");
        let mut body = by_codes(self.state.catalog(Entity::Lead), &Value::Object(fields))?;
        if let Some(Value::Object(custom)) = body.remove("custom_fields") {
            body.extend(custom);
        }
        if let Some(Value::Array(labels)) = labels {
            let id = |label: &Value| {
                let mut known = self.state.sales.lead_labels.iter();
                let known = known.find(|known| *label == known.name.as_str());
                known
                    .map(|known| Value::from(known.id.as_str()))
                    .ok_or_else(|| VerbRefused(format!("there is no label {label}")))
            };
            let ids = labels.iter().map(id).collect::<Result<Value, _>>()?;
            body.insert("label_ids".to_owned(), ids);
        }
        Ok(body)
    }
}

fn object(fields: &Value) -> Result<&Map<String, Value>, VerbRefused> {
    fields
        .as_object()
        .ok_or_else(|| VerbRefused("fields must be an object".to_owned()))
}
