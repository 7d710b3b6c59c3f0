//! What happened to a record, and who may see it: change logs, timelines, permitted users. Older endpoints only.
//!
//! In: a record's id. Out: pages of rows in the vendor's shape, newest first. It changes nothing.

use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::json::{Json, spaced};
use super::kinds::Entity;
use super::papers::Page;
use super::query;
use super::records::not_found_older;
use super::reply::{Reply, Violation};
use super::route::{Row, row};

pub(super) static ROWS: [Row; 10] = [
    row!("GET" "/v1/deals/{id}/changelog", 20, |emulator, ask| emulator.changelog(Entity::Deal, ask)),
    row!("GET" "/v1/deals/{id}/flow", 40, |emulator, ask| emulator.flow(Entity::Deal, ask)),
    row!("GET" "/v1/deals/{id}/permittedUsers", 10, |emulator, ask| emulator.permitted_users(Entity::Deal, ask)),
    row!("GET" "/v1/products/{id}/permittedUsers", 10, |emulator, ask| emulator.permitted_users(Entity::Product, ask)),
    row!("GET" "/v1/persons/{id}/changelog", 20, |emulator, ask| emulator.changelog(Entity::Person, ask)),
    row!("GET" "/v1/organizations/{id}/changelog", 20, |emulator, ask| emulator.changelog(Entity::Organization, ask)),
    row!("GET" "/v1/persons/{id}/flow", 40, |emulator, ask| emulator.flow(Entity::Person, ask)),
    row!("GET" "/v1/organizations/{id}/flow", 40, |emulator, ask| emulator.flow(Entity::Organization, ask)),
    row!("GET" "/v1/persons/{id}/permittedUsers", 10, |emulator, ask| emulator.permitted_users(Entity::Person, ask)),
    row!("GET" "/v1/organizations/{id}/permittedUsers", 10, |emulator, ask| emulator.permitted_users(Entity::Organization, ask)),
];

/// One thing that happened: when, and as it is shown.
type Happened = (i64, Value);

impl PipedriveEmulator {
    /// Newest first.
    pub(super) fn changelog(&self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let (id, query) = (ask.id()?, &ask.query);
        let mut violations = Vec::new();
        query.refuse_unknown(&["cursor", "limit"], &mut violations);
        let limit = query::limit(query, &mut violations);
        let start: usize = query
            .get("cursor")
            .map_or(Ok(0), str::parse)
            .unwrap_or_else(|_| {
                violations.push(Violation::new("cursor", "is invalid for this request"));
                0
            });
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        self.readable(entity, id, ask.now)
            .ok_or_else(|| not_found_older(entity))?;
        let rows = self
            .state
            .logs
            .get(&(entity, id))
            .map_or(&[][..], Vec::as_slice);
        let page: Vec<Value> = rows
            .iter()
            .rev()
            .skip(start)
            .take(limit)
            .map(|row| {
                json!({
                    "field_key": row.field_key, "old_value": row.old_value, "new_value": row.new_value,
                    "actor_user_id": row.actor_user_id, "time": spaced(row.time), "change_source": row.change_source,
                    "change_source_user_agent": null, "is_bulk_update_flag": false,
                })
            })
            .collect();
        let next = (start + limit < rows.len()).then(|| (start + limit).to_string());
        Ok(Reply::of(
            200,
            &json!({"success": true, "data": page, "additional_data": {"next_cursor": next}}),
        ))
    }

    /// Changes, notes and activities of a record, the latest first.
    pub(super) fn flow(&self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        ask.query
            .refuse_unknown(&["start", "limit", "all_changes", "items"], &mut violations);
        let flat = self.config.switches.older_paging_is_flat;
        let page = Page::of(&ask.query, flat, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let id = ask.id()?;
        self.readable(entity, id, ask.now)
            .ok_or_else(|| not_found_older(entity))?;
        self.demand_sight(ask.actor, entity, id)?;
        let items: Option<Vec<&str>> = ask.query.get("items").map(|text| text.split(',').collect());
        let wants = |item: &str| items.as_ref().is_none_or(|items| items.contains(&item));
        let mut happened = Vec::new();
        if wants("change") {
            self.changes(entity, id, &mut happened);
        }
        if wants("note") {
            self.notes_of(entity, id, ask.actor.user_id, &mut happened);
        }
        if wants("activity") {
            self.activities_of(entity, id, &mut happened);
        }
        happened.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        Ok(page.of_rows(&happened, true, |out, (_, row)| out.value(row)))
    }

    fn changes(&self, entity: Entity, id: i64, happened: &mut Vec<Happened>) {
        let rows = self.state.logs.get(&(entity, id));
        let numbered = (1_i64..).zip(rows.into_iter().flatten());
        happened.extend(numbered.map(|(number, row)| {
            let shown = json!({"object": format!("{}Change", entity.name()), "timestamp": spaced(row.time), "data": {
                "id": number, "item_id": id, "user_id": row.actor_user_id, "field_key": row.field_key,
                "old_value": row.old_value, "new_value": row.new_value, "is_bulk_update_flag": null,
                "log_time": spaced(row.time), "change_source": row.change_source, "change_source_user_agent": null,
                "additional_data": {},
            }});
            (row.time, shown)
        }));
    }

    fn notes_of(&self, entity: Entity, id: i64, caller: i64, happened: &mut Vec<Happened>) {
        let notes = self.state.papers.notes.values();
        for note in notes.filter(|note| note.is_active && note.links.is_to(entity, id)) {
            let mut out = Json::with_capacity(512);
            self.write_note(&mut out, note, caller);
            let shown: Value = serde_json::from_slice(&out.0).unwrap_or_default();
            let row = json!({"object": "note", "timestamp": spaced(note.add_time), "data": shown});
            happened.push((note.add_time, row));
        }
    }

    fn activities_of(&self, entity: Entity, id: i64, happened: &mut Vec<Happened>) {
        let table = self.state.table(Entity::Activity);
        let activities = table.belonging_to((entity, id));
        happened.extend(activities.filter_map(|id| table.live(id)).map(|activity| {
            let data = self.older_activity(activity);
            let row =
                json!({"object": "activity", "timestamp": spaced(activity.add_time), "data": data});
            (activity.add_time, row)
        }));
    }

    fn permitted_users(&self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let id = ask.id()?;
        let record = self
            .readable(entity, id, ask.now)
            .ok_or_else(|| not_found_older(entity))?;
        self.demand_sight(ask.actor, entity, id)?;
        let users = self.permitted(record);
        Ok(Reply::of(200, &json!({"success": true, "data": users})))
    }
}
