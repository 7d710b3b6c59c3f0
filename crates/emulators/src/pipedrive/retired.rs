//! Reads of older endpoints out of support, for vendors that still answer them; and what changed lately, of every kind.
//!
//! In: parameters of the older lists. Out: records in the older shape, which never gets the keys that came since. Nothing can be
//! written here: a vendor that still answers reads is generous enough.

use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::json::{Json, parse_spaced, spaced};
use super::kinds::Entity;
use super::older_shapes::Older;
use super::papers::Page;
use super::record::Record;
use super::records::not_found_older;
use super::render;
use super::reply::{Reply, Violation};
use super::route::{Row, row};

/// How far back the list of changes reaches.
const MONTH_SECONDS: i64 = 31 * 86_400;
const ITEMS: [&str; 12] = [
    "activity",
    "activityType",
    "deal",
    "file",
    "filter",
    "note",
    "person",
    "organization",
    "pipeline",
    "product",
    "stage",
    "user",
];

pub(super) static ROWS: [Row; 1] =
    [row!("GET" "/v1/recents", 20, |emulator, ask| emulator.recents(ask))];

/// What a read of a retired endpoint costs.
pub(super) fn cost(path: &str) -> u64 {
    let last = path.rsplit('/').next();
    let is_one = last.is_some_and(|last| last.parse::<i64>().is_ok());
    if is_one { 2 } else { 20 }
}

impl PipedriveEmulator {
    /// The answer to a read of a retired endpoint, where there is one.
    pub(super) fn retired_read(&self, ask: &Ask<'_>) -> Option<Result<Reply, Reply>> {
        let path = ask.request.uri().path();
        let rest = path
            .strip_prefix("/api")
            .unwrap_or(path)
            .strip_prefix("/v1/")?;
        let (collection, id) = match rest.split_once('/') {
            Some((collection, id)) => (collection, Some(id)),
            None => (rest, None),
        };
        let entity = match collection {
            "persons" => Entity::Person,
            "organizations" => Entity::Organization,
            "deals" => Entity::Deal,
            "activities" => Entity::Activity,
            "pipelines" => Entity::Pipeline,
            "stages" => Entity::Stage,
            _ => return None,
        };
        match id {
            Some(id) => Some(self.retired_one(entity, id.parse().ok()?, ask)),
            None => Some(self.retired_list(entity, ask)),
        }
    }

    fn retired_one(&self, entity: Entity, id: i64, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let record = self
            .readable(entity, id, ask.now)
            .ok_or_else(|| not_found_older(entity))?;
        self.demand_sight(ask.actor, entity, id)?;
        let data = self.older_row(entity, record);
        Ok(Reply::of(200, &json!({"success": true, "data": data})))
    }

    fn retired_list(&self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let flat = self.config.switches.older_paging_is_flat;
        let page = Page::of(&ask.query, flat, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let records = self.state.table(entity).records.values();
        let live: Vec<&Record> = records
            .filter(|record| !record.is_deleted && self.sees(ask.actor.user_id, record))
            .collect();
        Ok(page.of_rows(&live, true, |out, record| {
            out.value(&self.older_row(entity, record));
        }))
    }

    /// Everything that changed since a moment, of the kinds asked for, in the order of change.
    fn recents(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let known = ["since_timestamp", "items", "start", "limit"];
        ask.query.refuse_unknown(&known, &mut violations);
        let since = ask.query.get("since_timestamp").and_then(parse_spaced);
        if since.is_none() {
            let reason = "must be a time in the form YYYY-MM-DD HH:MM:SS";
            violations.push(Violation::new("since_timestamp", reason));
        }
        let items = ask.query.get("items");
        let asked: Option<Vec<&str>> = items.map(|items| items.split(',').collect());
        if let Some(unknown) = asked.iter().flatten().find(|item| !ITEMS.contains(item)) {
            violations.push(Violation::new(
                "items",
                format!("'{unknown}' is not allowed"),
            ));
        }
        let flat = self.config.switches.older_paging_is_flat;
        let page = Page::of(&ask.query, flat, &mut violations);
        let (Some(since), true) = (since, violations.is_empty()) else {
            return Err(Reply::invalid(&violations));
        };
        let since = since.max(self.seconds(ask.now) - MONTH_SECONDS);
        let wants = |item: &str| asked.as_ref().is_none_or(|asked| asked.contains(&item));
        let mut rows = self.changed_records(since, ask, wants);
        if wants("note") {
            rows.extend(self.changed_notes(since, ask.actor.user_id));
        }
        rows.sort_by_key(|(time, _)| *time);
        Ok(page.of_rows(&rows, true, |out, (_, row)| out.value(row)))
    }

    fn changed_records(
        &self,
        since: i64,
        ask: &Ask<'_>,
        wants: impl Fn(&str) -> bool,
    ) -> Vec<(i64, Value)> {
        let mut rows = Vec::new();
        for entity in Entity::ALL
            .into_iter()
            .filter(|entity| wants(entity.name()))
        {
            for record in self.state.table(entity).records.values() {
                let time = record.update_time.unwrap_or(record.add_time);
                if time < since || !self.sees(ask.actor.user_id, record) {
                    continue;
                }
                let data = self.older_row(entity, record);
                if !data.is_null() {
                    let row = json!({"item": entity.name(), "id": record.id, "data": data});
                    rows.push((time, row));
                }
            }
        }
        rows
    }

    fn changed_notes(&self, since: i64, caller: i64) -> Vec<(i64, Value)> {
        let notes = self.state.papers.notes.values();
        let changed = notes.filter(|note| note.update_time >= since);
        let row = |note: &super::papers::notes::Note| {
            let mut out = Json::with_capacity(512);
            self.write_note(&mut out, note, caller);
            let data: Value = serde_json::from_slice(&out.0).unwrap_or_default();
            let row = json!({"item": "note", "id": note.id, "data": data});
            (note.update_time, row)
        };
        changed.map(row).collect()
    }

    /// A record in the older shape, or null for kinds that never had one.
    fn older_row(&self, entity: Entity, record: &Record) -> Value {
        match entity {
            Entity::Person => Older::of(self).person(record),
            Entity::Deal => Older::of(self).deal(record),
            Entity::Organization => self.older_organization(record),
            Entity::Activity => self.older_activity(record),
            Entity::Pipeline | Entity::Stage => {
                let event = render::event_data(record, entity, self.state.catalog(entity));
                let mut shown: Value = serde_json::from_str(&event).unwrap_or_default();
                shown["add_time"] = json!(spaced(record.add_time));
                shown["update_time"] = json!(record.update_time.map(spaced));
                shown
            }
            Entity::Product | Entity::Lead => Value::Null,
        }
    }

    fn older_organization(&self, record: &Record) -> Value {
        let organization = record.organization();
        let address = organization.and_then(|organization| organization.address.as_ref());
        let people = self.state.table(Entity::Person);
        let people = people.belonging_to((Entity::Organization, record.id));
        let first = record.name.chars().next();
        json!({
            "id": record.id, "company_id": 900, "owner_id": Older::of(self).user_reference(record.owner_id),
            "name": record.name, "open_deals_count": 0, "people_count": people.count(), "active_flag": !record.is_deleted,
            "first_char": first.map(|letter| letter.to_lowercase().to_string()),
            "update_time": record.update_time.map(spaced), "add_time": spaced(record.add_time),
            "visible_to": record.visible_to.to_string(), "label": record.label_ids.first(),
            "label_ids": record.label_ids, "address": address.map(|address| address.value.clone()),
            "owner_name": self.state.user(record.owner_id).map(|user| user.name.clone()), "cc_email": null,
        })
    }

    /// An activity as older lists and timelines show it.
    pub(super) fn older_activity(&self, record: &Record) -> Value {
        let Some(activity) = record.activity() else {
            return Value::Null;
        };
        let clock = |time: &Option<String>| {
            let short = time.as_ref().map(|time| time[..5].to_owned());
            short.unwrap_or_default()
        };
        let name = |entity: Entity, id: Option<i64>| {
            let record = self.state.table(entity).records.get(&id?)?;
            Some(record.name.clone())
        };
        let participants: Vec<Value> = activity
            .participants
            .iter()
            .map(|one| json!({"person_id": one.person_id, "primary_flag": one.primary}))
            .collect();
        json!({
            "id": record.id, "company_id": 900, "user_id": record.owner_id, "done": activity.done,
            "type": activity.of_type, "due_date": activity.due_date, "due_time": clock(&activity.due_time),
            "duration": clock(&activity.duration), "busy_flag": activity.busy, "add_time": spaced(record.add_time),
            "marked_as_done_time": activity.marked_as_done_time.map(spaced).unwrap_or_default(),
            "subject": record.name, "public_description": activity.public_description,
            "location": activity.location.as_ref().map(|location| location.value.clone()),
            "org_id": activity.org_id, "person_id": activity.person_id(), "deal_id": activity.deal_id,
            "lead_id": activity.lead_id, "project_id": null, "active_flag": !record.is_deleted,
            "update_time": record.update_time.map(spaced), "update_user_id": activity.update_user_id,
            "note": activity.note, "created_by_user_id": activity.creator_user_id, "participants": participants,
            "org_name": name(Entity::Organization, activity.org_id),
            "person_name": name(Entity::Person, activity.person_id()),
            "deal_title": name(Entity::Deal, activity.deal_id),
            "owner_name": self.state.user(record.owner_id).map(|user| user.name.clone()),
        })
    }
}
