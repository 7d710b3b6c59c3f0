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
            known: 21
        }
    ));
    assert_eq!(
        refused.to_string(),
        "the database was written by a newer version of pipestreet (schema 99, this program knows 21); \
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
fn custom_fields_that_are_empty_take_no_room_and_come_back_to_the_letter() {
    let file = File::new();
    let shown = |id: i64, name: &str, custom: &str| {
        let mut shown = row(&person(id), 1, name);
        shown.raw = format!(r#"{{"id":{id},"custom_fields":{custom},"name":"{name}"}}"#).into();
        shown
    };
    let rows = vec![
        shown(1, "Ann", r#"{"a1":null,"b2":"Stureplan 4","c3":null}"#),
        shown(2, "Bo", r#"{"a1":7,"b2":null,"c3":null}"#),
        // A field was added meanwhile.
        shown(3, "Cid", r#"{"a1":null,"b2":null,"c3":null,"d4":null}"#),
        shown(4, "Dag", r#"{"a1": null}"#),
    ];
    run(async {
        let desk = Desk::at(AnyStore::Sqlite(file.open().unwrap())).await;
        // A refused transaction takes its set along; the next one makes it anew.
        let stale = store::Lease {
            epoch: desk.lease.epoch - 1,
            ..desk.lease
        };
        let refused = seen(Authority::Page, rows.clone());
        let refused = desk.store.commit_observation(&stale, refused, None, at(2));
        assert!(matches!(refused.await, Err(StoreError::LeaseLost)));
        let kept = seen(Authority::Page, rows.clone());
        let kept = desk
            .store
            .commit_observation(&desk.lease, kept, None, at(2));
        assert_eq!(kept.await.unwrap().new, 4);
    });
    assert_eq!(
        file.ask("select group_concat(fields_shown) from pipedrive_persons"),
        "1,1,2"
    );
    let raw = file.ask("select raw from pipedrive_persons where pipedrive_id = 1");
    assert_eq!(
        raw,
        r#"{"id":1,"custom_fields":{"b2":"Stureplan 4"},"name":"Ann"}"#
    );
    // A connection that has met no set yet.
    run(async {
        let desk = Desk::at(AnyStore::Sqlite(file.open().unwrap())).await;
        for row in rows {
            let kept = desk.store.mirror_row(desk.ctx, &row.key).await.unwrap();
            assert_eq!(kept.unwrap().raw, row.raw);
        }
    });
    file.change("delete from custom_field_sets");
    run(async {
        let desk = Desk::at(AnyStore::Sqlite(file.open().unwrap())).await;
        let lost = desk.store.mirror_row(desk.ctx, &person(1)).await;
        let Err(StoreError::Corrupt { table, .. }) = lost else {
            panic!("{lost:?}")
        };
        assert_eq!(table, "custom_field_sets");
    });
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
        "drop index pairs_asked; drop table custom_field_sets; drop table spending; drop table pipedrive_fields; drop table pipedrive_field_changes; \
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
