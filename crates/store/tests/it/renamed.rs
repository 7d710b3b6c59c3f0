//! Fields that users rename, one to the name of another: what a column shows stays what it was.

use std::collections::BTreeMap;

use model::{Entity, RecordKey};
use proptest::prelude::*;
use serde_json::{Value, json};
use store::{
    Authority, FieldChangeKind, FieldEntity, FieldStore, SeenField, SeenFields, SqliteOptions,
    SqliteStore, Store, WorkspaceCtx,
};

use crate::both::run;
use crate::made_up::{WORKSPACE, at, row, seen};

const TYPES: [&str; 4] = ["varchar", "monetary", "daterange", "address"];
const CTX: WorkspaceCtx = WorkspaceCtx {
    workspace: WORKSPACE,
};

/// Some of these names become the same column, some are columns that every view has, some are the second column of another.
const NAMES: [&str; 12] = [
    "Rent",
    "Area",
    "rent!",
    "Rent currency",
    "Area until",
    "Stage name",
    "Title",
    "Owner",
    "ID",
    "Hyra åäö",
    "Hyra aao",
    "2nd floor",
];

fn code(field: usize) -> String {
    format!("c{field:039}")
}

fn value(field: usize) -> Value {
    let text = |part: &str| format!("{part} of field {field}");
    match TYPES[field % TYPES.len()] {
        "varchar" => json!(text("value")),
        "monetary" => json!({"value": 100 + field, "currency": text("currency")}),
        "daterange" => json!({"value": text("from"), "until": text("until")}),
        _ => json!({"value": text("address"), "country": "Norway"}),
    }
}

async fn list(store: &SqliteStore, names: &[&str], now: i64) -> Vec<store::FieldChange> {
    let fields = names.iter().enumerate().map(|(field, name)| SeenField {
        code: code(field),
        name: (*name).to_owned(),
        field_type: TYPES[field % TYPES.len()].to_owned(),
        is_custom: true,
        is_writable: None,
        options: Vec::new(),
    });
    let list = SeenFields {
        entity: FieldEntity::Deal,
        fields: fields.collect(),
    };
    let fact = ("definitions", "{}".to_owned());
    let changes = store.commit_fields(CTX, vec![list], fact, at(now)).await;
    changes.unwrap()
}

async fn shown(store: &SqliteStore) -> BTreeMap<String, Value> {
    let deal = RecordKey::new(Entity::Deal, 7);
    let record = store.readable(CTX, &deal).await.unwrap();
    record.expect("the deal is there").into_iter().collect()
}

async fn with_a_deal(store: &SqliteStore, fields: usize) {
    let lease = store.acquire_lease(WORKSPACE, at(0)).await.unwrap();
    let custom: serde_json::Map<String, Value> = (0..fields)
        .map(|field| (code(field), value(field)))
        .collect();
    let mut deal = row(&RecordKey::new(Entity::Deal, 7), 1, "");
    deal.raw = json!({"id": 7, "title": "Storgata 8", "custom_fields": custom})
        .to_string()
        .into();
    let observation = seen(Authority::Read, vec![deal]);
    store
        .commit_observation(&lease, observation, None, at(1))
        .await
        .unwrap();
}

fn names(count: usize) -> impl Strategy<Value = Vec<Vec<usize>>> {
    let one_listing = prop::collection::vec(0..NAMES.len(), count);
    prop::collection::vec(one_listing, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever fields are called, one listing after another: a column that was there shows what it showed, and nothing that a
    /// field holds is shown nowhere.
    #[test]
    fn no_column_ever_changes_its_data(listings in names(8)) {
        run(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("street.db");
            let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
            with_a_deal(&store, 8).await;
            let mut before: BTreeMap<String, Value> = BTreeMap::new();
            for (turn, listing) in listings.iter().enumerate() {
                let names: Vec<&str> = listing.iter().map(|name| NAMES[*name]).collect();
                list(&store, &names, 2 + i64::try_from(turn).unwrap()).await;
                let after = shown(&store).await;
                for (column, value) in &before {
                    prop_assert_eq!(after.get(column), Some(value), "{} after {:?}", column, names);
                }
                for field in store.fields(CTX).await.unwrap() {
                    let number: usize = field.code.trim_start_matches(['c', '0']).parse().unwrap_or(0);
                    let of_field = &value(number);
                    let first = of_field.get("value").unwrap_or(of_field);
                    prop_assert_eq!(after.get(&field.slug), Some(first), "{:?}", field);
                }
                before = after;
            }
            store.close().await;
            Ok(())
        })?;
    }
}

#[test]
fn a_field_that_gets_the_name_of_its_own_second_column_leaves_that_as_it_was() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("street.db");
        let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        with_a_deal(&store, 2).await;
        list(&store, &["Area", "Rent"], 2).await;

        list(&store, &["Area", "Rent currency"], 3).await;

        let after = shown(&store).await;
        assert_eq!(after["rent"], 101);
        assert_eq!(after["rent_currency"], "currency of field 1");
        assert_eq!(after["rent_currency_2"], 101);
        store.close().await;
    });
}

#[test]
fn every_field_of_many_is_renamed_and_every_change_is_told() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("street.db");
        let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        with_a_deal(&store, 60).await;
        let first: Vec<String> = (0..60).map(|field| format!("Field {field}")).collect();
        let first: Vec<&str> = first.iter().map(String::as_str).collect();
        assert_eq!(list(&store, &first, 2).await, []);
        let before = shown(&store).await;

        // Each one takes the name that its neighbour had: all sixty change places.
        let mut second = first.clone();
        second.rotate_left(1);
        let changes = list(&store, &second, 3).await;

        let told: BTreeMap<_, _> = changes
            .iter()
            .map(|change| {
                (
                    change.code.clone(),
                    (change.before.clone(), change.after.clone()),
                )
            })
            .collect();
        assert_eq!((changes.len(), told.len()), (60, 60));
        for (field, (was, is)) in first.iter().zip(&second).enumerate() {
            let expected = (Some((*was).to_owned()), Some((*is).to_owned()));
            assert_eq!(told[&code(field)], expected);
        }
        assert!(
            changes
                .iter()
                .all(|change| change.kind == FieldChangeKind::Renamed && change.at == at(3))
        );
        let after = shown(&store).await;
        for (column, value) in &before {
            assert_eq!(after.get(column), Some(value), "{column}");
        }
        // Under its new name, which was another's, each one answers with a number behind it.
        assert_eq!(after["field_1_2"], "value of field 0");
        assert_eq!(after["field_1"], 101);
        store.close().await;
    });
}
