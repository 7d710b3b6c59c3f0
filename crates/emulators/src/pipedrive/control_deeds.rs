//! The deeds of users that the control API takes, by the names of their verbs.
//!
//! In: a verb with what it needs. Out: the deed done at the screen, or why not. `docs/control.md` lists the verbs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::kinds::Entity;
use super::screen::Screen;
use super::verbs::VerbRefused;
use crate::answer::Moment;

/// A user's deed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deed {
    verb: String,
    id: Option<Id>,
    /// Of a merge: who stays.
    survivor: Option<Id>,
    /// A participant.
    person: Option<i64>,
    /// A product on a deal.
    row: Option<i64>,
    #[serde(default)]
    fields: Value,
    entity: Option<Entity>,
    name: Option<String>,
    to: Option<String>,
    reason: Option<String>,
    option: Option<String>,
    #[serde(rename = "type")]
    of_type: Option<String>,
    #[serde(default)]
    options: Vec<String>,
    /// Who acts, where it is not the usual user.
    user: Option<i64>,
    #[serde(default)]
    quietly: bool,
}

/// Leads have texts for ids.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(i64),
    Text(String),
}

fn missing(what: &str) -> VerbRefused {
    VerbRefused(format!("'{what}' is missing"))
}

impl Deed {
    fn entity(&self) -> Result<Entity, VerbRefused> {
        self.entity.ok_or_else(|| missing("entity"))
    }

    fn name(&self) -> Result<&str, VerbRefused> {
        self.name.as_deref().ok_or_else(|| missing("name"))
    }

    fn to(&self) -> Result<&str, VerbRefused> {
        self.to.as_deref().ok_or_else(|| missing("to"))
    }

    fn option(&self) -> Result<(&str, &str), VerbRefused> {
        let option = self.option.as_deref();
        Ok((self.name()?, option.ok_or_else(|| missing("option"))?))
    }

    fn number(&self) -> Result<i64, VerbRefused> {
        match &self.id {
            Some(Id::Number(id)) => Ok(*id),
            Some(Id::Text(_)) => Err(VerbRefused("'id' must be a number".to_owned())),
            None => Err(missing("id")),
        }
    }

    /// What is done to which kind of record, such as `add_deal` and `merge_persons`.
    fn of_record(&self) -> Option<(&str, Entity)> {
        let (deed, thing) = self.verb.split_once('_')?;
        let mut kinds = Entity::ALL.into_iter();
        let entity = kinds.find(|entity| thing == entity.name() || thing == entity.plural())?;
        Some((deed, entity))
    }
}

impl PipedriveEmulator {
    pub(super) fn do_as_user(&mut self, deed: &Deed, now: Moment) -> Result<Value, VerbRefused> {
        let done = json!({"ok": true});
        if let Some((verb, entity)) = deed.of_record()
            && let Some(answer) = self.do_to_record(verb, entity, deed, now)?
        {
            return Ok(answer);
        }
        if let Some(answer) = self.do_to_fields(deed, now)? {
            return Ok(answer);
        }
        match deed.verb.as_str() {
            "deactivate_user" => self.deactivate_user(deed.number()?, now)?,
            "rename_user" => self.rename_user(deed.number()?, deed.to()?, now)?,
            _ => return self.do_at_screen(deed, now),
        }
        Ok(done)
    }

    fn screen_of(&mut self, deed: &Deed, now: Moment) -> Result<Screen<'_>, VerbRefused> {
        let screen = self.screen(now);
        let screen = match deed.user {
            Some(user) => screen.of_user(user)?,
            None => screen,
        };
        Ok(if deed.quietly {
            screen.quietly()
        } else {
            screen
        })
    }

    /// Nothing when it is another verb.
    fn do_to_record(
        &mut self,
        verb: &str,
        entity: Entity,
        deed: &Deed,
        now: Moment,
    ) -> Result<Option<Value>, VerbRefused> {
        let id = deed.id.as_ref().ok_or_else(|| missing("id"));
        let id = id.and_then(|id| self.numbered(entity, id));
        let survivor = deed.survivor.as_ref().ok_or_else(|| missing("survivor"));
        let survivor = survivor.and_then(|id| self.numbered(entity, id));
        let mut screen = self.screen_of(deed, now)?;
        match verb {
            "add" => {
                let id = screen.add(entity, &deed.fields)?;
                let lead = self.state.table(entity).live(id);
                let uuid = lead.and_then(|record| Some(record.lead()?.uuid.as_str()));
                return Ok(Some(
                    uuid.map_or_else(|| json!({"id": id}), |uuid| json!({"id": uuid})),
                ));
            }
            "edit" => screen.edit(entity, id?, &deed.fields)?,
            "delete" => screen.delete(entity, id?)?,
            "restore" => screen.restore(entity, id?)?,
            "merge" => screen.merge(entity, id?, survivor?)?,
            "move" if entity == Entity::Deal => screen.move_deal(id?, deed.to()?)?,
            "win" if entity == Entity::Deal => screen.win_deal(id?)?,
            "lose" if entity == Entity::Deal => {
                screen.lose_deal(id?, deed.reason.as_deref())?;
            }
            "reopen" if entity == Entity::Deal => screen.reopen_deal(id?)?,
            "complete" if entity == Entity::Activity => screen.complete_activity(id?)?,
            "follow" => screen.follow(entity, id?)?,
            _ => return Ok(None),
        }
        Ok(Some(json!({"ok": true})))
    }

    fn numbered(&self, entity: Entity, id: &Id) -> Result<i64, VerbRefused> {
        match id {
            Id::Number(id) => Ok(*id),
            Id::Text(uuid) => self
                .lead_by_uuid(uuid)
                .filter(|_| entity == Entity::Lead)
                .ok_or_else(|| VerbRefused(format!("there is no {} {uuid}", entity.name()))),
        }
    }

    /// Nothing when it is another verb.
    fn do_to_fields(&mut self, deed: &Deed, now: Moment) -> Result<Option<Value>, VerbRefused> {
        match deed.verb.as_str() {
            "add_label" => {
                let id = self.add_label(deed.entity()?, deed.name()?, now);
                return Ok(Some(json!({"id": id})));
            }
            "rename_label" => {
                self.rename_label(deed.entity()?, deed.name()?, deed.to()?, now)?;
            }
            "delete_label" => self.delete_label(deed.entity()?, deed.name()?)?,
            "add_field" => {
                let of_type = deed.of_type.as_deref().ok_or_else(|| missing("type"))?;
                let options: Vec<&str> = deed.options.iter().map(String::as_str).collect();
                let field = (deed.name()?, of_type);
                let code = self.add_field(deed.entity()?, field, &options, now)?;
                return Ok(Some(json!({"code": code})));
            }
            "rename_field" => self.rename_field(deed.entity()?, deed.name()?, deed.to()?)?,
            "remove_field" => self.remove_field(deed.entity()?, deed.name()?)?,
            "add_option" => {
                let id = self.add_option(deed.entity()?, deed.option()?, now)?;
                return Ok(Some(json!({"id": id})));
            }
            "rename_option" => {
                self.rename_option(deed.entity()?, deed.option()?, deed.to()?, now)?;
            }
            "remove_option" => self.remove_option(deed.entity()?, deed.option()?)?,
            _ => return Ok(None),
        }
        Ok(Some(json!({"ok": true})))
    }

    fn do_at_screen(&mut self, deed: &Deed, now: Moment) -> Result<Value, VerbRefused> {
        let id = deed.number();
        let person = deed.person.ok_or_else(|| missing("person"));
        let mut screen = self.screen_of(deed, now)?;
        match deed.verb.as_str() {
            "add_note" => return Ok(json!({"id": screen.add_note(&deed.fields)?})),
            "edit_note" => screen.edit_note(id?, &deed.fields)?,
            "delete_note" => screen.delete_note(id?)?,
            "add_participant" => {
                return Ok(json!({"id": screen.add_participant(id?, person?)?}));
            }
            "remove_participant" => screen.remove_participant(id?, person?)?,
            "add_deal_product" => {
                return Ok(json!({"id": screen.add_deal_product(id?, &deed.fields)?}));
            }
            "remove_deal_product" => {
                screen.remove_deal_product(id?, deed.row.ok_or_else(|| missing("row"))?)?;
            }
            verb => return Err(VerbRefused(format!("there is no verb '{verb}'"))),
        }
        Ok(json!({"ok": true}))
    }
}
