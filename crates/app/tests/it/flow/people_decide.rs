//! What people decide about the whole: approval before the first write, pausing, one side only.

use std::time::Duration;

use engine::core::{FACT_APPROVED, FACT_PAUSED};
use engine::settings::CreateOn;
use model::Field;
use plan::{Direction, FieldPolicy, Winner};
use serde_json::json;

use super::world::World;

#[tokio::test]
async fn nothing_is_written_before_a_person_approves() {
    let mut world = World::before_first_sync(|setup| setup.settings.approve = false).await;
    world.pipedrive.add_person("Ann Berg", "ann@fjordbygg.no");
    world
        .propstreet
        .add_contact("Nils", "Krogh", "nils@havnen.dk");
    world.first_sync().await;
    world.settle_within(Duration::from_secs(3_600)).await;
    world.expect_contacts(["Nils Krogh"]);
    world.expect_persons(["Ann Berg"]);

    world.put_fact(FACT_APPROVED, Some("yes")).await;
    world.settle().await;

    world.expect_contacts(["Ann Berg", "Nils Krogh"]);
    world.expect_persons(["Ann Berg", "Nils Krogh"]);
}

#[tokio::test]
async fn a_paused_workspace_does_nothing_and_loses_nothing() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.put_fact(FACT_PAUSED, Some("yes")).await;
    world.pipedrive.reset_counters();
    world.propstreet.reset_counters();

    world.pipedrive.rename_person(person, "Ann Holm");
    world
        .propstreet
        .edit_contact(&contact, json!({"email": "ann@nordhav.no"}));
    world
        .pipedrive
        .add_person("Eva Lind", "eva@skargardfast.se");
    world.settle_within(Duration::from_secs(7 * 3_600)).await;
    assert_eq!(
        world.pipedrive.counters().requests_total() + world.propstreet.counters().requests_total,
        0
    );

    world.put_fact(FACT_PAUSED, None).await;
    world.settle().await;
    world.expect_contacts(["Ann Holm", "Eva Lind"]);
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@nordhav.no"
    );
}

#[tokio::test]
async fn records_are_made_only_on_the_sides_that_are_chosen() {
    let to_propstreet = CreateOn {
        pipedrive: false,
        propstreet: true,
    };
    let mut world = World::start_with(|setup| setup.settings.create_on = to_propstreet).await;
    world.pipedrive.add_person("Ann Berg", "ann@fjordbygg.no");
    world
        .propstreet
        .add_contact("Nils", "Krogh", "nils@havnen.dk");

    world.settle().await;

    world.expect_contacts(["Ann Berg", "Nils Krogh"]);
    world.expect_persons(["Ann Berg"]);
}

#[tokio::test]
async fn a_field_that_flows_one_way_is_never_written_the_other_way() {
    let one_way = FieldPolicy {
        direction: Direction::ToPropstreet,
        winner: Winner::PipedriveWins,
    };
    let mut world = World::start_with(|setup| {
        setup
            .settings
            .policies
            .fields
            .insert(Field::PersonName, one_way);
    })
    .await;
    let (person, contact) = world.ann().await;

    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    world.settle().await;
    world.expect_person(person, &json!({"name": "Ann Berg"}));
    world.expect_contacts(["Ann Lund"]);

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    world.expect_contacts(["Ann Holm"]);
}

#[tokio::test]
async fn setting_up_again_makes_nothing_twice() {
    let mut world = World::start().await;
    world.pipedrive.reset_counters();
    world.propstreet.reset_counters();

    world.set_up().await;
    world.restart().await;
    world.set_up().await;

    assert_eq!(
        (world.pipedrive.counters().writes, world.propstreet.writes()),
        (0, 0)
    );
}

#[tokio::test]
async fn a_policy_that_changes_holds_from_the_next_start() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    let off = FieldPolicy {
        direction: Direction::Off,
        winner: Winner::Latest,
    };

    world
        .restart_with(|settings| {
            settings.policies.fields.insert(Field::PersonName, off);
        })
        .await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.pipedrive.edit_person(
        person,
        json!({"custom_fields": {"investor_strategy": "Offices"}}),
    );
    world.settle().await;

    world.expect_contact(
        &contact,
        &json!({"lastName": "Berg", "strategy": "Offices"}),
    );
}
