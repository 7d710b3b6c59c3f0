//! Records as webhooks carry them, turned into the form the API gives them.
//!
//! In: the fields of a record in an event, whole or only those that changed. Out: the same under the API's names and with
//! its values: custom fields without types, `is_deleted` for `active_flag`, `label_ids` for `label`. Nothing is judged here.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::custom_fields;
use crate::webhook::Entity;

/// A field that webhooks call otherwise.
struct Renamed {
    from: &'static str,
    to: &'static str,
    /// One tells that the record is there, the other that it is gone.
    is_negated: bool,
}

const fn renamed(from: &'static str, to: &'static str) -> Renamed {
    Renamed {
        from,
        to,
        is_negated: false,
    }
}

const ALIVE: Renamed = Renamed {
    from: "active_flag",
    to: "is_deleted",
    is_negated: true,
};
const LABELED: &[Renamed] = &[renamed("label", "label_ids")];
const ACTIVITY: &[Renamed] = &[ALIVE, renamed("busy_flag", "busy")];
const PIPELINE: &[Renamed] = &[
    ALIVE,
    renamed("deal_probability", "is_deal_probability_enabled"),
];
const STAGE: &[Renamed] = &[
    ALIVE,
    renamed("rotten_flag", "is_deal_rot_enabled"),
    renamed("rotten_days", "days_to_rotten"),
];
const PRODUCT: &[Renamed] = &[ALIVE];

/// Notes and users have the older version's form on both ways, and leads are read from either.
const fn renames(entity: &Entity) -> &'static [Renamed] {
    match entity {
        Entity::Deal | Entity::Person | Entity::Organization => LABELED,
        Entity::Activity => ACTIVITY,
        Entity::Pipeline => PIPELINE,
        Entity::Stage => STAGE,
        Entity::Product => PRODUCT,
        Entity::Lead | Entity::Note | Entity::User | Entity::Other(_) => &[],
    }
}

/// The fields in the API's form; nothing where there is no record.
pub(crate) fn api_form(entity: &Entity, raw: &RawValue) -> Option<Map<String, Value>> {
    let mut fields: Map<String, Value> = serde_json::from_str(raw.get()).ok()?;
    if let Some(custom) = fields.get_mut("custom_fields") {
        custom_fields::without_types(custom);
    }
    for renamed in renames(entity) {
        if let Some(value) = fields.remove(renamed.from) {
            let value = if renamed.is_negated {
                negated(&value)
            } else {
                value
            };
            fields.entry(renamed.to).or_insert(value);
        }
    }
    Some(fields)
}

fn negated(value: &Value) -> Value {
    let holds = match value {
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(text) => !matches!(text.as_str(), "0" | "false"),
        // What is not said is no deletion.
        Value::Null | Value::Array(_) | Value::Object(_) => true,
    };
    Value::Bool(!holds)
}
