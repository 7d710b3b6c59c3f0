//! Types of activities: older endpoints only.
//!
//! In: checked bodies. Out: types in the vendor's shape. A type is named in activities by its key, which is made from its first
//! name and stays. A deleted type is shown as inactive; activities keep it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::PipedriveEmulator;
use super::super::ask::Ask;
use super::super::json::{Json, spaced};
use super::super::reply::{Reply, Violation};
use super::super::route::{Row, row};
use crate::answer::Moment;

const NAME_MAX: usize = 255;
/// When the types that every account has were made.
const FOUNDED: i64 = 1_709_283_600;
const ICONS: [&str; 40] = [
    "task",
    "email",
    "meeting",
    "deadline",
    "call",
    "lunch",
    "calendar",
    "downarrow",
    "document",
    "smartphone",
    "camera",
    "scissors",
    "cogs",
    "bubble",
    "uparrow",
    "checkbox",
    "signpost",
    "shuffle",
    "addressbook",
    "linegraph",
    "picture",
    "car",
    "world",
    "search",
    "clip",
    "sound",
    "brush",
    "key",
    "padlock",
    "pricetag",
    "suitcase",
    "finish",
    "plane",
    "loop",
    "wifi",
    "truck",
    "cart",
    "bulb",
    "bell",
    "presentation",
];

pub(in super::super) static ROWS: [Row; 4] = [
    row!("GET" "/v1/activityTypes", 20, |emulator, ask| emulator.list_activity_types(ask)),
    row!("POST" "/v1/activityTypes", 10, |emulator, ask| emulator.create_activity_type(ask)),
    row!("PUT" "/v1/activityTypes/{id}", 10, |emulator, ask| emulator.change_activity_type(ask)),
    row!("DELETE" "/v1/activityTypes/{id}", 6, |emulator, ask| emulator.delete_activity_type(ask)),
];

/// One type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct ActivityType {
    pub(in super::super) id: i64,
    pub(in super::super) order_nr: i64,
    pub(in super::super) name: String,
    pub(in super::super) key: String,
    icon: String,
    pub(in super::super) is_active: bool,
    color: Option<String>,
    is_custom: bool,
    add_time: i64,
    update_time: i64,
}

/// What every account begins with.
pub(super) fn built_in() -> Vec<ActivityType> {
    let types = [
        ("Call", "call"),
        ("Meeting", "meeting"),
        ("Task", "task"),
        ("Deadline", "deadline"),
        ("Email", "email"),
        ("Lunch", "lunch"),
    ];
    (1..)
        .zip(types)
        .map(|(id, (name, key))| ActivityType {
            id,
            order_nr: id,
            name: name.to_owned(),
            key: key.to_owned(),
            icon: key.to_owned(),
            is_active: true,
            color: Some("FFFFFF".to_owned()),
            is_custom: false,
            add_time: FOUNDED,
            update_time: FOUNDED,
        })
        .collect()
}

impl PipedriveEmulator {
    fn list_activity_types(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let mut types: Vec<&ActivityType> = self.state.papers.activity_types.iter().collect();
        types.retain(|of_type| of_type.is_active);
        types.sort_by_key(|of_type| (of_type.order_nr, of_type.id));
        let mut out = Json::with_capacity(2_048);
        out.raw(r#"{"success":true,"data":["#);
        for of_type in types {
            out.comma();
            write(&mut out, of_type);
        }
        out.raw("]}");
        Ok(Reply::ok(out))
    }

    fn create_activity_type(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        self.demand_admin(ask.actor)?;
        ask.query.refuse_all()?;
        let (body, seconds) = (ask.body()?, self.seconds(ask.now));
        let types = &self.state.papers.activity_types;
        let mut made = ActivityType {
            id: types.iter().map(|of_type| of_type.id).max().unwrap_or(0) + 1,
            order_nr: types
                .iter()
                .map(|of_type| of_type.order_nr)
                .max()
                .unwrap_or(0)
                + 1,
            name: String::new(),
            key: String::new(),
            icon: String::new(),
            is_active: true,
            color: None,
            is_custom: true,
            add_time: seconds,
            update_time: seconds,
        };
        let missing = ["name", "icon_key"]
            .into_iter()
            .filter(|key| !body.contains_key(*key));
        let mut violations: Vec<Violation> = missing
            .map(|key| Violation::new(key, "is required"))
            .collect();
        apply(&mut made, &body, false, &mut violations);
        let stem = made
            .name
            .trim()
            .to_lowercase()
            .replace(char::is_whitespace, "_");
        if violations.is_empty()
            && types
                .iter()
                .any(|other| other.is_active && other.name == made.name)
        {
            violations.push(Violation::new("name", "is taken by another activity type"));
        }
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let is_taken = |key: &str| types.iter().any(|other| other.key == key);
        made.key = (2..)
            .map(|number| format!("{stem}_{number}"))
            .find(|key| !is_taken(key))
            .filter(|_| is_taken(&stem))
            .unwrap_or(stem);
        let reply = single(&made);
        self.state.papers.activity_types.push(made);
        Ok(reply)
    }

    fn change_activity_type(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        self.demand_admin(ask.actor)?;
        ask.query.refuse_all()?;
        let (body, seconds) = (ask.body()?, self.seconds(ask.now));
        let of_type = self.live_activity_type(ask.id()?)?;
        let mut changed = of_type.clone();
        let mut violations = Vec::new();
        apply(&mut changed, &body, true, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        changed.update_time = seconds;
        *of_type = changed;
        Ok(single(of_type))
    }

    fn delete_activity_type(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        self.demand_admin(ask.actor)?;
        ask.query.refuse_all()?;
        let seconds = self.seconds(ask.now);
        let of_type = self.live_activity_type(ask.id()?)?;
        of_type.is_active = false;
        of_type.update_time = seconds;
        Ok(single(of_type))
    }

    fn live_activity_type(&mut self, id: i64) -> Result<&mut ActivityType, Reply> {
        let types = self.state.papers.activity_types.iter_mut();
        let mut live = types.filter(|of_type| of_type.is_active);
        live.find(|of_type| of_type.id == id)
            .ok_or_else(|| Reply::generic(404, "Activity type not found"))
    }

    /// A user renames a type on the screen; its key stays.
    ///
    /// # Errors
    /// When there is no such type.
    pub fn rename_activity_type(
        &mut self,
        key: &str,
        name: &str,
        now: Moment,
    ) -> Result<(), super::super::VerbRefused> {
        let seconds = self.seconds(now);
        let types = self.state.papers.activity_types.iter_mut();
        let mut fitting = types.filter(|of_type| of_type.is_active && of_type.key == key);
        let of_type = fitting.next();
        let of_type = of_type
            .ok_or_else(|| super::super::VerbRefused(format!("there is no activity type {key}")))?;
        name.clone_into(&mut of_type.name);
        of_type.update_time = seconds;
        Ok(())
    }
}

fn apply(
    of_type: &mut ActivityType,
    body: &Map<String, Value>,
    with_order: bool,
    violations: &mut Vec<Violation>,
) {
    for (key, value) in body {
        let text = value
            .as_str()
            .filter(|text| (1..=NAME_MAX).contains(&text.chars().count()));
        let outcome = match (key.as_str(), text) {
            ("name", Some(name)) => {
                name.clone_into(&mut of_type.name);
                Ok(())
            }
            ("name", None) => Err("must be a string of 1 to 255 characters"),
            ("icon_key", Some(icon)) if ICONS.contains(&icon) => {
                icon.clone_into(&mut of_type.icon);
                Ok(())
            }
            ("icon_key", _) => Err("is not a known icon"),
            ("color", Some(color)) if is_color(color) => {
                of_type.color = Some(color.to_owned());
                Ok(())
            }
            ("color", _) => Err("must be six hexadecimal digits"),
            ("order_nr", _) if with_order => match value.as_i64() {
                Some(order_nr) => {
                    of_type.order_nr = order_nr;
                    Ok(())
                }
                None => Err("must be an integer"),
            },
            _ => {
                violations.push(Violation::not_allowed(key));
                Ok(())
            }
        };
        if let Err(reason) = outcome {
            violations.push(Violation::new(key, reason));
        }
    }
}

fn is_color(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn single(of_type: &ActivityType) -> Reply {
    let mut out = Json::with_capacity(512);
    out.raw(r#"{"success":true,"data":"#);
    write(&mut out, of_type);
    out.raw("}");
    Reply::ok(out)
}

fn write(out: &mut Json, of_type: &ActivityType) {
    out.raw("{");
    out.field("id", &of_type.id);
    out.field("order_nr", &of_type.order_nr);
    out.field("name", &of_type.name);
    out.field("key_string", &of_type.key);
    out.field("icon_key", &of_type.icon);
    out.field("active_flag", &of_type.is_active);
    out.field("color", &of_type.color);
    out.field("is_custom_flag", &of_type.is_custom);
    out.field("add_time", &spaced(of_type.add_time));
    out.field("update_time", &spaced(of_type.update_time));
    out.raw("}");
}
