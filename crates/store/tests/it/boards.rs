//! Boards: both stores show the same deals in the same order, and SQLite walks an index for each question.

use model::{Entity, RecordKey};
use serde_json::json;
use store::{
    AnyStore, Authority, BoardFilter, BoardStore, DealOrder, FirstReadStore, MirrorRow,
    SqliteOptions, SqliteStore, Store,
};

use crate::both::{Desk, on_both, run};
use crate::made_up::{at, row, seen};

const DAY: i64 = 86_400;

fn deal(id: i64, now: i64) -> MirrorRow {
    let mut shown = row(&RecordKey::new(Entity::Deal, id), now, "");
    let closes = (id % 11 > 0).then(|| format!("2026-12-{:02}", 1 + id * 7 % 28));
    let raw = json!({
        "id": id, "title": format!("Deal {id}"), "pipeline_id": 1 + id % 2, "stage_id": 1 + id % 6,
        "status": if id % 5 == 0 { "won" } else { "open" }, "currency": "SEK", "owner_id": id % 4,
        "value": 100 * id, "expected_close_date": closes, "is_archived": id % 17 == 0,
    });
    shown.raw = raw.to_string().into();
    shown
}

async fn fill(desk: &Desk, deals: i64) {
    let rows = (1..=deals).map(|id| deal(id, id / 3)).collect();
    let gone = Vec::from([RecordKey::new(Entity::Deal, 8)]);
    let mut shown = seen(Authority::Read, rows);
    shown.gone = gone;
    desk.store
        .commit_observation(&desk.lease, shown, None, at(deals))
        .await
        .unwrap();
}

fn filter(stage_id: Option<i64>, owner_id: Option<i64>) -> BoardFilter {
    BoardFilter {
        pipeline_id: 2,
        stage_id,
        status: "open".to_owned(),
        owner_id,
    }
}

/// What a board is to show, counted out from the made-up deals.
fn expected(filter: &BoardFilter, order: DealOrder) -> Vec<i64> {
    let mut deals: Vec<i64> = (1..=200_i64)
        .filter(|id| *id != 8 && id % 17 != 0 && id % 5 != 0 && id % 2 == 1)
        .filter(|id| filter.stage_id.is_none_or(|stage| stage == 1 + id % 6))
        .filter(|id| filter.owner_id.is_none_or(|owner| owner == id % 4))
        .filter(|id| order == DealOrder::Newest || id % 11 > 0)
        .collect();
    match order {
        // Ids are compared as text where times are equal.
        DealOrder::Newest => deals.sort_by_key(|id| std::cmp::Reverse((id / 3, id.to_string()))),
        DealOrder::ExpectedClose => deals.sort_by_key(|id| (1 + id * 7 % 28, id.to_string())),
    }
    deals
}

async fn assert_pages_are_whole_and_sorted(desk: &Desk) {
    for (stage, owner) in [
        (None, None),
        (Some(2), None),
        (None, Some(3)),
        (Some(4), Some(1)),
    ] {
        for order in [DealOrder::Newest, DealOrder::ExpectedClose] {
            let filter = filter(stage, owner);
            let mut shown: Vec<i64> = Vec::new();
            let mut after = None;
            loop {
                let page = desk
                    .store
                    .deals_page(desk.ctx, &filter, order, after.take(), 7)
                    .await
                    .unwrap();
                shown.extend(
                    page.iter()
                        .map(|card| card.id.as_str().parse::<i64>().unwrap()),
                );
                match page.last() {
                    Some(last) => after = Some(last.place()),
                    None => break,
                }
            }
            let expected: Vec<i64> = expected(&filter, order);
            assert!(!expected.is_empty());
            assert_eq!(shown, expected, "{filter:?} {order:?}");
        }
    }
}

#[test]
fn pages_of_every_filter_and_order_are_whole_and_sorted() {
    on_both(|desk| async move {
        fill(&desk, 200).await;
        assert_pages_are_whole_and_sorted(&desk).await;
    });
}

#[test]
fn pages_are_whole_and_sorted_while_a_first_read_does_without_indexes_and_after_it() {
    on_both(|desk| async move {
        desk.store
            .leave_out_board_indexes(&desk.lease)
            .await
            .unwrap();
        fill(&desk, 200).await;
        assert_pages_are_whole_and_sorted(&desk).await;
        while desk.store.make_board_index(&desk.lease).await.unwrap() {
            assert_pages_are_whole_and_sorted(&desk).await;
        }
        assert_pages_are_whole_and_sorted(&desk).await;
    });
}

#[test]
fn a_board_shows_each_stage_with_its_sums_and_its_newest_deals() {
    on_both(|desk| async move {
        fill(&desk, 200).await;
        let columns = desk
            .store
            .board(desk.ctx, &filter(None, None), 3)
            .await
            .unwrap();
        let stages: Vec<i64> = columns.iter().map(|column| column.stage_id).collect();
        assert_eq!(stages, [2, 4, 6]);
        for column in &columns {
            let of_stage = expected(&filter(Some(column.stage_id), None), DealOrder::Newest);
            let ids: Vec<i64> = column
                .cards
                .iter()
                .map(|card| card.id.as_str().parse().unwrap())
                .collect();
            assert_eq!(ids, of_stage[..3]);
            let sum = column.sums[0].total;
            assert_eq!(usize::try_from(sum.deals).unwrap(), of_stage.len());
            assert_eq!(sum.value_hundredths, of_stage.iter().sum::<i64>() * 10_000);
        }
        let owners = desk.store.owner_sums(desk.ctx, 2, "open").await.unwrap();
        let owners: Vec<(i64, i64)> = owners
            .iter()
            .map(|owner| (owner.owner_id, owner.total.deals))
            .collect();
        let of = |owner| {
            let deals = expected(&filter(None, Some(owner)), DealOrder::Newest);
            (owner, i64::try_from(deals.len()).unwrap())
        };
        assert_eq!(owners, [of(1), of(3)]);
    });
}

#[test]
fn what_stages_held_is_kept_when_a_day_is_over() {
    on_both(|desk| async move {
        let show = async |id, day: i64| {
            let rows = vec![deal(id, day * DAY)];
            desk.store
                .commit_observation(
                    &desk.lease,
                    seen(Authority::Read, rows),
                    None,
                    at(day * DAY),
                )
                .await
                .unwrap();
        };
        show(1, 0).await;
        show(7, 0).await;
        let days = async || {
            let days = desk.store.stage_days(desk.ctx, 2, "open", at(0)).await;
            let days = days.unwrap();
            days.into_iter()
                .map(|day| (day.stage_id, day.total.deals, day.total.value_hundredths))
                .collect::<Vec<_>>()
        };
        assert_eq!(days().await, []);
        // Nothing happens for two days.
        show(13, 3).await;
        assert_eq!(days().await, [(2, 2, 80_000)]);
        show(3, 4).await;
        assert_eq!(days().await, [(2, 2, 80_000), (2, 3, 210_000)]);
        let moves = desk.store.newest_stage_changes(desk.ctx, 5).await.unwrap();
        assert_eq!(moves, []);
    });
}

#[test]
fn the_newest_moves_come_with_the_titles_of_their_deals() {
    on_both(|desk| async move {
        for (second, id, stage) in [(1, 1, 2), (2, 7, 2), (3, 1, 4), (4, 7, 6), (5, 1, 6)] {
            let mut moved = deal(id, second);
            let mut raw: serde_json::Value = serde_json::from_str(&moved.raw).unwrap();
            raw["stage_id"] = json!(stage);
            moved.raw = raw.to_string().into();
            desk.store
                .commit_observation(
                    &desk.lease,
                    seen(Authority::Read, vec![moved]),
                    None,
                    at(second),
                )
                .await
                .unwrap();
        }
        let moves = desk.store.newest_stage_changes(desk.ctx, 2).await.unwrap();
        let moves: Vec<_> = moves
            .iter()
            .map(|moved| (moved.title.as_deref(), moved.change.to_stage_id))
            .collect();
        assert_eq!(moves, [(Some("Deal 1"), 6), (Some("Deal 7"), 6)]);
        let names = desk.store.names(desk.ctx, Entity::Stage).await.unwrap();
        assert_eq!(names, []);
    });
}

#[test]
fn no_question_of_the_dashboard_walks_a_whole_table() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("street.db");
        let sqlite = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        let desk = Desk::at(AnyStore::Sqlite(sqlite.clone())).await;
        fill(&desk, 200).await;
        let explained = desk.store.explain_board(desk.ctx).await.unwrap();
        assert!(explained.len() >= 10);
        for query in explained {
            assert!(!query.plan.is_empty(), "{query:?}");
            for step in &query.plan {
                assert!(!step.starts_with("SCAN"), "{query:?}");
                // Nothing is sorted before the first page can be shown.
                let is_sum = query.name.starts_with("sums");
                assert!(is_sum || !step.contains("TEMP B-TREE"), "{query:?}");
            }
        }
        sqlite.close().await;
    });
}

fn indexes(path: &std::path::Path) -> Vec<(String, String)> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let sql = "select name, sql from sqlite_schema where type = 'index' and sql is not null order by name";
    let mut statement = connection.prepare(sql).unwrap();
    let words = |sql: String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, words(row.get(1)?))));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn indexes_that_a_first_read_left_out_are_made_as_they_were() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("street.db");
        let sqlite = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        let desk = Desk::at(AnyStore::Sqlite(sqlite.clone())).await;
        let before = indexes(&path);
        desk.store
            .leave_out_board_indexes(&desk.lease)
            .await
            .unwrap();
        assert_eq!(indexes(&path).len(), before.len() - 3);
        fill(&desk, 1_200).await;
        let mut made = 1;
        while desk.store.make_board_index(&desk.lease).await.unwrap() {
            made += 1;
        }
        assert_eq!(made, 3);
        assert_eq!(indexes(&path), before);
        // Many deals are there: the next read is not the first one.
        desk.store
            .leave_out_board_indexes(&desk.lease)
            .await
            .unwrap();
        assert_eq!(indexes(&path), before);
        assert!(!desk.store.make_board_index(&desk.lease).await.unwrap());
        sqlite.close().await;
    });
}
