//! What webhooks tell, and how.
//!
//! In: a question's key. Out: its answer. Makes one webhook, one company or project, and one contact at the most. Where nobody
//! listens, a webhook calls an address that is none, and its deliveries are looked up.

use serde_json::{Value, json};

use super::asking::{Asking, Made, WEBHOOKS, id_in, made, rows};
use super::{projects, unclear, unknown};
use crate::account::Stop;
use crate::finding::Answer;

/// A delivery is noted down so much later at the most.
const DELIVERY_SECONDS: i64 = 5;
/// And comes so much later at the most.
const ARRIVAL_SECONDS: i64 = 30;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "webhooks_are_listed_bare" => {
            let reply = asking.get(WEBHOOKS).await?;
            if !reply.is_done() {
                return Err(reply.unexpected());
            }
            Ok(reply.body.is_array().into())
        }
        "project_events_are_unknown" => {
            let reply = asking
                .try_webhook(&["contact.created", "project.created"])
                .await?;
            match reply.status {
                200..300 => Ok(Answer::Off),
                400 | 422 => Ok(Answer::On),
                _ => Err(reply.unexpected()),
            }
        }
        "own_writes_are_quiet" => {
            // Hardly anybody else deletes a company in these seconds.
            let reply = asking.try_webhook(&["company.deleted"]).await?;
            let webhook = made(WEBHOOKS, reply)?;
            let company = asking.company().await?;
            asking.delete(&company.path).await?;
            Ok(events_of(asking, &webhook).await?.is_empty().into())
        }
        "removed_prospects_are_told_as_deleted" => leaving(asking).await,
        "events_are_named_by_type_alone" => named_by(asking, ("type", "event")).await,
        "events_are_named_by_event_alone" => named_by(asking, ("event", "type")).await,
        _ => Ok(unknown(key)),
    }
}

/// The names of the events that a webhook was told of.
async fn events_of(asking: &mut Asking, webhook: &Made) -> Result<Vec<String>, Stop> {
    asking.wait_seconds(DELIVERY_SECONDS).await?;
    let reply = asking.get(&format!("{}/deliveries", webhook.path)).await?;
    if !reply.is_done() {
        return Err(reply.unexpected());
    }
    let name = |row: &Value| row["eventType"].as_str().map(str::to_owned);
    Ok(rows(&reply).iter().filter_map(name).collect())
}

async fn leaving(asking: &mut Asking) -> Result<Answer, Stop> {
    let events = ["prospect.updated", "prospect.deleted"];
    let reply = asking.try_webhook(&events).await?;
    let webhook = made(WEBHOOKS, reply);
    let (prospect, list) = projects::removed(asking).await?;
    let told = match &webhook {
        Ok(webhook) => events_of(asking, webhook).await?,
        // There are no events of prospects.
        Err(_) => Vec::new(),
    };
    let has = |event: &str| told.iter().any(|told| told == event);
    match (has("prospect.deleted"), has("prospect.updated")) {
        (true, false) => Ok(Answer::On),
        (false, true) => Ok(Answer::Off),
        (true, true) => Ok(unclear("both events are told")),
        // What is not told by events shows in the list of changes.
        (false, false) => by_list(asking, &prospect, &list).await,
    }
}

async fn by_list(asking: &mut Asking, prospect: &Made, list: &str) -> Result<Answer, Stop> {
    let query = "page_size=500&include_deleted=true&updated_since=2020-01-01T00:00:00Z";
    let reply = asking.get(&format!("{list}?{query}")).await?;
    let listed = rows(&reply);
    let is_it = |row: &&Value| id_in(row).as_deref() == Some(prospect.id.as_str());
    let change = listed.iter().find(is_it).map(|row| &row["changeType"]);
    match change.and_then(Value::as_str) {
        Some("delete") => Ok(Answer::On),
        Some("update") => Ok(Answer::Off),
        Some(_) | None => Ok(unclear("the list does not tell how it was changed")),
    }
}

/// Whether events have this name for their name, and not the other one.
async fn named_by(asking: &mut Asking, (this, other): (&str, &str)) -> Result<Answer, Stop> {
    let Some(post_box) = asking.organization.post_box.clone() else {
        return Ok(unknown(this));
    };
    post_box.empty();
    let body =
        json!({"url": post_box.address(), "events": ["contact.created"], "name": asking.mark()});
    let webhook = asking.make("webhook", WEBHOOKS, body).await?;
    asking.contact(json!({})).await?;
    let trial = format!("{}/test", webhook.path);
    asking
        .post(&trial, json!({"event_type": "contact.created"}))
        .await?;
    for _ in 0..ARRIVAL_SECONDS {
        asking.wait_seconds(1).await?;
        if let Some(delivery) = post_box.everything().first() {
            let has = |name: &str| delivery.rest[name].is_string();
            return match (has(this), has(other)) {
                (true, has_other) => Ok((!has_other).into()),
                (false, true) => Ok(Answer::Off),
                (false, false) => Ok(unclear("the event has neither name")),
            };
        }
    }
    Ok(unclear(
        "nothing came; is the address reached from outside?",
    ))
}
