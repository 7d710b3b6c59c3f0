//! Versions of records: nothing that was seen is forgotten, and what was not seen is said.

use std::collections::BTreeSet;

use model::{Entity, RecordKey};
use serde_json::{Value, json};
use store::{
    Authority, FieldStore, InboxSource, MirrorRow, NewInboxRow, Observation, SeenFields,
    SqliteOptions, SqliteStore, Store, ToldBefore, VersionSource, VersionStore,
};

use crate::both::{Desk, on_both, run};
use crate::made_up::{at, row, seen};

const DEAL: i64 = 7;

fn raw(title: &str) -> String {
    json!({"id": DEAL, "title": title, "add_time": at(1), "stage_id": 3, "custom_fields": {"c1": title}})
        .to_string()
}

fn deal(title: &str, changed: i64) -> MirrorRow {
    let mut shown = row(&RecordKey::new(Entity::Deal, DEAL), changed, "");
    shown.raw = raw(title).into();
    shown
}

fn told(title: &str, since: i64, until: i64) -> ToldBefore {
    ToldBefore {
        record: RecordKey::new(Entity::Deal, DEAL),
        since: at(since),
        until: at(until),
        raw: raw(title).into(),
    }
}

async fn show(desk: &Desk, observation: Observation, now: i64) {
    desk.store
        .commit_observation(&desk.lease, observation, None, at(now))
        .await
        .unwrap();
}

async fn keep(desk: &Desk) {
    let deals = BTreeSet::from([Entity::Deal]);
    desk.store
        .keep_versions(&desk.lease, deals, at(0))
        .await
        .unwrap();
}

/// Title, beginning, end, whether something may be missing before it, and where it is from.
type Shown = (Option<String>, i64, Option<i64>, bool, VersionSource);

async fn versions(desk: &Desk) -> Vec<Shown> {
    let deal = RecordKey::new(Entity::Deal, DEAL);
    let versions = desk.store.versions(desk.ctx, &deal).await.unwrap();
    let seconds = |time| (model::time::to_millis(time) - model::time::to_millis(at(0))) / 1_000;
    versions
        .into_iter()
        .map(|version| {
            let raw = version.raw.map(|raw| serde_json::from_str::<Value>(&raw));
            let title = raw.map(|raw| raw.unwrap()["title"].as_str().unwrap().to_owned());
            let (from, to) = (seconds(version.valid_from), version.valid_to.map(seconds));
            (title, from, to, version.is_gap, version.source)
        })
        .collect()
}

fn version(title: &str, from: i64, to: Option<i64>, is_gap: bool, source: VersionSource) -> Shown {
    (Some(title.to_owned()), from, to, is_gap, source)
}

#[test]
fn what_webhooks_told_is_whole_and_what_only_a_list_showed_has_a_gap_before_it() {
    on_both(|desk| async move {
        keep(&desk).await;
        show(&desk, seen(Authority::Read, vec![deal("made", 1)]), 1).await;
        // Two changes are read at once; their webhooks told of both.
        let mut both = seen(Authority::Read, vec![deal("third", 6)]);
        both.told_before = vec![told("second", 4, 6), told("made", 1, 4)];
        show(&desk, both, 7).await;
        // A list shows a change of which no webhook told.
        let mut listed = seen(Authority::Page, vec![deal("listed", 20)]);
        listed.page = Some(NewInboxRow {
            source: InboxSource::Poll,
            dedup: None,
            record: None,
            body: None,
            summary: "a page".to_owned(),
        });
        show(&desk, listed, 21).await;
        // A webhook tells that it was something else before that nobody saw.
        let mut late = seen(Authority::Read, vec![deal("last", 40)]);
        late.told_before = vec![told("unseen", 30, 40)];
        show(&desk, late, 41).await;
        let deal = RecordKey::new(Entity::Deal, DEAL);
        show(&desk, crate::made_up::gone(&deal), 50).await;

        assert_eq!(
            versions(&desk).await,
            [
                version("made", 1, Some(4), false, VersionSource::Read),
                version("second", 4, Some(6), false, VersionSource::Webhook),
                version("third", 6, Some(20), false, VersionSource::Webhook),
                version("listed", 20, Some(30), true, VersionSource::Poll),
                version("unseen", 30, Some(40), true, VersionSource::Webhook),
                version("last", 40, Some(50), false, VersionSource::Webhook),
                (None, 50, None, true, VersionSource::Read),
            ]
        );
    });
}

#[test]
fn versions_are_kept_only_of_what_is_named_and_begin_with_what_the_mirror_showed() {
    on_both(|desk| async move {
        show(&desk, seen(Authority::Read, vec![deal("before", 5)]), 5).await;
        assert_eq!(versions(&desk).await, []);
        keep(&desk).await;
        show(&desk, seen(Authority::Read, vec![deal("after", 9)]), 9).await;
        let kept = versions(&desk).await;
        assert_eq!(
            kept,
            [
                version("before", 5, Some(9), true, VersionSource::Read),
                version("after", 9, None, true, VersionSource::Read),
            ]
        );
        let nothing = BTreeSet::new();
        desk.store
            .keep_versions(&desk.lease, nothing, at(10))
            .await
            .unwrap();
        show(&desk, seen(Authority::Read, vec![deal("unkept", 12)]), 12).await;
        assert_eq!(versions(&desk).await, kept);
    });
}

#[test]
fn versions_of_one_second_are_told_apart() {
    on_both(|desk| async move {
        keep(&desk).await;
        for title in ["one", "two", "three"] {
            show(&desk, seen(Authority::Read, vec![deal(title, 1)]), 1).await;
        }
        let titles: Vec<_> = versions(&desk)
            .await
            .into_iter()
            .map(|shown| shown.0)
            .collect();
        assert_eq!(
            titles,
            ["one", "two", "three"].map(|title| Some(title.to_owned()))
        );
    });
}

#[test]
fn old_versions_are_dropped_but_never_the_one_that_held_then() {
    on_both(|desk| async move {
        keep(&desk).await;
        for (title, changed) in [("a", 1), ("b", 10), ("c", 20), ("d", 30)] {
            show(
                &desk,
                seen(Authority::Read, vec![deal(title, changed)]),
                changed,
            )
            .await;
        }
        let purge = async |before, limit| {
            let purged = desk.store.purge_versions(&desk.lease, at(before), limit);
            purged.await.unwrap()
        };
        assert_eq!(purge(25, 1).await, 1);
        assert_eq!(purge(25, 9).await, 1);
        assert_eq!(purge(25, 9).await, 0);
        let left: Vec<_> = versions(&desk)
            .await
            .into_iter()
            .map(|shown| shown.1)
            .collect();
        assert_eq!(left, [20, 30]);
        assert_eq!(desk.store.give_back(&desk.lease, 10).await.unwrap(), 0);
    });
}

#[test]
fn what_a_record_was_at_a_moment_can_be_asked_in_sql() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("street.db");
        let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        let desk = Desk::at(store::AnyStore::Sqlite(store.clone())).await;
        keep(&desk).await;
        let field = store::SeenField {
            code: "c1".to_owned(),
            name: "Working title".to_owned(),
            field_type: "varchar".to_owned(),
            is_custom: true,
            is_writable: None,
            options: Vec::new(),
        };
        let list = SeenFields {
            entity: store::FieldEntity::Deal,
            fields: vec![field],
        };
        let fact = ("definitions", "{}".to_owned());
        desk.store
            .commit_fields(desk.ctx, vec![list], fact, at(0))
            .await
            .unwrap();
        for (title, changed) in [("first", 1), ("second", 10), ("third", 20)] {
            show(
                &desk,
                seen(Authority::Read, vec![deal(title, changed)]),
                changed,
            )
            .await;
        }
        let connection = rusqlite::Connection::open(&path).unwrap();
        let moment = at(15).to_string();
        let (id, title, working, is_gap): (i64, String, String, i64) = connection
            .query_row(
                "select id, title, working_title, is_gap from deal_versions \
                 where record_id = '7' and valid_from <= ?1 and (valid_to is null or valid_to > ?1)",
                [&moment],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .unwrap();
        assert_eq!(
            (id, title.as_str(), working.as_str(), is_gap),
            (7, "second", "second", 1)
        );
        store.close().await;
    });
}

#[test]
fn room_that_nothing_needs_any_more_is_given_back() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("street.db");
        let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        let desk = Desk::at(store::AnyStore::Sqlite(store.clone())).await;
        let hints = (0..200).map(|number| {
            let mut hint = crate::made_up::hint(&crate::made_up::person(number));
            hint.body = Some("x".repeat(20_000));
            hint
        });
        desk.store
            .append_inbox(desk.ctx, hints.collect(), at(1))
            .await
            .unwrap();
        desk.store
            .purge_inbox(&desk.lease, at(5), at(6))
            .await
            .unwrap();
        let first = desk.store.give_back(&desk.lease, 100).await.unwrap();
        let second = desk.store.give_back(&desk.lease, 100).await.unwrap();
        assert!(first > 500, "{first} pages are left");
        assert_eq!(second, first - 100);
        while desk.store.give_back(&desk.lease, 1_000).await.unwrap() > 0 {}
        store.close().await;
        let size = std::fs::metadata(&path).unwrap().len();
        assert!(size < 2_000_000, "{size} bytes are left");
    });
}
