//! The source, read list by list as any program would, without the engine and without its client.
//!
//! In: the town. Out: every live record of every mirrored kind, as the lists show it.

use std::collections::BTreeMap;

use anyhow::Context;
use model::Entity;
use serde_json::Value;

use super::town::Town;

/// Records by id, as text.
pub(super) type Records = BTreeMap<String, Value>;

/// How a list goes on.
#[derive(Debug, Clone, Copy)]
enum Paging {
    Cursor,
    Start,
    None,
}

const LISTS: [(Entity, &str, Paging); 12] = [
    (Entity::Person, "/api/v2/persons?limit=500", Paging::Cursor),
    (
        Entity::Organization,
        "/api/v2/organizations?limit=500",
        Paging::Cursor,
    ),
    (Entity::Deal, "/api/v2/deals?limit=500", Paging::Cursor),
    (
        Entity::Deal,
        "/api/v2/deals/archived?limit=500",
        Paging::Cursor,
    ),
    (
        Entity::Activity,
        "/api/v2/activities?limit=500&include_fields=attendees",
        Paging::Cursor,
    ),
    (
        Entity::Product,
        "/api/v2/products?limit=500",
        Paging::Cursor,
    ),
    (
        Entity::Pipeline,
        "/api/v2/pipelines?limit=500",
        Paging::Cursor,
    ),
    (Entity::Stage, "/api/v2/stages?limit=500", Paging::Cursor),
    (Entity::Lead, "/api/v1/leads?limit=500", Paging::Start),
    (
        Entity::Lead,
        "/api/v1/leads/archived?limit=500",
        Paging::Start,
    ),
    (Entity::Note, "/api/v1/notes?limit=500", Paging::Start),
    (Entity::User, "/api/v1/users", Paging::None),
];

pub(super) async fn everything(town: &Town) -> anyhow::Result<BTreeMap<Entity, Records>> {
    let mut everything: BTreeMap<Entity, Records> = BTreeMap::new();
    for (entity, path, paging) in LISTS {
        walk(town, path, paging, everything.entry(entity).or_default()).await?;
    }
    Ok(everything)
}

async fn walk(
    town: &Town,
    path: &str,
    paging: Paging,
    records: &mut Records,
) -> anyhow::Result<()> {
    let mut next = path.to_owned();
    loop {
        let page = town.get(&next).await?;
        let rows = page["data"].as_array();
        for row in rows.into_iter().flatten() {
            let id = row["id"].as_str();
            let id = id.map_or_else(|| row["id"].to_string(), str::to_owned);
            records.insert(id, row.clone());
        }
        let beside = &page["additional_data"];
        next = match paging {
            Paging::Cursor => match beside["next_cursor"].as_str() {
                Some(cursor) => format!("{path}&cursor={cursor}"),
                None => return Ok(()),
            },
            Paging::Start => {
                let pagination = &beside["pagination"];
                if pagination["more_items_in_collection"] != true {
                    return Ok(());
                }
                let start = pagination["next_start"].as_i64();
                let start = start.context("a page tells where the next one begins")?;
                format!("{path}&start={start}")
            }
            Paging::None => return Ok(()),
        };
    }
}
