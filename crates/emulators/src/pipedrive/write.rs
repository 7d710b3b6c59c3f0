//! What a write may say: checks a request body key by key and applies it to a copy of the record.
//!
//! In: a body and the record as it is. Out: the record as it shall be, or every violation at once. Unknown keys, wrong
//! types, unknown labels, owners, organizations, fields and options are refused. It stores nothing.

use serde_json::{Map, Value};

use super::config::PipedriveConfig;
use super::custom;
use super::fields::FieldKind;
use super::json::parse_rfc3339;
use super::kinds::Entity;
use super::record::{Channel, CustomValue, Record};
use super::records::Actor;
use super::reply::{Reply, Violation};
use super::state::State;

const CHANNEL_LABELS: [&str; 5] = ["work", "home", "mobile", "other", ""];
const NAME_MAX: usize = 255;

/// What checks need to look at.
pub(super) struct Check<'a> {
    pub(super) state: &'a State,
    pub(super) config: &'a PipedriveConfig,
    pub(super) entity: Entity,
    /// The record as it is; nothing when it is being made.
    pub(super) before: Option<&'a Record>,
    pub(super) actor: Actor,
    /// Vendor's clock, seconds.
    pub(super) now: i64,
}

/// Why one key is refused.
pub(super) enum Objection {
    NotAllowed,
    /// The vendor goes on as if it had not been sent.
    Dropped,
    Invalid(String),
    /// The whole request is answered so.
    Refused(Reply),
}

impl From<String> for Objection {
    fn from(reason: String) -> Self {
        Self::Invalid(reason)
    }
}

impl From<&str> for Objection {
    fn from(reason: &str) -> Self {
        Self::Invalid(reason.to_owned())
    }
}

impl Check<'_> {
    /// Applies the body to the record.
    pub(super) fn apply(
        &self,
        record: &mut Record,
        body: &Map<String, Value>,
    ) -> Result<(), Reply> {
        let mut violations = Vec::new();
        let kind = self.entity.kind();
        if self.before.is_none() {
            let missing = kind.spec().required.iter();
            for key in missing.filter(|key| !body.contains_key(**key)) {
                violations.push(Violation::new(key, "is required"));
            }
        }
        for (key, value) in body {
            if key == "custom_fields" && kind.spec().has_custom_fields {
                self.apply_custom(record, value, &mut violations);
                continue;
            }
            match self.apply_one(record, key, value) {
                Ok(()) => {}
                Err(Objection::Dropped) => {}
                Err(Objection::NotAllowed) if self.ignores(key) => {}
                Err(Objection::NotAllowed) => violations.push(Violation::not_allowed(key)),
                Err(Objection::Invalid(reason)) => violations.push(Violation::new(key, reason)),
                Err(Objection::Refused(reply)) => return Err(reply),
            }
        }
        kind.settle(self, record, body, &mut violations);
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Reply::invalid(&violations))
        }
    }

    /// Whether a key that is not allowed is passed over.
    fn ignores(&self, key: &str) -> bool {
        let is_custom = self
            .state
            .catalog(self.entity)
            .custom_by_code(key)
            .is_some();
        if is_custom {
            self.config.switches.root_custom_fields_are_ignored
        } else {
            self.config.switches.unknown_parameters_are_ignored
        }
    }

    fn apply_one(&self, record: &mut Record, key: &str, value: &Value) -> Result<(), Objection> {
        if self.entity.spec().common.contains(&key) {
            self.apply_common(record, key, value)
        } else {
            self.entity.kind().apply(self, record, key, value)
        }
    }

    fn apply_common(&self, record: &mut Record, key: &str, value: &Value) -> Result<(), Objection> {
        match key {
            "name" => record.rename(name(value)?),
            "owner_id" => record.owner_id = self.user(value)?,
            "add_time" if self.before.is_none() => {
                record.add_time = value
                    .as_str()
                    .and_then(parse_rfc3339)
                    .ok_or("not a valid datetime")?;
            }
            "visible_to" => {
                let visible_to = value
                    .as_i64()
                    .filter(|level| matches!(level, 1 | 3 | 5 | 7))
                    .ok_or("must be 1, 3, 5 or 7")?;
                if !self.config.subscription.offers_visibility(visible_to) {
                    return Err(Objection::Refused(Reply::generic(
                        403,
                        "You do not have permissions to do this.",
                    )));
                }
                record.visible_to = u8::try_from(visible_to).map_err(|_| "must be 1, 3, 5 or 7")?;
            }
            "label_ids" => record.label_ids = self.label_ids(value)?,
            _ => return Err(Objection::NotAllowed),
        }
        Ok(())
    }

    /// What is said about a reference to nothing.
    fn unresolved(&self, reason: String) -> Objection {
        if self.config.switches.missing_references_are_dropped {
            Objection::Dropped
        } else {
            Objection::Invalid(reason)
        }
    }

    pub(super) fn user(&self, value: &Value) -> Result<i64, Objection> {
        let id = value.as_i64().ok_or("must be an integer")?;
        match self.state.user(id) {
            Some(_) => Ok(id),
            None => Err(self.unresolved(format!("user {id} does not exist"))),
        }
    }

    fn label_ids(&self, value: &Value) -> Result<Vec<i64>, Objection> {
        let known = self.state.catalog(self.entity).labels();
        let mut ids = Vec::new();
        for item in value.as_array().ok_or("must be an array")? {
            let id = item.as_i64().ok_or("must be an array of integers")?;
            if !known.iter().any(|option| option.id == id) {
                return Err(format!("label {id} does not exist").into());
            }
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    pub(super) fn live(&self, entity: Entity, value: &Value) -> Result<i64, Objection> {
        let id = value.as_i64().ok_or("must be an integer")?;
        self.state
            .table(entity)
            .live(id)
            .ok_or_else(|| self.unresolved(format!("{} {id} does not exist", entity.name())))?;
        Ok(id)
    }

    /// A reference that null takes away.
    pub(super) fn reference(
        &self,
        entity: Entity,
        value: &Value,
    ) -> Result<Option<i64>, Objection> {
        if value.is_null() {
            return Ok(None);
        }
        self.live(entity, value).map(Some)
    }

    fn apply_custom(&self, record: &mut Record, value: &Value, violations: &mut Vec<Violation>) {
        let Some(values) = value.as_object() else {
            violations.push(Violation::new("custom_fields", "must be an object"));
            return;
        };
        let catalog = self.state.catalog(self.entity);
        for (code, value) in values {
            let Some(field) = catalog.custom_by_code(code) else {
                if !self.config.switches.unknown_custom_fields_are_ignored {
                    violations.push(Violation::of_field(
                        code,
                        format!("Parameter '{code}' is not allowed for this request"),
                    ));
                }
                continue;
            };
            let by_label = self.config.switches.option_labels_are_accepted;
            match custom::parse(field, value, by_label)
                .and_then(|value| self.refer(field.kind, value))
            {
                Ok(value) => record.set_custom(field.id, value),
                Err(reason) => violations.push(Violation::of_field(code, reason)),
            }
        }
    }

    /// Lets a reference pass when what it names exists.
    pub(super) fn refer(
        &self,
        kind: FieldKind,
        value: Option<CustomValue>,
    ) -> Result<Option<CustomValue>, String> {
        if let Some(CustomValue::Reference(id)) = value {
            let exists = if kind == FieldKind::Org {
                self.state.table(Entity::Organization).live(id).is_some()
            } else if kind == FieldKind::People {
                self.state.table(Entity::Person).live(id).is_some()
            } else {
                self.state.user(id).is_some()
            };
            if !exists && self.config.switches.missing_references_are_dropped {
                return Ok(None);
            }
            if !exists {
                return Err(format!("{} {id} does not exist", kind.name()));
            }
        }
        Ok(value)
    }
}

/// A name, title or subject.
pub(super) fn name(value: &Value) -> Result<&str, Objection> {
    let name = value
        .as_str()
        .filter(|name| !name.trim().is_empty())
        .ok_or("must be a non-empty string")?;
    if name.chars().count() > NAME_MAX {
        return Err("must be at most 255 characters long".into());
    }
    Ok(name)
}

pub(super) fn text(value: &Value) -> Result<String, Objection> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| "must be a string".into())
}

pub(super) fn optional_text(value: &Value) -> Result<Option<String>, Objection> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err("must be a string".into())
        }
    }
}

pub(super) fn optional_int(value: &Value) -> Result<Option<i64>, Objection> {
    if value.is_null() {
        Ok(None)
    } else {
        value
            .as_i64()
            .map(Some)
            .ok_or_else(|| "must be an integer".into())
    }
}

/// E-mails, phones or messengers: objects only, at most one primary, the first where none is.
pub(super) fn channels(value: &Value) -> Result<Vec<Channel>, Objection> {
    let mut channels = Vec::new();
    for item in value.as_array().ok_or("must be an array")? {
        let object = item.as_object().ok_or("must be an array of objects")?;
        if let Some(unknown) = object
            .keys()
            .find(|key| !matches!(key.as_str(), "value" | "primary" | "label"))
        {
            return Err(format!("'{unknown}' is not allowed").into());
        }
        let text = object
            .get("value")
            .and_then(Value::as_str)
            .ok_or("value must be a string")?;
        let primary = match object.get("primary") {
            None => false,
            Some(flag) => flag.as_bool().ok_or("primary must be true or false")?,
        };
        let label = match object.get("label") {
            None => "work",
            Some(label) => label
                .as_str()
                .filter(|label| CHANNEL_LABELS.contains(label))
                .ok_or("label must be one of work, home, mobile, other")?,
        };
        channels.push(Channel {
            label: label.to_owned(),
            value: text.to_owned(),
            primary,
        });
    }
    if channels.iter().filter(|channel| channel.primary).count() > 1 {
        return Err("only one entry may be primary".into());
    }
    if channels.iter().all(|channel| !channel.primary)
        && let Some(first) = channels.first_mut()
    {
        first.primary = true;
    }
    Ok(channels)
}
