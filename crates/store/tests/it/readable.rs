//! The views: readable names over the mirror, as somebody who writes SQL sees them.

use model::{Entity, RecordKey};
use rusqlite::Connection;
use serde_json::{Value, json};
use store::{
    AnyStore, Authority, FieldEntity, FieldOption, FieldStore, ParticipantStore, SeenField,
    SeenFields, SeenParticipant, SeenParticipants, SqliteOptions, SqliteStore, Store,
};

use crate::both::{Desk, run};
use crate::made_up::{at, row, seen};

struct Account {
    desk: Desk,
    path: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Account {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("street.db");
        let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        Self {
            desk: Desk::at(AnyStore::Sqlite(store)).await,
            path,
            _folder: folder,
        }
    }

    async fn has_fields(&self, fields: &[SeenField], now: i64) {
        let list = SeenFields {
            entity: FieldEntity::Deal,
            fields: fields.to_vec(),
        };
        let fact = ("definitions", "{}".to_owned());
        self.desk
            .store
            .commit_fields(self.desk.ctx, vec![list], fact, at(now))
            .await
            .unwrap();
    }

    async fn has(&self, entity: Entity, record: &Value, now: i64) {
        let id = record["id"].as_i64().unwrap();
        let mut shown = row(&RecordKey::new(entity, id), now, "");
        shown.raw = record.to_string().into();
        let observation = seen(Authority::Read, vec![shown]);
        self.desk
            .store
            .commit_observation(&self.desk.lease, observation, None, at(now))
            .await
            .unwrap();
    }

    /// The first row that the query finds, as JSON.
    fn ask(&self, sql: &str) -> Value {
        let connection = Connection::open(&self.path).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).unwrap();
        let row = rows.next().unwrap().expect("the query finds something");
        let values = names.iter().enumerate().map(|(place, name)| {
            let value = match row.get_ref(place).unwrap() {
                rusqlite::types::ValueRef::Null => Value::Null,
                rusqlite::types::ValueRef::Integer(number) => json!(number),
                rusqlite::types::ValueRef::Real(number) => json!(number),
                rusqlite::types::ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
                rusqlite::types::ValueRef::Blob(_) => panic!("no blobs here"),
            };
            (name.clone(), value)
        });
        Value::Object(values.collect())
    }
}

fn field(code: &str, name: &str, field_type: &str, options: &[(i64, &str)]) -> SeenField {
    let options = options.iter().map(|(id, label)| FieldOption {
        id: *id,
        label: (*label).to_owned(),
    });
    SeenField {
        code: code.to_owned(),
        name: name.to_owned(),
        field_type: field_type.to_owned(),
        is_custom: code != "label_ids",
        is_writable: None,
        options: options.collect(),
    }
}

fn deal(custom_fields: Value) -> Value {
    json!({
        "id": 7, "title": "Storgata 8", "value": 12_500_000, "currency": "NOK", "status": "open",
        "stage_id": 3, "owner_id": 2, "label_ids": [4, 5], "custom_fields": custom_fields,
    })
}

#[test]
fn custom_fields_of_every_type_are_columns_with_readable_names_and_values() {
    run(async {
        let account = Account::new().await;
        let fields = [
            field(
                "label_ids",
                "Label",
                "set",
                &[(4, "Hot"), (5, "Off-market")],
            ),
            field("a1", "Property address", "address", &[]),
            field("b2", "Asking rent", "monetary", &[]),
            field(
                "c3",
                "Property type",
                "enum",
                &[(11, "Office"), (12, "Retail")],
            ),
            field("d4", "Amenities", "set", &[(21, "Parking"), (22, "Lift")]),
            field("e5", "Lease term", "daterange", &[]),
            field("f6", "Area", "double", &[]),
        ];
        account.has_fields(&fields, 1).await;
        let custom = json!({
            "a1": {"value": "Storgata 8, Oslo", "country": "Norway"},
            "b2": {"value": 2300, "currency": "NOK"}, "c3": 12, "d4": [21, 22],
            "e5": {"value": "2026-01-01", "until": "2031-01-01"}, "f6": 412.5,
        });
        account.has(Entity::Deal, &deal(custom), 5).await;
        account
            .has(Entity::Stage, &json!({"id": 3, "name": "Viewing"}), 5)
            .await;
        account
            .has(Entity::User, &json!({"id": 2, "name": "Ann Berg"}), 5)
            .await;

        let shown = account.ask(
            "select id, title, stage_name, owner_name, labels, property_address, asking_rent, asking_rent_currency, \
             property_type, amenities, lease_term, lease_term_until, area from deals",
        );
        assert_eq!(
            shown,
            json!({
                "id": 7, "title": "Storgata 8", "stage_name": "Viewing", "owner_name": "Ann Berg",
                "labels": "Hot, Off-market", "property_address": "Storgata 8, Oslo", "asking_rent": 2300,
                "asking_rent_currency": "NOK", "property_type": "Retail", "amenities": "Parking, Lift",
                "lease_term": "2026-01-01", "lease_term_until": "2031-01-01", "area": 412.5,
            })
        );
    });
}

#[test]
fn a_renamed_field_answers_to_both_names_and_a_renamed_option_to_its_new_label() {
    run(async {
        let account = Account::new().await;
        account
            .has_fields(&[field("c3", "Kind", "enum", &[(11, "Office")])], 1)
            .await;
        account.has(Entity::Deal, &deal(json!({"c3": 11})), 5).await;
        account
            .has_fields(
                &[field("c3", "Property type", "enum", &[(11, "Offices")])],
                9,
            )
            .await;

        let shown = account.ask("select kind, property_type from deals");
        assert_eq!(
            shown,
            json!({"kind": "Offices", "property_type": "Offices"})
        );
    });
}

#[test]
fn a_deleted_field_keeps_its_column_and_a_record_that_is_deleted_leaves_the_view() {
    run(async {
        let account = Account::new().await;
        account
            .has_fields(&[field("c3", "Area", "double", &[])], 1)
            .await;
        account.has_fields(&[], 2).await;
        account.has(Entity::Deal, &deal(json!({})), 5).await;
        assert_eq!(account.ask("select area from deals"), json!({"area": null}));

        let gone = store::Observation {
            gone: vec![RecordKey::new(Entity::Deal, 7)],
            ..store::Observation::none()
        };
        let (store, lease) = (&account.desk.store, &account.desk.lease);
        store
            .commit_observation(lease, gone, None, at(9))
            .await
            .unwrap();
        assert_eq!(
            account.ask("select count(*) as n from deals"),
            json!({"n": 0})
        );
    });
}

#[test]
fn names_that_clash_and_labels_that_look_like_sql_harm_nothing() {
    run(async {
        let account = Account::new().await;
        let hostile = "'); drop table pipedrive_deals; --";
        let fields = [
            field("a1", "Stage name", "varchar", &[]),
            field("b2", hostile, "enum", &[(1, hostile)]),
            field("c3'\"", "Odd code", "varchar", &[]),
        ];
        account.has_fields(&fields, 1).await;
        account
            .has(Entity::Deal, &deal(json!({"a1": "his own", "b2": 1})), 5)
            .await;
        let shown = account
            .ask("select stage_name, stage_name_2, drop_table_pipedrive_deals as odd from deals");
        assert_eq!(
            shown,
            json!({"stage_name": null, "stage_name_2": "his own", "odd": hostile})
        );
    });
}

#[test]
fn the_primary_address_of_a_person_is_shown() {
    run(async {
        let account = Account::new().await;
        account.has_fields(&[], 1).await;
        let person = json!({"id": 1, "name": "Ann Berg", "emails": [
            {"value": "old@havn.no", "primary": false}, {"value": "ann@havn.no", "primary": true}]});
        account.has(Entity::Person, &person, 5).await;
        let shown = account.ask("select name, email, phone from persons");
        assert_eq!(
            shown,
            json!({"name": "Ann Berg", "email": "ann@havn.no", "phone": null})
        );
    });
}

#[test]
fn every_question_of_the_handbook_can_be_asked() {
    run(async {
        let account = Account::new().await;
        account.has_fields(&[], 1).await;
        let handbook = include_str!("../../../../docs/sql.md");
        let connection = Connection::open(&account.path).unwrap();
        let mut asked = 0;
        for block in handbook.split("```sql\n").skip(1) {
            let question = block.split("```").next().unwrap();
            connection
                .prepare(question)
                .unwrap_or_else(|error| panic!("{error}: {question}"));
            asked += 1;
        }
        assert_eq!(asked, 16);
    });
}

#[test]
fn totals_and_moves_are_shown_by_name_and_in_whole_money() {
    run(async {
        let account = Account::new().await;
        account.has_fields(&[], 1).await;
        let stage = |id: i64, name: &str| json!({"id": id, "name": name, "deal_probability": 40, "order_nr": id});
        account.has(Entity::Stage, &stage(3, "Viewing"), 1).await;
        account.has(Entity::Stage, &stage(4, "Bid"), 1).await;
        let pipeline = json!({"id": 1, "name": "Leasing"});
        account.has(Entity::Pipeline, &pipeline, 1).await;
        let mut shown = deal(json!({}));
        shown["pipeline_id"] = json!(1);
        account.has(Entity::Deal, &shown, 5).await;
        shown["stage_id"] = json!(4);
        account.has(Entity::Deal, &shown, 9).await;

        let totals = account.ask(
            "select pipeline_name, stage_name, status, currency, deals, value, weighted_value from stage_totals",
        );
        assert_eq!(
            totals,
            json!({
                "pipeline_name": "Leasing", "stage_name": "Bid", "status": "open", "currency": "NOK",
                "deals": 1, "value": 12_500_000.0, "weighted_value": 5_000_000.0,
            })
        );
        let moved = account
            .ask("select deal_title, from_stage_name, to_stage_name, is_gap from stage_changes");
        assert_eq!(
            moved,
            json!({"deal_title": "Storgata 8", "from_stage_name": "Viewing", "to_stage_name": "Bid", "is_gap": 1})
        );
    });
}

#[test]
fn who_takes_part_in_a_deal_is_shown_by_name_until_they_leave() {
    run(async {
        let account = Account::new().await;
        account.has_fields(&[], 1).await;
        let mut shown = deal(json!({}));
        shown["person_id"] = json!(31);
        account.has(Entity::Deal, &shown, 5).await;
        let person = json!({"id": 31, "name": "Ann Berg"});
        account.has(Entity::Person, &person, 5).await;
        let takes_part = |id: i64, person_id: i64| SeenParticipant {
            id,
            person_id,
            added_at: Some(at(0)),
            raw: "{}".into(),
        };
        for people in [
            vec![takes_part(1, 31), takes_part(2, 32)],
            vec![takes_part(1, 31)],
        ] {
            let desk = &account.desk;
            let seen = SeenParticipants::All(people);
            desk.store
                .commit_participants(&desk.lease, &7.into(), seen, at(6))
                .await
                .unwrap();
        }
        let all = account.ask("select count(*) as rows from deal_participants");
        assert_eq!(all, json!({"rows": 1}));
        let shown = account.ask(
            "select deal_id, deal_title, person_id, person_name, is_primary, added_at from deal_participants",
        );
        assert_eq!(
            shown,
            json!({
                "deal_id": 7, "deal_title": "Storgata 8", "person_id": 31, "person_name": "Ann Berg", "is_primary": 1,
                "added_at": "2026-09-21T14:13:20Z",
            })
        );
    });
}

#[test]
fn fields_are_shown_with_their_former_names_and_what_has_changed_about_them() {
    run(async {
        let account = Account::new().await;
        account
            .has_fields(&[field("a1", "Rent", "double", &[])], 1)
            .await;
        account
            .has_fields(&[field("a1", "Asking rent", "double", &[])], 2)
            .await;
        let shown =
            account.ask("select entity, name, column_name, former_names, deleted_at from fields");
        assert_eq!(
            shown,
            json!({
                "entity": "deal", "name": "Asking rent", "column_name": "asking_rent", "former_names": "Rent",
                "deleted_at": null,
            })
        );
        let changed = account
            .ask("select name, kind, before, after from field_changes where before is not null");
        assert_eq!(
            (&changed["before"], &changed["after"]),
            (&json!("Rent"), &json!("Asking rent"))
        );
    });
}

/// A project with a prospect, who is a contact with a note, and a property.
fn sale() -> Vec<store::MirrorRow> {
    let contact = RecordKey::new(Entity::Contact, "55");
    let project = RecordKey::new(Entity::Project, "1201");
    let note = contact.with_under(Entity::TimelineNote, "9");
    let records = [
        (
            contact.clone(),
            json!({"id": "55", "firstName": "Ann", "lastName": "Berg", "email": "ann@havn.no"}),
        ),
        (
            project.clone(),
            json!({"id": "1201", "name": "Project Harbour", "status": "open", "price":
                {"value": 250, "currency": "SEK", "scale": "millions"}, "teaser": {"stage": "published"}}),
        ),
        (
            project.with_under(Entity::Prospect, "40001"),
            json!({"id": "40001", "projectId": "1201", "contactId": "55", "classification": "bidder"}),
        ),
        (
            RecordKey::new(Entity::Property, "8001"),
            json!({"id": "8001", "name": "Hamngatan 4", "location": {"locality": "Malmö", "country": "SE"},
                "categories": [{"type": "office"}], "yearBuilt": 1936}),
        ),
        (
            note.clone(),
            json!({"id": "9", "timestampUtc": "2026-11-21T10:00:00Z", "user": {"name": "Eva Lund"},
                "details": {"message": "Called back", "noteType": "call"}}),
        ),
    ];
    records
        .into_iter()
        .map(|(key, record)| {
            let mut shown = row(&key, 5, "");
            if key == note {
                shown.owner = contact.clone();
            }
            shown.raw = record.to_string().into();
            shown
        })
        .collect()
}

#[test]
fn prospects_and_notes_of_propstreet_are_shown_with_the_names_of_what_they_are_about() {
    run(async {
        let account = Account::new().await;
        account.has_fields(&[], 1).await;
        let rows = sale();
        account
            .desk
            .store
            .commit_observation(
                &account.desk.lease,
                seen(Authority::Read, rows),
                None,
                at(5),
            )
            .await
            .unwrap();

        assert_eq!(
            account.ask(
                "select name, status, price, price_scale, currency, teaser_stage from projects"
            ),
            json!({"name": "Project Harbour", "status": "open", "price": 250, "price_scale": "millions",
                "currency": "SEK", "teaser_stage": "published"})
        );
        assert_eq!(
            account.ask("select project_name, contact_last_name, contact_email, classification from prospects"),
            json!({"project_name": "Project Harbour", "contact_last_name": "Berg", "contact_email": "ann@havn.no",
                "classification": "bidder"})
        );
        assert_eq!(
            account.ask("select name, locality, category, year_built from properties"),
            json!({"name": "Hamngatan 4", "locality": "Malmö", "category": "office", "year_built": 1936})
        );
        assert_eq!(
            account.ask("select type, message, contact_first_name, author_name, written_utc from timeline_notes"),
            json!({"type": "call", "message": "Called back", "contact_first_name": "Ann",
                "author_name": "Eva Lund", "written_utc": "2026-11-21T10:00:00Z"})
        );
    });
}
