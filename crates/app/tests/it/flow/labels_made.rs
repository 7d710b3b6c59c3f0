//! A tag that Pipedrive has no label for gets one, where the settings allow it: once, whatever happens to the call.

use std::time::Duration;

use emulators::pipedrive::Entity;
use serde_json::{Value, json};

use super::world::{Call, Fault, LOSSES, World};

impl World {
    /// The names of all labels of persons, in the order in which they were made.
    fn labels(&self) -> Vec<String> {
        let labels = self.pipedrive.server.emulator().labels(Entity::Person);
        labels.into_iter().map(|(_, name)| name).collect()
    }

    fn labels_called(&self, name: &str) -> usize {
        self.labels().iter().filter(|label| *label == name).count()
    }

    /// The names of the labels that a person has, sorted.
    fn labels_of(&self, person: i64) -> Vec<String> {
        let labels = self.pipedrive.server.emulator().labels(Entity::Person);
        let chosen = self.pipedrive.person(person)["label_ids"].clone();
        let chosen: Vec<i64> = serde_json::from_value(chosen).expect("a list of ids");
        let mut names: Vec<String> = labels
            .into_iter()
            .filter_map(|(id, name)| chosen.contains(&id).then_some(name))
            .collect();
        names.sort();
        names
    }

    fn add_tagged(&self, name: &str, tags: &Value) -> String {
        let email = format!("{}@fjordbygg.no", name.to_lowercase());
        self.propstreet
            .add_contact_with(json!({"firstName": name, "email": email, "tags": tags}))
    }
}

async fn start() -> World {
    World::start_with(|setup| setup.settings.create_labels = true).await
}

#[tokio::test]
async fn a_tag_that_has_no_label_gets_one() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;

    world
        .propstreet
        .edit_contact(&contact, json!({"tags": ["Investor"]}));
    world.settle().await;

    assert_eq!(world.labels_of(person), ["Investor"]);
    assert_eq!(world.notes_of_person(person).await, []);
}

#[tokio::test]
async fn a_label_is_made_once_for_all_who_need_it_and_there_is_nothing_to_do_then() {
    let mut world = start().await;
    world.pipedrive.add_person_label("Tenant");
    let tags = [
        json!(["Investor", "Hotel"]),
        json!(["Hotel", "Tenant"]),
        json!(["Investor"]),
    ];
    let contacts: Vec<String> = ["Ann", "Bo", "Eva"]
        .iter()
        .zip(&tags)
        .map(|(name, tags)| world.add_tagged(name, tags))
        .collect();
    world.settle().await;

    let labels: Vec<Vec<String>> = contacts
        .iter()
        .map(|contact| world.labels_of(world.person_of(contact)))
        .collect();
    assert_eq!(labels[0], ["Hotel", "Investor"]);
    assert_eq!(labels[1], ["Hotel", "Tenant"]);
    assert_eq!(labels[2], ["Investor"]);
    for name in ["Investor", "Hotel", "Tenant"] {
        assert_eq!(world.labels_called(name), 1, "{name}");
    }

    let written = world.pipedrive.counters().writes;
    world.restart().await;
    world.settle_for_a_day().await;
    assert_eq!(world.pipedrive.counters().writes, written);
}

#[tokio::test]
async fn no_label_is_made_where_that_is_not_allowed() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;

    world
        .propstreet
        .edit_contact(&contact, json!({"tags": ["Investor"], "lastName": "Holm"}));
    world.settle().await;

    assert_eq!(world.labels_called("Investor"), 0);
    assert_eq!(world.pipedrive.person(person)["name"], "Ann Holm");
    let missing = plan::Note::LabelMissing {
        label: "Investor".to_owned(),
    };
    assert_eq!(world.notes_of_person(person).await, [missing]);

    world
        .restart_with(|settings| settings.create_labels = true)
        .await;
    world.settle_for_a_day().await;
    assert_eq!(world.labels_of(person), ["Investor"]);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_label() {
    for loss in LOSSES {
        let mut world = start().await;
        let (person, contact) = world.ann().await;
        world.pipedrive.next(loss).on(Call::AddLabel);

        world
            .propstreet
            .edit_contact(&contact, json!({"tags": ["Investor"]}));
        world.settle().await;

        assert_eq!(world.labels_called("Investor"), 1, "{loss:?}");
        assert_eq!(world.labels_of(person), ["Investor"], "{loss:?}");
    }
}

#[tokio::test]
async fn killed_anywhere_a_label_is_made_once() {
    for writes in 0..14 {
        let mut world = start().await;
        let (person, contact) = world.ann().await;
        world
            .propstreet
            .edit_contact(&contact, json!({"tags": ["Investor"]}));
        world.stop_before_write(writes);
        world.settle().await;
        world.restart().await;
        world.settle().await;

        assert_eq!(world.labels_called("Investor"), 1, "{writes}");
        assert_eq!(world.labels_of(person), ["Investor"], "{writes}");
    }
}

#[tokio::test]
async fn a_label_that_is_refused_holds_nothing_else_up_and_is_asked_for_again() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next_times(1, Fault::Reject { status: 403 })
        .on(Call::AddLabel);

    world.propstreet.edit_contact(
        &contact,
        json!({"tags": ["Investor", "Hotel"], "lastName": "Holm"}),
    );
    world.settle_within(Duration::from_secs(300)).await;
    assert_eq!(world.pipedrive.person(person)["name"], "Ann Holm");
    assert_eq!(world.labels_of(person).len(), 1);

    world.settle_for_a_day().await;
    world.settle().await;
    assert_eq!(world.labels_of(person), ["Hotel", "Investor"]);
}

#[tokio::test]
async fn a_label_that_somebody_deleted_or_renamed_is_not_made_again() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"tags": ["Hotel", "Investor"]}));
    world.settle().await;
    assert_eq!(world.labels_of(person), ["Hotel", "Investor"]);

    world.pipedrive.delete_person_label("Investor");
    world.pipedrive.rename_person_label("Hotel", "Hospitality");
    world.settle_for_a_day().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    world.settle().await;

    for name in ["Investor", "Hotel"] {
        assert_eq!(world.labels_called(name), 0, "{name}");
    }
    assert_eq!(world.labels_of(person), ["Hospitality"]);
}

#[tokio::test]
async fn a_label_that_differs_in_case_alone_is_not_doubled() {
    let mut world = start().await;
    world.pipedrive.add_person_label("Investor");
    world.set_up().await;
    let (person, contact) = world.ann().await;

    world
        .propstreet
        .edit_contact(&contact, json!({"tags": ["INVESTOR"]}));
    world.settle().await;

    assert_eq!(world.labels(), ["Investor"]);
    assert!(world.labels_of(person).is_empty());
}
