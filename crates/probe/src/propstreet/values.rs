//! How values are taken and told.
//!
//! In: a question's key. Out: its answer. Makes one contact or one property at the most.

use serde_json::json;

use super::asking::{Asking, CONTACTS, PROPERTIES, is_taken};
use super::{unclear, unknown};
use crate::account::Stop;
use crate::finding::Answer;

/// Longer than the shorter of the two lengths that are documented.
const LONG_NAME: usize = 400;
const LONG_NOTE: usize = 10_001;
const PHONE: &str = "+46 8 123 456 78";

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    let answer = match key {
        "ids_are_numbers" => asking.contact(json!({})).await?.data["id"].is_number(),
        "decimals_are_text" => {
            let price = json!({"value": 12.5, "currency": "SEK"});
            let body = json!({"name": asking.mark(), "price": price});
            let property = asking.make("property", PROPERTIES, body).await?;
            property.data["price"]["value"].is_string()
        }
        "unknown_fields_are_ignored" => {
            let body = json!({"firstName": asking.mark(), "pipestreetProbe": 1});
            is_taken(&asking.try_make("contact", CONTACTS, body).await?)?
        }
        "names_may_be_longer" => {
            let body = json!({"firstName": asking.mark(), "lastName": "a".repeat(LONG_NAME)});
            is_taken(&asking.try_make("contact", CONTACTS, body).await?)?
        }
        "notes_may_be_longer" => {
            let contact = asking.contact(json!({})).await?;
            let body = json!({"note": "a".repeat(LONG_NOTE)});
            let notes = format!("{}/notes", contact.path);
            is_taken(&asking.post(&notes, body).await?)?
        }
        "phones_stay_as_written" => {
            let contact = asking.contact(json!({"phone": PHONE})).await?;
            contact.data["phone"] == PHONE
        }
        "a_primary_replaces_the_rest" => return primary(asking).await,
        "changes_are_told_on_reads" => {
            let contact = asking.contact(json!({})).await?;
            let read = asking.get(&contact.path).await?;
            !read.body["changeType"].is_null()
        }
        _ => return Ok(unknown(key)),
    };
    Ok(answer.into())
}

async fn primary(asking: &mut Asking) -> Result<Answer, Stop> {
    let address = |name: &str| format!("{name}-{}@example.com", asking.slug());
    let (first, second, third) = (address("a"), address("b"), address("c"));
    let emails = json!({"emails": [{"address": first}, {"address": second}]});
    let contact = asking.contact(emails).await?;
    let reply = asking.patch(&contact.path, json!({"email": third})).await?;
    match reply.body["emails"].as_array().map(Vec::len) {
        Some(1) => Ok(Answer::On),
        Some(2) => Ok(Answer::Off),
        Some(_) => Ok(unclear("the list has neither one nor two addresses")),
        None => Err(reply.unexpected()),
    }
}
