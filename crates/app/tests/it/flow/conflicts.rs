//! Both sides edit the same field: the policy chooses, and the losing value is never lost.

use std::time::Duration;

use model::{Field, Side};
use plan::{Direction, FieldPolicy, Rule, Winner};
use serde_json::json;

use super::world::{Setup, World, in_short};

/// Names that both sides gave Ann while nothing travelled.
const IN_PIPEDRIVE: &str = "Ann Holm";
const IN_PROPSTREET: &str = "Ann Lund";

fn name_goes_by(winner: Winner) -> impl FnOnce(&mut Setup) {
    move |setup| {
        let policy = FieldPolicy {
            direction: Direction::Both,
            winner,
        };
        setup
            .settings
            .policies
            .fields
            .insert(Field::PersonName, policy);
    }
}

/// Ann is renamed on both sides, `first` first and the other one ten seconds later.
async fn renamed_on_both(winner: Winner, first: Side) -> (World, i64, String) {
    let mut world = World::start_with(name_goes_by(winner)).await;
    let (person, contact) = world.ann().await;
    for side in [first, first.other()] {
        match side {
            Side::Pipedrive => world.pipedrive.rename_person(person, IN_PIPEDRIVE),
            Side::Propstreet => world
                .propstreet
                .edit_contact(&contact, json!({"lastName": "Lund"})),
        }
        world.pass(Duration::from_secs(10));
    }
    world.settle().await;
    (world, person, contact)
}

fn expect_both(world: &World, (person, contact): (i64, &str), name: &str) {
    world.expect_person(person, &json!({"name": name}));
    world.expect_contacts([name]);
    world.expect_contact(contact, &json!({"firstName": "Ann"}));
}

#[tokio::test]
async fn pipedrive_wins_where_the_policy_says_so() {
    let (world, person, contact) = renamed_on_both(Winner::PipedriveWins, Side::Pipedrive).await;

    expect_both(&world, (person, &contact), IN_PIPEDRIVE);
    let conflict = world.only_conflict().await;
    assert_eq!(
        in_short(&conflict),
        (
            Field::PersonName,
            IN_PIPEDRIVE,
            IN_PROPSTREET,
            Some(Side::Pipedrive)
        )
    );
    assert_eq!(conflict.rule, Rule::PipedriveWins);
}

#[tokio::test]
async fn propstreet_wins_where_the_policy_says_so() {
    let (world, person, contact) = renamed_on_both(Winner::PropstreetWins, Side::Propstreet).await;

    expect_both(&world, (person, &contact), IN_PROPSTREET);
    let conflict = world.only_conflict().await;
    assert_eq!(
        in_short(&conflict),
        (
            Field::PersonName,
            IN_PIPEDRIVE,
            IN_PROPSTREET,
            Some(Side::Propstreet)
        )
    );
}

#[tokio::test]
async fn the_later_edit_wins_in_pipedrive() {
    let (world, person, contact) = renamed_on_both(Winner::Latest, Side::Propstreet).await;

    expect_both(&world, (person, &contact), IN_PIPEDRIVE);
    assert_eq!(world.only_conflict().await.rule, Rule::Latest);
}

#[tokio::test]
async fn the_later_edit_wins_in_propstreet() {
    let (world, person, contact) = renamed_on_both(Winner::Latest, Side::Pipedrive).await;

    expect_both(&world, (person, &contact), IN_PROPSTREET);
    assert_eq!(world.only_conflict().await.rule, Rule::Latest);
}

#[tokio::test]
async fn edits_too_close_to_tell_go_to_the_side_that_takes_ties() {
    let mut world = World::start_with(name_goes_by(Winner::Latest)).await;
    let (person, contact) = world.ann().await;

    world.pipedrive.rename_person(person, IN_PIPEDRIVE);
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    world.settle().await;

    expect_both(&world, (person, &contact), IN_PIPEDRIVE);
    assert_eq!(world.only_conflict().await.rule, Rule::Tie);
}

#[tokio::test]
async fn a_field_that_waits_for_a_person_is_left_alone_until_one_chooses() {
    let (mut world, person, contact) = renamed_on_both(Winner::Manual, Side::Pipedrive).await;
    world.expect_person(person, &json!({"name": IN_PIPEDRIVE}));
    world.expect_contacts([IN_PROPSTREET]);
    let conflict = world.only_conflict().await;
    assert_eq!(conflict.winner, None);

    world.decide(&conflict, Side::Propstreet).await;
    world.settle().await;

    expect_both(&world, (person, &contact), IN_PROPSTREET);
}

#[tokio::test]
async fn other_fields_go_on_while_one_waits_for_a_person() {
    let (mut world, person, contact) = renamed_on_both(Winner::Manual, Side::Pipedrive).await;

    world
        .propstreet
        .edit_contact(&contact, json!({"email": "ann@nordhav.no"}));
    world.settle().await;

    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@nordhav.no"
    );
    world.expect_person(person, &json!({"name": IN_PIPEDRIVE}));
}

#[tokio::test]
async fn the_losing_value_can_be_put_back() {
    let (mut world, person, contact) =
        renamed_on_both(Winner::PipedriveWins, Side::Propstreet).await;
    let conflict = world.only_conflict().await;

    world.decide(&conflict, Side::Propstreet).await;
    world.settle().await;

    expect_both(&world, (person, &contact), IN_PROPSTREET);
}

#[tokio::test]
async fn the_same_edit_on_both_sides_is_no_conflict() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.propstreet.reset_counters();
    world.pipedrive.reset_counters();

    world.pipedrive.rename_person(person, IN_PIPEDRIVE);
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    world.settle().await;

    expect_both(&world, (person, &contact), IN_PIPEDRIVE);
    assert_eq!(world.journal().await, []);
    assert_eq!(
        (world.pipedrive.counters().writes, world.propstreet.writes()),
        (0, 0)
    );
}

#[tokio::test]
async fn tags_set_on_one_side_and_taken_away_on_the_other_both_hold() {
    let mut world = World::start().await;
    for label in ["Investor", "Tenant", "Owner"] {
        world.pipedrive.add_person_label(label);
    }
    world.set_up().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .edit_person(person, json!({"labels": ["Investor", "Tenant"]}));
    world.settle().await;

    world
        .pipedrive
        .edit_person(person, json!({"labels": ["Investor"]}));
    world
        .propstreet
        .edit_contact(&contact, json!({"tags": ["Investor", "Tenant", "Owner"]}));
    world.settle().await;

    world.expect_contact(&contact, &json!({"tags": ["Investor", "Owner"]}));
    assert_eq!(
        world.pipedrive.person(person)["label_ids"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    assert_eq!(world.journal().await, []);
}
