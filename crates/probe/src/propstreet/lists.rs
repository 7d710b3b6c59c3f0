//! The shape of lists, and how strict they are.
//!
//! In: a question's key. Out: its answer. Reads, and makes two contacts at the most.

use jiff::SignedDuration;
use serde_json::json;

use super::asking::{Asking, CONTACTS, is_taken, next_cursor};
use super::{unclear, unknown};
use crate::account::Stop;
use crate::finding::Answer;

const PAGE: i64 = 400;
/// Nothing was changed so much later than now.
const LATER_HOURS: i64 = 48;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    let list = match key {
        "lists_are_flat" => return shape(asking).await,
        "page_size_is_what_came" => return page_size(asking).await,
        "cursors_fit_other_filters" => return cursors(asking).await,
        "unknown_parameters_are_ignored" => "page_size=1&pipestreet_probe=1",
        "page_sizes_are_clamped" => "page_size=501",
        "times_need_no_zone" => "page_size=1&updated_since=2026-05-05T17:18:39",
        _ => return Ok(unknown(key)),
    };
    let reply = asking.get(&format!("{CONTACTS}?{list}")).await?;
    Ok(is_taken(&reply)?.into())
}

async fn shape(asking: &mut Asking) -> Result<Answer, Stop> {
    let reply = asking.get(&format!("{CONTACTS}?page_size=1")).await?;
    if reply.body["page"].is_object() {
        Ok(Answer::Off)
    } else if reply.body.get("hasMore").is_some() {
        Ok(Answer::On)
    } else {
        Ok(unclear("the list tells nothing of its pages"))
    }
}

async fn page_size(asking: &mut Asking) -> Result<Answer, Stop> {
    let later = asking.now() + SignedDuration::from_hours(LATER_HOURS);
    let list = format!("{CONTACTS}?page_size={PAGE}&updated_since={later:.3}");
    let reply = asking.get(&list).await?;
    let size = &reply.body["page"]["pageSize"];
    let size = size.as_i64().or_else(|| size.as_str()?.parse().ok());
    match size {
        Some(0) => Ok(Answer::On),
        Some(PAGE) => Ok(Answer::Off),
        Some(_) => Ok(unclear("the size is neither asked for nor what came")),
        // A list that tells none tells no other one.
        None if reply.is_done() => Ok(Answer::Off),
        None => Err(reply.unexpected()),
    }
}

async fn cursors(asking: &mut Asking) -> Result<Answer, Stop> {
    asking.contact(json!({})).await?;
    asking.contact(json!({})).await?;
    let page = asking.get(&format!("{CONTACTS}?page_size=1")).await?;
    let Some(cursor) = next_cursor(&page) else {
        return Ok(unclear("a list of two records has one page"));
    };
    let mut list = format!("{CONTACTS}?page_size=1&include_deleted=true&cursor=");
    api_client::encode_into(&mut list, &cursor);
    Ok(is_taken(&asking.get(&list).await?)?.into())
}
