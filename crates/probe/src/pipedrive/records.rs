//! Activities and webhooks as they are made.
//!
//! In: a question's key. Out: its answer. Makes one activity or webhook.

use serde_json::{Value, json};

use super::unknown;
use crate::account::Stop;
use crate::asking::Asking;
use crate::finding::Answer;

const ACTIVITIES: &str = "/api/v2/activities";
pub(super) const WEBHOOKS: &str = "/api/v1/webhooks";

/// On a host that is reserved for examples: nothing is ever received there.
pub(super) fn target(asking: &Asking) -> String {
    format!("https://pipestreet-probe.example.com/{}", asking.slug())
}

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    let answer = match key {
        "activity_defaults_are_filled_in" => {
            let due = asking.now().strftime("%Y-%m-%d").to_string();
            let body = json!({"due_date": due, "note": asking.mark()});
            asking
                .try_make("activity", ACTIVITIES, body)
                .await?
                .is_taken()?
        }
        "unknown_activity_types_are_accepted" => {
            let body = json!({"subject": asking.mark(), "type": "pipestreet_probe"});
            asking
                .try_make("activity", ACTIVITIES, body)
                .await?
                .is_taken()?
        }
        "activity_times_have_no_seconds" => return activity_times(asking).await,
        "webhooks_need_no_name" => {
            let body = json!({"subscription_url": target(asking), "event_action": "create", "event_object": "person", "version": "2.0"});
            asking
                .try_make("webhook", WEBHOOKS, body)
                .await?
                .is_taken()?
        }
        _ => return Ok(unknown(key)),
    };
    Ok(answer.into())
}

async fn activity_times(asking: &mut Asking) -> Result<Answer, Stop> {
    let types = asking.get("/api/v1/activityTypes").await?.done()?;
    let rows = types.as_array().into_iter().flatten();
    let active = rows.filter(|kind| kind["active_flag"] != json!(false));
    let kind = active.map(|kind| kind["key_string"].clone()).next();
    let due = asking.now().strftime("%Y-%m-%d").to_string();
    let body = json!({"subject": asking.mark(), "type": kind.unwrap_or(Value::from("task")), "due_date": due, "due_time": "10:30"});
    let activity = asking.make("activity", ACTIVITIES, body).await?;
    Ok(match activity.data["due_time"].as_str().map(str::len) {
        Some(5) => Answer::On,
        Some(8) => Answer::Off,
        Some(_) | None => Answer::Unclear("the time is not shown".to_owned()),
    })
}
