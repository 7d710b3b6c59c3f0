//! Who may see and do what: administrators, owners, visibility groups.
//!
//! In: who acts and what on. Out: passage or the vendor's refusal. A record may be for its owner alone, for the owner's group,
//! for that group and those below it, or for everyone; administrators see everything. It changes nothing.

use serde_json::Value;

use super::PipedriveEmulator;
use super::kinds::Entity;
use super::record::Record;
use super::records::Actor;
use super::reply::Reply;
use super::state::State;

impl PipedriveEmulator {
    pub(super) fn is_admin(&self, actor: Actor) -> bool {
        self.state
            .user(actor.user_id)
            .is_some_and(|user| user.is_admin)
    }

    pub(super) fn demand_admin(&self, actor: Actor) -> Result<(), Reply> {
        if self.is_admin(actor) {
            Ok(())
        } else {
            Err(Reply::forbidden())
        }
    }

    /// Whether a user sees a record.
    pub(super) fn sees(&self, user_id: i64, record: &Record) -> bool {
        let everyone = self.config.subscription.visible_to_everyone();
        if record.visible_to >= everyone || record.owner_id == user_id {
            return true;
        }
        let followers = self.state.sales.followers_of(record.entity(), record.id);
        if followers.iter().any(|follower| follower.user_id == user_id) {
            return true;
        }
        let Some(user) = self.state.user(user_id) else {
            return false;
        };
        let group = self.state.user(record.owner_id).map(|owner| owner.group);
        user.is_admin
            || match record.visible_to {
                3 => group == Some(user.group),
                5 => group.is_some_and(|group| State::is_below(user.group, group)),
                _ => false,
            }
    }

    /// Whether someone sees the record of that id; what does not exist is no secret.
    pub(super) fn sees_id(&self, actor: Actor, entity: Entity, id: i64) -> bool {
        let record = self.state.table(entity).records.get(&id);
        record.is_none_or(|record| self.sees(actor.user_id, record))
    }

    pub(super) fn demand_sight(&self, actor: Actor, entity: Entity, id: i64) -> Result<(), Reply> {
        if self.sees_id(actor, entity, id) {
            Ok(())
        } else if self.config.switches.hidden_records_look_missing {
            Err(self.missing(entity))
        } else {
            Err(Reply::forbidden())
        }
    }

    /// Everyone who sees the record, by id.
    pub(super) fn permitted(&self, record: &Record) -> Vec<i64> {
        let users = self.state.users.iter().filter(|user| user.is_active);
        users
            .map(|user| user.id)
            .filter(|id| self.sees(*id, record))
            .collect()
    }

    /// The same where not everyone does.
    pub(super) fn permitted_if_fewer(&self, record: &Record) -> Option<Vec<i64>> {
        let everyone = self.config.subscription.visible_to_everyone();
        (record.visible_to < everyone).then(|| self.permitted(record))
    }

    /// What is answered about a record that is not there.
    pub(super) fn missing(&self, entity: Entity) -> Reply {
        if self.config.switches.missing_records_are_named {
            Reply::generic(404, &format!("{} not found", entity.spec().title))
        } else {
            Reply::not_found()
        }
    }

    /// The id of a live record of that kind, or nothing for null.
    pub(super) fn optional_reference(
        &self,
        of_kind: &str,
        value: &Value,
    ) -> Result<Option<i64>, String> {
        if value.is_null() {
            return Ok(None);
        }
        let id = value.as_i64().ok_or("must be an integer")?;
        let mut kinds = Entity::ALL.into_iter();
        let entity = kinds.find(|entity| entity.name() == of_kind);
        let live = entity.and_then(|entity| self.state.table(entity).live(id));
        match live {
            Some(_) => Ok(Some(id)),
            None if self.config.switches.missing_references_are_dropped => Ok(None),
            None => Err(format!("{of_kind} {id} does not exist")),
        }
    }

    /// The person and organization of a deal.
    pub(super) fn contacts_of_deal(&self, id: i64) -> (Option<i64>, Option<i64>) {
        let links = self.deal(id).map(Record::links).unwrap_or_default();
        let link = |wanted: Entity| {
            let mut fitting = links
                .into_iter()
                .flatten()
                .filter(|(entity, _)| *entity == wanted);
            fitting.next().map(|(_, id)| id)
        };
        (link(Entity::Person), link(Entity::Organization))
    }

    pub(super) fn title_of_lead(&self, uuid: &str) -> Option<&str> {
        let lead = self
            .state
            .table(Entity::Lead)
            .live(self.lead_by_uuid(uuid)?)?;
        Some(lead.name.as_str())
    }

    pub(super) fn optional_lead(&self, value: &Value) -> Result<Option<String>, String> {
        match value {
            Value::Null => Ok(None),
            Value::String(id) if self.title_of_lead(id).is_some() => Ok(Some(id.clone())),
            Value::String(id) => Err(format!("lead {id} does not exist")),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err("must be a string".to_owned())
            }
        }
    }

    pub(super) fn title_of_deal(&self, id: i64) -> Option<&str> {
        self.deal(id).map(|deal| deal.name.as_str())
    }

    fn deal(&self, id: i64) -> Option<&Record> {
        self.state.table(Entity::Deal).records.get(&id)
    }
}
