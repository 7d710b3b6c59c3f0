//! Changes that a person takes back: on both sides, and not where somebody has edited since.

use std::time::Duration;

use app::cli::Exit;
use serde_json::{Value, json};

use super::world::{World, primary};

/// The number of the newest change of a field.
async fn change_of(world: &World, field: &str) -> i64 {
    let rows: Value = serde_json::from_str(&world.does_as_typed("history --json").await)
        .expect("history prints JSON");
    let rows = rows.as_array().expect("history prints a list");
    let row = rows
        .iter()
        .find(|row| row["field"] == field && row["kind"] == "updated");
    row.expect("there is such a change")["id"]
        .as_i64()
        .expect("a change has a number")
}

#[tokio::test]
async fn a_change_is_taken_back_on_both_sides() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    let change = change_of(&world, "name").await;

    let told = world
        .does_as_typed(&format!("undo {change} --dry-run"))
        .await;
    assert!(
        told.contains("Ann Holm") && told.contains("Ann Berg"),
        "{told}"
    );
    world.settle().await;
    world.expect_contact(&contact, &json!({"lastName": "Holm"}));

    world.does_as_typed(&format!("undo {change}")).await;
    world.settle().await;
    world.expect_contact(&contact, &json!({"lastName": "Berg"}));
    world.expect_person(person, &json!({"name": "Ann Berg"}));
}

#[tokio::test]
async fn a_change_that_somebody_has_edited_since_stays() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    let change = change_of(&world, "name").await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Dahl"}));
    world.settle().await;

    let (exit, told) = world.types(&format!("undo {change}")).await;
    assert_eq!(exit, Exit::NeedsPerson, "{told}");
    assert!(told.contains("changed again since"), "{told}");
    world.settle().await;
    world.expect_person(person, &json!({"name": "Ann Dahl"}));
    world.expect_contact(&contact, &json!({"lastName": "Dahl"}));
}

#[tokio::test]
async fn an_edit_that_nobody_has_seen_yet_beats_what_is_taken_back() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    let change = change_of(&world, "name").await;
    world
        .propstreet
        .quietly()
        .edit_contact(&contact, json!({"lastName": "Dahl"}));

    world.does_as_typed(&format!("undo {change}")).await;
    world.settle().await;

    world.expect_person(person, &json!({"name": "Ann Dahl"}));
    world.expect_contact(&contact, &json!({"lastName": "Dahl"}));
}

#[tokio::test]
async fn the_last_change_of_a_record_is_taken_back_as_a_whole() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.edit_person(
        person,
        json!({"name": "Ann Holm", "emails": primary("ann@nordhav.no")}),
    );
    world.settle().await;

    let told = world
        .does_as_typed(&format!("undo contact/{contact} --json"))
        .await;
    let told: Value = serde_json::from_str(&told).expect("undo prints JSON");
    assert_eq!(told["put_back"].as_array().map(Vec::len), Some(2), "{told}");
    world.settle().await;

    world.expect_contact(
        &contact,
        &json!({"lastName": "Berg", "email": "ann.berg@fjordbygg.no"}),
    );
    world.expect_person(person, &json!({"name": "Ann Berg"}));
    let emails = &world.pipedrive.person(person)["emails"];
    assert_eq!(emails[0]["value"], "ann.berg@fjordbygg.no");
}

#[tokio::test]
async fn everything_since_a_time_is_taken_back_to_how_it_was_then() {
    let mut world = World::start().await;
    let (ann, contact) = world.ann().await;
    let (nils, other) = world.paired_person("Nils Krogh", "nils@havnen.dk").await;
    world.pass(Duration::from_secs(3 * 3_600));
    world.settle().await;
    world.pipedrive.rename_person(ann, "Ann Holm");
    world.settle().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Dahl"}));
    world
        .propstreet
        .edit_contact(&other, json!({"phone": "+4520123456"}));
    world.settle().await;

    world.does_as_typed("undo --since 2h").await;
    world.settle().await;

    world.expect_person(ann, &json!({"name": "Ann Berg"}));
    world.expect_contact(&contact, &json!({"lastName": "Berg"}));
    world.expect_contact(&other, &json!({"phone": null}));
    assert_eq!(world.pipedrive.person(nils)["phones"], json!([]));
}

#[tokio::test]
async fn what_was_made_is_deleted_again_only_where_a_person_says_so() {
    let mut world = World::start_with(|setup| {
        // Deletes that cross over must not take the record with it that everything began with.
        setup.settings.policies.deletes = plan::DeletePolicy::Propagate;
    })
    .await;
    let (person, contact) = world.ann().await;

    let (exit, told) = world.types("undo --since 2h").await;
    assert_eq!(exit, Exit::NeedsPerson, "{told}");
    assert!(told.contains("add --delete-made"), "{told}");
    world.settle().await;
    world.expect_contacts(["Ann Berg"]);

    world.does_as_typed("undo --since 2h --delete-made").await;
    world.settle().await;
    world.expect_contacts([]);
    world.expect_persons(["Ann Berg"]);

    // It is not made anew, whatever becomes of the person.
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    world.expect_contacts([]);
    assert_ne!(
        world.propstreet.contact(&contact)["deletedUtc"],
        json!(null)
    );
}

#[tokio::test]
async fn what_was_made_stays_where_somebody_has_worked_on_it() {
    let mut world = World::start().await;
    let (_, contact) = world.ann().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"phone": "+4791234567"}));
    world.settle().await;

    let (exit, told) = world.types("undo --since 2h --delete-made").await;
    assert_eq!(exit, Exit::NeedsPerson, "{told}");
    assert!(told.contains("somebody has edited it since"), "{told}");
    world.settle().await;
    world.expect_contacts(["Ann Berg"]);
}

#[tokio::test]
async fn an_edit_at_the_last_moment_saves_what_was_to_be_deleted_again() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .propstreet
        .quietly()
        .edit_contact(&contact, json!({"lastName": "Dahl"}));

    world.does_as_typed("undo --since 2h --delete-made").await;
    world.settle().await;

    world.expect_contacts(["Ann Dahl"]);
    world.expect_person(person, &json!({"name": "Ann Dahl"}));
}
