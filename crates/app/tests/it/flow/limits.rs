//! What the services let us do, as they count it: bursts, the day's tokens, and what a change may cost.

use std::time::Duration;

use serde_json::json;

use super::world::{Call, Fault, World};

const AT_ONCE: Duration = Duration::from_secs(30);
const A_DAY: Duration = Duration::from_secs(26 * 3_600);

#[tokio::test]
async fn a_change_in_pipedrive_costs_one_token_there_and_one_write_here() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.settle().await;
    world.pipedrive.reset_counters();
    world.propstreet.reset_counters();

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle_within(AT_ONCE).await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    let counters = world.pipedrive.counters();
    assert!(counters.tokens_total() <= 1, "{:?}", counters.tokens);
    assert_eq!(world.propstreet.writes(), 1);
}

#[tokio::test]
async fn a_change_in_propstreet_costs_six_tokens_in_pipedrive() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.settle().await;
    world.pipedrive.reset_counters();

    world.propstreet.edit_contact(
        &contact,
        json!({"lastName": "Holm", "email": "ann@nordhav.no"}),
    );
    world.settle_within(AT_ONCE).await;

    world.expect_person(person, &json!({"name": "Ann Holm"}));
    let counters = world.pipedrive.counters();
    assert!(counters.tokens_total() <= 6, "{:?}", counters.tokens);
}

#[tokio::test]
async fn fifty_edits_in_a_row_cost_one_read() {
    let mut world = World::start().await;
    let (person, _) = world.ann().await;
    world.settle().await;
    world.pipedrive.reset_counters();
    world.propstreet.reset_counters();

    for number in 0..50 {
        world
            .pipedrive
            .rename_person(person, &format!("Ann Holm {number}"));
    }
    while world.deliver_webhooks().await > 0 {}
    world.settle_within(AT_ONCE).await;

    world.expect_contacts(["Ann Holm 49"]);
    assert!(
        world.pipedrive.counters().tokens_total() <= 1,
        "{:?}",
        world.pipedrive.counters().tokens
    );
    assert_eq!(world.propstreet.writes(), 1);
}

#[tokio::test]
async fn a_storm_of_refusals_is_waited_out() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next_times(8, Fault::TooManyRequests { retry_after: None })
        .on(Call::Any);
    world
        .propstreet
        .next_times(
            8,
            Fault::TooManyRequests {
                retry_after: Some(20),
            },
        )
        .on(Call::Any);

    world.pipedrive.rename_person(person, "Ann Holm");
    world
        .propstreet
        .edit_contact(&contact, json!({"email": "ann@nordhav.no"}));
    world.settle_within(Duration::from_secs(3_600)).await;

    world.expect_contact(
        &contact,
        &json!({"lastName": "Holm", "email": "ann@nordhav.no"}),
    );
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@nordhav.no"
    );
    assert_eq!(world.quarantined().await, []);
}

#[tokio::test]
async fn a_hundred_and_twenty_people_at_once_stay_within_every_window() {
    let mut world = World::start().await;
    for number in 0..120 {
        world.propstreet.quietly().add_contact(
            "Ann",
            &format!("Berg {number}"),
            &format!("a{number}@havn.no"),
        );
    }

    world.settle().await;

    assert_eq!(world.pipedrive.person_ids().len(), 120);
    assert_eq!(world.pipedrive.counters().refused, 0);
    assert_eq!(world.propstreet.counters().violations, 0);
}

#[tokio::test]
async fn a_day_without_tokens_ends_and_then_all_goes_on() {
    let mut world = World::start_with(|setup| {
        setup.pipedrive.daily_tokens = Some(400);
        // Sweeps and polls would eat what is left of such a day.
        setup.settings.timing.poll_interval = 4 * 3_600_000;
        setup.settings.timing.sweep_interval = 7 * 86_400_000;
    })
    .await;
    for number in 0..60 {
        world.propstreet.add_contact(
            "Ann",
            &format!("Berg {number}"),
            &format!("a{number}@havn.no"),
        );
    }

    world.settle_within(Duration::from_secs(600)).await;
    let on_the_first_day = world.pipedrive.person_ids().len();
    assert!(
        (10..60).contains(&on_the_first_day),
        "{on_the_first_day} were made before the tokens were spent"
    );

    world.settle_within(A_DAY).await;
    assert_eq!(world.pipedrive.person_ids().len(), 60);
    assert_eq!(world.pipedrive.counters().day_violations, 0);
    assert_eq!(world.quarantined().await, []);
}

#[tokio::test]
async fn a_login_that_ends_is_renewed() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;

    world.propstreet.server.emulator().revoke_tokens();
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
}
