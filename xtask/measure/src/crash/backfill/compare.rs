//! Whether the mirror is what both services hold: by the program's own words, and record by record without them.
//!
//! In: the office, with the program dead. Out: what differs, in words.

use app::startup::{self, WORKSPACE};
use emulators::pipedrive::Entity as Emulated;
use model::{Entity, IdSet, RecordKey, RemoteId};
use serde_json::Value;
use store::Store;

use super::super::office::Office;

const OF_PIPEDRIVE: [(Entity, Emulated); 8] = [
    (Entity::Person, Emulated::Person),
    (Entity::Organization, Emulated::Organization),
    (Entity::Pipeline, Emulated::Pipeline),
    (Entity::Stage, Emulated::Stage),
    (Entity::Deal, Emulated::Deal),
    (Entity::Product, Emulated::Product),
    (Entity::Lead, Emulated::Lead),
    (Entity::Activity, Emulated::Activity),
];

/// What the backfill itself says is not done.
pub(super) fn what_it_says(told: &str) -> anyhow::Result<Vec<String>> {
    let told: Value = serde_json::from_str(told)?;
    let entities = told["entities"].as_array().map_or(&[][..], Vec::as_slice);
    let lacks = |one: &&Value| one["is_complete"] != true;
    let mut wrong: Vec<String> = entities
        .iter()
        .filter(lacks)
        .map(|one| format!("{} is told to be incomplete", one["entity"]))
        .collect();
    if told["is_complete"] != true {
        wrong.push("the backfill does not say that it is complete".to_owned());
    }
    Ok(wrong)
}

/// What differs by `mirror verify`.
pub(super) fn what_verify_says(told: &str) -> anyhow::Result<Vec<String>> {
    let told: Value = serde_json::from_str(told)?;
    let compared = told["compared"].as_array().map_or(&[][..], Vec::as_slice);
    let differs = compared.iter().filter(|one| one["is_equal"] != true);
    Ok(differs
        .map(|one| format!("`mirror verify` says: {one}"))
        .collect())
}

/// Holds every record of both services against its row; answers how many, and what is wrong.
pub(super) async fn row_by_row(office: &Office) -> anyhow::Result<(usize, Vec<String>)> {
    let store = startup::open_store(&office.database())?;
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (entity, emulated) in OF_PIPEDRIVE {
        let live: Vec<RemoteId> = {
            let emulator = office.pipedrive.emulator();
            let ids = emulator.record_ids(emulated);
            ids.filter(|(_, is_live)| *is_live)
                .map(|(id, _)| RemoteId::from(id))
                .collect()
        };
        // A lead's id is another one in the API.
        if entity == Entity::Lead {
            let mirrored = store.live_ids(WORKSPACE, entity).await?.len();
            if mirrored != live.len() {
                wrong.push(format!("{mirrored} leads, where there are {}", live.len()));
            }
            continue;
        }
        let shown = |id: &RemoteId| {
            let number = id.as_number().unwrap_or_default();
            office.pipedrive.emulator().record(emulated, number)
        };
        compared += of_entity(&store, entity, live, shown, &mut wrong).await?;
    }
    let living = |ids: Vec<(String, bool)>| -> Vec<RemoteId> {
        let live = ids.into_iter().filter(|(_, is_live)| *is_live);
        live.map(|(id, _)| RemoteId::from(id)).collect()
    };
    let contacts = living(office.propstreet.emulator().contact_ids().collect());
    let shown = |id: &RemoteId| office.propstreet.emulator().contact(id.as_str());
    compared += of_entity(&store, Entity::Contact, contacts, shown, &mut wrong).await?;
    let companies = living(office.propstreet.emulator().company_ids().collect());
    let shown = |id: &RemoteId| office.propstreet.emulator().company(id.as_str());
    compared += of_entity(&store, Entity::Company, companies, shown, &mut wrong).await?;
    startup::close_store(store).await;
    Ok((compared, wrong))
}

async fn of_entity<S: Store>(
    store: &S,
    entity: Entity,
    live: Vec<RemoteId>,
    shown: impl Fn(&RemoteId) -> Option<Value>,
    wrong: &mut Vec<String>,
) -> anyhow::Result<usize> {
    let live: IdSet = live.into_iter().collect();
    let mirrored = store.live_ids(WORKSPACE, entity).await?;
    for id in live.difference(&mirrored) {
        wrong.push(format!("{}/{id} is not in the mirror", entity.name()));
    }
    for id in mirrored.difference(&live) {
        wrong.push(format!("{}/{id} is in the mirror alone", entity.name()));
    }
    let both = live.iter().filter(|id| mirrored.contains(id));
    for id in both {
        let key = RecordKey { entity, id };
        let row = store.mirror_row(WORKSPACE, &key).await?;
        let row: Value = row.map_or(Ok(Value::Null), |row| serde_json::from_str(&row.raw))?;
        if let Some(field) = shown(&key.id).and_then(|shown| first_difference(&shown, &row)) {
            wrong.push(format!("{key}: `{field}` differs"));
        }
    }
    Ok(live.len())
}

/// Propstreet tells of a record read alone how it was last changed, and nothing of the kind in a list.
const NOT_IN_LISTS: [&str; 2] = ["changeOrigin", "changeType"];

/// The first field that both show, and not alike.
fn first_difference(one: &Value, other: &Value) -> Option<String> {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return Some("all of it".to_owned());
    };
    let differing = one
        .iter()
        .filter(|(field, _)| !NOT_IN_LISTS.contains(&field.as_str()))
        .find(|(field, value)| other.get(*field).is_some_and(|other| other != *value));
    differing.map(|(field, _)| field.clone())
}
