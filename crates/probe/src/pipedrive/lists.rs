//! How strict lists and addresses are.
//!
//! In: a question's key. Out: its answer. Reads, and makes two persons at the most.

use http::Method;
use serde_json::{Value, json};

use super::unknown;
use crate::account::Stop;
use crate::asking::{Asking, Caller};
use crate::finding::Answer;

/// No record has this number.
const NOBODY: &str = "/api/v2/persons/2147483646";

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    let answer = match key {
        "unknown_parameters_are_ignored" => {
            let path = "/api/v2/persons?limit=1&pipestreet_probe=1";
            asking.get(path).await?.is_taken()?
        }
        "limits_are_clamped" => asking.get("/api/v2/persons?limit=501").await?.is_taken()?,
        "bad_cursors_start_over" => {
            let path = "/api/v2/persons?limit=1&cursor=pipestreet-probe";
            asking.get(path).await?.is_taken()?
        }
        "cursors_fit_other_lists" => return cursors(asking).await,
        "missing_records_are_named" => {
            let reply = asking.get(NOBODY).await?;
            let error = reply.body["error"].as_str().unwrap_or_default();
            error.to_lowercase().contains("person")
        }
        "older_paging_is_flat" => return paging(asking).await,
        "tokens_in_the_query_are_accepted" => {
            use secrecy::ExposeSecret;
            let path = format!(
                "/api/v1/users/me?api_token={}",
                asking.token().expose_secret()
            );
            let reply = asking
                .call(Caller::Nobody, Method::GET, &path, None)
                .await?;
            reply.is_done()
        }
        "retired_endpoints_answer" => {
            let reply = asking.get("/api/v1/persons?limit=1").await?;
            reply.is_taken()?
        }
        _ => return Ok(unknown(key)),
    };
    Ok(answer.into())
}

async fn cursors(asking: &mut Asking) -> Result<Answer, Stop> {
    let first = asking.person(json!({})).await?;
    let second = asking.person(json!({})).await?;
    let third = asking.person(json!({})).await?;
    let list = |one: &Value, other: &Value| format!("/api/v2/persons?limit=1&ids={one},{other}");
    let page = asking.get(&list(&first.id, &second.id)).await?;
    let Value::String(cursor) = &page.body["additional_data"]["next_cursor"] else {
        return Ok(Answer::Unclear(
            "a list of two records has one page".to_owned(),
        ));
    };
    let path = format!("{}&cursor={cursor}", list(&first.id, &third.id));
    let reply = asking.get(&path).await?;
    if !reply.is_taken()? {
        return Ok(Answer::Off);
    }
    // Some accounts begin anew instead of refusing, which is no taking either.
    Ok((reply.data()[0]["id"] == third.id).into())
}

async fn paging(asking: &mut Asking) -> Result<Answer, Stop> {
    let person = asking.person(json!({})).await?;
    let content = json!({"content": asking.mark(), "person_id": person.id});
    asking.make("note", "/api/v1/notes", content).await?;
    let reply = asking.get("/api/v1/notes?limit=1").await?;
    let more = &reply.body["additional_data"];
    if more["pagination"].is_object() {
        Ok(Answer::Off)
    } else if more.get("start").is_some() {
        Ok(Answer::On)
    } else {
        Ok(Answer::Unclear(
            "the list tells nothing of its pages".to_owned(),
        ))
    }
}
