//! Labels and tags travel by name: what the label is called now is what the person shows.

use std::time::Duration;

use serde_json::json;
use store::FieldChangeKind;

use super::super::world::World;

#[tokio::test]
async fn a_new_label_travels_with_the_first_person_that_has_it() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.pass(Duration::from_secs(120));

    world.pipedrive.add_person_label("Investor");
    world
        .pipedrive
        .edit_person(person, json!({"labels": ["Investor"]}));
    world.settle().await;

    world.expect_contact(&contact, &json!({"tags": ["Investor"]}));
}

#[tokio::test]
async fn a_label_that_was_deleted_takes_no_tag_away_and_is_logged() {
    let mut world = World::start().await;
    world.pipedrive.add_person_label("Investor");
    world.set_up().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .edit_person(person, json!({"labels": ["Investor"]}));
    world.settle().await;

    world.pipedrive.delete_person_label("Investor");
    world.settle_for_a_day().await;

    world.expect_contact(&contact, &json!({"tags": ["Investor"]}));
    let changes = world.field_changes().await;
    let last = changes.last().expect("something changed");
    assert_eq!(last.kind, FieldChangeKind::OptionRemoved);
    let missing = plan::Note::LabelMissing {
        label: "Investor".to_owned(),
    };
    assert_eq!(world.notes_of_person(person).await, [missing]);
}
