//! How often lists are asked for what webhooks have told already.

use std::time::Duration;

use emulators::pipedrive::Entity as Emulated;
use model::Entity;
use serde_json::json;

use super::world::World;

const HOUR: Duration = Duration::from_secs(3_600);
const ACTIVITIES: &str = "GET /api/v2/activities";

impl World {
    /// How often the list of activities is asked for within this hour.
    async fn asked_within_the_hour(&mut self) -> u64 {
        self.pipedrive.reset_counters();
        self.settle_within(HOUR).await;
        let requests = self.pipedrive.counters().requests;
        requests.get(ACTIVITIES).copied().unwrap_or(0)
    }
}

#[tokio::test]
async fn a_quiet_list_is_asked_for_more_rarely_until_it_shows_what_no_webhook_told() {
    let mut world = World::before_first_sync(|setup| {
        setup.settings.mirrored = vec![Entity::Activity];
    })
    .await;
    let viewing = json!({"subject": "Viewing", "type": "meeting"});
    let viewing = world.pipedrive.add_record(Emulated::Activity, viewing);
    world.first_sync().await;
    let usual = world.asked_within_the_hour().await;
    // Twelve polls and two looks at the newest.
    assert!((12..=16).contains(&usual), "{usual}");
    world.settle_within(6 * HOUR).await;
    let quiet = world.asked_within_the_hour().await;
    assert!((2..=5).contains(&quiet), "{quiet}");

    // Webhooks that come are no reason to look more often.
    world.pipedrive.edit_record(
        Emulated::Activity,
        viewing,
        json!({"subject": "Second viewing"}),
    );
    world.settle_within(Duration::from_secs(20)).await;
    let told = world.asked_within_the_hour().await;
    assert!((2..=5).contains(&told), "{told}");

    world.pipedrive.quietly().edit_record(
        Emulated::Activity,
        viewing,
        json!({"subject": "Last viewing"}),
    );
    world.settle_within(HOUR / 2).await;
    let core = world.core();
    let key = model::RecordKey::new(Entity::Activity, viewing);
    let row = store::Store::mirror_row(&core.store, core.ctx(), &key).await;
    assert!(row.unwrap().unwrap().raw.contains("Last viewing"));
    let again = world.asked_within_the_hour().await;
    // The hour began up to half an hour after the poll that found it.
    assert!((9..=16).contains(&again), "{again}");
}
