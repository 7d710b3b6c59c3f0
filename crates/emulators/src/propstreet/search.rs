//! Search over the organization by words.
//!
//! In: a query. Out: records whose names contain all its words, the closest first. It finds what is there at once, and
//! changes nothing.

use serde_json::Value;

use super::call::{Call, Reply};
use super::fields::Fields;
use super::json;
use super::problem::{Refused, invalid};
use super::record::{Entity, primary_of};
use super::records::Records;
use super::render::LastChange;

const QUERY_MAX: usize = 500;
const FOUND_MAX: u64 = 100;
const FOUND_USUAL: u64 = 20;
const TYPES_MAX: usize = 10;
const ENTITIES: [Entity; 3] = [Entity::Contact, Entity::Company, Entity::Project];

struct Hit {
    entity: Entity,
    id: u64,
    /// In thousandths.
    score: usize,
}

pub(super) fn post(records: &Records, call: &Call<'_>) -> Result<Reply, Refused> {
    call.only_parameters(&[])?;
    let body = call.json()?;
    let mut fields = Fields::of(&body, &["query", "limit", "types"], call.reading.strict)?;
    let query = fields.text("query", QUERY_MAX);
    let limit = match body.get("limit") {
        None | Some(Value::Null) => Some(FOUND_USUAL),
        Some(limit) => limit
            .as_u64()
            .filter(|limit| (1..=FOUND_MAX).contains(limit)),
    };
    if limit.is_none() {
        fields.wrong("limit", "This must be a number from 1 to 100.");
    }
    let types = fields
        .items("types", TYPES_MAX)
        .value()
        .copied()
        .unwrap_or_default();
    let known =
        |entity: &Entity| types.is_empty() || types.iter().any(|kind| kind == entity.name());
    let entities: Vec<Entity> = ENTITIES.into_iter().filter(known).collect();
    fields.finish()?;
    let query = query
        .value()
        .ok_or_else(|| invalid("query", "This is required."))?;
    let words: Vec<String> = query
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let mut hits = Vec::new();
    for entity in entities {
        find(records, entity, &words, &mut hits);
    }
    hits.sort_by_key(|hit| (std::cmp::Reverse(hit.score), hit.entity, hit.id));
    let total = hits.len();
    hits.truncate(usize::try_from(limit.unwrap_or(FOUND_USUAL)).unwrap_or(usize::MAX));
    Ok(Reply::ok(told(records, &hits, total)))
}

fn find(records: &Records, entity: Entity, words: &[String], hits: &mut Vec<Hit>) {
    let mut weigh = |id: u64, texts: &[Option<&str>]| {
        let text: Vec<&str> = texts.iter().flatten().copied().collect();
        let text = text.join(" ").to_lowercase();
        if words.iter().all(|word| text.contains(word.as_str())) {
            let matched: usize = words.iter().map(String::len).sum();
            let score = (matched * 1_000 / text.len().max(1)).min(1_000);
            hits.push(Hit { entity, id, score });
        }
    };
    match entity {
        Entity::Contact => {
            for contact in records
                .contacts
                .all()
                .filter(|row| row.stamp.deleted.is_none())
            {
                let (first, last) = (contact.first_name.as_deref(), contact.last_name.as_deref());
                weigh(
                    contact.stamp.id,
                    &[first, last, primary_of(&contact.emails)],
                );
            }
        }
        Entity::Company => {
            for company in records
                .companies
                .all()
                .filter(|row| row.stamp.deleted.is_none())
            {
                weigh(
                    company.stamp.id,
                    &[Some(&company.name), company.domain.as_deref()],
                );
            }
        }
        Entity::Project => {
            let projects = records.portfolio.projects.all();
            for project in projects.filter(|row| row.stamp.deleted.is_none()) {
                weigh(project.stamp.id, &[Some(&project.name)]);
            }
        }
        Entity::Link | Entity::Prospect => {}
    }
}

fn told(records: &Records, hits: &[Hit], total: usize) -> String {
    let mut out = String::from("{\"results\":");
    json::list(&mut out, '[', hits, |out, hit| {
        out.push_str("{\"type\":");
        json::text(out, hit.entity.name());
        json::key_id(out, "id", Some(hit.id));
        json::key(out, "score");
        out.push_str(&format!("{}.{:03}", hit.score / 1_000, hit.score % 1_000));
        json::key(out, "item");
        records.write(hit.entity, hit.id, LastChange::Withheld, out);
        out.push('}');
    });
    out.push_str(&format!(",\"total\":{total}}}"));
    out
}
