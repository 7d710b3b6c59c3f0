//! What is mirrored beside the pairs: read once, kept current, and equal to the source, row by row.

use std::collections::BTreeMap;
use std::time::Duration;

use emulators::pipedrive::Entity as Emulated;
use model::{Entity, RecordKey};
use serde_json::{Value, json};
use store::{DealStore, Store};

use super::world::World;

const COMPARED: [(Entity, Emulated); 3] = [
    (Entity::Deal, Emulated::Deal),
    (Entity::Activity, Emulated::Activity),
    (Entity::Product, Emulated::Product),
];

fn mirrored() -> Vec<Entity> {
    let all = Entity::ALL.into_iter();
    all.filter(|entity| !entity.is_always_paired()).collect()
}

/// A brokerage with an office full of deals, read once.
pub(super) async fn office() -> World {
    let mut world = World::before_first_sync(|setup| setup.settings.mirrored = mirrored()).await;
    for (name, value) in [
        ("Storgata 8", 8_500_000),
        ("Hamngatan 4", 480_000),
        ("Sveavägen 17", 0),
    ] {
        let deal = json!({"title": name, "value": value, "currency": "NOK"});
        let deal = world.pipedrive.add_record(Emulated::Deal, deal);
        let activity = json!({"subject": "Viewing", "type": "meeting", "deal_id": deal});
        world.pipedrive.add_record(Emulated::Activity, activity);
    }
    world
        .pipedrive
        .add_record(Emulated::Product, json!({"name": "Letting fee"}));
    world.first_sync().await;
    world
}

impl World {
    /// What the mirror shows of every live record of an entity.
    pub(super) async fn mirror_of(&self, entity: Entity) -> BTreeMap<i64, Value> {
        let core = self.core();
        let mut rows = BTreeMap::new();
        for id in core.store.live_ids(core.ctx(), entity).await.unwrap() {
            let number = id.as_number().expect("ids of Pipedrive are numbers");
            let key = RecordKey { entity, id };
            let row = core.store.mirror_row(core.ctx(), &key).await.unwrap();
            let raw = row.expect("a live id has a row").raw;
            rows.insert(number, serde_json::from_str(&raw).unwrap());
        }
        rows
    }

    async fn moves_of(&self, deal: i64) -> Vec<store::StageChange> {
        let core = self.core();
        let moves = core.store.stage_changes(core.ctx(), &deal.into()).await;
        moves.unwrap()
    }

    /// Counts what the source shows, and holds it against what is kept.
    async fn expect_totals_to_equal_a_recount(&self) {
        let mut counted: BTreeMap<(i64, String, String), (i64, f64)> = BTreeMap::new();
        for deal in self.pipedrive.live_records(Emulated::Deal).into_values() {
            if deal["is_archived"] == true {
                continue;
            }
            let text = |field: &str| deal[field].as_str().unwrap_or_default().to_owned();
            let key = (
                deal["stage_id"].as_i64().unwrap(),
                text("status"),
                text("currency"),
            );
            let total = counted.entry(key).or_default();
            total.0 += 1;
            total.1 += deal["value"].as_f64().unwrap_or_default();
        }
        let core = self.core();
        let mut kept: BTreeMap<(i64, String, String), (i64, f64)> = BTreeMap::new();
        for (key, total) in core.store.stage_totals(core.ctx()).await.unwrap() {
            let kept = kept
                .entry((key.stage_id, key.status, key.currency))
                .or_default();
            kept.0 += total.deals;
            kept.1 += f64::from(i32::try_from(total.value_hundredths).unwrap()) / 100.0;
        }
        assert_eq!(kept, counted);
    }

    async fn expect_mirror_to_equal_source(&self) {
        for (entity, emulated) in COMPARED {
            let mirror = self.mirror_of(entity).await;
            let source = self.pipedrive.live_records(emulated);
            let ids = |rows: &BTreeMap<i64, Value>| rows.keys().copied().collect::<Vec<_>>();
            assert_eq!(ids(&mirror), ids(&source), "{entity:?}");
            for (id, shown) in &source {
                for field in [
                    "title",
                    "name",
                    "subject",
                    "content",
                    "stage_id",
                    "status",
                    "update_time",
                ] {
                    assert_eq!(mirror[id][field], shown[field], "{entity:?} {id} {field}");
                }
            }
        }
    }
}

#[tokio::test]
async fn everything_that_is_mirrored_is_read_once_and_equals_the_source() {
    let world = office().await;
    world.expect_mirror_to_equal_source().await;
    for entity in [Entity::User, Entity::Pipeline, Entity::Stage] {
        let core = world.core();
        let ids = core.store.live_ids(core.ctx(), entity).await.unwrap();
        assert!(!ids.is_empty(), "no {} in the mirror", entity.plural());
    }
}

#[tokio::test]
async fn a_deal_that_is_moved_is_in_the_mirror_after_its_webhook_for_no_token() {
    let mut world = office().await;
    let (deal, stage) = world.pipedrive.a_deal_and_another_stage();
    let before = world.pipedrive.tokens_spent();
    world
        .pipedrive
        .edit_record(Emulated::Deal, deal, json!({"stage_id": stage}));

    world.settle_within(Duration::from_secs(20)).await;

    assert_eq!(
        world.mirror_of(Entity::Deal).await[&deal]["stage_id"],
        stage
    );
    assert_eq!(world.pipedrive.tokens_spent() - before, 0);
}

#[tokio::test]
async fn a_deal_that_is_moved_without_a_webhook_is_found_by_the_next_poll() {
    let mut world = office().await;
    let (deal, stage) = world.pipedrive.a_deal_and_another_stage();
    world
        .pipedrive
        .quietly()
        .edit_record(Emulated::Deal, deal, json!({"stage_id": stage}));

    world.settle_within(Duration::from_secs(6 * 60)).await;

    assert_eq!(
        world.mirror_of(Entity::Deal).await[&deal]["stage_id"],
        stage
    );
}

#[tokio::test]
async fn a_deleted_deal_leaves_a_tombstone_even_when_its_webhook_is_lost() {
    let mut world = office().await;
    let (deal, _) = world.pipedrive.a_deal_and_another_stage();
    world
        .pipedrive
        .quietly()
        .delete_record(Emulated::Deal, deal);

    world.settle_within(Duration::from_secs(6 * 60)).await;

    assert!(!world.mirror_of(Entity::Deal).await.contains_key(&deal));
    let core = world.core();
    let key = RecordKey::new(Entity::Deal, deal);
    let row = core.store.mirror_row(core.ctx(), &key).await.unwrap();
    assert!(
        row.expect("it keeps what it last showed")
            .deleted_at
            .is_some()
    );
}

#[tokio::test]
async fn an_archived_deal_stays_in_the_mirror() {
    let mut world = office().await;
    let (deal, _) = world.pipedrive.a_deal_and_another_stage();
    world
        .pipedrive
        .edit_record(Emulated::Deal, deal, json!({"is_archived": true}));

    world.settle_within(Duration::from_secs(25 * 3_600)).await;

    assert_eq!(
        world.mirror_of(Entity::Deal).await[&deal]["is_archived"],
        true
    );
}

#[tokio::test]
async fn deletions_and_new_records_without_webhooks_are_found_within_a_day() {
    let mut world = office().await;
    let activity = *world
        .mirror_of(Entity::Activity)
        .await
        .keys()
        .next()
        .unwrap();
    let quiet = world.pipedrive.quietly();
    quiet.delete_record(Emulated::Activity, activity);
    let product = quiet.add_record(Emulated::Product, json!({"name": "Valuation"}));

    world.settle_within(Duration::from_secs(25 * 3_600)).await;

    assert!(
        !world
            .mirror_of(Entity::Activity)
            .await
            .contains_key(&activity)
    );
    assert_eq!(
        world.mirror_of(Entity::Product).await[&product]["name"],
        "Valuation"
    );
    world.expect_mirror_to_equal_source().await;
}

#[tokio::test]
async fn what_is_mirrored_only_leaves_no_lane_behind_and_is_never_planned() {
    let mut world = office().await;
    let (deal, stage) = world.pipedrive.a_deal_and_another_stage();
    world
        .pipedrive
        .edit_record(Emulated::Deal, deal, json!({"stage_id": stage}));

    world.settle_within(Duration::from_secs(20)).await;

    let core = world.core();
    let lane = core
        .store
        .lane_of(core.ctx(), &RecordKey::new(Entity::Deal, deal))
        .await
        .unwrap();
    assert!(lane.is_none());
}

#[tokio::test]
async fn moves_of_a_deal_are_kept_with_who_made_them_and_how_long_it_stayed() {
    let mut world = office().await;
    let (deal, stage) = world.pipedrive.a_deal_and_another_stage();
    let first = world.mirror_of(Entity::Deal).await[&deal]["stage_id"]
        .as_i64()
        .unwrap();
    world.pass(Duration::from_secs(3_600));
    // Two moves before anything is read: both are told.
    world
        .pipedrive
        .edit_record(Emulated::Deal, deal, json!({"stage_id": stage}));
    world.pass(Duration::from_secs(60));
    world
        .pipedrive
        .edit_record(Emulated::Deal, deal, json!({"stage_id": first}));
    world.settle_within(Duration::from_secs(20)).await;

    let moves = world.moves_of(deal).await;
    let stages: Vec<(i64, i64)> = moves
        .iter()
        .map(|change| (change.from_stage_id, change.to_stage_id))
        .collect();
    assert_eq!(stages, [(first, stage), (stage, first)]);
    for change in &moves {
        assert!(!change.is_gap && change.user_id.is_some(), "{change:?}");
    }
    let stayed = moves[1].at.as_second() - moves[1].since.unwrap().as_second();
    assert_eq!(stayed, 60);
}

#[tokio::test]
async fn a_move_that_no_webhook_told_of_is_kept_as_a_gap() {
    let mut world = office().await;
    let (deal, stage) = world.pipedrive.a_deal_and_another_stage();
    world
        .pipedrive
        .quietly()
        .edit_record(Emulated::Deal, deal, json!({"stage_id": stage}));
    world.settle_within(Duration::from_secs(6 * 60)).await;

    let moves = world.moves_of(deal).await;
    assert_eq!(moves.len(), 1);
    assert!(moves[0].is_gap && moves[0].user_id.is_none());
    assert_eq!(moves[0].to_stage_id, stage);
}

#[tokio::test]
async fn the_totals_of_the_stages_are_those_of_a_recount() {
    let mut world = office().await;
    let (deal, stage) = world.pipedrive.a_deal_and_another_stage();
    world.expect_totals_to_equal_a_recount().await;
    let edits = [
        json!({"stage_id": stage}),
        json!({"value": 990_000.55, "currency": "SEK"}),
        json!({"status": "won"}),
        json!({"status": "open"}),
        json!({"is_archived": true}),
    ];
    for edit in edits {
        world.pass(Duration::from_secs(60));
        world.pipedrive.edit_record(Emulated::Deal, deal, edit);
        world.settle_within(Duration::from_secs(20)).await;
        world.expect_totals_to_equal_a_recount().await;
    }
    let other = *world
        .pipedrive
        .live_records(Emulated::Deal)
        .keys()
        .last()
        .unwrap();
    world.pipedrive.delete_record(Emulated::Deal, other);
    world.settle_within(Duration::from_secs(20)).await;
    world.expect_totals_to_equal_a_recount().await;
}
