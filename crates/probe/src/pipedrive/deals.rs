//! Deals and who takes part in them.
//!
//! In: a question's key. Out: its answer. Makes two persons and one deal at the most.

use serde_json::{Value, json};

use super::unknown;
use super::values::is_among;
use crate::account::Stop;
use crate::asking::{Asking, Made, with};
use crate::finding::Answer;

pub(super) const DEALS: &str = "/api/v2/deals";
/// Longer than a whole second, in which times are told.
const LATER_MILLIS: i64 = 2_100;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    let answer = match key {
        "omitted_values_are_zero" => {
            let deal = deal(asking, json!({})).await?;
            match &deal.data["value"] {
                Value::Null => false,
                Value::Number(value) => value.as_f64() == Some(0.0),
                Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                    return Ok(Answer::Unclear("the value is no number".to_owned()));
                }
            }
        }
        "lost_reasons_are_kept" => {
            let deal = deal(asking, json!({})).await?;
            let reason = json!({"lost_reason": asking.mark()});
            asking.patch(&deal.path, reason).await?.is_taken()?
        }
        "deals_need_a_contact" => {
            let body = json!({"title": asking.mark()});
            !asking.try_make("deal", DEALS, body).await?.is_taken()?
        }
        "primary_contacts_do_not_participate" => {
            let (person, deal) = person_and_deal(asking).await?;
            let listed = participants(asking, &deal).await?;
            !is_participant(&listed, &person)
        }
        "participants_can_be_repeated" => {
            let (_, deal) = person_and_deal(asking).await?;
            let another = asking.person(json!({})).await?;
            add(asking, &deal, &another).await?.done()?;
            add(asking, &deal, &another).await?.is_taken()?
        }
        "persons_of_deals_are_primary_only" => {
            let (_, deal) = person_and_deal(asking).await?;
            let another = asking.person(json!({})).await?;
            add(asking, &deal, &another).await?.done()?;
            let path = format!("/api/v2/persons?deal_id={}", deal.id);
            !is_among(&asking.get(&path).await?.done()?, &another)
        }
        "participants_touch_the_deal" => {
            let (_, deal) = person_and_deal(asking).await?;
            let another = asking.person(json!({})).await?;
            let before = asking.get(&deal.path).await?.done()?;
            asking.wait_millis(LATER_MILLIS).await?;
            add(asking, &deal, &another).await?.done()?;
            let after = asking.get(&deal.path).await?.done()?;
            before["update_time"] != after["update_time"]
        }
        _ => return Ok(unknown(key)),
    };
    Ok(answer.into())
}

/// A deal of a person of the probe, because some accounts refuse one without.
pub(super) async fn deal(asking: &mut Asking, more: Value) -> Result<Made, Stop> {
    let person = asking.person(json!({})).await?;
    let body = json!({"title": asking.mark(), "person_id": person.id});
    asking.make("deal", DEALS, with(body, more)).await
}

async fn person_and_deal(asking: &mut Asking) -> Result<(Made, Made), Stop> {
    let person = asking.person(json!({})).await?;
    let body = json!({"title": asking.mark(), "person_id": person.id});
    let deal = asking.make("deal", DEALS, body).await?;
    Ok((person, deal))
}

async fn add(asking: &mut Asking, deal: &Made, person: &Made) -> Result<crate::line::Reply, Stop> {
    let path = format!("/api/v1/deals/{}/participants", deal.id);
    asking.post(&path, json!({"person_id": person.id})).await
}

async fn participants(asking: &mut Asking, deal: &Made) -> Result<Value, Stop> {
    let path = format!("/api/v1/deals/{}/participants?limit=100", deal.id);
    let reply = asking.get(&path).await?;
    reply.done()
}

fn is_participant(listed: &Value, person: &Made) -> bool {
    let rows = listed.as_array();
    let is_of = |row: &Value| {
        row["person_id"] == person.id
            || row["person_id"]["value"] == person.id
            || row["person"]["id"] == person.id
    };
    rows.is_some_and(|rows| rows.iter().any(is_of))
}
