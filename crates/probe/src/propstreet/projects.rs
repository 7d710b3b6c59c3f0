//! Projects and their prospects. Those that are made can be deleted again: that is found out first.
//!
//! In: a question's key. Out: its answer. Makes one project and one contact at the most. None is ever closed, because a closed
//! one stays.

use http::Method;
use serde_json::{Value, json};

use super::asking::{Ask, Asking, Made, NO_VERSION, NOBODY, PROJECTS, id_in, made, rows};
use super::{projects_stay, unclear, unknown};
use crate::account::Stop;
use crate::finding::Answer;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "projects_cannot_be_deleted" => Ok(projects_stay(asking).await?.into()),
        "classification_can_be_set" => {
            let body = json!({"name": asking.mark(), "classification": "active"});
            let reply = asking.try_make("project", PROJECTS, body).await?;
            match reply.status {
                // Ignored is not set.
                200..300 => Ok((reply.body["classification"] == "active").into()),
                400 | 422 => Ok(Answer::Off),
                _ => Err(reply.unexpected()),
            }
        }
        "closing_ignores_versions" => closing(asking).await,
        "deletes_need_no_flag" => listed_when_deleted(asking).await,
        "notes_of_projects_answer_204" => {
            let project = asking.project().await?;
            let notes = format!("{}/notes", project.path);
            let reply = asking
                .post(&notes, json!({"content": asking.mark()}))
                .await?;
            match reply.status {
                204 => Ok(Answer::On),
                200..300 => Ok(Answer::Off),
                _ => Err(reply.unexpected()),
            }
        }
        "partial_batches_answer_207" => {
            let (project, contact) = (asking.project().await?, asking.contact(json!({})).await?);
            let all = [
                json!({"contactId": contact.id}),
                json!({"contactId": NOBODY}),
            ];
            let batch = format!("{}/prospects:batch", project.path);
            let reply = asking.post(&batch, json!({"prospects": all})).await?;
            match reply.status {
                207 => Ok(Answer::On),
                200..300 => Ok(Answer::Off),
                _ => Err(reply.unexpected()),
            }
        }
        "removed_prospects_come_back" => {
            let (first, project) = removed(asking).await?;
            let again = asking.post(&project, first.data["who"].clone()).await?;
            match id_in(&again.body).filter(|_| again.is_done()) {
                Some(id) => Ok((id == first.id).into()),
                None => Err(again.unexpected()),
            }
        }
        _ => Ok(unknown(key)),
    }
}

/// A prospect that was taken off the list of a project, with the body that put it there, and the address of that list.
pub(super) async fn removed(asking: &mut Asking) -> Result<(Made, String), Stop> {
    let (project, contact) = (asking.project().await?, asking.contact(json!({})).await?);
    let list = format!("{}/prospects", project.path);
    let who = json!({"contactId": contact.id});
    // It goes with its project, so it needs no removal of its own.
    let reply = asking.post(&list, who.clone()).await?;
    let mut prospect = made(&list, reply)?;
    let remove = Ask::of(Method::POST, format!("{}/remove", prospect.path));
    let reply = asking.call(&remove).await?;
    if !reply.is_done() {
        return Err(reply.unexpected());
    }
    prospect.data = json!({"who": who});
    Ok((prospect, list))
}

/// A closed project cannot be deleted, so what is sent is no closing: only whether its version or its sense is refused shows.
async fn closing(asking: &mut Asking) -> Result<Answer, Stop> {
    let project = asking.project().await?;
    let nonsense =
        |method: Method, path: String, body: Value| Ask::of(method, path).on(NO_VERSION).json(body);
    let rename = nonsense(Method::PATCH, project.path.clone(), json!({"name": null}));
    let by_version = asking.call(&rename).await?.status;
    if !matches!(by_version, 409 | 412) {
        return Ok(unclear(
            "sense is looked at before versions, so that only a closed project would tell",
        ));
    }
    let body = json!({"buyerType": "prospect"});
    let close = nonsense(Method::POST, format!("{}/close", project.path), body);
    let reply = asking.call(&close).await?;
    match reply.status {
        status if status == by_version => Ok(Answer::Off),
        400 | 422 => Ok(Answer::On),
        _ => Err(reply.unexpected()),
    }
}

async fn listed_when_deleted(asking: &mut Asking) -> Result<Answer, Stop> {
    let project = asking.project().await?;
    let Some(since) = project.data["createdUtc"].as_str().map(str::to_owned) else {
        return Ok(unclear("no time of creation is told"));
    };
    let deleted = asking.delete(&project.path).await?;
    if !deleted.is_done() {
        return Err(deleted.unexpected());
    }
    let list = format!("{PROJECTS}?page_size=500&updated_since={since}");
    let listed = asking.get(&list).await?;
    if !listed.is_done() {
        return Err(listed.unexpected());
    }
    let is_it = |row: &Value| id_in(row).as_deref() == Some(project.id.as_str());
    Ok(rows(&listed).iter().any(is_it).into())
}
