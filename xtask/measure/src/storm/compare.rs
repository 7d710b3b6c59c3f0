//! The two comparisons: what the program's own says, and each row of the database held against the source.
//!
//! In: the source as listed, and the database of a program that has ended. Out: what differs, in words.

use std::collections::BTreeMap;
use std::path::Path;

use app::startup;
use model::{Entity, RecordKey};
use serde_json::Value;
use store::Store;

use super::report::Figures;
use super::source::Records;

/// What `pipestreet mirror verify` found.
pub(super) fn told_by_verify(verified: &Value) -> Vec<String> {
    let compared = verified["compared"].as_array();
    let differing = compared.into_iter().flatten();
    differing
        .filter(|one| one["is_equal"] != true && !is_never_read(one))
        .map(|one| format!("verify: {one}"))
        .collect()
}

/// Notes of Propstreet are read for pairs alone, and here there are none.
fn is_never_read(one: &Value) -> bool {
    one["entity"] == "timeline_note" && one["filled"] == false
}

/// Every live row of the mirror beside every record of the source.
pub(super) async fn row_by_row(
    database: &Path,
    source: &BTreeMap<Entity, Records>,
    figures: &mut Figures,
) -> anyhow::Result<Vec<String>> {
    let store = startup::open_store(database)?;
    let mut wrong = Vec::new();
    for (entity, records) in source {
        let mut unseen: Vec<&String> = Vec::new();
        let live = store.live_ids(startup::WORKSPACE, *entity).await?;
        let mut live: BTreeMap<_, _> = live.into_iter().map(|id| (id.to_string(), id)).collect();
        for (id, shown) in records {
            let Some(kept) = live.remove(id) else {
                unseen.push(id);
                continue;
            };
            let key = RecordKey {
                entity: *entity,
                id: kept,
            };
            let row = store.mirror_row(startup::WORKSPACE, &key).await?;
            let kept = row.and_then(|row| serde_json::from_str::<Value>(&row.raw).ok());
            if !kept.is_some_and(|kept| is_same(&kept, shown)) {
                wrong.push(format!("{key} shows something else"));
            }
            figures.rows += 1;
        }
        let name = entity.name();
        wrong.extend(unseen.iter().map(|id| format!("{name} {id} is missing")));
        wrong.extend(live.keys().map(|id| format!("{name} {id} is no more")));
    }
    startup::close_store(store).await;
    Ok(wrong)
}

/// Numbers are the same whether they are written with a fraction or not.
pub(super) fn is_same(kept: &Value, shown: &Value) -> bool {
    match (kept, shown) {
        (Value::Number(kept), Value::Number(shown)) => kept.as_f64() == shown.as_f64(),
        (Value::Array(kept), Value::Array(shown)) => {
            kept.len() == shown.len() && kept.iter().zip(shown).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(kept), Value::Object(shown)) => {
            kept.len() == shown.len()
                && kept
                    .iter()
                    .all(|(key, value)| shown.get(key).is_some_and(|shown| is_same(value, shown)))
        }
        (kept, shown) => kept == shown,
    }
}
