//! Filters: older endpoints that make them, newer lists that use them.
//!
//! In: checked bodies; records to be filtered. Out: filters in the vendor's shape; yes or no. Conditions may be about a record
//! itself or about the person, organization or deal it belongs to. A filter is private to nobody here.

use jiff::Timestamp;
use jiff::civil::Date;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::PipedriveEmulator;
use super::super::ask::Ask;
use super::super::json::{Json, spaced};
use super::super::kinds::Entity;
use super::super::record::Record;
use super::super::render::View;
use super::super::reply::{Reply, Violation};
use super::super::route::{Row, row};
use super::conditions::{Condition, Conditions};
use crate::answer::Moment;

const NAME_MAX: usize = 255;
/// What filters can be for, with the kind of record where there is one.
const TYPES: [&str; 7] = [
    "deals", "leads", "org", "people", "products", "activity", "projects",
];

pub(in super::super) static ROWS: [Row; 7] = [
    row!("GET" "/v1/filters", 20, |emulator, ask| emulator.list_filters(ask)),
    row!("POST" "/v1/filters", 10, |emulator, ask| emulator.create_filter(ask)),
    row!("DELETE" "/v1/filters", 10, |emulator, ask| emulator.delete_filters(ask)),
    row!("GET" "/v1/filters/helpers", 20, |_emulator, ask| PipedriveEmulator::filter_helpers(ask)),
    row!("GET" "/v1/filters/{id}", 2, |emulator, ask| emulator.get_filter(ask)),
    row!("PUT" "/v1/filters/{id}", 10, |emulator, ask| emulator.change_filter(ask)),
    row!("DELETE" "/v1/filters/{id}", 6, |emulator, ask| emulator.delete_filter(ask)),
];

/// One filter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super) struct Filter {
    id: i64,
    name: String,
    of_type: String,
    conditions: Conditions,
    user_id: i64,
    /// Seconds.
    add_time: i64,
    update_time: i64,
}

impl Filter {
    /// Whether it is for lists of that kind.
    pub(in super::super) fn is_for(&self, entity: Entity) -> bool {
        let of_type = match entity.name() {
            "person" => "people",
            "organization" => "org",
            "deal" => "deals",
            "lead" => "leads",
            "product" => "products",
            name => name,
        };
        self.of_type == of_type
    }
}

impl PipedriveEmulator {
    fn list_filters(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        ask.query.refuse_unknown(&["type"], &mut violations);
        let of_type = ask.query.get("type");
        if of_type.is_some_and(|name| !TYPES.contains(&name)) {
            violations.push(Violation::new("type", "is not a known type"));
        }
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let fitting = |filter: &&Filter| of_type.is_none_or(|name| filter.of_type == name);
        let filters = self.state.papers.filters.values().filter(fitting);
        let filters: Vec<Value> = filters.map(|filter| shown(filter, None)).collect();
        Ok(Reply::of(200, &json!({"success": true, "data": filters})))
    }

    fn get_filter(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let with_codes = with_codes(ask)?;
        let filter = self.state.papers.filters.get(&ask.id()?);
        Ok(single(filter.ok_or_else(not_found)?, with_codes))
    }

    fn create_filter(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let with_codes = with_codes(ask)?;
        let (body, seconds) = (ask.body()?, self.seconds(ask.now));
        let filters = &self.state.papers.filters;
        let mut filter = Filter {
            id: filters.last_key_value().map_or(1, |(id, _)| id + 1),
            name: String::new(),
            of_type: String::new(),
            conditions: Conditions::default(),
            user_id: ask.actor.user_id,
            add_time: seconds,
            update_time: seconds,
        };
        let mut violations: Vec<Violation> = ["name", "type", "conditions"]
            .into_iter()
            .filter(|key| !body.contains_key(*key))
            .map(|key| Violation::new(key, "is required"))
            .collect();
        match body.get("type").and_then(Value::as_str) {
            Some(of_type) if TYPES.contains(&of_type) => of_type.clone_into(&mut filter.of_type),
            Some(_) => violations.push(Violation::new("type", "is not a known type")),
            None => {}
        }
        self.apply_filter(
            &mut filter,
            &body,
            &["name", "type", "conditions"],
            &mut violations,
        );
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let reply = single(&filter, with_codes);
        self.state.papers.filters.insert(filter.id, filter);
        Ok(reply)
    }

    fn change_filter(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let with_codes = with_codes(ask)?;
        let body = ask.body()?;
        let id = ask.id()?;
        let mut filter = self
            .state
            .papers
            .filters
            .get(&id)
            .ok_or_else(not_found)?
            .clone();
        let mut violations = Vec::new();
        if !body.contains_key("conditions") {
            violations.push(Violation::new("conditions", "is required"));
        }
        self.apply_filter(&mut filter, &body, &["name", "conditions"], &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        filter.update_time = self.seconds(ask.now);
        let reply = single(&filter, with_codes);
        self.state.papers.filters.insert(id, filter);
        Ok(reply)
    }

    fn apply_filter(
        &self,
        filter: &mut Filter,
        body: &Map<String, Value>,
        known: &[&str],
        violations: &mut Vec<Violation>,
    ) {
        let unknown = body.keys().filter(|key| !known.contains(&key.as_str()));
        violations.extend(unknown.map(|key| Violation::not_allowed(key)));
        if let Some(name) = body.get("name") {
            match name
                .as_str()
                .filter(|name| (1..=NAME_MAX).contains(&name.chars().count()))
            {
                Some(name) => name.clone_into(&mut filter.name),
                None => violations.push(Violation::new(
                    "name",
                    "must be a string of 1 to 255 characters",
                )),
            }
        }
        if let Some(given) = body.get("conditions") {
            let read = Conditions::read(given, |object, field| {
                let catalog = self.state.catalog(entity_of(object)?);
                let of_id = |of: &&super::super::fields::Field| of.id == field;
                catalog
                    .fields
                    .iter()
                    .find(of_id)
                    .map(|field| field.code.clone())
            });
            match read {
                Ok(conditions) => filter.conditions = conditions,
                Err(reason) => violations.push(Violation::new("conditions", reason)),
            }
        }
    }

    fn delete_filter(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let id = ask.id()?;
        self.state
            .papers
            .filters
            .remove(&id)
            .ok_or_else(not_found)?;
        Ok(Reply::id(id))
    }

    fn delete_filters(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        ask.query.refuse_unknown(&["ids"], &mut violations);
        let ids = super::super::query::ids(ask.query.get("ids").unwrap_or(""), &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let filters = &mut self.state.papers.filters;
        let gone: Vec<i64> = ids
            .into_iter()
            .filter(|id| filters.remove(id).is_some())
            .collect();
        Ok(Reply::of(
            200,
            &json!({"success": true, "data": {"id": gone}}),
        ))
    }

    fn filter_helpers(ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let text = json!({"=": "is", "!=": "is not", "IS NULL": "is empty", "IS NOT NULL": "is not empty",
            "LIKE '%$%'": "contains", "LIKE '$%'": "starts with", "NOT LIKE '$%'": "does not start with"});
        let number = json!({"=": "is", "!=": "is not", ">": "is more than", "<": "is less than",
            ">=": "is more or equal to", "<=": "is less or equal to", "IS NULL": "is empty", "IS NOT NULL": "is not empty"});
        let date = json!({"=": "is", "!=": "is not", ">": "is later than", "<": "is earlier than",
            ">=": "is exactly or later than", "<=": "is exactly or earlier than", "IS NULL": "is empty",
            "IS NOT NULL": "is not empty"});
        let set = json!({"=": "is", "!=": "is not", "contains": "contains", "not_contains": "does not contain",
            "IS NULL": "is empty", "IS NOT NULL": "is not empty"});
        let data = json!({
            "operators": {"int": number, "double": number, "monetary": number, "date": date, "varchar": text, "set": set},
            "deprecated_operators": {"NOT LIKE '%$%'": "does not contain", "LIKE '%$'": "ends with",
                "NOT LIKE '%$'": "does not end with"},
            "relative_dates": {"Relative date intervals": {"last_month": "last month", "this_month": "this month"},
                "Relative dates": {"yesterday": "yesterday", "today": "today", "tomorrow": "tomorrow"}},
            "address_field_components": {"locality": "City/town/village/locality", "country": "Country"},
        });
        Ok(Reply::of(200, &json!({"success": true, "data": data})))
    }

    /// The records of a kind that a filter lets through, as a test of single records.
    pub(in super::super) fn passes(&self, filter: &Filter, record: &Record, now: Moment) -> bool {
        let seconds = self.seconds(now);
        let today = Timestamp::from_second(seconds).map_or(Date::ZERO, |time| {
            time.to_zoned(jiff::tz::TimeZone::UTC).date()
        });
        let mut objects: FxHashMap<&'static str, Value> = FxHashMap::default();
        let entity = record.entity();
        objects.insert(entity.name(), self.as_value(entity, record));
        for (of_link, id) in record.links().into_iter().flatten() {
            if let Some(linked) = self.state.table(of_link).live(id) {
                objects
                    .entry(of_link.name())
                    .or_insert_with(|| self.as_value(of_link, linked));
            }
        }
        filter.conditions.accept(today, |condition: &Condition| {
            let object = objects.get(condition.object.as_str())?;
            let of_custom = || object.get("custom_fields")?.get(&condition.field_code);
            object.get(&condition.field_code).or_else(of_custom)
        })
    }

    fn as_value(&self, entity: Entity, record: &Record) -> Value {
        let mut out = Json::with_capacity(1_024);
        self.write_record(&mut out, entity, record, &View::default());
        serde_json::from_slice(&out.0).unwrap_or_default()
    }
}

fn entity_of(object: &str) -> Option<Entity> {
    Entity::ALL
        .into_iter()
        .find(|entity| entity.name() == object)
}

fn with_codes(ask: &Ask<'_>) -> Result<bool, Reply> {
    let mut violations = Vec::new();
    ask.query
        .refuse_unknown(&["include_field_code"], &mut violations);
    let with_codes = match ask.query.get("include_field_code") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            violations.push(Violation::new(
                "include_field_code",
                "must be true or false",
            ));
            false
        }
    };
    if violations.is_empty() {
        Ok(with_codes)
    } else {
        Err(Reply::invalid(&violations))
    }
}

fn not_found() -> Reply {
    Reply::generic(404, "Filter not found")
}

fn single(filter: &Filter, with_codes: bool) -> Reply {
    Reply::of(
        200,
        &json!({"success": true, "data": shown(filter, Some(with_codes))}),
    )
}

/// With its conditions where something is said about their codes.
fn shown(filter: &Filter, with_codes: Option<bool>) -> Value {
    let mut shown = json!({
        "id": filter.id, "name": filter.name, "filter_code": null, "is_editable": true, "active_flag": true,
        "type": filter.of_type, "temporary_flag": null, "user_id": filter.user_id,
        "add_time": spaced(filter.add_time), "update_time": spaced(filter.update_time), "visible_to": "7",
        "last_used_time": null, "custom_view_id": null,
    });
    if let Some(with_codes) = with_codes {
        shown["conditions"] = filter.conditions.shown(with_codes);
    }
    shown
}
