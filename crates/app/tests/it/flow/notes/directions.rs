//! Which notes travel, and which way, is a setting.

use std::collections::BTreeSet;

use engine::settings::NoteSettings;
use model::{Field, Kind};
use plan::{Direction, FieldPolicy, Winner};

use super::super::world::{Setup, World};
use super::start_with;

fn only(direction: Direction) -> impl FnOnce(&mut Setup) {
    move |setup| {
        let winner = Winner::Latest;
        let fields = &mut setup.settings.policies.fields;
        fields.insert(Field::NoteText, FieldPolicy { direction, winner });
    }
}

/// A person and a contact with a note each.
async fn with_a_note_each(world: &mut World) -> (i64, String) {
    let (person, contact) = world.ann().await;
    world.write_note("person_id", person, "Of Pipedrive");
    world.tell_on_contact(&contact, "Of Propstreet");
    world.settle_with_round().await;
    (person, contact)
}

#[tokio::test]
async fn notes_flow_only_the_way_that_is_allowed() {
    let mut world = start_with(only(Direction::ToPropstreet)).await;
    with_a_note_each(&mut world).await;
    assert_eq!(world.contents(), ["Of Pipedrive"]);
    assert_eq!(world.all_told().len(), 2);

    let mut world = start_with(only(Direction::ToPipedrive)).await;
    with_a_note_each(&mut world).await;
    assert_eq!(world.contents().len(), 2);
    assert_eq!(world.all_told().len(), 1);
}

#[tokio::test]
async fn notes_that_are_off_are_mirrored_only() {
    let mut world = start_with(|setup| setup.settings.notes = None).await;
    with_a_note_each(&mut world).await;
    assert_eq!(world.written().len(), 1);
    assert_eq!(world.all_told().len(), 1);
}

#[tokio::test]
async fn only_the_notes_of_the_chosen_records_travel() {
    let mut world = start_with(|setup| {
        setup.settings.notes = Some(NoteSettings {
            of: BTreeSet::from([Kind::Organization]),
        });
    })
    .await;
    with_a_note_each(&mut world).await;
    assert_eq!(world.written().len(), 1);
    let (organization, company) = world.paired_organization("Fjordbygg AS").await;
    world.write_note("org_id", organization, "Owns the quay");
    world.settle_with_round().await;
    assert_eq!(world.told_on(&format!("company/{company}")).len(), 1);
    assert_eq!(world.all_told().len(), 2);
}

#[tokio::test]
async fn notes_that_were_mirrored_before_go_out_when_they_are_switched_on() {
    let mut world = start_with(|setup| setup.settings.notes = None).await;
    with_a_note_each(&mut world).await;
    world
        .restart_with(|settings| settings.notes = Some(NoteSettings::of_all()))
        .await;
    world.settle_with_round().await;
    assert_eq!(world.written().len(), 2);
    assert_eq!(world.all_told().len(), 2);
}
