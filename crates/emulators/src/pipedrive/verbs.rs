//! Deeds of a user about fields, options and labels, for tests and demonstrations: they cost no tokens and know no limits.
//!
//! In: the names that a user sees. Out: the change, and all records of a kind to look at. What is done with records is in
//! `screen.rs`.

use serde_json::{Map, Value};

use super::PipedriveEmulator;
use super::fields::{Catalog, Field, FieldKind};
use super::json::Json;
use super::kinds::Entity;
use super::record::Record;
use super::render::View;
use super::reply::Reply;
use crate::answer::Moment;

/// The field that holds a record's labels.
const LABELS: &str = "label_ids";

/// The screen would not let a user do this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the account refuses this: {0}")]
pub struct VerbRefused(pub String);

impl From<Reply> for VerbRefused {
    fn from(reply: Reply) -> Self {
        Self(String::from_utf8_lossy(&reply.body).into_owned())
    }
}

impl PipedriveEmulator {
    /// A new label; its id.
    pub fn add_label(&mut self, entity: Entity, label: &str, now: Moment) -> i64 {
        self.make_option(entity, LABELS, label, now)
    }

    /// The label keeps its id.
    ///
    /// # Errors
    /// When there is no such label.
    pub fn rename_label(
        &mut self,
        entity: Entity,
        label: &str,
        to: &str,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        self.rename_option(entity, (LABELS, label), to, now)
    }

    /// The label leaves every record that has it.
    ///
    /// # Errors
    /// When there is no such label.
    pub fn delete_label(&mut self, entity: Entity, label: &str) -> Result<(), VerbRefused> {
        self.remove_option(entity, (LABELS, label))
    }

    /// The field keeps its code.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn rename_field(
        &mut self,
        entity: Entity,
        name: &str,
        to: &str,
    ) -> Result<(), VerbRefused> {
        let code = self.field_code(entity, name)?;
        self.change_field(
            entity,
            &code,
            &Map::from_iter([("field_name".to_owned(), Value::from(to))]),
        )?;
        Ok(())
    }

    /// The field and all its values are gone.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn remove_field(&mut self, entity: Entity, name: &str) -> Result<(), VerbRefused> {
        let code = self.field_code(entity, name)?;
        self.delete_field(entity, &code)?;
        Ok(())
    }

    /// A new custom field of a type as it is spelled on the wire; its code.
    ///
    /// # Errors
    /// When users can make no field of this type.
    pub fn add_field(
        &mut self,
        entity: Entity,
        (name, field_type): (&str, &str),
        options: &[&str],
        now: Moment,
    ) -> Result<String, VerbRefused> {
        let kind = FieldKind::creatable(field_type)
            .ok_or_else(|| VerbRefused(format!("there is no type {field_type}")))?;
        let labels: Vec<String> = options.iter().map(|label| (*label).to_owned()).collect();
        Ok(self.make_field(entity, name, kind, &labels, now))
    }

    /// A removed field is back under its code, without its values.
    ///
    /// # Errors
    /// When it is there, or there is no such type.
    pub fn bring_back_field(
        &mut self,
        entity: Entity,
        code: &str,
        (name, field_type): (&str, &str),
    ) -> Result<(), VerbRefused> {
        let kind = FieldKind::creatable(field_type)
            .ok_or_else(|| VerbRefused(format!("there is no type {field_type}")))?;
        let catalog = self.state.catalog_mut(entity);
        if catalog.by_code(code).is_some() {
            return Err(VerbRefused(format!("the field {code} is there")));
        }
        catalog.add(code, name, kind, true);
        Ok(())
    }

    /// A new option of a custom field; its id.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn add_option(
        &mut self,
        entity: Entity,
        (field, label): (&str, &str),
        now: Moment,
    ) -> Result<i64, VerbRefused> {
        let code = self.field_code(entity, field)?;
        Ok(self.make_option(entity, &code, label, now))
    }

    /// The option keeps its id.
    ///
    /// # Errors
    /// When there is no such field or option.
    pub fn rename_option(
        &mut self,
        entity: Entity,
        option: (&str, &str),
        to: &str,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        let (code, id) = self.option_of(entity, option)?;
        let renamed = [serde_json::json!({"id": id, "label": to})];
        self.rename_options(entity, &code, &renamed, now)?;
        Ok(())
    }

    /// The option leaves every record that has it.
    ///
    /// # Errors
    /// When there is no such field or option.
    pub fn remove_option(
        &mut self,
        entity: Entity,
        option: (&str, &str),
    ) -> Result<(), VerbRefused> {
        let (code, id) = self.option_of(entity, option)?;
        self.delete_options(entity, &code, &[serde_json::json!({"id": id})])?;
        Ok(())
    }

    /// The code of a custom field by the name users see.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn field_code(&self, entity: Entity, name: &str) -> Result<String, VerbRefused> {
        let field = self.state.catalog(entity).custom_by_name(name);
        field
            .map(|field| field.code.clone())
            .ok_or_else(|| VerbRefused(format!("there is no field {name}")))
    }

    /// The code of the field and the id of its option.
    fn option_of(
        &self,
        entity: Entity,
        (field, label): (&str, &str),
    ) -> Result<(String, i64), VerbRefused> {
        let code = match field {
            LABELS => field.to_owned(),
            _ => self.field_code(entity, field)?,
        };
        let known = self.state.catalog(entity).by_code(&code);
        let mut options = known.into_iter().flat_map(|field| &field.options);
        let option = options.find(|option| option.label == label);
        let option = option.ok_or_else(|| VerbRefused(format!("there is no option {label}")))?;
        Ok((code, option.id))
    }

    /// All persons as the API shows them, live and deleted, by id.
    #[must_use]
    pub fn persons(&self) -> Vec<Value> {
        self.records(Entity::Person)
    }

    /// All organizations as the API shows them, live and deleted, by id.
    #[must_use]
    pub fn organizations(&self) -> Vec<Value> {
        self.records(Entity::Organization)
    }

    /// All records of a kind as the API shows them, live and deleted, by id.
    #[must_use]
    pub fn records(&self, entity: Entity) -> Vec<Value> {
        let shown = |record: &Record| {
            let mut out = Json::with_capacity(1_024);
            self.write_record(&mut out, entity, record, &View::default());
            serde_json::from_slice(&out.0).expect("records are written as valid JSON")
        };
        self.state
            .table(entity)
            .records
            .values()
            .map(shown)
            .collect()
    }
}

/// A request body in which names of labels, fields and options stand as ids and codes.
pub(super) fn by_codes(
    catalog: &Catalog,
    fields: &Value,
) -> Result<Map<String, Value>, VerbRefused> {
    let mut body = Map::new();
    for (key, value) in fields
        .as_object()
        .ok_or_else(|| VerbRefused("fields must be an object".to_owned()))?
    {
        match (key.as_str(), value) {
            ("labels", Value::Array(labels)) => {
                let ids = labels.iter().map(|label| {
                    let option = catalog
                        .labels()
                        .iter()
                        .find(|option| label == option.label.as_str());
                    option
                        .map(|option| Value::from(option.id))
                        .ok_or_else(|| VerbRefused(format!("there is no label {label}")))
                });
                body.insert("label_ids".to_owned(), ids.collect::<Result<Value, _>>()?);
            }
            ("custom_fields", Value::Object(values)) => {
                let mut custom = Map::new();
                for (name, value) in values {
                    let field = catalog
                        .custom_by_code(name)
                        .or_else(|| catalog.custom_by_name(name));
                    let field =
                        field.ok_or_else(|| VerbRefused(format!("there is no field {name}")))?;
                    custom.insert(field.code.clone(), option_ids(field, value));
                }
                body.insert(key.clone(), Value::Object(custom));
            }
            _ => {
                body.insert(key.clone(), value.clone());
            }
        }
    }
    Ok(body)
}

fn option_ids(field: &Field, value: &Value) -> Value {
    let id = |label: &Value| {
        let option = field
            .options
            .iter()
            .find(|option| label == option.label.as_str());
        option.map_or_else(|| label.clone(), |option| Value::from(option.id))
    };
    match value {
        Value::Array(labels) if field.kind.has_options() => labels.iter().map(id).collect(),
        Value::String(_) if field.kind.has_options() => id(value),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => value.clone(),
    }
}
