//! What versions look like, when they count, and what makes one.
//!
//! In: a question's key. Out: its answer. Makes one contact, one company and the link between them at the most.

use http::Method;
use serde_json::json;

use super::asking::{Ask, Asking, LINKS, NO_VERSION, is_taken};
use super::{unclear, unknown};
use crate::account::Stop;
use crate::finding::Answer;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "versions_are_strong" => {
            let contact = asking.contact(json!({})).await?;
            if contact.etag.is_empty() {
                return Ok(unclear("no version is told"));
            }
            Ok((!contact.etag.starts_with("W/")).into())
        }
        "stale_versions_answer_409" => {
            let reply = rename(asking, Some(NO_VERSION), Method::PATCH).await?;
            match reply.status {
                409 => Ok(Answer::On),
                412 => Ok(Answer::Off),
                _ => Err(reply.unexpected()),
            }
        }
        "a_star_fits_every_version" => {
            let reply = rename(asking, Some("*"), Method::PATCH).await?;
            Ok(is_taken(&reply)?.into())
        }
        "put_changes_records" => {
            let reply = rename(asking, None, Method::PUT).await?;
            Ok(is_taken(&reply)?.into())
        }
        "idle_changes_make_versions" => {
            let contact = asking.contact(json!({})).await?;
            let body = json!({"firstName": asking.mark()});
            let reply = asking.patch(&contact.path, body).await?;
            match reply.header("etag") {
                Some(etag) if reply.is_done() => Ok((etag != contact.etag).into()),
                Some(_) | None => Err(reply.unexpected()),
            }
        }
        "links_need_no_version" => links(asking).await,
        _ => Ok(unknown(key)),
    }
}

/// A contact of the probe gets another last name.
async fn rename(
    asking: &mut Asking,
    version: Option<&str>,
    method: Method,
) -> Result<crate::line::Reply, Stop> {
    let contact = asking.contact(json!({})).await?;
    let body = json!({"firstName": asking.mark(), "lastName": "Again"});
    let ask = Ask::of(method, contact.path).json(body);
    let ask = match version {
        Some(version) => ask.on(version),
        None => ask,
    };
    asking.call(&ask).await
}

async fn links(asking: &mut Asking) -> Result<Answer, Stop> {
    let (contact, company) = (asking.contact(json!({})).await?, asking.company().await?);
    let body = json!({"contactId": contact.id, "companyId": company.id});
    let link = asking.make("link", LINKS, body).await?;
    let reply = asking.patch(&link.path, json!({"jobTitle": "CFO"})).await?;
    match reply.status {
        428 => Ok(Answer::Off),
        200..300 => Ok(Answer::On),
        _ => Err(reply.unexpected()),
    }
}
