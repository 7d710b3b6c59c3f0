//! Leads, the labels they can have and the sources they come from: older endpoints with newer manners.
//!
//! In: requests. Out: leads in their one shape. Lists are paged by the number of rows before the page and begin with the oldest.

use rand::Rng;
use serde_json::{Map, Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::json::{Json, parse_rfc3339, rfc3339_millis};
use super::kinds::Entity;
use super::query;
use super::record::Record;
use super::render::View;
use super::reply::{Reply, Violation};
use super::route::{Row, row};
use super::sales::LeadLabel;

const COLORS: [&str; 10] = [
    "blue",
    "brown",
    "dark-gray",
    "gray",
    "green",
    "orange",
    "pink",
    "purple",
    "red",
    "yellow",
];
const SOURCES: [&str; 10] = [
    "Manually created",
    "Deal",
    "Web forms",
    "Prospector",
    "Leadbooster",
    "Live chat",
    "Import",
    "Website visitors",
    "Workflow automation",
    "API",
];
const SORTS: [&str; 9] = [
    "id",
    "title",
    "owner_id",
    "creator_id",
    "was_seen",
    "expected_close_date",
    "next_activity_id",
    "add_time",
    "update_time",
];
const LABEL_NAME_MAX: usize = 255;

pub(super) static ROWS: [Row; 11] = [
    row!("GET" "/v1/leads", 20, |emulator, ask| emulator.list_leads(ask, false)),
    row!("GET" "/v1/leads/archived", 40, |emulator, ask| emulator.list_leads(ask, true)),
    row!("GET" "/v1/leads/{id}", 2, |emulator, ask| emulator.get_lead(ask)),
    row!("POST" "/v1/leads", 10, |emulator, ask| emulator.create_lead(ask)),
    row!("PATCH" "/v1/leads/{id}", 10, |emulator, ask| emulator.change_lead(ask)),
    row!("DELETE" "/v1/leads/{id}", 6, |emulator, ask| emulator.delete_lead(ask)),
    row!("GET" "/v1/leadLabels", 10, |emulator, ask| emulator.list_lead_labels(ask)),
    row!("POST" "/v1/leadLabels", 10, |emulator, ask| emulator.create_lead_label(ask)),
    row!("PATCH" "/v1/leadLabels/{id}", 10, |emulator, ask| emulator.change_lead_label(ask)),
    row!("DELETE" "/v1/leadLabels/{id}", 6, |emulator, ask| emulator.delete_lead_label(ask)),
    row!("GET" "/v1/leadSources", 2, |_, ask| lead_sources(ask)),
];

impl PipedriveEmulator {
    fn list_leads(&self, ask: &Ask<'_>, archived: bool) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let known = [
            "start",
            "limit",
            "owner_id",
            "person_id",
            "organization_id",
            "filter_id",
            "sort",
            "updated_since",
        ];
        ask.query.refuse_unless(
            |name| known.contains(&name) && !(archived && name == "updated_since"),
            &mut violations,
        );
        let owner = query::int(&ask.query, "owner_id", &mut violations);
        let person = query::int(&ask.query, "person_id", &mut violations);
        let organization = query::int(&ask.query, "organization_id", &mut violations);
        let since = ask.query.get("updated_since").map(parse_rfc3339);
        if since == Some(None) {
            violations.push(Violation::new("updated_since", "not a valid datetime"));
        }
        let filter = query::int(&ask.query, "filter_id", &mut violations);
        let filter = self.filter_of(filter, Entity::Lead, &mut violations);
        let page = query::older_page(&ask.query, &mut violations);
        let sort = sort_of(ask.query.get("sort"), &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let mut rows: Vec<&Record> = self
            .state
            .table(Entity::Lead)
            .records
            .values()
            .filter(|record| !record.is_deleted && self.sees(ask.actor.user_id, record))
            .filter(|record| filter.is_none_or(|filter| self.passes(filter, record, ask.now)))
            .filter(|record| owner.is_none_or(|owner| record.owner_id == owner))
            .filter(|record| {
                since
                    .flatten()
                    .is_none_or(|since| record.update_time >= Some(since))
            })
            .filter(|record| {
                record.lead().is_some_and(|lead| {
                    lead.is_archived == archived
                        && person.is_none_or(|id| lead.person_id == Some(id))
                        && organization.is_none_or(|id| lead.organization_id == Some(id))
                })
            })
            .collect();
        if let Some((by, descending)) = sort {
            rows.sort_by_cached_key(|record| (sort_key(record, by), record.id));
            if descending {
                rows.reverse();
            }
        }
        let mut out = Json::with_capacity(256 + rows.len().min(500) * 700);
        out.raw(r#"{"success":true,"data":["#);
        for record in page.of(&rows) {
            out.comma();
            self.write_record(&mut out, Entity::Lead, record, &View::default());
        }
        out.raw(r#"],"additional_data":"#);
        out.value(&page.additional(rows.len(), self.config.switches.older_paging_is_flat));
        out.raw("}");
        Ok(Reply::ok(out))
    }

    fn get_lead(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        self.shown(200, Entity::Lead, self.lead_id(ask)?)
    }

    fn create_lead(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let id = self.create(Entity::Lead, &ask.body()?, ask.actor, ask.now)?;
        self.shown(201, Entity::Lead, id)
    }

    fn change_lead(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let id = self.lead_id(ask)?;
        self.change((Entity::Lead, id), &ask.body()?, ask.actor, ask.now)?;
        self.shown(200, Entity::Lead, id)
    }

    fn delete_lead(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let id = self.lead_id(ask)?;
        self.delete(Entity::Lead, id, ask.actor, ask.now)?;
        Ok(id_reply(ask.captures[0]))
    }

    /// The number of the live lead that the path names, if the caller sees it.
    pub(super) fn lead_id(&self, ask: &Ask<'_>) -> Result<i64, Reply> {
        let id = self.lead_by_uuid(ask.captures[0]);
        let id = id.ok_or_else(lead_missing)?;
        self.demand_sight(ask.actor, Entity::Lead, id)?;
        Ok(id)
    }

    /// A lead's number is the last part of its identifier.
    pub(super) fn lead_by_uuid(&self, uuid: &str) -> Option<i64> {
        let last = uuid.rsplit('-').next()?;
        let id = i64::from_str_radix(last, 16).ok()?;
        let lead = self.state.table(Entity::Lead).live(id)?;
        (lead.lead()?.uuid == uuid).then_some(id)
    }

    /// A new identifier for the lead of that number.
    pub(super) fn lead_uuid(&mut self, id: i64) -> String {
        let bits = self.random.next_u64();
        format!(
            "{:08x}-{:04x}-11f0-{:04x}-{id:012x}",
            bits >> 32,
            (bits >> 16) & 0xffff,
            0x8000 | (bits & 0x3fff)
        )
    }

    fn list_lead_labels(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let labels: Vec<Value> = self
            .state
            .sales
            .lead_labels
            .iter()
            .map(label_json)
            .collect();
        Ok(Reply::of(200, &json!({"success": true, "data": labels})))
    }

    fn create_lead_label(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let body = ask.body()?;
        for key in ["name", "color"] {
            if !body.contains_key(key) {
                return Err(Reply::bad(key, "is required"));
            }
        }
        let seconds = self.seconds(ask.now);
        let mut label = LeadLabel {
            id: self.uuid(),
            name: String::new(),
            color: String::new(),
            add_time: seconds,
            update_time: seconds,
        };
        apply_label(&mut label, &body)?;
        let reply = Reply::of(200, &json!({"success": true, "data": label_json(&label)}));
        self.state.sales.lead_labels.push(label);
        Ok(reply)
    }

    fn change_lead_label(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let seconds = self.seconds(ask.now);
        let mut labels = self.state.sales.lead_labels.iter_mut();
        let label = labels.find(|label| label.id == ask.captures[0]);
        let label = label.ok_or_else(label_missing)?;
        let mut after = label.clone();
        apply_label(&mut after, &ask.body()?)?;
        after.update_time = seconds;
        *label = after;
        Ok(Reply::of(
            200,
            &json!({"success": true, "data": label_json(label)}),
        ))
    }

    /// The label leaves every lead that has it, without any event.
    fn delete_lead_label(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let id = ask.captures[0];
        let labels = &mut self.state.sales.lead_labels;
        let before = labels.len();
        labels.retain(|label| label.id != id);
        if labels.len() == before {
            return Err(label_missing());
        }
        let leads = self.state.table_mut(Entity::Lead).records.values_mut();
        for lead in leads.filter_map(Record::lead_mut) {
            lead.label_ids.retain(|label| label != id);
        }
        Ok(id_reply(id))
    }
}

fn lead_sources(ask: &Ask<'_>) -> Result<Reply, Reply> {
    ask.query.refuse_all()?;
    let sources: Vec<Value> = SOURCES.iter().map(|name| json!({"name": name})).collect();
    Ok(Reply::of(200, &json!({"success": true, "data": sources})))
}

fn id_reply(id: &str) -> Reply {
    Reply::of(200, &json!({"success": true, "data": {"id": id}}))
}

fn lead_missing() -> Reply {
    missing("requested lead not found")
}

fn label_missing() -> Reply {
    missing("requested lead label not found")
}

fn missing(error: &str) -> Reply {
    Reply::of(
        404,
        &json!({"success": false, "error": error, "error_info": "Object was not found.", "data": null, "additional_data": null}),
    )
}

fn label_json(label: &LeadLabel) -> Value {
    let time = |seconds: i64| rfc3339_millis(seconds.saturating_mul(1_000));
    json!({
        "id": label.id, "name": label.name, "color": label.color, "add_time": time(label.add_time),
        "update_time": time(label.update_time),
    })
}

fn apply_label(label: &mut LeadLabel, body: &Map<String, Value>) -> Result<(), Reply> {
    for (key, value) in body {
        let text = value.as_str();
        match key.as_str() {
            "name" => {
                let name = text.filter(|name| (1..=LABEL_NAME_MAX).contains(&name.chars().count()));
                let name = name.ok_or_else(|| Reply::bad("name", "must be a non-empty string"))?;
                name.clone_into(&mut label.name);
            }
            "color" => {
                let color = text.filter(|color| COLORS.contains(color));
                let color = color.ok_or_else(|| Reply::bad("color", "is not a known color"))?;
                color.clone_into(&mut label.color);
            }
            _ => return Err(Reply::invalid(&[Violation::not_allowed(key)])),
        }
    }
    Ok(())
}

/// `title DESC`: the field and whether the order is turned.
fn sort_of<'q>(sort: Option<&'q str>, violations: &mut Vec<Violation>) -> Option<(&'q str, bool)> {
    let mut words = sort?.split_whitespace();
    let by = words.next().filter(|by| SORTS.contains(by));
    let descending = match words.next() {
        None => Some(false),
        Some(word) if word.eq_ignore_ascii_case("asc") => Some(false),
        Some(word) if word.eq_ignore_ascii_case("desc") => Some(true),
        Some(_) => None,
    };
    match (by, descending, words.next()) {
        (Some(by), Some(descending), None) => Some((by, descending)),
        _ => {
            let reason = format!("must be one of {}, with ASC or DESC", SORTS.join(", "));
            violations.push(Violation::new("sort", reason));
            None
        }
    }
}

/// Something that sorts like the value.
fn sort_key(record: &Record, by: &str) -> (Option<i64>, String) {
    let Some(lead) = record.lead() else {
        return (None, String::new());
    };
    let text = |text: &str| (None, text.to_owned());
    match by {
        "id" => text(&lead.uuid),
        "title" => text(&record.name),
        "owner_id" => (Some(record.owner_id), String::new()),
        "creator_id" => (Some(lead.creator_id), String::new()),
        "was_seen" => (Some(i64::from(lead.was_seen)), String::new()),
        "expected_close_date" => text(lead.expected_close_date.as_deref().unwrap_or("")),
        "add_time" => (Some(record.add_time), String::new()),
        "update_time" => (record.update_time, String::new()),
        _ => (None, String::new()),
    }
}
