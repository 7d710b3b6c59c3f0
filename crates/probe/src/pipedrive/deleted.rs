//! What becomes of deleted records.
//!
//! In: a question's key. Out: its answer. Makes a person or two deals, and deletes them.

use serde_json::json;

use super::unknown;
use super::values::is_among;
use crate::account::Stop;
use crate::asking::{Asking, Made};
use crate::finding::Answer;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    let answer = match key {
        "deleted_records_vanish" => {
            let person = deleted_person(asking).await?;
            !asking.get(&person.path).await?.is_taken()?
        }
        "deleted_records_refuse_changes" => {
            let person = deleted_person(asking).await?;
            let reply = asking
                .patch(&person.path, json!({"name": asking.mark()}))
                .await?;
            match reply.status {
                400 => true,
                404 | 410 => false,
                _ => return Err(reply.unexpected()),
            }
        }
        "deletes_can_be_repeated" => {
            let person = deleted_person(asking).await?;
            asking.delete(&person.path).await?.is_taken()?
        }
        "deleted_records_are_listed_by_ids" => {
            let person = deleted_person(asking).await?;
            let path = format!("/api/v2/persons?ids={}", person.id);
            is_among(&asking.get(&path).await?.done()?, &person)
        }
        "deleted_deals_have_their_own_status" => return status_of_deleted(asking).await,
        "deleted_status_stands_alone" => {
            let deleted = deal(asking).await?;
            let open = deal(asking).await?;
            asking.delete(&deleted.path).await?.done()?;
            let path = format!(
                "/api/v2/deals?status=open,deleted&ids={},{}",
                open.id, deleted.id
            );
            let reply = asking.get(&path).await?;
            let listed = reply.done()?;
            if !is_among(&listed, &deleted) {
                return Ok(Answer::Unclear("the deleted deal is not listed".to_owned()));
            }
            !is_among(&listed, &open)
        }
        _ => return Ok(unknown(key)),
    };
    Ok(answer.into())
}

async fn deleted_person(asking: &mut Asking) -> Result<Made, Stop> {
    let person = asking.person(json!({})).await?;
    asking.delete(&person.path).await?.done()?;
    Ok(person)
}

async fn deal(asking: &mut Asking) -> Result<Made, Stop> {
    super::deals::deal(asking, json!({})).await
}

async fn status_of_deleted(asking: &mut Asking) -> Result<Answer, Stop> {
    let deal = deal(asking).await?;
    asking.delete(&deal.path).await?.done()?;
    let path = format!("/api/v2/deals?status=deleted&ids={}", deal.id);
    let listed = asking.get(&path).await?.done()?;
    let status = listed[0]["status"].as_str();
    Ok(match status {
        Some("deleted") => Answer::On,
        Some(_) => Answer::Off,
        None => {
            let read = asking.get(&deal.path).await?.done()?;
            match read["status"].as_str() {
                Some(status) => (status == "deleted").into(),
                None => Answer::Unclear("the deleted deal is shown nowhere".to_owned()),
            }
        }
    })
}
