//! Webhooks lost, doubled, late, out of order and forged: the end is the same, only the time differs.

use std::time::Duration;

use emulators::Emulator;
use serde_json::json;

use super::world::{Call, Fault, World, primary};

const SOON: Duration = Duration::from_secs(30);
const HALF_AN_HOUR: Duration = Duration::from_secs(31 * 60);

#[tokio::test]
async fn an_echo_causes_no_write_and_no_read() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle_within(SOON).await;
    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    world.pipedrive.reset_counters();
    world.propstreet.reset_counters();

    // What the write to Propstreet made it tell has arrived, too.
    world.settle_within(SOON).await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    world.settle_within(SOON).await;

    let (pipedrive, propstreet) = (world.pipedrive.counters(), world.propstreet.counters());
    assert_eq!(
        pipedrive.requests_total(),
        2,
        "one read before the write, and the write: {:?}",
        pipedrive.requests
    );
    assert_eq!(
        propstreet.requests_total, 1,
        "the edited contact is read: {:?}",
        propstreet.requests
    );
    world.expect_person(person, &json!({"name": "Ann Lund"}));
}

#[tokio::test]
async fn a_lost_webhook_costs_one_poll_on_either_side() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;

    world.pipedrive.quietly().rename_person(person, "Ann Holm");
    world
        .propstreet
        .quietly()
        .edit_contact(&contact, json!({"email": "ann@nordhav.no"}));
    world.settle_within(Duration::from_secs(5 * 60 + 1)).await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@nordhav.no"
    );
}

#[tokio::test]
async fn new_records_whose_webhooks_were_lost_are_found() {
    let mut world = World::start().await;

    world
        .pipedrive
        .quietly()
        .add_person("Ann Berg", "ann.berg@fjordbygg.no");
    world
        .propstreet
        .quietly()
        .add_contact("Nils", "Krogh", "nils@havnen.dk");
    world.settle_within(HALF_AN_HOUR).await;

    world.expect_contacts(["Ann Berg", "Nils Krogh"]);
    world.expect_persons(["Ann Berg", "Nils Krogh"]);
}

#[tokio::test]
async fn deletions_whose_webhooks_were_lost_are_found_by_the_sweep() {
    let mut world = World::start_with(|setup| {
        setup.settings.timing.sweep_interval = 3_600_000;
        setup.settings.timing.poll_interval = 1_800_000;
    })
    .await;
    let (person, contact) = world.ann().await;
    let (_, other) = world.paired_person("Nils Krogh", "nils@havnen.dk").await;

    world.pipedrive.quietly().delete_person(person);
    world.propstreet.quietly().delete_contact(&other);
    world.settle_within(Duration::from_secs(3_700)).await;

    let unlinked = world
        .history()
        .await
        .into_iter()
        .filter(|row| row.entry.kind == store::HistoryKind::Unlinked)
        .count();
    assert_eq!(unlinked, 2);
    world.expect_contacts(["Ann Berg"]);
    world.expect_contact(&contact, &json!({"deletedUtc": null}));
}

#[tokio::test]
async fn a_list_that_shows_a_version_known_already_causes_no_read() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    world.settle_within(SOON).await;
    world.propstreet.reset_counters();

    world.settle().await;

    let requests = world.propstreet.counters().requests;
    let (lists, reads): (Vec<_>, Vec<_>) = requests
        .keys()
        .filter(|call| call.starts_with("GET") && call.contains("contacts"))
        .partition(|call| call.ends_with("contacts"));
    assert!(!lists.is_empty(), "{requests:?}");
    assert!(reads.is_empty(), "{requests:?}");
    world.expect_person(person, &json!({"name": "Ann Lund"}));
}

#[tokio::test]
async fn a_doubled_webhook_changes_nothing_twice() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next(Fault::WebhookDuplicate)
        .on(Call::Webhook("person.change"));
    world
        .propstreet
        .next(Fault::WebhookDuplicate)
        .on(Call::Webhook("contact.updated"));
    world.propstreet.reset_counters();

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    assert_eq!(world.propstreet.writes(), 1);
}

#[tokio::test]
async fn webhooks_out_of_order_end_with_the_last_edit() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next(Fault::WebhookReorder)
        .on(Call::Webhook("person.change"));

    for name in ["Ann Holm", "Ann Lund", "Ann Dahl"] {
        world
            .pipedrive
            .next(Fault::WebhookReorder)
            .on(Call::Webhook("person.change"));
        world.pipedrive.rename_person(person, name);
        world.pass(Duration::from_secs(2));
    }
    world.settle().await;

    world.expect_contact(&contact, &json!({"lastName": "Dahl"}));
    world.expect_person(person, &json!({"name": "Ann Dahl"}));
}

#[tokio::test]
async fn a_webhook_hours_late_brings_nothing_old_back() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    let two_hours = Fault::WebhookDelay {
        millis: 2 * 3_600_000,
    };
    world
        .pipedrive
        .next(two_hours)
        .on(Call::Webhook("person.change"));

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    world.settle().await;
    world.settle_within(Duration::from_secs(3 * 3_600)).await;

    world.expect_person(person, &json!({"name": "Ann Lund"}));
    world.expect_contacts(["Ann Lund"]);
}

#[tokio::test]
async fn a_stranger_who_guesses_the_password_is_turned_away() {
    let mut world = World::start().await;
    let (person, _) = world.ann().await;
    world
        .pipedrive
        .next(Fault::WebhookForge)
        .on(Call::Webhook("person.change"));
    let stored = world.webhooks_stored().await;

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle_within(SOON).await;

    // Only the true one; the answer of the contact's own change comes back, too.
    assert_eq!(world.webhooks_stored().await - stored, 2);
    world.expect_contacts(["Ann Holm"]);
}

#[tokio::test]
async fn a_wrong_signature_is_turned_away() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .propstreet
        .next(Fault::WebhookForge)
        .on(Call::Webhook("contact.updated"));
    let stored = world.webhooks_stored().await;

    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    world.settle_within(SOON).await;

    assert_eq!(world.webhooks_stored().await - stored, 2);
    world.expect_person(person, &json!({"name": "Ann Holm"}));
}

#[tokio::test]
async fn a_wrong_address_is_answered_like_a_wrong_password() {
    let world = World::start().await;
    let body =
        json!({"meta": {"action": "change", "entity": "person", "entity_id": "1"}}).to_string();
    let stored = world.webhooks_stored().await;

    let wrong_address = world
        .knock(
            "/webhooks/nordlys/pipedrive/guessed",
            Some(World::password()),
            &body,
        )
        .await;
    let wrong_password = world.knock(&World::door(), Some("guessed"), &body).await;
    let no_password = world.knock(&World::door(), None, &body).await;
    let wrong_workspace = world
        .knock(
            &World::door().replace("nordlys", "other"),
            Some(World::password()),
            &body,
        )
        .await;

    assert_eq!(
        [wrong_address, wrong_password, no_password, wrong_workspace],
        [401; 4]
    );
    assert_eq!(world.webhooks_stored().await, stored);
}

#[tokio::test]
async fn a_delivery_recorded_ten_minutes_ago_is_turned_away() {
    let mut world = World::start().await;
    let (_, contact) = world.ann().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    let now = world.propstreet.clock.moment();
    let recorded = world
        .propstreet
        .server
        .emulator()
        .due_webhooks(now)
        .remove(0);

    world.pass(Duration::from_secs(600));
    let late = world.replay(&recorded).await;

    assert_eq!(late, 401);
    world.propstreet.server.emulator().webhook_answered(
        recorded.attempt,
        emulators::WebhookOutcome::Answered(late),
        now,
    );
    world.settle().await;
    world.expect_persons(["Ann Holm"]);
}

#[tokio::test]
async fn the_same_delivery_twice_is_stored_once() {
    let mut world = World::start().await;
    let (_, contact) = world.ann().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    let now = world.propstreet.clock.moment();
    let recorded = world
        .propstreet
        .server
        .emulator()
        .due_webhooks(now)
        .remove(0);
    let stored = world.webhooks_stored().await;

    let answers = [world.replay(&recorded).await, world.replay(&recorded).await];

    assert_eq!(answers, [204, 204]);
    assert_eq!(world.webhooks_stored().await - stored, 1);
    world.propstreet.server.emulator().webhook_answered(
        recorded.attempt,
        emulators::WebhookOutcome::Answered(204),
        now,
    );
    world.settle().await;
}

#[tokio::test]
async fn of_two_edits_in_one_moment_the_later_one_is_known_although_a_copy_lags() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next(Fault::StaleVersion)
        .on(Call::ReadPerson);

    let (address, number) = ("ann@nordhav.no", "+4722334455");
    world
        .pipedrive
        .edit_person(person, json!({"emails": primary(address)}));
    world
        .pipedrive
        .edit_person(person, json!({"phones": primary(number)}));
    world.settle_within(Duration::from_secs(60)).await;

    world.expect_contact(&contact, &json!({"email": address, "phone": number}));
}
