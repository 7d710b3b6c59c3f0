//! What is left of what was deleted.
//!
//! In: a question's key. Out: its answer. Makes two contacts at the most.

use serde_json::json;

use super::asking::{Asking, CONTACTS, is_taken};
use super::unknown;
use crate::account::Stop;
use crate::finding::Answer;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    let refs = json!([{"namespace": "pipestreet-probe", "id": format!("{}-{key}", asking.slug())}]);
    let contact = asking.contact(json!({"externalRefs": refs})).await?;
    let deleted = asking.delete(&contact.path).await?;
    if !deleted.is_done() {
        return Err(deleted.unexpected());
    }
    let reply = match key {
        "deletes_can_be_repeated" => asking.delete(&contact.path).await?,
        "deleted_records_are_readable" => asking.get(&contact.path).await?,
        "deleted_records_free_their_references" => {
            let body = json!({"firstName": asking.mark(), "externalRefs": refs});
            asking.try_make("contact", CONTACTS, body).await?
        }
        _ => return Ok(unknown(key)),
    };
    Ok(is_taken(&reply)?.into())
}
