//! Calls on field definitions: list, read, make, rename and remove fields and their options.
//!
//! In: checked bodies. Out: fields and options in the vendor's shape. Labels are options of the built-in field
//! `label_ids`. Removing a field or an option removes the stored values, without any event and without a new time.

use serde_json::{Map, Value};

use super::PipedriveEmulator;
use super::fields::{Field, FieldKind, FieldOption};
use super::json::Json;
use super::kinds::Entity;
use super::query::{self, Query};
use super::record::{CustomValue, Record};
use super::reply::{Reply, Violation};
use crate::answer::Moment;
use rand::Rng;

const LABEL_MAX: usize = 255;
const COLORS: [&str; 6] = ["green", "red", "blue", "yellow", "purple", "gray"];

impl PipedriveEmulator {
    pub(super) fn list_fields(&self, entity: Entity, query: &Query) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        query.refuse_unknown(&["limit", "cursor", "include_fields"], &mut violations);
        let limit = query::limit(query, &mut violations);
        let start = match query.get("cursor").map(str::parse::<usize>) {
            None => 0,
            Some(Ok(start)) => start,
            Some(Err(_)) => {
                violations.push(Violation::new("cursor", "is invalid for this request"));
                0
            }
        };
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let fields = &self.state.catalog(entity).fields;
        let mut out = Json::with_capacity(8_192);
        out.raw(r#"{"success":true,"data":["#);
        for field in fields.iter().skip(start).take(limit) {
            out.comma();
            write_field(&mut out, field);
        }
        let next = (start + limit < fields.len()).then(|| (start + limit).to_string());
        out.raw(r#"],"additional_data":{"next_cursor":"#);
        out.value(&next);
        out.raw("}}");
        Ok(Reply::ok(out))
    }

    pub(super) fn get_field(&self, entity: Entity, code: &str) -> Result<Reply, Reply> {
        self.state
            .catalog(entity)
            .by_code(code)
            .map(single)
            .ok_or_else(Reply::field_not_found)
    }

    pub(super) fn create_field(
        &mut self,
        entity: Entity,
        body: &Map<String, Value>,
        now: Moment,
    ) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let known = [
            "field_name",
            "field_type",
            "options",
            "ui_visibility",
            "important_fields",
            "required_fields",
            "description",
        ];
        refuse_unknown(body, &known, &mut violations);
        let name = label_of(body, "field_name");
        let kind = body
            .get("field_type")
            .and_then(Value::as_str)
            .and_then(FieldKind::creatable);
        if name.is_none() {
            violations.push(Violation::new(
                "field_name",
                "must be a string of 1 to 255 characters",
            ));
        }
        if kind.is_none() {
            violations.push(Violation::new("field_type", "is not a known type"));
        }
        let mut labels = Vec::new();
        match (
            kind.is_some_and(FieldKind::has_options),
            body.get("options").map(Value::as_array),
        ) {
            (true, Some(Some(options))) if !options.is_empty() => {
                for option in options {
                    match option
                        .as_object()
                        .and_then(|option| label_of(option, "label"))
                    {
                        Some(label) => labels.push(label),
                        None => {
                            violations.push(Violation::new("options", "every option needs a label"))
                        }
                    }
                }
            }
            (true, _) => violations.push(Violation::new("options", "is required for this type")),
            (false, Some(_)) => {
                violations.push(Violation::new("options", "is not allowed for this type"))
            }
            (false, None) => {}
        }
        let (Some(name), Some(kind), true) = (name, kind, violations.is_empty()) else {
            return Err(Reply::invalid(&violations));
        };
        let custom: usize = self
            .state
            .catalogs
            .iter()
            .map(|catalog| catalog.custom().count())
            .sum();
        if custom >= self.config.subscription.custom_fields_max() {
            return Err(Reply::capped(
                "custom_fields",
                "Custom fields limit has been reached.",
            ));
        }
        let code = self.make_field(entity, &name, kind, &labels, now);
        self.get_field(entity, &code)
    }

    /// A new custom field; its code.
    pub(super) fn make_field(
        &mut self,
        entity: Entity,
        name: &str,
        kind: FieldKind,
        labels: &[String],
        now: Moment,
    ) -> String {
        let code: String = (0..5)
            .map(|_| format!("{:08x}", self.random.next_u32()))
            .collect();
        self.state.catalog_mut(entity).add(&code, name, kind, true);
        for label in labels {
            self.make_option(entity, &code, label, now);
        }
        code
    }

    /// A new option at the end; its id.
    pub(super) fn make_option(
        &mut self,
        entity: Entity,
        code: &str,
        label: &str,
        now: Moment,
    ) -> i64 {
        let id = self.state.option_id();
        let add_time = self.seconds(now);
        if let Some(field) = self.state.catalog_mut(entity).by_code_mut(code) {
            let color = COLORS[field.options.len() % COLORS.len()].to_owned();
            let label = label.to_owned();
            field.options.push(FieldOption {
                id,
                label,
                color: Some(color),
                add_time,
                update_time: None,
            });
        }
        id
    }

    pub(super) fn change_field(
        &mut self,
        entity: Entity,
        code: &str,
        body: &Map<String, Value>,
    ) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let known = [
            "field_name",
            "description",
            "ui_visibility",
            "important_fields",
            "required_fields",
        ];
        refuse_unknown(body, &known, &mut violations);
        if body.is_empty() {
            violations.push(Violation::new("body", "must have at least one property"));
        }
        let name = label_of(body, "field_name");
        if body.contains_key("field_name") && name.is_none() {
            violations.push(Violation::new(
                "field_name",
                "must be a string of 1 to 255 characters",
            ));
        }
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let field = self
            .state
            .catalog_mut(entity)
            .by_code_mut(code)
            .ok_or_else(Reply::field_not_found)?;
        if let Some(name) = name {
            if !field.is_custom {
                return Err(Reply::generic(
                    403,
                    "You do not have permissions to do this.",
                ));
            }
            field.name = name;
        }
        if let Some(description) = body.get("description") {
            field.description = description.as_str().map(str::to_owned);
        }
        Ok(single(field))
    }

    pub(super) fn delete_field(&mut self, entity: Entity, code: &str) -> Result<Reply, Reply> {
        let field = self
            .state
            .catalog(entity)
            .by_code(code)
            .ok_or_else(Reply::field_not_found)?;
        if !field.is_custom {
            return Err(Reply::generic(
                403,
                "You do not have permissions to do this.",
            ));
        }
        let field = self
            .state
            .catalog_mut(entity)
            .remove(code)
            .ok_or_else(Reply::field_not_found)?;
        self.edit_all(entity, |record| record.set_custom(field.id, None));
        Ok(single(&field))
    }

    pub(super) fn add_options(
        &mut self,
        entity: Entity,
        code: &str,
        items: &[Value],
        now: Moment,
    ) -> Result<Reply, Reply> {
        self.optioned(entity, code)?;
        let labels = items
            .iter()
            .map(|item| {
                item.as_object()
                    .filter(|item| item.len() == 1)
                    .and_then(|item| label_of(item, "label"))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                Reply::bad(
                    "body",
                    "every option needs a label of 1 to 255 characters and nothing else",
                )
            })?;
        let made: Vec<(i64, String)> = labels
            .into_iter()
            .map(|label| (self.make_option(entity, code, &label, now), label))
            .collect();
        Ok(options(&made))
    }

    pub(super) fn rename_options(
        &mut self,
        entity: Entity,
        code: &str,
        items: &[Value],
        now: Moment,
    ) -> Result<Reply, Reply> {
        let known = self.optioned(entity, code)?;
        let changes = items
            .iter()
            .map(|item| {
                let item = item.as_object().filter(|item| item.len() == 2)?;
                Some((item.get("id")?.as_i64()?, label_of(item, "label")?))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Reply::bad("body", "every option needs an id and a label"))?;
        if let Some((id, _)) = changes.iter().find(|(id, _)| !known.contains(id)) {
            return Err(Reply::bad("id", &format!("option {id} does not exist")));
        }
        let seconds = self.seconds(now);
        if let Some(field) = self.state.catalog_mut(entity).by_code_mut(code) {
            for option in &mut field.options {
                if let Some((_, label)) = changes.iter().find(|(id, _)| *id == option.id) {
                    label.clone_into(&mut option.label);
                    option.update_time = Some(seconds);
                }
            }
        }
        Ok(options(&changes))
    }

    pub(super) fn delete_options(
        &mut self,
        entity: Entity,
        code: &str,
        items: &[Value],
    ) -> Result<Reply, Reply> {
        let known = self.optioned(entity, code)?;
        let ids = items
            .iter()
            .map(|item| {
                item.as_object()
                    .filter(|item| item.len() == 1)?
                    .get("id")?
                    .as_i64()
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Reply::bad("body", "every option needs an id and nothing else"))?;
        if let Some(id) = ids.iter().find(|id| !known.contains(id)) {
            return Err(Reply::bad("id", &format!("option {id} does not exist")));
        }
        let Some(field) = self.state.catalog_mut(entity).by_code_mut(code) else {
            return Err(Reply::field_not_found());
        };
        let field_id = field.id;
        let (gone, kept): (Vec<_>, Vec<_>) = field
            .options
            .drain(..)
            .partition(|option| ids.contains(&option.id));
        field.options = kept;
        self.edit_all(entity, |record| {
            forget_options(record, field_id, code, &ids)
        });
        Ok(options(
            &gone
                .into_iter()
                .map(|option| (option.id, option.label))
                .collect::<Vec<_>>(),
        ))
    }

    /// The ids of the options of a field that can have any.
    fn optioned(&self, entity: Entity, code: &str) -> Result<Vec<i64>, Reply> {
        let field = self
            .state
            .catalog(entity)
            .by_code(code)
            .ok_or_else(Reply::field_not_found)?;
        if !field.kind.has_options() {
            return Err(Reply::bad("field_code", "the field has no options"));
        }
        Ok(field.options.iter().map(|option| option.id).collect())
    }

    fn edit_all(&mut self, entity: Entity, edit: impl Fn(&mut Record)) {
        if entity == Entity::Deal {
            let leads = self.state.table_mut(Entity::Lead).records.values_mut();
            leads.for_each(&edit);
        }
        self.state
            .table_mut(entity)
            .records
            .values_mut()
            .for_each(edit);
    }
}

fn forget_options(record: &mut Record, field_id: u32, code: &str, ids: &[i64]) {
    if code == "label_ids" {
        record.label_ids.retain(|id| !ids.contains(id));
        return;
    }
    let left = match record.custom_value(field_id) {
        Some(CustomValue::Choice(id)) if ids.contains(id) => None,
        Some(CustomValue::Choices(chosen)) => {
            let left: Vec<i64> = chosen
                .iter()
                .copied()
                .filter(|id| !ids.contains(id))
                .collect();
            (!left.is_empty()).then_some(CustomValue::Choices(left))
        }
        Some(_) | None => return,
    };
    record.set_custom(field_id, left);
}

fn refuse_unknown(body: &Map<String, Value>, known: &[&str], violations: &mut Vec<Violation>) {
    violations.extend(
        body.keys()
            .filter(|key| !known.contains(&key.as_str()))
            .map(|key| Violation::not_allowed(key)),
    );
}

fn label_of(object: &Map<String, Value>, key: &str) -> Option<String> {
    let label = object.get(key)?.as_str()?;
    (1..=LABEL_MAX)
        .contains(&label.chars().count())
        .then(|| label.to_owned())
}

fn single(field: &Field) -> Reply {
    let mut out = Json::with_capacity(512);
    out.raw(r#"{"success":true,"data":"#);
    write_field(&mut out, field);
    out.raw(r#","additional_data":null}"#);
    Reply::ok(out)
}

fn options(options: &[(i64, String)]) -> Reply {
    let mut out = Json::with_capacity(256);
    out.raw(r#"{"success":true,"data":["#);
    for (id, label) in options {
        out.comma();
        out.raw("{");
        out.field("id", id);
        out.field("label", label);
        out.raw("}");
    }
    out.raw(r#"],"additional_data":null}"#);
    Reply::ok(out)
}

fn write_field(out: &mut Json, field: &Field) {
    out.raw("{");
    out.field("field_name", &field.name);
    out.field("field_code", &field.code);
    out.field("description", &field.description);
    out.field("field_type", field.kind.name());
    out.key("options");
    if field.kind.has_options() {
        out.raw("[");
        for option in &field.options {
            out.comma();
            out.raw("{");
            out.field("id", &option.id);
            out.field("label", &option.label);
            out.field("color", &option.color);
            out.time("add_time", Some(option.add_time));
            out.time("update_time", option.update_time);
            out.raw("}");
        }
        out.raw("]");
    } else {
        out.raw("null");
    }
    out.key("subfields");
    if field.kind == FieldKind::Monetary {
        out.raw("[");
        for (code, name, kind) in [
            ("value", "Value", "double"),
            ("currency", "Currency", "varchar"),
        ] {
            out.comma();
            out.raw("{");
            out.field("field_code", code);
            out.field("field_name", name);
            out.field("field_type", kind);
            out.raw("}");
        }
        out.raw("]");
    } else {
        out.raw("null");
    }
    out.field("is_custom_field", &field.is_custom);
    out.raw(r#","is_optional_response_field":false}"#);
}
