//! Conflicts that wait for a person, decided by hand, with a third value, and many at once by a rule.

use std::time::Duration;

use app::cli::Exit;
use model::Kind;
use plan::{Direction, FieldPolicy, Winner};
use serde_json::{Value, json};

use super::world::{World, primary};

/// A world in which every conflict waits.
async fn by_hand() -> World {
    World::start_with(|setup| {
        let fields = model::Field::of(Kind::Person).iter();
        for field in fields.filter(|field| field.primary().is_none()) {
            let policy = FieldPolicy {
                direction: Direction::Both,
                winner: Winner::Manual,
            };
            setup.settings.policies.fields.insert(*field, policy);
        }
    })
    .await
}

/// Renamed in Pipedrive, and a minute later in Propstreet.
async fn renamed_on_both(world: &mut World, name: &str, email: &str) -> (i64, String) {
    let (person, contact) = world.paired_person(name, email).await;
    world
        .pipedrive
        .quietly()
        .rename_person(person, &format!("{name} Holm"));
    world.pass(Duration::from_secs(60));
    world
        .propstreet
        .quietly()
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    (person, contact)
}

#[tokio::test]
async fn a_third_value_is_written_to_both_sides() {
    let mut world = by_hand().await;
    let (person, contact) = renamed_on_both(&mut world, "Ann Berg", "ann@fjordbygg.no").await;
    world.settle().await;
    world.expect_contacts(["Ann Lund"]);
    let conflict = world.only_conflict().await;

    let (exit, told) = world
        .types(&format!("conflicts resolve {} --value Annika", conflict.id))
        .await;
    assert_eq!(exit, Exit::Done, "{told}");
    world.settle().await;

    world.expect_person(person, &json!({"name": "Annika"}));
    world.expect_contact(&contact, &json!({"firstName": "Annika", "lastName": null}));
    let waiting = world.does_as_typed("conflicts list --json").await;
    assert_eq!(waiting.trim(), "[]");
}

#[tokio::test]
async fn a_value_that_is_none_of_the_field_decides_nothing() {
    let mut world = by_hand().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .quietly()
        .edit_person(person, json!({"emails": primary("ann@nordhav.no")}));
    world
        .propstreet
        .quietly()
        .edit_contact(&contact, json!({"email": "ann@havnen.dk"}));
    world.settle().await;
    let conflict = world.only_conflict().await;

    let (exit, told) = world
        .types(&format!("conflicts resolve {} --value nobody", conflict.id))
        .await;
    assert_eq!(exit, Exit::Usage, "{told}");
    assert!(told.contains("is no e-mail address"), "{told}");

    world
        .does_as_typed(&format!(
            "conflicts resolve {} --value Ann@Berg.NO",
            conflict.id
        ))
        .await;
    world.settle().await;
    world.expect_contact(&contact, &json!({"email": "ann@berg.no"}));
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@berg.no"
    );
}

#[tokio::test]
async fn many_are_decided_at_once_by_a_rule_that_holds_for_this_once() {
    let mut world = by_hand().await;
    let people = [
        ("Ann Berg", "ann@fjordbygg.no"),
        ("Nils Krogh", "nils@havnen.dk"),
    ];
    let mut pairs = Vec::new();
    for (name, email) in people {
        pairs.push(renamed_on_both(&mut world, name, email).await);
    }
    world.settle().await;

    let told = world
        .does_as_typed("conflicts resolve --field name --policy latest --always --dry-run")
        .await;
    assert!(
        told.contains("Ann Lund") && told.contains("Nils Lund"),
        "{told}"
    );
    assert!(told.contains("[sync.person]"), "{told}");
    assert!(told.contains("name = { winner = \"latest\" }"), "{told}");
    world.settle().await;
    world.expect_persons(["Ann Berg Holm", "Nils Krogh Holm"]);

    let told = world
        .does_as_typed("conflicts resolve --field person.name --policy latest --json")
        .await;
    let told: Value = serde_json::from_str(&told).expect("what was decided is printed");
    assert_eq!(told["decided"].as_array().map(Vec::len), Some(2), "{told}");
    assert_eq!(told["configuration"], json!([]));
    world.settle().await;
    world.expect_persons(["Ann Lund", "Nils Lund"]);

    // Nothing was learnt.
    renamed_on_both(&mut world, "Eva Lind", "eva@skargardfast.se").await;
    world.settle().await;
    let waiting = world.does_as_typed("conflicts list").await;
    assert!(waiting.contains("waits for you"), "{waiting}");
}

#[tokio::test]
async fn a_field_can_be_emptied_on_both_sides() {
    let mut world = by_hand().await;
    let (person, contact) = world.ann().await;
    let phone = |number: &str| json!({"phones": primary(number)});
    world.pipedrive.edit_person(person, phone("+4791234567"));
    world.settle().await;
    world
        .pipedrive
        .quietly()
        .edit_person(person, phone("+4791234568"));
    world
        .propstreet
        .quietly()
        .edit_contact(&contact, json!({"phone": "+4791234569"}));
    world.settle().await;
    let conflict = world.only_conflict().await;

    world
        .does_as_typed(&format!("conflicts resolve {} --clear", conflict.id))
        .await;
    world.settle().await;

    world.expect_contact(&contact, &json!({"phone": null}));
    assert_eq!(world.pipedrive.person(person)["phones"], json!([]));
}

#[tokio::test]
async fn a_conflict_of_a_pair_that_was_taken_apart_is_over() {
    let mut world = by_hand().await;
    renamed_on_both(&mut world, "Ann Berg", "ann@fjordbygg.no").await;
    world.settle().await;
    let conflict = world.only_conflict().await;
    world.does_as_typed("pairs unlink 1").await;
    world.settle().await;

    let waiting = world.does_as_typed("conflicts list").await;
    assert!(waiting.contains("no conflict waits"), "{waiting}");
    for what in ["--keep pipedrive", "--value Annika"] {
        let line = format!("conflicts resolve {} {what}", conflict.id);
        let (exit, told) = world.types(&line).await;
        assert_eq!(exit, Exit::Failed, "{told}");
        assert!(told.contains("there is no pair any more"), "{told}");
    }
    world.expect_persons(["Ann Berg Holm"]);
    world.expect_contacts(["Ann Lund"]);
}
