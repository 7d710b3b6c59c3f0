//! Notes: older endpoints only.
//!
//! In: checked parameters and bodies. Out: notes in the vendor's shape, and events. A note needs something it is about; one on a
//! deal is about the deal's person and organization, too. A deleted note stays readable, as inactive, for thirty days.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::PipedriveEmulator;
use super::super::ask::Ask;
use super::super::json::{Json, parse_rfc3339, rfc3339, spaced};
use super::super::kinds::Entity;
use super::super::query::{self, Query};
use super::super::records::{Actor, PURGED_AFTER_SECONDS};
use super::super::reply::{Reply, Violation};
use super::super::route::{Row, row};
use super::super::tell::News;
use super::super::webhooks::EventId;
use super::{Page, PaperLinks};
use crate::answer::Moment;

const LINKS: [&str; 4] = ["deal_id", "person_id", "org_id", "lead_id"];
/// In the order of the answers.
pub(super) const PINS: [&str; 6] = [
    "pinned_to_deal_flag",
    "pinned_to_person_flag",
    "pinned_to_organization_flag",
    "pinned_to_lead_flag",
    "pinned_to_project_flag",
    "pinned_to_task_flag",
];
const SORTS: [&str; 8] = [
    "id",
    "user_id",
    "deal_id",
    "org_id",
    "person_id",
    "content",
    "add_time",
    "update_time",
];

pub(in super::super) static ROWS: [Row; 5] = [
    row!("GET" "/v1/notes", 20, |emulator, ask| emulator.list_notes(ask)),
    row!("POST" "/v1/notes", 10, |emulator, ask| {
        let id = emulator.add_note_as(&ask.body()?, ask.actor, ask.now)?;
        emulator.shown_note(id, ask.actor)
    }),
    row!("GET" "/v1/notes/{id}", 2, |emulator, ask| emulator.get_note(ask)),
    row!("PUT" "/v1/notes/{id}", 10, |emulator, ask| {
        emulator.change_note_as(ask.id()?, &ask.body()?, ask.actor, ask.now)?;
        emulator.shown_note(ask.id()?, ask.actor)
    }),
    row!("DELETE" "/v1/notes/{id}", 6, |emulator, ask| {
        emulator.delete_note_as(ask.id()?, ask.actor, ask.now)?;
        Ok(Reply::json(200, br#"{"success":true,"data":true}"#.to_vec()))
    }),
];

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Note {
    pub(in super::super) id: i64,
    pub(in super::super) user_id: i64,
    pub(in super::super) links: PaperLinks,
    pub(in super::super) content: String,
    /// Seconds.
    pub(in super::super) add_time: i64,
    pub(in super::super) update_time: i64,
    pub(in super::super) is_active: bool,
    /// In the order of [`PINS`].
    pub(super) pinned: [bool; PINS.len()],
    last_update_user_id: Option<i64>,
}

impl Note {
    /// As a user entered it, at that second.
    pub(in super::super) fn entered(
        id: i64,
        user_id: i64,
        links: PaperLinks,
        content: &str,
        time: i64,
    ) -> Self {
        Self {
            id,
            user_id,
            links,
            content: content.to_owned(),
            add_time: time,
            update_time: time,
            is_active: true,
            pinned: [false; PINS.len()],
            last_update_user_id: None,
        }
    }
}

/// Which notes are wanted.
#[derive(Debug, Default)]
struct Wanted {
    user_id: Option<i64>,
    links: PaperLinks,
    from: Option<i64>,
    until: Option<i64>,
    updated_since: Option<i64>,
    pinned: [Option<bool>; PINS.len()],
}

impl Wanted {
    fn parse(query: &Query, violations: &mut Vec<Violation>) -> Self {
        let mut day = |name: &str, next: i64| {
            let text = query.get(name)?;
            let start = parse_rfc3339(&format!("{text}T00:00:00Z"));
            if start.is_none() {
                violations.push(Violation::new(
                    name,
                    "must be a date in the form YYYY-MM-DD",
                ));
            }
            start.map(|start| start + next)
        };
        let (from, until) = (day("start_date", 0), day("end_date", 86_400));
        let mut wanted = Self {
            from,
            until,
            user_id: query::int(query, "user_id", violations),
            updated_since: query::time(query, "updated_since", violations),
            ..Self::default()
        };
        wanted.links = PaperLinks {
            deal: query::int(query, "deal_id", violations),
            person: query::int(query, "person_id", violations),
            organization: query::int(query, "org_id", violations),
            lead: query.get("lead_id").map(str::to_owned),
            ..PaperLinks::default()
        };
        for (pinned, name) in wanted.pinned.iter_mut().zip(PINS) {
            *pinned = match query.get(name) {
                None => None,
                Some("0") => Some(false),
                Some("1") => Some(true),
                Some(_) => {
                    violations.push(Violation::new(name, "must be 0 or 1"));
                    None
                }
            };
        }
        wanted
    }

    fn accepts(&self, note: &Note) -> bool {
        let links = &note.links;
        note.is_active
            && self.user_id.is_none_or(|user| note.user_id == user)
            && self.links.deal.is_none_or(|id| links.deal == Some(id))
            && self.links.person.is_none_or(|id| links.person == Some(id))
            && self
                .links
                .organization
                .is_none_or(|id| links.organization == Some(id))
            && self
                .links
                .lead
                .as_ref()
                .is_none_or(|id| links.lead.as_ref() == Some(id))
            && self.from.is_none_or(|from| note.add_time >= from)
            && self.until.is_none_or(|until| note.add_time < until)
            && self
                .updated_since
                .is_none_or(|since| note.update_time >= since)
            && self
                .pinned
                .iter()
                .zip(note.pinned)
                .all(|(wanted, is)| wanted.is_none_or(|wanted| wanted == is))
    }
}

impl PipedriveEmulator {
    fn list_notes(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let mut known = vec![
            "user_id",
            "project_id",
            "task_id",
            "start",
            "limit",
            "sort",
            "start_date",
            "end_date",
            "updated_since",
        ];
        known.extend(LINKS.iter().chain(&PINS));
        ask.query.refuse_unknown(&known, &mut violations);
        let wanted = Wanted::parse(&ask.query, &mut violations);
        let page = Page::of(
            &ask.query,
            self.config.switches.older_paging_is_flat,
            &mut violations,
        );
        let sort = sort_of(ask.query.get("sort"), &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        // There are neither projects nor tasks here, so that no note is about one.
        let nothing = ask
            .query
            .get("project_id")
            .or(ask.query.get("task_id"))
            .is_some();
        let notes = self.state.papers.notes.values();
        let mut notes: Vec<&Note> = notes
            .filter(|note| !nothing && wanted.accepts(note) && self.sees_note(ask.actor, note))
            .collect();
        if let Some((key, descending)) = sort {
            notes.sort_by_cached_key(|note| sort_key(note, key));
            if descending {
                notes.reverse();
            }
        }
        Ok(page.of_rows(&notes, true, |out, note| {
            self.write_note(out, note, ask.actor.user_id)
        }))
    }

    fn get_note(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        self.shown_note(ask.id()?, ask.actor)
    }

    fn shown_note(&self, id: i64, actor: Actor) -> Result<Reply, Reply> {
        let note = self
            .state
            .papers
            .notes
            .get(&id)
            .ok_or_else(note_not_found)?;
        let is_gone = !note.is_active && self.config.switches.deleted_records_vanish;
        if is_gone || !self.sees_note(actor, note) {
            return Err(note_not_found());
        }
        let mut out = Json::with_capacity(1_024);
        out.raw(r#"{"success":true,"data":"#);
        self.write_note(&mut out, note, actor.user_id);
        out.raw("}");
        Ok(Reply::ok(out))
    }

    /// Whether someone may see what the note is about.
    pub(super) fn sees_note(&self, actor: Actor, note: &Note) -> bool {
        self.about(&note.links)
            .all(|(entity, id)| self.sees_id(actor, entity, id))
    }

    /// The records that a note is about.
    pub(super) fn about(&self, links: &PaperLinks) -> impl Iterator<Item = (Entity, i64)> {
        let lead = links
            .lead
            .as_deref()
            .and_then(|lead| self.lead_by_uuid(lead));
        let links = [
            (Entity::Person, links.person),
            (Entity::Organization, links.organization),
            (Entity::Deal, links.deal),
            (Entity::Lead, lead),
        ];
        let given = links.into_iter();
        given.filter_map(|(entity, id)| Some((entity, id?)))
    }

    pub(in super::super) fn add_note_as(
        &mut self,
        body: &Map<String, Value>,
        actor: Actor,
        now: Moment,
    ) -> Result<i64, Reply> {
        let seconds = self.seconds(now);
        let last = self.state.papers.notes.last_key_value();
        let id = last.map_or(1, |(id, _)| id + 1);
        let links = PaperLinks::default();
        let mut note = Note::entered(id, actor.user_id, links, "", seconds);
        self.apply_note(&mut note, body, actor, true)?;
        note.update_time = note.add_time;
        self.keep_note(note, actor, now);
        Ok(id)
    }

    pub(in super::super) fn change_note_as(
        &mut self,
        id: i64,
        body: &Map<String, Value>,
        actor: Actor,
        now: Moment,
    ) -> Result<(), Reply> {
        let before = self.live_note(id, actor)?;
        let mut note = before.clone();
        self.apply_note(&mut note, body, actor, false)?;
        let is_idle = note == *before;
        if is_idle && !self.config.switches.idle_changes_move_the_time {
            return Ok(());
        }
        note.update_time = self.seconds(now);
        note.last_update_user_id = Some(actor.user_id);
        let actor = Actor {
            quiet: actor.quiet || is_idle,
            ..actor
        };
        self.keep_note(note, actor, now);
        Ok(())
    }

    pub(in super::super) fn delete_note_as(
        &mut self,
        id: i64,
        actor: Actor,
        now: Moment,
    ) -> Result<(), Reply> {
        let mut note = self.live_note(id, actor)?.clone();
        note.is_active = false;
        note.update_time = self.seconds(now);
        self.keep_note(note, actor, now);
        Ok(())
    }

    fn live_note(&self, id: i64, actor: Actor) -> Result<&Note, Reply> {
        let note = self.state.papers.notes.get(&id);
        note.filter(|note| note.is_active && self.sees_note(actor, note))
            .ok_or_else(note_not_found)
    }

    fn keep_note(&mut self, note: Note, actor: Actor, now: Moment) {
        let id = note.id;
        let before = self.state.papers.notes.insert(id, note.clone());
        let seconds = self.seconds(now);
        self.state
            .papers
            .notes
            .retain(|_, note| note.is_active || note.update_time > seconds - PURGED_AFTER_SECONDS);
        if actor.quiet {
            return;
        }
        let news = match &before {
            None => News::created("note", EventId::Number(id), event(&note)),
            Some(before) if note.is_active => News::changed(
                "note",
                EventId::Number(id),
                event(&note),
                previous(before, &note),
            ),
            Some(before) => News::deleted("note", EventId::Number(id), event(before)),
        };
        self.tell(news, actor, now);
    }

    pub(in super::super) fn write_note(&self, out: &mut Json, note: &Note, caller: i64) {
        out.raw("{");
        write_core(out, note);
        out.field("add_time", &spaced(note.add_time));
        out.field("update_time", &spaced(note.update_time));
        write_pins(out, note);
        out.field("last_update_user_id", &note.last_update_user_id);
        let name = |entity: Entity, id: Option<i64>| {
            let record = self.state.table(entity).records.get(&id?)?;
            Some(record.name.as_str())
        };
        let mut named = |key: &str, inner: &str, name: Option<&str>| {
            out.key(key);
            match name {
                Some(name) => {
                    out.raw("{");
                    out.field(inner, name);
                    out.raw("}");
                }
                None => out.raw("null"),
            }
        };
        named(
            "organization",
            "name",
            name(Entity::Organization, note.links.organization),
        );
        named("person", "name", name(Entity::Person, note.links.person));
        named(
            "deal",
            "title",
            note.links.deal.and_then(|id| self.title_of_deal(id)),
        );
        named(
            "lead",
            "title",
            note.links
                .lead
                .as_deref()
                .and_then(|id| self.title_of_lead(id)),
        );
        out.key("user");
        match self.state.user(note.user_id) {
            Some(user) => {
                out.raw("{");
                out.field("email", &user.email);
                out.field("name", &user.name);
                out.raw(r#","icon_url":null"#);
                out.field("is_you", &(user.id == caller));
                out.raw("}");
            }
            None => out.raw("null"),
        }
        out.raw("}");
    }
}

fn write_core(out: &mut Json, note: &Note) {
    out.field("id", &note.id);
    out.field("user_id", &note.user_id);
    out.field("deal_id", &note.links.deal);
    out.field("person_id", &note.links.person);
    out.field("org_id", &note.links.organization);
    out.field("lead_id", &note.links.lead);
    out.raw(r#","project_id":null,"task_id":null"#);
    out.field("content", &note.content);
    out.field("active_flag", &note.is_active);
}

fn write_pins(out: &mut Json, note: &Note) {
    for (name, pinned) in PINS.iter().zip(&note.pinned) {
        out.field(name, pinned);
    }
}

/// As webhooks show it.
fn event(note: &Note) -> String {
    let mut out = Json::with_capacity(512);
    out.raw("{");
    write_core(&mut out, note);
    out.time("add_time", Some(note.add_time));
    out.time("update_time", Some(note.update_time));
    write_pins(&mut out, note);
    out.raw("}");
    out.into_text()
}

/// What was there before, of what differs.
fn previous(before: &Note, after: &Note) -> String {
    let read = |note| serde_json::from_str::<Map<String, Value>>(&event(note)).unwrap_or_default();
    let (old, new) = (read(before), read(after));
    let differing = old
        .into_iter()
        .filter(|(key, value)| new.get(key) != Some(value));
    Value::Object(differing.collect()).to_string()
}

fn note_not_found() -> Reply {
    Reply::generic(404, "Note not found")
}

/// `add_time DESC` and the like.
fn sort_of<'q>(text: Option<&'q str>, violations: &mut Vec<Violation>) -> Option<(&'q str, bool)> {
    let text = text?;
    let (key, direction) = text.split_once(' ').unwrap_or((text, "ASC"));
    let is_known = SORTS.contains(&key) && matches!(direction, "ASC" | "DESC" | "asc" | "desc");
    if !is_known {
        violations.push(Violation::new(
            "sort",
            "must be a field and ASC or DESC, such as 'add_time DESC'",
        ));
        return None;
    }
    Some((key, direction.eq_ignore_ascii_case("desc")))
}

fn sort_key(note: &Note, key: &str) -> (i64, String) {
    let number = match key {
        "user_id" => note.user_id,
        "deal_id" => note.links.deal.unwrap_or(0),
        "org_id" => note.links.organization.unwrap_or(0),
        "person_id" => note.links.person.unwrap_or(0),
        "add_time" => note.add_time,
        "update_time" => note.update_time,
        "content" => return (0, note.content.clone()),
        _ => note.id,
    };
    (number, rfc3339(note.add_time))
}
