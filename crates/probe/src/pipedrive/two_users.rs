//! What one user sees of another.
//!
//! In: a question's key. Out: its answer. The first user makes a person or a webhook, and the second looks for it.

use http::Method;
use serde_json::json;

use super::records::{WEBHOOKS, target};
use super::unknown;
use super::values::is_among;
use crate::account::Stop;
use crate::asking::{Asking, Caller};
use crate::finding::Answer;

/// The value of `visible_to` that shows a record to its owner and to administrators.
const OWNER_ONLY: u8 = 1;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "hidden_records_look_missing" => hidden_records(asking).await,
        "webhooks_of_all_users_are_listed" => webhooks(asking).await,
        _ => Ok(unknown(key)),
    }
}

async fn hidden_records(asking: &mut Asking) -> Result<Answer, Stop> {
    let person = asking.person(json!({"visible_to": OWNER_ONLY})).await?;
    let reply = asking
        .call(Caller::Another, Method::GET, &person.path, None)
        .await?;
    match reply.status {
        404 => Ok(Answer::On),
        403 => Ok(Answer::Off),
        200 => Ok(Answer::Unclear(
            "the second user sees what is hidden from others; give a token of one who is no administrator".to_owned(),
        )),
        _ => Err(reply.unexpected()),
    }
}

async fn webhooks(asking: &mut Asking) -> Result<Answer, Stop> {
    let body = json!({
        "subscription_url": target(asking), "event_action": "create", "event_object": "person", "version": "2.0",
        "name": asking.mark(),
    });
    let ours = asking.make("webhook", WEBHOOKS, body).await?;
    let listed = asking
        .call(Caller::Another, Method::GET, WEBHOOKS, None)
        .await?;
    Ok(is_among(&listed.done()?, &ours).into())
}
