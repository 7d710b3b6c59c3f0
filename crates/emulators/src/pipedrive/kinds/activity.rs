//! What is an activity's own: its type, when it is due, whom and what it is about.
//!
//! In: keys of a body, a record. Out: the record changed, or shown in the vendor's key order, which for webhooks is that of the
//! older endpoints. An activity is about one of deal and lead only: the deal wins. It stores nothing.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::super::custom;
use super::super::fields::Catalog;
use super::super::json::{Json, is_date, is_time};
use super::super::list_filter::{Extra, SortBy};
use super::super::record::{Details, Record};
use super::super::render;
use super::super::reply::Violation;
use super::super::write::{Check, Objection, name, optional_int, optional_text};
use super::activity_details::Participant;
use super::{Entity, Kind, Links, ListSpec, OWNER, Part, Shown, Spec};

const NOTE_MAX: usize = 100_000;

#[derive(Debug)]
pub(super) struct Activity;

static SPEC: Spec = Spec {
    name: "activity",
    title: "Activity",
    required: &[],
    common: &["owner_id"],
    has_custom_fields: false,
    list: ListSpec {
        filters: &[
            "filter_id",
            "ids",
            "owner_id",
            "lead_id",
            "done",
            "updated_since",
            "updated_until",
        ],
        links: &[
            ("deal_id", Entity::Deal),
            ("person_id", Entity::Person),
            ("org_id", Entity::Organization),
        ],
        sorts: &[
            SortBy::Id,
            SortBy::UpdateTime,
            SortBy::AddTime,
            SortBy::DueDate,
        ],
        views: &["include_fields"],
        single_views: &["include_fields"],
        includes: &[&["attendees"]],
    },
    parts: &[
        part!(activity.busy as "busy_flag"),
        part!(activity.deal_id),
        part!(activity.done),
        part!(activity.due_date),
        part!(activity.due_time as "due_time", |out, activity| clock(
            out,
            "due_time",
            activity.due_time.as_deref()
        )),
        part!(activity.duration as "duration", |out, activity| clock(
            out,
            "duration",
            activity.duration.as_deref()
        )),
        part!(activity.lead_id),
        part!(activity.location as "location", |out, activity| {
            out.key("location");
            custom::write_address(out, activity.location.as_ref());
        }),
        part!(activity.org_id),
        OWNER,
        part!(activity.participants as "person_id", |out, activity| out
            .field("person_id", &activity.person_id())),
        part!(activity.public_description),
        Part {
            key: "subject",
            differs: |before, after| before.name != after.name,
            write: |out, record| out.field("subject", &record.name),
        },
        part!(activity.of_type as "type"),
    ],
    updated_from_start: true,
    previous_has_update_time: true,
    created_status: 200,
    answers_additional_data: false,
    lists_deleted: false,
};

/// A time or a length of time as webhooks show it.
fn clock(out: &mut Json, key: &str, value: Option<&str>) {
    out.key(key);
    match value {
        Some(value) => {
            out.raw(r#"{"timezone_id":null"#);
            out.field("value", value);
            out.raw("}");
        }
        None => out.raw("null"),
    }
}

impl Kind for Activity {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn blank(&self) -> Details {
        Details::Activity(Box::default())
    }

    fn links(&self, record: &Record) -> Links {
        let Some(activity) = record.activity() else {
            return [None; 4];
        };
        [
            activity.deal_id.map(|id| (Entity::Deal, id)),
            activity.person_id().map(|id| (Entity::Person, id)),
            activity.org_id.map(|id| (Entity::Organization, id)),
            None,
        ]
    }

    /// An activity keeps its link to what was deleted; after a merge it is about the survivor.
    fn let_go(&self, record: &mut Record, owner: (Entity, i64), heir: Option<i64>) {
        let (Some(activity), Some(heir)) = (record.activity_mut(), heir) else {
            return;
        };
        let (entity, gone) = owner;
        if entity == Entity::Deal && activity.deal_id == Some(gone) {
            activity.deal_id = Some(heir);
        } else if entity == Entity::Organization && activity.org_id == Some(gone) {
            activity.org_id = Some(heir);
        } else if entity == Entity::Person {
            for participant in &mut activity.participants {
                if participant.person_id == gone {
                    participant.person_id = heir;
                }
            }
        }
    }

    fn apply(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        key: &str,
        value: &Value,
    ) -> Result<(), Objection> {
        if key == "subject" {
            record.rename(name(value)?);
            return Ok(());
        }
        let Some(activity) = record.activity_mut() else {
            return Err(Objection::NotAllowed);
        };
        match key {
            "type" => activity.of_type = of_type(check, value)?,
            "deal_id" => activity.deal_id = optional_live(check, Entity::Deal, value)?,
            "org_id" => activity.org_id = optional_live(check, Entity::Organization, value)?,
            "lead_id" => activity.lead_id = lead(check, value)?,
            "project_id" if value.is_null() => {}
            "project_id" => return Err("project does not exist".into()),
            "person_id" => return Err("is read-only; name a primary participant instead".into()),
            "participants" => activity.participants = participants(check, value)?,
            "attendees" => {
                let attendees = value.as_array().ok_or("must be an array")?;
                let is_known =
                    |attendee: &Value| attendee.get("email").is_some_and(Value::is_string);
                if !attendees.iter().all(is_known) {
                    return Err("every attendee needs an email".into());
                }
                activity.attendees.clone_from(attendees);
            }
            "due_date" => {
                let date = value.as_str().filter(|text| is_date(text));
                activity.due_date = date
                    .ok_or("must be a date in the form YYYY-MM-DD")?
                    .to_owned();
            }
            "due_time" => activity.due_time = time(value)?,
            "duration" => activity.duration = time(value)?,
            "busy" => activity.busy = flag(value)?,
            "done" => {
                let done = flag(value)?;
                if done != activity.done {
                    activity.marked_as_done_time = done.then_some(check.now);
                }
                activity.done = done;
            }
            "location" => {
                activity.location = if value.is_null() {
                    None
                } else {
                    Some(custom::address(value)?)
                };
            }
            "public_description" => activity.public_description = optional_text(value)?,
            "priority" => activity.priority = optional_int(value)?,
            "note" => {
                let note = optional_text(value)?;
                if note.as_ref().is_some_and(|note| note.len() > NOTE_MAX) {
                    return Err("must be at most 100000 bytes long".into());
                }
                activity.note = note;
            }
            _ => return Err(Objection::NotAllowed),
        }
        Ok(())
    }

    fn settle(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        body: &Map<String, Value>,
        violations: &mut Vec<Violation>,
    ) {
        let is_changed = check.before.is_some_and(|before| before != record);
        let name_is_set = !record.name.is_empty();
        let mut named = None;
        let Some(activity) = record.activity_mut() else {
            return;
        };
        if activity.deal_id.is_some() {
            activity.lead_id = None;
        }
        if is_changed {
            activity.update_user_id = Some(check.actor.user_id);
        }
        if check.before.is_none() {
            activity.creator_user_id = check.actor.user_id;
            if activity.due_date.is_empty() {
                activity.due_date = today(check.now);
            }
            if check.config.switches.activity_defaults_are_filled_in {
                let mut types = check.state.papers.activity_types.iter();
                let first = types.find(|of_type| of_type.is_active);
                if activity.of_type.is_empty() {
                    activity.of_type = first.map(|of_type| of_type.key.clone()).unwrap_or_default();
                }
                if !name_is_set {
                    named = first.map(|of_type| of_type.name.clone());
                }
            } else {
                let missing = ["subject", "type"]
                    .into_iter()
                    .filter(|key| !body.contains_key(*key));
                violations.extend(missing.map(|key| Violation::new(key, "is required")));
            }
        }
        if let Some(named) = named {
            record.rename(&named);
        }
    }

    fn matches(&self, record: &Record, extra: &Extra) -> bool {
        record.activity().is_some_and(|activity| {
            extra.done.is_none_or(|done| activity.done == done)
                && extra
                    .lead_id
                    .as_ref()
                    .is_none_or(|lead| activity.lead_id.as_ref() == Some(lead))
        })
    }

    fn write(&self, out: &mut Json, record: &Record, shown: &Shown<'_>) {
        let Some(activity) = record.activity() else {
            return;
        };
        let short = shown.config.switches.activity_times_have_no_seconds;
        let time = |time: &Option<String>| {
            time.as_ref().map(|time| {
                if short {
                    time[..5].to_owned()
                } else {
                    time.clone()
                }
            })
        };
        out.field("id", &record.id);
        out.field("subject", &record.name);
        out.field("type", &activity.of_type);
        out.field("owner_id", &record.owner_id);
        out.field("creator_user_id", &activity.creator_user_id);
        out.field("is_deleted", &record.is_deleted);
        out.time("add_time", Some(record.add_time));
        out.time("update_time", record.update_time);
        out.field("deal_id", &activity.deal_id);
        out.field("lead_id", &activity.lead_id);
        out.field("person_id", &activity.person_id());
        out.field("org_id", &activity.org_id);
        out.raw(r#","project_id":null"#);
        out.field("due_date", &activity.due_date);
        out.field("due_time", &time(&activity.due_time));
        out.field("duration", &time(&activity.duration));
        out.field("done", &activity.done);
        out.field("busy", &activity.busy);
        out.time("marked_as_done_time", activity.marked_as_done_time);
        out.key("location");
        custom::write_address(out, activity.location.as_ref());
        out.field("participants", &activity.participants);
        out.raw(r#","conference_meeting_client":null,"conference_meeting_url":null,"conference_meeting_id":null"#);
        out.field("public_description", &activity.public_description);
        out.field("priority", &activity.priority);
        out.field("note", &activity.note);
    }

    fn write_included(&self, out: &mut Json, _name: &str, record: &Record, _shown: &Shown<'_>) {
        out.value(&record.activity().map(|activity| &activity.attendees));
    }

    fn write_event(&self, out: &mut Json, record: &Record, catalog: &Catalog) {
        render::usual_event(out, record, SPEC.parts, catalog);
        out.field("active_flag", &!record.is_deleted);
        out.field(
            "update_user_id",
            &record
                .activity()
                .and_then(|activity| activity.update_user_id),
        );
    }

    fn sort_value(&self, record: &Record) -> Option<i64> {
        let due = record
            .activity()?
            .due_date
            .parse::<jiff::civil::Date>()
            .ok()?;
        let start = due.to_zoned(TimeZone::UTC).ok()?;
        Some(start.timestamp().as_second())
    }
}

fn today(seconds: i64) -> String {
    let now = Timestamp::from_second(seconds).unwrap_or_default();
    now.to_zoned(TimeZone::UTC).date().to_string()
}

fn of_type(check: &Check<'_>, value: &Value) -> Result<String, Objection> {
    let key = value
        .as_str()
        .filter(|key| !key.is_empty())
        .ok_or("must be a string")?;
    let mut types = check.state.papers.activity_types.iter();
    let is_known = types.any(|of_type| of_type.is_active && of_type.key == key);
    if is_known || check.config.switches.unknown_activity_types_are_accepted {
        Ok(key.to_owned())
    } else {
        Err(format!("activity type '{key}' does not exist").into())
    }
}

fn optional_live(
    check: &Check<'_>,
    entity: Entity,
    value: &Value,
) -> Result<Option<i64>, Objection> {
    if value.is_null() {
        return Ok(None);
    }
    check.live(entity, value).map(Some)
}

fn lead(check: &Check<'_>, value: &Value) -> Result<Option<String>, Objection> {
    let Some(id) = optional_text(value)? else {
        return Ok(None);
    };
    let mut leads = check.state.table(Entity::Lead).records.values();
    let is_known =
        leads.any(|record| !record.is_deleted && record.lead().is_some_and(|lead| lead.uuid == id));
    if is_known {
        Ok(Some(id))
    } else {
        Err(format!("lead {id} does not exist").into())
    }
}

/// Persons, one of them primary: the first where nobody is said to be.
fn participants(check: &Check<'_>, value: &Value) -> Result<Vec<Participant>, Objection> {
    let mut participants = Vec::new();
    for item in value.as_array().ok_or("must be an array")? {
        let object = item.as_object().ok_or("must be an array of objects")?;
        if let Some(unknown) = object
            .keys()
            .find(|key| !matches!(key.as_str(), "person_id" | "primary"))
        {
            return Err(format!("'{unknown}' is not allowed").into());
        }
        let person = object.get("person_id").ok_or("person_id is required")?;
        participants.push(Participant {
            person_id: check.live(Entity::Person, person)?,
            primary: object.get("primary").map_or(Ok(false), flag)?,
        });
    }
    if participants
        .iter()
        .filter(|participant| participant.primary)
        .count()
        > 1
    {
        return Err("only one participant may be primary".into());
    }
    if let Some(first) = participants
        .first_mut()
        .filter(|_| !value_has_primary(value))
    {
        first.primary = true;
    }
    Ok(participants)
}

fn value_has_primary(value: &Value) -> bool {
    let mut items = value.as_array().into_iter().flatten();
    items.any(|item| item["primary"] == true)
}

fn flag(value: &Value) -> Result<bool, Objection> {
    value
        .as_bool()
        .ok_or_else(|| "must be true or false".into())
}

/// `HH:MM` or `HH:MM:SS`; kept with seconds.
fn time(value: &Value) -> Result<Option<String>, Objection> {
    let Some(text) = optional_text(value)? else {
        return Ok(None);
    };
    if !is_time(&text) {
        return Err("must be a time in the form HH:MM or HH:MM:SS".into());
    }
    Ok(Some(if text.len() == 5 {
        format!("{text}:00")
    } else {
        text
    }))
}
