//! What there may be once only, and what asking twice gives.
//!
//! In: a question's key. Out: its answer. Makes three contacts, or two companies, links or properties, at the most.

use http::Method;
use serde_json::{Value, json};

use super::asking::{Ask, Asking, COMPANIES, CONTACTS, LINKS, PROPERTIES, id_in, is_taken, made};
use super::{unclear, unknown};
use crate::account::Stop;
use crate::finding::Answer;

const NAMESPACE: &str = "pipestreet-probe";

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "known_references_give_the_record" => {
            let refs = json!({"externalRefs": [reference(asking, key)]});
            let first = asking.contact(refs.clone()).await?;
            let again = again(asking, refs).await?;
            Ok((again.as_deref() == Some(first.id.as_str())).into())
        }
        "addresses_may_be_shared" => {
            let email = json!({"email": address(asking)});
            asking.contact(email.clone()).await?;
            Ok(again(asking, email).await?.is_some().into())
        }
        "addresses_differ_by_case" => {
            let email = address(asking);
            asking.contact(json!({"email": email})).await?;
            if again(asking, json!({"email": email})).await?.is_some() {
                // Where an address may be shared, its case makes no difference.
                return Ok(Answer::Off);
            }
            let other = again(asking, json!({"email": in_capitals(&email)})).await?;
            Ok(other.is_some().into())
        }
        "domains_are_unique" => {
            let domain = format!("{}.example", asking.slug());
            let body = json!({"name": asking.mark(), "domain": domain});
            asking.make("company", COMPANIES, body.clone()).await?;
            let reply = asking.try_make("company", COMPANIES, body).await?;
            Ok((!is_taken(&reply)?).into())
        }
        "links_can_be_repeated" => {
            let (contact, company) = (asking.contact(json!({})).await?, asking.company().await?);
            let body = json!({"contactId": contact.id, "companyId": company.id});
            let first = asking.make("link", LINKS, body.clone()).await?;
            let reply = asking.try_make("link", LINKS, body).await?;
            let other = id_in(&reply.body).filter(|_| reply.is_done());
            Ok((is_taken(&reply)? && other.is_some_and(|id| id != first.id)).into())
        }
        "reused_keys_give_the_first_answer" => reused_key(asking).await,
        "network_creates_ignore_keys" => {
            let body = json!({"firstName": asking.mark()});
            let [first, second] =
                twice(asking, ("contact", CONTACTS), [body.clone(), body]).await?;
            let second = second.ok_or(Stop::Unexpected {
                what: "the same call with the same key".to_owned(),
                status: 409,
            })?;
            Ok((first != Some(second)).into())
        }
        _ => Ok(unknown(key)),
    }
}

fn reference(asking: &Asking, key: &str) -> Value {
    json!({"namespace": NAMESPACE, "id": format!("{}-{key}", asking.slug())})
}

fn address(asking: &Asking) -> String {
    format!("probe-{}@example.com", asking.slug())
}

fn in_capitals(email: &str) -> String {
    email.replacen("probe", "PROBE", 1)
}

/// Another contact with the same; its id when it was taken.
async fn again(asking: &mut Asking, more: Value) -> Result<Option<String>, Stop> {
    let body = crate::asking::with(json!({"firstName": asking.mark()}), more);
    let reply = asking.try_make("contact", CONTACTS, body).await?;
    Ok(id_in(&reply.body).filter(|_| matches!(is_taken(&reply), Ok(true))))
}

/// Two creates with one key; the ids that they gave.
async fn twice(
    asking: &mut Asking,
    (what, path): (&'static str, &str),
    bodies: [Value; 2],
) -> Result<[Option<String>; 2], Stop> {
    let key = format!("{}-{what}", asking.slug());
    let [first, second] = bodies;
    let ask = |body: Value| Ask::of(Method::POST, path).json(body).once(key.as_str());
    let one = made(path, asking.try_make_so(what, ask(first)).await?)?;
    let reply = asking.try_make_so(what, ask(second)).await?;
    let other = id_in(&reply.body).filter(|_| reply.is_done());
    is_taken(&reply)?;
    Ok([Some(one.id), other])
}

async fn reused_key(asking: &mut Asking) -> Result<Answer, Stop> {
    let body = |name: String| json!({"name": name});
    let bodies = [
        body(asking.mark()),
        body(format!("{} again", asking.mark())),
    ];
    match twice(asking, ("property", PROPERTIES), bodies).await? {
        [_, None] => Ok(Answer::Off),
        [first, second] if first == second => Ok(Answer::On),
        [_, Some(_)] => Ok(unclear("the key is not heeded")),
    }
}
