//! What webhooks tell of records that are mirrored only: taken from them for no token where they tell all, read where they do not,
//! never taken where anything is in doubt.

use std::time::Duration;

use emulators::pipedrive::Entity as Emulated;
use model::Entity;
use serde_json::json;

use super::mirrored::office;
use super::world::{Fault, World};

const SOON: Duration = Duration::from_secs(20);

impl World {
    /// Everything that the mirror shows of a deal, beside what the source shows.
    async fn expect_deal_to_equal_source(&self, deal: i64) {
        let source = &self.pipedrive.live_records(Emulated::Deal)[&deal];
        assert_eq!(&self.mirror_of(Entity::Deal).await[&deal], source);
    }

    fn rename_deal(&self, deal: i64, to: &str) {
        let fields = json!({"title": to});
        self.pipedrive.edit_record(Emulated::Deal, deal, fields);
    }
}

#[tokio::test]
async fn a_deal_whose_value_changed_is_read_because_its_webhook_does_not_tell_what_follows() {
    let mut world = office().await;
    let (deal, _) = world.pipedrive.a_deal_and_another_stage();
    let before = world.pipedrive.tokens_spent();
    let fields = json!({"value": 1_250_000});
    world.pipedrive.edit_record(Emulated::Deal, deal, fields);

    world.settle_within(SOON).await;

    world.expect_deal_to_equal_source(deal).await;
    assert_eq!(world.pipedrive.tokens_spent() - before, 1);
}

#[tokio::test]
async fn two_changes_of_one_second_are_settled_by_a_read() {
    let mut world = office().await;
    let (deal, _) = world.pipedrive.a_deal_and_another_stage();
    world.rename_deal(deal, "Storgata 8, sold");
    world.rename_deal(deal, "Storgata 8, reserved");

    world.settle_within(SOON).await;

    world.expect_deal_to_equal_source(deal).await;
}

#[tokio::test]
async fn an_older_webhook_that_comes_later_does_not_take_a_deal_back() {
    let mut world = office().await;
    let (deal, _) = world.pipedrive.a_deal_and_another_stage();
    let delay = Fault::WebhookDelay { millis: 12_000 };
    world
        .pipedrive
        .next(delay)
        .on(super::world::Call::Webhook("deal.change"));
    world.rename_deal(deal, "Storgata 8, sold");
    world.settle_within(Duration::from_secs(3)).await;
    world.rename_deal(deal, "Storgata 8, reserved");

    world.settle_within(Duration::from_secs(30)).await;

    world.expect_deal_to_equal_source(deal).await;
}

#[tokio::test]
async fn what_a_webhook_told_is_no_news_to_the_poll_after_it() {
    let mut world = office().await;
    let (deal, stage) = world.pipedrive.a_deal_and_another_stage();
    let fields = json!({"stage_id": stage});
    world.pipedrive.edit_record(Emulated::Deal, deal, fields);
    world.settle_within(SOON).await;
    world.pipedrive.reset_counters();

    world.settle_within(Duration::from_secs(6 * 60)).await;

    let counters = world.pipedrive.counters();
    let singles = counters
        .requests
        .keys()
        .filter(|path| path.contains("deals/{id}"));
    assert_eq!(singles.count(), 0, "{:?}", counters.requests);
    world.expect_deal_to_equal_source(deal).await;
}

#[tokio::test]
async fn many_activities_that_change_at_once_are_read_by_the_page() {
    let mut world = office().await;
    let subjects =
        (0..60).map(|number| json!({"subject": format!("Viewing {number}"), "type": "meeting"}));
    let activities: Vec<i64> = subjects
        .map(|fields| world.pipedrive.add_record(Emulated::Activity, fields))
        .collect();
    world.settle_within(SOON).await;
    let before = world.pipedrive.tokens_spent();
    for activity in &activities {
        let fields = json!({"note": "<p>Bring the keys</p>"});
        world
            .pipedrive
            .edit_record(Emulated::Activity, *activity, fields);
    }

    world.settle_within(SOON).await;

    let source = world.pipedrive.live_records(Emulated::Activity);
    let mirror = world.mirror_of(Entity::Activity).await;
    for activity in activities {
        assert_eq!(mirror[&activity]["note"], source[&activity]["note"]);
    }
    let spent = world.pipedrive.tokens_spent() - before;
    assert!(spent < 60, "{spent} tokens");
}

#[tokio::test]
async fn two_changes_of_a_user_within_one_second_are_both_heard() {
    let mut world = office().await;
    for name in ["Maria Ek", "Maria Ekdal"] {
        world
            .pipedrive
            .does(|emulator, now| emulator.rename_user(12, name, now));
    }

    world.settle_within(SOON).await;

    let users = world.mirror_of(Entity::User).await;
    assert_eq!(users[&12]["name"], "Maria Ekdal");
}
