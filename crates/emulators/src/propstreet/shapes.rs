//! Answers in the other of two documented shapes, where a switch says so.
//!
//! In: a finished answer, or the body of an event. Out: the same with paging, ids, numbers or versions as the switches have
//! them. It costs nothing while none of them is on.

use serde_json::{Map, Value};

use super::call::Reply;
use super::problem::{Refused, raced};
use super::switches::PropstreetSwitches;

/// Names of members that are numbers in projects and properties.
const DECIMALS: [&str; 10] = [
    "value",
    "min",
    "max",
    "propertyCount",
    "yieldPercent",
    "yearBuilt",
    "avgContractLengthYears",
    "latitude",
    "longitude",
    "pageSize",
];

const fn reshapes(switches: &PropstreetSwitches) -> bool {
    switches.lists_are_flat
        || switches.page_size_is_what_came
        || switches.ids_are_numbers
        || switches.decimals_are_text
        || switches.versions_are_strong
}

/// An answer as this organization gives it.
pub(super) fn reply(mut reply: Reply, switches: &PropstreetSwitches) -> Reply {
    if !reshapes(switches) {
        return reply;
    }
    if switches.versions_are_strong {
        reply.etag = reply.etag.map(|etag| strong(&etag));
    }
    reply.body = body(&reply.body, switches);
    reply
}

/// A refusal as this organization gives it.
pub(super) fn refusal(problem: Refused, switches: &PropstreetSwitches) -> Refused {
    if switches.stale_versions_answer_409 && problem.status == 412 {
        raced()
    } else {
        problem
    }
}

/// The body of an event as this organization sends it.
pub(super) fn event(text: String, switches: &PropstreetSwitches) -> String {
    let other_names =
        switches.events_are_named_by_type_alone || switches.events_are_named_by_event_alone;
    if !other_names && !reshapes(switches) {
        return text;
    }
    let Ok(Value::Object(mut event)) = serde_json::from_str(&text) else {
        return text;
    };
    if switches.events_are_named_by_type_alone {
        event.remove("event");
    } else if switches.events_are_named_by_event_alone {
        event.remove("type");
    }
    if let Some(data) = event.get_mut("data") {
        walk(data, switches);
    }
    Value::Object(event).to_string()
}

fn body(text: &str, switches: &PropstreetSwitches) -> String {
    let Ok(mut answer) = serde_json::from_str::<Value>(text) else {
        return text.to_owned();
    };
    let rows = answer.get("data").and_then(Value::as_array).map(Vec::len);
    if let (Some(rows), Some(list)) = (rows, answer.as_object_mut()) {
        reshape_list(list, rows, switches);
    }
    walk(&mut answer, switches);
    answer.to_string()
}

fn reshape_list(list: &mut Map<String, Value>, rows: usize, switches: &PropstreetSwitches) {
    if switches.page_size_is_what_came
        && let Some(page) = list.get_mut("page")
    {
        page["pageSize"] = Value::from(rows);
    }
    if switches.lists_are_flat
        && let Some(Value::Object(page)) = list.remove("page")
    {
        let told = page.into_iter().filter(|(name, _)| name != "pageSize");
        list.extend(told);
    }
}

fn walk(value: &mut Value, switches: &PropstreetSwitches) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, switches)),
        Value::Object(members) => {
            // The id of a reference is the other system's, whatever it looks like.
            let is_reference = members.contains_key("namespace");
            for (name, member) in members.iter_mut() {
                let is_id = name == "id" || name.ends_with("Id");
                if switches.ids_are_numbers && is_id && !is_reference {
                    as_number(member);
                }
                if switches.decimals_are_text
                    && DECIMALS.contains(&name.as_str())
                    && member.is_number()
                {
                    *member = Value::from(member.to_string());
                }
                if switches.versions_are_strong
                    && name == "etag"
                    && let Some(etag) = member.as_str()
                {
                    *member = Value::from(strong(etag));
                }
                walk(member, switches);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn as_number(id: &mut Value) {
    let number: Option<u64> = id.as_str().and_then(|text| text.parse().ok());
    if let Some(number) = number {
        *id = Value::from(number);
    }
}

fn strong(etag: &str) -> String {
    etag.trim_start_matches("W/").to_owned()
}
