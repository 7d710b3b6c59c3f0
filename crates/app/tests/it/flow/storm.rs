//! A storm of changes: webhooks are lost, come twice and out of order. A day later the mirror equals the source, row by row.

use std::time::Duration;

use emulators::faults::FaultRates;
use emulators::pipedrive::Entity as Emulated;
use model::Entity;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::mirrored::office;
use super::world::World;

const DEEDS: u32 = 600;
const KINDS: [(Entity, Emulated); 5] = [
    (Entity::Deal, Emulated::Deal),
    (Entity::Activity, Emulated::Activity),
    (Entity::Product, Emulated::Product),
    (Entity::Pipeline, Emulated::Pipeline),
    (Entity::Stage, Emulated::Stage),
];

impl World {
    fn someone_does_something(&self, random: &mut ChaCha8Rng, number: u32) {
        let entity = match random.random_range(0..20) {
            0..12 => Emulated::Deal,
            12..16 => Emulated::Activity,
            16..18 => Emulated::Product,
            18 => Emulated::Stage,
            _ => Emulated::Pipeline,
        };
        let ids: Vec<i64> = self.pipedrive.live_records(entity).into_keys().collect();
        let id = ids[random.random_range(0..ids.len())];
        let named = |name: &str| json!({name: format!("Mandate {number}")});
        let may_vanish = matches!(
            entity,
            Emulated::Deal | Emulated::Activity | Emulated::Product
        );
        let deed = random.random_range(0..20);
        if may_vanish && deed == 0 && ids.len() > 3 {
            return self.pipedrive.delete_record(entity, id);
        }
        let fields = match (entity, deed) {
            (Emulated::Activity, 1..3) => {
                let fields = json!({"subject": "Viewing", "type": "meeting"});
                self.pipedrive.add_record(entity, fields);
                return;
            }
            (Emulated::Deal, 1..3) => {
                self.pipedrive.add_record(entity, named("title"));
                return;
            }
            (Emulated::Deal, 3..6) => json!({"stage_id": random.random_range(1..3)}),
            (Emulated::Deal, 6..8) => json!({"value": random.random_range(1..9_000_000)}),
            (Emulated::Deal, 8) => json!({"is_archived": true}),
            (Emulated::Deal, 9) => json!({"status": "won"}),
            (Emulated::Deal, _) => named("title"),
            (Emulated::Activity, 3..9) => json!({"done": deed % 2 == 0}),
            (Emulated::Activity, _) => named("subject"),
            _ => named("name"),
        };
        let now = self.pipedrive.clock.moment();
        let mut emulator = self.pipedrive.server.emulator();
        // Some of it is refused: what is archived cannot be edited.
        drop(emulator.screen(now).edit(entity, id, &fields));
    }

    async fn expect_every_row_to_equal_its_source(&self) {
        for (entity, emulated) in KINDS {
            let mirror = self.mirror_of(entity).await;
            let source = self.pipedrive.live_records(emulated);
            let ids = |rows: &std::collections::BTreeMap<i64, Value>| {
                rows.keys().copied().collect::<Vec<_>>()
            };
            assert_eq!(ids(&mirror), ids(&source), "{entity:?}");
            for (id, shown) in source {
                let mut mirrored = mirror[&id].clone();
                // Asked for beside everything else.
                if let Some(fields) = mirrored.as_object_mut() {
                    fields.remove("attendees");
                }
                assert_eq!(mirrored, shown, "{entity:?} {id}");
            }
        }
    }
}

#[tokio::test]
async fn after_a_storm_of_changes_every_row_equals_its_source_for_a_part_of_a_token_each() {
    let mut world = office().await;
    let rates = FaultRates {
        webhook_drop: 0.05,
        webhook_duplicate: 0.05,
        webhook_reorder: 0.1,
        ..FaultRates::default()
    };
    world.pipedrive.server.emulator().faults.set_rates(rates);
    world.pipedrive.reset_counters();
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for number in 0..DEEDS {
        world.someone_does_something(&mut random, number);
        if number % 40 == 39 {
            world.settle_within(Duration::from_secs(2)).await;
        }
    }
    world.settle_within(Duration::from_secs(20)).await;
    let counters = world.pipedrive.counters();
    let (webhooks, tokens) = (counters.webhooks.delivered, counters.tokens_total());
    assert!(tokens * 2 < webhooks, "{tokens} tokens for {webhooks}");

    world.settle_within(Duration::from_secs(25 * 3_600)).await;

    world.expect_every_row_to_equal_its_source().await;
}
