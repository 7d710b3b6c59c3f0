//! How values are taken and told.
//!
//! In: a question's key. Out: its answer. Makes one person and one custom field of persons at the most.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::unknown;
use crate::account::Stop;
use crate::asking::{Asking, Made};
use crate::finding::Answer;

const PERSONS: &str = "/api/v2/persons";
const FIELDS: &str = "/api/v2/personFields";
/// Longer than a whole second, in which times are told.
const LATER_MILLIS: i64 = 2_100;
/// No organization has this number.
const NOBODY: i64 = 2_147_483_646;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    let answer = match key {
        "root_custom_fields_are_ignored" => {
            let code = field(asking, json!({"field_type": "varchar"})).await?;
            let body = json!({"name": asking.mark(), code: "probe"});
            asking.try_make("person", PERSONS, body).await?.is_taken()?
        }
        "unknown_custom_fields_are_ignored" => {
            let body = json!({"name": asking.mark(), "custom_fields": {"0123456789abcdef0123456789abcdef01234567": "probe"}});
            asking.try_make("person", PERSONS, body).await?.is_taken()?
        }
        "option_labels_are_accepted" => {
            let code = field(asking, options("enum")).await?;
            let body = json!({"name": asking.mark(), "custom_fields": {code: "Probe A"}});
            asking.try_make("person", PERSONS, body).await?.is_taken()?
        }
        "option_labels_are_plain" => return plain_labels(asking).await,
        "times_have_milliseconds" => {
            let person = asking.person(json!({})).await?;
            person.data["add_time"]
                .as_str()
                .unwrap_or_default()
                .contains('.')
        }
        "new_records_have_an_update_time" => {
            let person = asking.person(json!({})).await?;
            !person.data["update_time"].is_null()
        }
        "unchanged_records_match_by_add_time" => return by_add_time(asking).await,
        "idle_changes_move_the_time" => {
            let person = asking.person(json!({})).await?;
            let name = json!({"name": format!("{} again", asking.mark())});
            let before = time_after(asking, &person, name.clone()).await?;
            let after = time_after(asking, &person, name).await?;
            before != after
        }
        "invalid_emails_are_refused" => {
            let body = json!({"name": asking.mark(), "emails": [{"value": "probe@", "primary": true, "label": "work"}]});
            !asking.try_make("person", PERSONS, body).await?.is_taken()?
        }
        "missing_references_are_dropped" => {
            let body = json!({"name": asking.mark(), "org_id": NOBODY});
            asking.try_make("person", PERSONS, body).await?.is_taken()?
        }
        _ => return Ok(unknown(key)),
    };
    Ok(answer.into())
}

/// A custom field of persons; answers its code.
async fn field(asking: &mut Asking, more: Value) -> Result<String, Stop> {
    let body = crate::asking::with(json!({"field_name": asking.mark()}), more);
    let made = asking.make("person field", FIELDS, body).await?;
    Ok(made.data["field_code"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

fn options(kind: &str) -> Value {
    json!({"field_type": kind, "options": [{"label": "Probe A"}, {"label": "Probe B"}]})
}

async fn plain_labels(asking: &mut Asking) -> Result<Answer, Stop> {
    let body = crate::asking::with(json!({"field_name": asking.mark()}), options("set"));
    let made = asking.make("person field", FIELDS, body).await?;
    let code = made.data["field_code"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let option = made.data["options"][0]["id"].clone();
    let person = asking
        .person(json!({"custom_fields": {code.clone(): [option]}}))
        .await?;
    let path = format!("{}?include_option_labels=true", person.path);
    let shown = asking.get(&path).await?.done()?;
    Ok(match &shown["custom_fields"][code.as_str()][0] {
        Value::String(_) => Answer::On,
        Value::Object(_) => Answer::Off,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Answer::Unclear("the option is not shown".to_owned())
        }
    })
}

/// Asked of a new person or, where those have a time from the start, of one that was there before times were kept so.
async fn by_add_time(asking: &mut Asking) -> Result<Answer, Stop> {
    let new = asking.person(json!({})).await?;
    let unchanged = if new.data["update_time"].is_null() {
        Some(new)
    } else {
        never_changed(asking).await?
    };
    let Some(unchanged) = unchanged else {
        return Ok(Answer::Unclear(
            "no person lacks an `update_time`, so there is none to ask about".to_owned(),
        ));
    };
    let added = unchanged.data["add_time"].as_str().unwrap_or_default();
    let Ok(added) = added.parse::<Timestamp>() else {
        return Ok(Answer::Unclear("`add_time` is no time".to_owned()));
    };
    let since = (added - SignedDuration::from_mins(10)).strftime("%Y-%m-%dT%H:%M:%SZ");
    let path = format!("{PERSONS}?ids={}&updated_since={since}", unchanged.id);
    let listed = asking.get(&path).await?.done()?;
    Ok(is_among(&listed, &unchanged).into())
}

/// A person of the account without `update_time`, on the first page of a list that begins with those.
async fn never_changed(asking: &mut Asking) -> Result<Option<Made>, Stop> {
    for direction in ["asc", "desc"] {
        let path = format!("{PERSONS}?limit=500&sort_by=update_time&sort_direction={direction}");
        let listed = asking.get(&path).await?.done()?;
        let mut rows = listed.as_array().into_iter().flatten();
        if let Some(row) = rows.find(|row| row["update_time"].is_null()) {
            return Ok(Some(Made::of(PERSONS, row.clone())));
        }
    }
    Ok(None)
}

pub(super) fn is_among(list: &Value, made: &Made) -> bool {
    let rows = list.as_array();
    rows.is_some_and(|rows| rows.iter().any(|row| row["id"] == made.id))
}

async fn time_after(asking: &mut Asking, person: &Made, change: Value) -> Result<Value, Stop> {
    asking.wait_millis(LATER_MILLIS).await?;
    asking.patch(&person.path, change).await?.done()?;
    let read = asking.get(&person.path).await?.done()?;
    Ok(read["update_time"].clone())
}
