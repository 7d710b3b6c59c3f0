//! Every version of a deal, from what comes in anyway.

use std::collections::BTreeSet;
use std::time::Duration;

use emulators::pipedrive::Entity as Emulated;
use model::{Entity, RecordKey};
use serde_json::{Value, json};
use store::{RecordVersion, VersionSource, VersionStore};

use super::world::World;

const WEBHOOKS: Duration = Duration::from_secs(20);

async fn office() -> (World, i64) {
    let mut world = World::before_first_sync(|setup| {
        setup.settings.mirrored = vec![Entity::Deal];
        setup.settings.versions_of = BTreeSet::from([Entity::Deal]);
    })
    .await;
    let deal = json!({"title": "Storgata 8", "value": 1_000, "currency": "NOK"});
    let deal = world.pipedrive.add_record(Emulated::Deal, deal);
    let core = world.core();
    let versions_of = core.settings.versions_of.clone();
    let kept = core
        .store
        .keep_versions(&core.lease, versions_of, core.now());
    kept.await.expect("the store answers");
    world.first_sync().await;
    (world, deal)
}

impl World {
    async fn versions_of(&self, deal: i64) -> Vec<RecordVersion> {
        let core = self.core();
        let deal = RecordKey::new(Entity::Deal, deal);
        core.store.versions(core.ctx(), &deal).await.unwrap()
    }
}

fn value(version: &RecordVersion) -> i64 {
    let raw: Value = serde_json::from_str(version.raw.as_ref().unwrap()).unwrap();
    raw["value"]
        .as_f64()
        .map(|value| value.round())
        .unwrap()
        .to_string()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn versions_that_webhooks_told_follow_each_other_without_a_gap_and_cost_nothing_more() {
    let (mut world, deal) = office().await;
    let before = world.pipedrive.tokens_spent();
    // Three edits before the first webhook is looked at: one read shows the last of them only.
    for amount in [2_000, 3_000, 4_000] {
        world.pass(Duration::from_secs(2));
        let edit = json!({"value": amount});
        world.pipedrive.edit_record(Emulated::Deal, deal, edit);
    }
    world.settle_within(WEBHOOKS).await;

    let versions = world.versions_of(deal).await;
    let values: Vec<(i64, bool)> = versions
        .iter()
        .skip(1)
        .map(|version| (value(version), version.is_gap))
        .collect();
    assert_eq!(values, [(2_000, false), (3_000, false), (4_000, false)]);
    assert_eq!(value(&versions[0]), 1_000);
    for (one, next) in versions.iter().zip(versions.iter().skip(1)) {
        assert_eq!(one.valid_to, Some(next.valid_from));
    }
    let spent = world.pipedrive.tokens_spent() - before;
    assert!(spent <= 3, "{spent} tokens");
}

#[tokio::test]
async fn what_no_webhook_told_has_a_gap_before_it() {
    let (mut world, deal) = office().await;
    world.pass(Duration::from_secs(2));
    world
        .pipedrive
        .quietly()
        .edit_record(Emulated::Deal, deal, json!({"value": 5_000}));
    world.pass(Duration::from_secs(2));
    // This one's webhook tells what was right before it.
    world
        .pipedrive
        .edit_record(Emulated::Deal, deal, json!({"value": 6_000}));
    world.settle_within(WEBHOOKS).await;
    world.pass(Duration::from_secs(2));
    world
        .pipedrive
        .quietly()
        .edit_record(Emulated::Deal, deal, json!({"value": 7_000}));
    world.settle_within(Duration::from_secs(600)).await;

    let versions = world.versions_of(deal).await;
    let shown: Vec<_> = versions
        .iter()
        .skip(1)
        .map(|version| (value(version), version.is_gap))
        .collect();
    assert_eq!(shown, [(5_000, true), (6_000, false), (7_000, true)]);
    assert_eq!(versions[3].source, VersionSource::Poll);
}
