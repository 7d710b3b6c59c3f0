//! Where deletes ask: nothing is deleted before a person's word, and a record that is back withdraws the question.

use app::cli::Exit;
use plan::{DeletePolicy, Rule};
use serde_json::{Value, json};

use super::world::World;

async fn asking() -> World {
    World::start_with(|setup| setup.settings.policies.deletes = DeletePolicy::Ask).await
}

async fn asked(world: &World) -> Vec<Value> {
    let told = world.does_as_typed("deletes list --json").await;
    serde_json::from_str(&told).expect("a list is printed")
}

#[tokio::test]
async fn a_deletion_waits_for_a_persons_word() {
    let mut world = asking().await;
    let (person, contact) = world.ann().await;
    let (_, other) = world.paired_person("Nils Krogh", "nils@havnen.dk").await;
    world.pipedrive.delete_person(person);
    world.propstreet.delete_contact(&other);
    world.settle().await;
    world.expect_contacts(["Ann Berg"]);
    world.expect_persons(["Nils Krogh"]);
    let questions = asked(&world).await;
    assert_eq!(questions.len(), 2, "{questions:?}");
    assert_eq!(questions[0]["remaining"], format!("contact/{contact}"));

    world
        .does_as_typed(&format!("deletes approve contact/{contact}"))
        .await;
    let told = world
        .does_as_typed(&format!("deletes dismiss contact/{other}"))
        .await;
    assert!(told.contains("is kept"), "{told}");
    world.settle().await;

    world.expect_contacts([]);
    world.expect_persons(["Nils Krogh"]);
    assert!(asked(&world).await.is_empty());
    let (exit, told) = world.types("deletes approve 2").await;
    assert_eq!(exit, Exit::Failed);
    assert!(told.contains("nobody asks"), "{told}");
}

#[tokio::test]
async fn a_record_that_comes_back_withdraws_the_question() {
    let mut world = asking().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.delete_person(person);
    world.settle().await;
    assert_eq!(asked(&world).await.len(), 1);

    world.pipedrive.restore_person(person);
    world.settle().await;
    assert!(asked(&world).await.is_empty());
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
}

#[tokio::test]
async fn a_record_that_is_back_unheard_of_keeps_its_counterpart_from_being_deleted() {
    let mut world = asking().await;
    let (person, _) = world.ann().await;
    world.pipedrive.delete_person(person);
    world.settle().await;
    world.pipedrive.quietly().restore_person(person);

    world.does_as_typed("deletes approve --all").await;
    world.settle().await;

    world.expect_contacts(["Ann Berg"]);
    world.expect_persons(["Ann Berg"]);
}

#[tokio::test]
async fn an_edit_after_the_question_is_asked_about_once_more() {
    let mut world = asking().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.delete_person(person);
    world.settle().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    world.settle().await;

    world.does_as_typed("deletes approve 1").await;
    world.settle().await;

    world.expect_contacts(["Ann Holm"]);
    let conflict = world.only_conflict().await;
    assert_eq!(
        (conflict.rule, conflict.winner),
        (Rule::DeleteAgainstEdit, None)
    );
    world
        .does_as_typed(&format!(
            "conflicts resolve {} --keep pipedrive",
            conflict.id
        ))
        .await;
    world.settle().await;
    world.expect_contacts([]);
}
