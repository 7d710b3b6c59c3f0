//! With a settle delay, a changed record waits until it has been quiet for a while, and not for ever.

use std::time::Duration;

use serde_json::json;

use super::world::World;

const SECOND: Duration = Duration::from_secs(1);

async fn quiet_for_30_seconds() -> World {
    World::start_with(|setup| {
        setup.settings.timing.settle = 30_000;
        setup.settings.timing.settle_longest = 120_000;
    })
    .await
}

#[tokio::test]
async fn an_edit_travels_once_its_record_has_been_quiet() {
    let mut world = quiet_for_30_seconds().await;
    let (person, contact) = world.ann().await;
    world.propstreet.reset_counters();

    for name in ["Ann H", "Ann Hol", "Ann Holm"] {
        world.pipedrive.rename_person(person, name);
        world.settle_within(20 * SECOND).await;
        world.expect_contact(&contact, &json!({"lastName": "Berg"}));
    }
    world.settle_within(15 * SECOND).await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    assert_eq!(world.propstreet.writes(), 1, "one write for three edits");
}

#[tokio::test]
async fn whoever_never_stops_editing_is_followed_after_the_longest_wait() {
    let mut world = quiet_for_30_seconds().await;
    let (person, contact) = world.ann().await;

    for number in 0..8 {
        world
            .pipedrive
            .rename_person(person, &format!("Ann Holm {number}"));
        world.settle_within(16 * SECOND).await;
    }

    let shown = world.propstreet.contact(&contact);
    assert_ne!(shown["lastName"], "Berg", "{shown}");
    world.settle().await;
    world.expect_contact(&contact, &json!({"lastName": "Holm 7"}));
}

#[tokio::test]
async fn what_is_no_users_change_waits_for_nothing() {
    let mut world = quiet_for_30_seconds().await;
    let person = world.pipedrive.add_person("Ann Berg", "ann@fjordbygg.no");
    world.settle_within(31 * SECOND).await;
    // The contact is made after the quiet, and its id is written back at once.
    let contact = world.contact_of(person);
    world.settle_within(2 * SECOND).await;
    assert_eq!(
        world
            .pipedrive
            .person_field(person, "propstreet_contact_id"),
        json!(contact)
    );

    world.pipedrive.delete_person(person);
    world.settle_within(2 * SECOND).await;
    let pair = world
        .pair_of_person(person)
        .await
        .expect("the pair is kept");
    assert_eq!(pair.state.deleted_on(), Some(model::Side::Pipedrive));
}

#[tokio::test]
async fn a_persons_word_waits_for_nothing() {
    let mut world = quiet_for_30_seconds().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    world.expect_contact(&contact, &json!({"lastName": "Holm"}));

    world.does_as_typed(&format!("undo person/{person}")).await;
    world.settle_within(2 * SECOND).await;
    world.expect_contact(&contact, &json!({"lastName": "Berg"}));
}

#[tokio::test]
async fn what_changed_long_before_it_was_heard_of_waits_no_more() {
    let mut world = quiet_for_30_seconds().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.quietly().rename_person(person, "Ann Holm");
    world.pass(Duration::from_secs(6 * 60));
    world.settle_within(SECOND).await;
    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
}
