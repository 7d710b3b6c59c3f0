//! What the schema promises: no newer file is touched, rows that make no sense are named, and the tables read as tables.

use std::path::PathBuf;

use model::{Entity, RecordKey};
use rusqlite::Connection;
use store::{AnyStore, Authority, SqliteOptions, SqliteStore, Store, StoreError};

use crate::both::{Desk, run};
use crate::made_up::{at, hint, person, row, seen};

struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("street.db");
        Self {
            _folder: folder,
            path,
        }
    }

    fn open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(&self.path, SqliteOptions::default())
    }

    fn change(&self, sql: &str) {
        Connection::open(&self.path)
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    }

    fn ask(&self, sql: &str) -> String {
        Connection::open(&self.path)
            .unwrap()
            .query_row(sql, [], |row| row.get(0))
            .unwrap()
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_as_it_is() {
    let file = File::new();
    run(async { file.open().unwrap().close().await });
    file.change(
        "insert into refinery_schema_history (version, name, applied_on, checksum) \
         values (99, 'projects', '2031-01-01T00:00:00Z', '1')",
    );
    let before = std::fs::read(&file.path).unwrap();
    let refused = file.open().unwrap_err();
    assert!(matches!(
        refused,
        StoreError::TooNew {
            found: 99,
            known: 20
        }
    ));
    assert_eq!(
        refused.to_string(),
        "the database was written by a newer version of pipestreet (schema 99, this program knows 20); \
         use that version or restore a backup"
    );
    assert_eq!(std::fs::read(&file.path).unwrap(), before);
}

#[test]
fn a_schema_change_that_was_applied_in_another_form_is_refused() {
    let file = File::new();
    run(async { file.open().unwrap().close().await });
    file.change("update refinery_schema_history set checksum = '1' where version = 1");
    assert!(matches!(
        file.open(),
        Err(StoreError::Corrupt {
            table: "refinery_schema_history",
            ..
        })
    ));
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let file = File::new();
    std::fs::write(&file.path, "Ann Berg, 070 123 45 67\n".repeat(100)).unwrap();
    assert!(matches!(file.open(), Err(StoreError::Corrupt { .. })));
}

#[test]
fn a_row_that_makes_no_sense_fails_with_its_table_and_id() {
    let file = File::new();
    run(async {
        let desk = Desk::at(AnyStore::Sqlite(file.open().unwrap())).await;
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let broken = [
            ("update inbox set source = 'pigeon'", "inbox"),
            ("update lanes set waits_for = 'nobody'", "lanes"),
        ];
        for (change, expected) in broken {
            file.change(change);
            let answer = match expected {
                "inbox" => desk
                    .store
                    .inbox(desk.ctx, store::InboxFilter::default(), 1)
                    .await
                    .map(|_| ()),
                _ => desk.store.lane_of(desk.ctx, &person(1)).await.map(|_| ()),
            };
            let Err(StoreError::Corrupt { table, id, .. }) = answer else {
                panic!("{answer:?}")
            };
            assert_eq!((table, id.as_str()), (expected, "1"));
        }
    });
}

#[test]
fn mirror_tables_show_the_vendors_fields_as_columns() {
    let file = File::new();
    run(async {
        let desk = Desk::at(AnyStore::Sqlite(file.open().unwrap())).await;
        let mut ann = row(&person(12), 1, "Ann");
        ann.raw = r#"{"id":12,"name":"Ann Berg","org_id":7,"label_ids":[1,2],"custom_fields":{"9f":"Stureplan 4"}}"#.into();
        let mut contact = row(&RecordKey::new(Entity::Contact, "789"), 1, "Ann");
        contact.raw =
            r#"{"id":"789","firstName":"Ann","updatedUtc":"2026-11-21T10:00:00Z"}"#.into();
        let mut broken = row(&person(13), 1, "Bo");
        broken.raw = "<html>".into();
        let rows = vec![ann, contact, broken];
        desk.store
            .commit_observation(&desk.lease, seen(Authority::Read, rows), None, at(2))
            .await
            .unwrap();
    });
    let shown = file.ask(
        "select name || '|' || org_id || '|' || label_ids || '|' || json_extract(custom_fields, '$.9f') \
         from pipedrive_persons where pipedrive_id = 12",
    );
    assert_eq!(shown, "Ann Berg|7|[1,2]|Stureplan 4");
    let shown =
        file.ask("select firstName || '|' || updatedUtc from propstreet_contacts where id = '789'");
    assert_eq!(shown, "Ann|2026-11-21T10:00:00Z");
    assert_eq!(
        file.ask(
            "select ifnull(name, 'unreadable') from pipedrive_persons where pipedrive_id = 13"
        ),
        "unreadable"
    );
}

#[test]
fn every_table_of_rows_leads_with_the_workspace() {
    let file = File::new();
    run(async { file.open().unwrap().close().await });
    let strays = "select ifnull(group_concat(name), '') from sqlite_schema as tables \
        where type = 'table' and name not like 'sqlite_%' and name <> 'refinery_schema_history' \
        and (select name from pragma_table_info(tables.name) where cid = 0) <> 'workspace_id'";
    assert_eq!(file.ask(strays), "");
    let indexes = "select ifnull(group_concat(name), '') from sqlite_schema as indexes where type = 'index' \
        and tbl_name <> 'refinery_schema_history' \
        and (select name from pragma_index_info(indexes.name) where seqno = 0) <> 'workspace_id'";
    assert_eq!(file.ask(indexes), "");
}

#[test]
fn what_an_older_version_had_spent_is_still_known() {
    let file = File::new();
    run(async { file.open().unwrap().close().await });
    file.change(
        "drop index pairs_asked; drop table spending; drop table pipedrive_fields; drop table pipedrive_field_changes; \
         drop table pipedrive_users; drop table pipedrive_pipelines; drop table pipedrive_stages; \
         drop table pipedrive_deals; drop table pipedrive_leads; drop table pipedrive_activities; \
         drop table pipedrive_notes; drop table pipedrive_products; \
         drop table stage_totals_kept; drop table deal_stage_changes; drop table stage_days_kept; drop table record_versions; \
         drop table pipedrive_deal_participants; drop table deal_participant_checks; \
         drop table propstreet_projects; drop table propstreet_properties; drop table propstreet_prospects; \
         drop table propstreet_notes; \
         create table ledger (workspace_id integer not null, api text not null, day text not null, \
           purpose text not null, tokens integer not null, \
           primary key (workspace_id, api, day, purpose)) strict, without rowid; \
         insert into ledger values (1, 'pipedrive', '2026-11-21', 'taken', 400); \
         delete from refinery_schema_history where version >= 2",
    );
    run(async {
        let desk = Desk::at(AnyStore::Sqlite(file.open().unwrap())).await;
        let side = model::Side::Pipedrive;
        let spent = desk
            .store
            .spent(desk.ctx, side, "2026-11-21")
            .await
            .unwrap();
        let known: Vec<_> = spent
            .iter()
            .map(|spent| (spent.class.as_str(), spent.purpose.as_str(), spent.tokens))
            .collect();
        assert_eq!(known, [("none", "taken", 400)]);
    });
}
