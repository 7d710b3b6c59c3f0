//! Every custom field of an account is renamed between two looks at it.

use std::collections::BTreeMap;
use std::time::Duration;

use emulators::pipedrive::Entity as Emulated;
use model::{Entity, RecordKey};
use serde_json::{Value, json};
use store::{FieldChangeKind, FieldStore};

use super::super::world::World;

/// Longer than the program goes without looking at the fields.
const A_DAY: Duration = Duration::from_secs(25 * 60 * 60);
const EACH: usize = 20;
const ENTITIES: [(Emulated, Entity); 3] = [
    (Emulated::Deal, Entity::Deal),
    (Emulated::Person, Entity::Person),
    (Emulated::Organization, Entity::Organization),
];
const TYPES: [(&str, &[&str]); 5] = [
    ("varchar", &[]),
    ("double", &[]),
    ("date", &[]),
    ("monetary", &[]),
    ("enum", &["Office", "Retail"]),
];

fn name(number: usize) -> String {
    format!("Detail {number}")
}

/// Three of five change places with their neighbours, one gets a name that differs in spelling only, one a new name.
fn new_name(number: usize) -> String {
    let group = number - number % 5;
    match number % 5 {
        0 => name(group + 1),
        1 => name(group + 2),
        2 => name(group),
        3 => format!("DETAIL – {number}"),
        _ => format!("Quality of number {number}"),
    }
}

/// What the views show of the records that carry the fields.
async fn shown(world: &World, records: &[(Entity, i64)]) -> BTreeMap<(Entity, String), Value> {
    let core = world.core();
    let mut shown = BTreeMap::new();
    for (entity, id) in records {
        let key = RecordKey::new(*entity, *id);
        let record = core.store.readable(core.ctx(), &key).await;
        let record = record.expect("the store answers").expect("it is mirrored");
        let details = record
            .into_iter()
            .filter(|(column, _)| column.starts_with("detail") || column.starts_with("quality"));
        shown.extend(details.map(|(column, value)| ((*entity, column), value)));
    }
    shown
}

fn value_of(number: usize) -> Value {
    let (field_type, options) = TYPES[number % TYPES.len()];
    match field_type {
        "varchar" => json!(format!("text {number}")),
        "double" => json!(number),
        "date" => json!(format!("2026-03-{:02}", 1 + number)),
        "monetary" => json!({"value": 1_000 + number, "currency": "NOK"}),
        _ => json!(options[number % options.len()]),
    }
}

/// An account with sixty custom fields, each with a value in a record.
async fn account() -> (World, Vec<(Entity, i64)>) {
    let mut world =
        World::before_first_sync(|setup| setup.settings.mirrored = vec![Entity::Deal]).await;
    let mut records = Vec::new();
    for (emulated, entity) in ENTITIES {
        for number in 0..EACH {
            let (field_type, options) = TYPES[number % TYPES.len()];
            world.pipedrive.does(|screen, now| {
                screen.add_field(emulated, (&name(number), field_type), options, now)
            });
        }
        let custom: serde_json::Map<String, Value> = (0..EACH)
            .map(|number| (name(number), value_of(number)))
            .collect();
        let label = if entity == Entity::Deal {
            "title"
        } else {
            "name"
        };
        let id = world
            .pipedrive
            .add_record(emulated, json!({label: "Havn", "custom_fields": custom}));
        records.push((entity, id));
    }
    world.first_sync().await;
    (world, records)
}

#[tokio::test]
async fn when_every_field_is_renamed_every_column_keeps_its_data_and_every_change_is_told() {
    let (mut world, records) = account().await;
    let before = shown(&world, &records).await;
    // Money takes two columns.
    assert_eq!(before.len(), 3 * (EACH + EACH / 5));
    assert!(before.values().all(|value| !value.is_null()), "{before:?}");

    for (emulated, _) in ENTITIES {
        world.pipedrive.does(|screen, _| {
            // Apart first, because two fields that change places have the same name for a moment.
            for number in 0..EACH {
                screen.rename_field(emulated, &name(number), &format!("under way {number}"))?;
            }
            for number in 0..EACH {
                screen.rename_field(emulated, &format!("under way {number}"), &new_name(number))?;
            }
            Ok(())
        });
    }
    world.pass(A_DAY);
    world.settle().await;

    let after = shown(&world, &records).await;
    for (column, value) in &before {
        assert_eq!(after.get(column), Some(value), "{column:?}");
    }
    for (entity, _) in &records {
        let of = |column: &str| &after[&(*entity, column.to_owned())];
        // Its neighbour's name is its neighbour's still, so that it answers with a number behind it.
        assert_eq!(of("detail_1_2"), of("detail_0"));
        assert_eq!(of("detail_2_2"), of("detail_1"));
        assert_eq!(of("detail_0_2"), of("detail_2"));
        assert_eq!(of("quality_of_number_4"), of("detail_4"));
    }
    let core = world.core();
    let changes = core.store.field_changes(core.ctx(), 1_000).await.unwrap();
    let mut told: Vec<(String, String)> = changes
        .into_iter()
        .filter(|change| change.kind == FieldChangeKind::Renamed)
        .map(|change| {
            (
                change.before.unwrap_or_default(),
                change.after.unwrap_or_default(),
            )
        })
        .collect();
    told.sort();
    let mut expected: Vec<(String, String)> = (0..EACH)
        .flat_map(|number| vec![(name(number), new_name(number)); ENTITIES.len()])
        .collect();
    expected.sort();
    assert_eq!(told, expected);
}
