//! Records that may be one: found on each side and across them, merged where the service can, and remembered as two.

use app::cli::Exit;
use emulators::pipedrive::Entity as Emulated;
use model::Entity;
use serde_json::{Value, json};

use super::world::{World, primary};

async fn listed(world: &World) -> Vec<Value> {
    let told = world.does_as_typed("duplicates list --json").await;
    serde_json::from_str(&told).expect("a list is printed")
}

#[tokio::test]
async fn two_persons_with_one_address_are_suspected_and_merged_in_pipedrive() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    let twin = world
        .pipedrive
        .add_person("Ann Berg Holm", "ann.berg@fjordbygg.no");
    world.expect_quarantine("ambiguous");
    world.settle().await;

    let suspects = listed(&world).await;
    assert_eq!(suspects.len(), 1, "{suspects:?}");
    assert_eq!(suspects[0]["one"], format!("person/{person}"));
    assert_eq!(suspects[0]["other"], format!("person/{twin}"));
    assert_eq!(
        suspects[0]["if_one"],
        format!("duplicates merge person/{twin} person/{person}")
    );

    let told = world
        .does_as_typed(&format!("duplicates merge person/{twin} person/{person}"))
        .await;
    assert!(told.contains("was merged into"), "{told}");
    world.settle().await;

    world.expect_persons(["Ann Berg"]);
    assert!(listed(&world).await.is_empty());
    world.pipedrive.rename_person(person, "Ann Dahl");
    world.settle().await;
    world.expect_contact(&contact, &json!({"lastName": "Dahl"}));
}

#[tokio::test]
async fn the_contact_follows_the_person_that_stays() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    let survivor = world
        .pipedrive
        .add_person("Ann Berg Holm", "ann.berg@fjordbygg.no");
    world.expect_quarantine("ambiguous");
    world.settle().await;

    world
        .does_as_typed(&format!(
            "duplicates merge person/{person} person/{survivor}"
        ))
        .await;
    world.settle().await;

    assert_eq!(world.contact_of(survivor), contact);
    world.pipedrive.rename_person(survivor, "Ann Dahl");
    world.settle().await;
    world.expect_contact(&contact, &json!({"lastName": "Dahl", "deletedUtc": null}));
}

#[tokio::test]
async fn of_two_paired_persons_the_left_over_contact_is_named() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    let (survivor, kept) = world.paired_person("Ann Holm", "ann@nordhav.no").await;

    let (exit, told) = world
        .types(&format!(
            "duplicates merge person/{person} person/{survivor}"
        ))
        .await;
    assert_eq!(exit, Exit::NeedsPerson, "{told}");
    assert!(
        told.contains(&format!("contact/{contact} was the counterpart")),
        "{told}"
    );
    world.settle().await;
    world.pipedrive.rename_person(survivor, "Ann Dahl");
    world.settle().await;
    world.expect_contact(&kept, &json!({"lastName": "Dahl"}));
    world.expect_contact(&contact, &json!({"lastName": "Berg", "deletedUtc": null}));
}

#[tokio::test]
async fn what_is_dismissed_is_remembered() {
    let mut world = World::start().await;
    let phone = |name: &str, email: &str| json!({"name": name, "emails": primary(email), "phones": primary("+4791234567")});
    let one = world
        .pipedrive
        .add_person_with(phone("Ann Berg", "ann@fjordbygg.no"));
    let other = world
        .pipedrive
        .add_person_with(phone("Anne Berg", "anne@berg.no"));
    world
        .pipedrive
        .add_person_with(phone("Nils Krogh", "nils@havnen.dk"));
    world.settle().await;
    let suspects = listed(&world).await;
    let names = |suspect: &Value| {
        suspect["one"]
            .as_str()
            .is_some_and(|one| one.starts_with("person/"))
    };
    assert_eq!(
        suspects.iter().filter(|suspect| names(suspect)).count(),
        1,
        "a shared number and a similar name, not a shared number alone: {suspects:?}"
    );

    world
        .does_as_typed(&format!("duplicates dismiss person/{other} person/{one}"))
        .await;
    world.restart().await;
    world.settle().await;
    assert!(!listed(&world).await.iter().any(names), "it is remembered");
}

#[tokio::test]
async fn what_cannot_be_merged_from_here_is_told_with_what_can_be_done() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    let (_, other) = world.paired_person("Nils Krogh", "nils@havnen.dk").await;
    let refused = [
        (
            format!("person/{person} contact/{other}"),
            "pipestreet pairs link",
        ),
        (
            format!("contact/{contact} contact/{other}"),
            "Propstreet has no call for merging",
        ),
        (format!("person/{person} person/{person}"), "is one record"),
        (format!("person/{person} person/999"), "was never read"),
    ];
    for (records, words) in refused {
        let (exit, told) = world.types(&format!("duplicates merge {records}")).await;
        assert_eq!(exit, Exit::Failed, "{told}");
        assert!(told.contains(words), "{told}");
    }
    let (exit, told) = world
        .types(&format!(
            "duplicates dismiss person/{person} contact/{contact}"
        ))
        .await;
    assert_eq!(exit, Exit::Failed, "{told}");
    assert!(told.contains("take it apart first"), "{told}");
}

#[tokio::test]
async fn deals_are_merged_in_pipedrive_and_not_from_here() {
    let mut world =
        World::before_first_sync(|setup| setup.settings.mirrored = vec![Entity::Deal]).await;
    for number in 1..=2 {
        let deal = json!({"title": format!("Storgata {number}")});
        assert_eq!(world.pipedrive.add_record(Emulated::Deal, deal), number);
    }
    world.first_sync().await;

    let (exit, told) = world.types("duplicates merge deal/1 deal/2").await;
    assert_eq!(exit, Exit::Failed, "{told}");
    assert!(told.contains("merge them in Pipedrive"), "{told}");
    let counters = world.pipedrive.counters();
    let merges = counters
        .requests
        .keys()
        .filter(|call| call.ends_with("/merge"));
    assert_eq!(merges.count(), 0);
    assert_eq!(world.pipedrive.live_records(Emulated::Deal).len(), 2);
}
