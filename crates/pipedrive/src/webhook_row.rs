//! The row that the API would show after an event, put together from the event and from the row that the API showed before it.
//! Every difference between the two forms that is not a mere other name is here; other names and types are in `webhook_form`.
//!
//! In: an event, and the JSON of its record as last read. Out: the JSON as a read would give it now, or nothing where the event
//! does not tell enough and the record has to be read. A key that the API shows and that neither the event nor a table here
//! knows of makes it read, so that a field added by the vendor costs tokens and is never wrong.

use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::ordered::Ordered;
use crate::webhook::{Entity, EventAction, WebhookEvent, WebhookRecord};
use crate::webhook_form::api_form;

/// How a key that the API shows comes about where events do not carry it.
enum Lacking {
    /// It stays as it is.
    Kept,
    /// It follows from these, and stays for as long as they do.
    With(&'static [&'static str]),
    /// The day of this time, at the company's place: nothing without the time.
    DayOf(&'static str),
    /// Whether it is gone: what an event shows is not.
    IsGone,
    /// Who made the change.
    Editor,
}

/// How the API writes what events write otherwise.
enum Spelling {
    Number,
    Text,
    Flag,
    /// `2026-01-14 18:00:00`.
    OlderTime,
}

struct Form {
    lacking: &'static [(&'static str, Lacking)],
    spelled: &'static [(&'static str, Spelling)],
}

/// What products on a deal come to per year and month changes together with its value: putting them on it is a call of its own.
const DEAL: Form = Form {
    lacking: &[
        ("is_deleted", Lacking::IsGone),
        ("acv", Lacking::With(&["value", "currency"])),
        ("arr", Lacking::With(&["value", "currency"])),
        ("mrr", Lacking::With(&["value", "currency"])),
        ("local_won_date", Lacking::DayOf("won_time")),
        ("local_lost_date", Lacking::DayOf("lost_time")),
        ("local_close_date", Lacking::DayOf("close_time")),
    ],
    spelled: &[("visible_to", Spelling::Number)],
};
const NOTE: Form = Form {
    lacking: &[
        ("last_update_user_id", Lacking::Editor),
        ("organization", Lacking::With(&["org_id"])),
        ("person", Lacking::With(&["person_id"])),
        ("deal", Lacking::With(&["deal_id"])),
        ("lead", Lacking::With(&["lead_id"])),
        ("project", Lacking::With(&["project_id"])),
        ("user", Lacking::With(&["user_id"])),
    ],
    spelled: &[
        ("add_time", Spelling::OlderTime),
        ("update_time", Spelling::OlderTime),
    ],
};
const PIPELINE: Form = Form {
    lacking: &[],
    spelled: &[("is_deal_probability_enabled", Spelling::Flag)],
};
const PRODUCT: Form = Form {
    lacking: &[("is_deleted", Lacking::IsGone)],
    spelled: &[
        ("visible_to", Spelling::Number),
        ("category", Spelling::Text),
    ],
};
const STAGE: Form = Form {
    lacking: &[],
    spelled: &[("is_deal_rot_enabled", Spelling::Flag)],
};
/// Events are sent to nobody in particular.
const USER: Form = Form {
    lacking: &[("is_you", Lacking::Kept)],
    spelled: &[],
};

/// Nothing for records that a user can change in ways that their events do not tell: an activity's note, participants and
/// priority, a lead's channel. Persons and organizations take part in pairs, whose plans rest on reads.
const fn form_of(entity: &Entity) -> Option<&'static Form> {
    match entity {
        Entity::Deal => Some(&DEAL),
        Entity::Note => Some(&NOTE),
        Entity::Pipeline => Some(&PIPELINE),
        Entity::Product => Some(&PRODUCT),
        Entity::Stage => Some(&STAGE),
        Entity::User => Some(&USER),
        Entity::Activity
        | Entity::Lead
        | Entity::Organization
        | Entity::Person
        | Entity::Other(_) => None,
    }
}

impl WebhookRecord {
    /// When the record had last changed, or was made.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Activity(row) => row.value.changed_at(),
            Self::Deal(row) => row.value.changed_at(),
            Self::Lead(row) => row.value.changed_at(),
            Self::Note(row) => row.value.changed_at(),
            Self::Organization(row) => row.value.changed_at(),
            Self::Person(row) => row.value.changed_at(),
            Self::Pipeline(row) => row.value.update_time.or(row.value.add_time),
            Self::Product(row) => row.value.changed_at(),
            Self::Stage(row) => row.value.update_time.or(row.value.add_time),
            Self::User(row) => row.value.modified.or(row.value.created),
            Self::Unread => None,
        }
    }

    /// As it came.
    fn raw(&self) -> &str {
        match self {
            Self::Activity(row) => &row.raw,
            Self::Deal(row) => &row.raw,
            Self::Lead(row) => &row.raw,
            Self::Note(row) => &row.raw,
            Self::Organization(row) => &row.raw,
            Self::Person(row) => &row.raw,
            Self::Pipeline(row) => &row.raw,
            Self::Product(row) => &row.raw,
            Self::Stage(row) => &row.raw,
            Self::User(row) => &row.raw,
            Self::Unread => "",
        }
    }
}

impl WebhookEvent {
    /// The record's JSON as a read would give it after this event, where `known` is what the last read gave; nothing where only
    /// a read can tell.
    #[must_use]
    pub fn row_after(&self, known: &str) -> Option<Box<str>> {
        let form = form_of(&self.entity)?;
        let carried: &RawValue = serde_json::from_str(self.data.as_ref()?.raw()).ok()?;
        let carried = api_form(&self.entity, carried)?;
        if !self.tells_what_changed() {
            return None;
        }
        let before = Ordered::read(known)?;
        let context = Context {
            event: self,
            form,
            before: &before,
            carried: &carried,
        };
        let mut after = Ordered::default();
        for (key, known) in before.entries() {
            after.push(key, context.value(key, known)?);
        }
        Some(after.into_text())
    }

    /// A change that names nothing it changed changed something that events do not carry.
    fn tells_what_changed(&self) -> bool {
        match (&self.action, &self.previous) {
            (EventAction::Create, _) => true,
            (EventAction::Change, Some(previous)) => {
                let is_more_than_the_time = |key: &String| key != "update_time";
                !previous.changed_custom.is_empty()
                    || previous.changed.iter().any(is_more_than_the_time)
            }
            (EventAction::Change, None) | (EventAction::Delete | EventAction::Other(_), _) => false,
        }
    }
}

/// What the value of a key is made of.
struct Context<'a> {
    event: &'a WebhookEvent,
    form: &'a Form,
    before: &'a Ordered,
    carried: &'a Map<String, Value>,
}

impl Context<'_> {
    /// The text of a key's value after the event; nothing where it cannot be told.
    fn value(&self, key: &str, known: &RawValue) -> Option<Box<RawValue>> {
        let was: Value = serde_json::from_str(known.get()).ok()?;
        let is = match self.carried.get(key) {
            Some(carried) if key == "custom_fields" => return custom_fields(known, carried),
            Some(carried) => self.spelled(key, carried)?,
            None => self.lacking(key, &was)?,
        };
        written(&self.with_fraction(key, is), &was, known)
    }

    /// A carried value as the API writes it.
    fn spelled(&self, key: &str, carried: &Value) -> Option<Value> {
        let spelling = self.form.spelled.iter().find(|(name, _)| *name == key);
        let Some((_, spelling)) = spelling else {
            return Some(carried.clone());
        };
        Some(match (spelling, carried) {
            (_, Value::Null) => Value::Null,
            (Spelling::Number, Value::String(text)) => text.parse::<i64>().ok()?.into(),
            (Spelling::Text, Value::Number(number)) => number.to_string().into(),
            (Spelling::Flag, Value::Number(number)) => (number.as_i64()? != 0).into(),
            (Spelling::OlderTime, Value::String(text)) => match text.parse::<Timestamp>() {
                Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S").to_string().into(),
                Err(_) => text.clone().into(),
            },
            (Spelling::Number | Spelling::Text | Spelling::Flag | Spelling::OlderTime, other) => {
                other.clone()
            }
        })
    }

    /// A time as the API writes the others: some accounts have `.000` in all of them.
    fn with_fraction(&self, key: &str, value: Value) -> Value {
        let has_fraction = |known: &RawValue| known.get().ends_with(".000Z\"");
        if !key.ends_with("_time") || !self.before.get("add_time").is_some_and(has_fraction) {
            return value;
        }
        let time = value
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok());
        time.map_or(value, |time| format!("{time:.3}").into())
    }

    /// The value of a key that the event does not carry.
    fn lacking(&self, key: &str, was: &Value) -> Option<Value> {
        let (_, lacking) = self.form.lacking.iter().find(|(name, _)| *name == key)?;
        match lacking {
            Lacking::Kept => Some(was.clone()),
            Lacking::With(others) => {
                let stays = others.iter().all(|other| self.stays(other));
                stays.then(|| was.clone())
            }
            Lacking::DayOf(time) if self.stays(time) => Some(was.clone()),
            Lacking::DayOf(time) => self.carried.get(*time)?.is_null().then_some(Value::Null),
            Lacking::IsGone => Some(false.into()),
            Lacking::Editor if self.event.action == EventAction::Create => Some(was.clone()),
            Lacking::Editor => Some(self.event.user_id?.into()),
        }
    }

    /// Whether the event shows a key as it was known.
    fn stays(&self, key: &str) -> bool {
        let was = self.before.get(key);
        let was = was.and_then(|was| serde_json::from_str::<Value>(was.get()).ok());
        let is = self.carried.get(key);
        match (was, is.and_then(|is| self.spelled(key, is))) {
            (Some(was), Some(is)) => says_the_same(&was, &is),
            // A key that neither knows cannot have changed what follows from it.
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

/// Custom fields in the API's form: those that the event carries. A part of a value that events lack, such as the name of a
/// time zone, is known for as long as the rest stays.
fn custom_fields(known: &RawValue, carried: &Value) -> Option<Box<RawValue>> {
    let (before, carried) = (Ordered::read(known.get())?, carried.as_object()?);
    let mut after = Ordered::default();
    for (code, known) in before.entries() {
        let was: Value = serde_json::from_str(known.get()).ok()?;
        match carried.get(code) {
            Some(is) => after.push(code, written(&whole(is, &was)?, &was, known)?),
            // A field that is no more had better be empty.
            None if was.is_null() => {}
            None => return None,
        }
    }
    for (code, is) in carried {
        if before.get(code).is_none() {
            let is = whole(is, &Value::Null)?;
            after.push(code, serde_json::value::to_raw_value(&is).ok()?);
        }
    }
    RawValue::from_string(after.into_text().into()).ok()
}

/// A value of a custom field with all its parts.
fn whole(is: &Value, was: &Value) -> Option<Value> {
    match (is, was) {
        (Value::Object(is), Value::Object(was)) => {
            if was.keys().all(|part| is.contains_key(part)) {
                return Some(Value::Object(is.clone()));
            }
            let stays = |(part, value): (&String, &Value)| {
                was.get(part).is_some_and(|was| says_the_same(was, value))
            };
            is.iter().all(stays).then(|| Value::Object(was.clone()))
        }
        // The name of the zone is lacking.
        (Value::Object(is), _) if is.contains_key("timezone_id") => None,
        (is, _) => Some(is.clone()),
    }
}

/// A value as text: the known text where it says the same.
fn written(is: &Value, was: &Value, known: &RawValue) -> Option<Box<RawValue>> {
    if says_the_same(is, was) {
        return Some(known.to_owned());
    }
    serde_json::value::to_raw_value(is).ok()
}

/// Whether two values say the same: numbers and times may be written in several ways.
fn says_the_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.is_f64() != other.is_f64() && one.as_f64() == other.as_f64())
        }
        (Value::String(one), Value::String(other)) => {
            one == other
                || matches!(
                    (one.parse::<Timestamp>(), other.parse::<Timestamp>()),
                    (Ok(one), Ok(other)) if one == other
                )
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| says_the_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| {
                    other
                        .get(key)
                        .is_some_and(|other| says_the_same(value, other))
                })
        }
        (one, other) => one == other,
    }
}
