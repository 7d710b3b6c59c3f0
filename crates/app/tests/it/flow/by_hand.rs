//! Pairs that a person makes and cuts, while everything else goes on as before.

use std::time::Duration;

use app::cli::Exit;
use serde_json::json;
use store::Store;

use super::world::{Propstreet, World, primary};

#[tokio::test]
async fn two_records_that_a_person_pairs_are_brought_into_step() {
    let mut world = World::start_with(|setup| {
        setup.settings.create_on = engine::settings::CreateOn {
            pipedrive: false,
            propstreet: false,
        };
    })
    .await;
    let person = world.pipedrive.add_person("Ann Berg", "ann@fjordbygg.no");
    let contact = world.propstreet.add_contact("Anna", "Berg", "anna@berg.no");
    world.settle().await;
    assert!(world.pair_of_person(person).await.is_none());

    let said = world
        .does_as_typed(&format!("pairs link contact/{contact} person/{person}"))
        .await;
    assert!(said.contains("are pair 1 now"), "{said}");
    world.settle().await;

    assert_eq!(world.contact_of(person), contact);
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    let history = world.does_as_typed("history --json").await;
    assert!(history.contains("a person said so"), "{history}");
}

#[tokio::test]
async fn a_record_that_is_paired_already_is_refused_with_what_to_do() {
    let mut world = World::start().await;
    let (person, _) = world.ann().await;
    let (_, other) = world.paired_person("Nils Krogh", "nils@havnen.dk").await;

    let (exit, said) = world
        .types(&format!("pairs link person/{person} contact/{other}"))
        .await;

    assert_eq!(exit, Exit::Failed);
    assert!(
        said.contains(&format!("person/{person} is in pair 1 already")),
        "{said}"
    );
    assert!(said.contains("pipestreet pairs unlink 1"), "{said}");
}

#[tokio::test]
async fn records_that_cannot_be_a_pair_are_refused_with_the_reason() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    let organization = world.pipedrive.add_organization("Fjordbygg AS");
    world.settle().await;
    let refused = [
        (
            format!("person/{person} person/9"),
            "both of Pipedrive",
            Exit::Usage,
        ),
        (
            format!("organization/{organization} contact/{contact}"),
            "organizations of Pipedrive go with companies of Propstreet",
            Exit::Usage,
        ),
        (
            format!("person/999 contact/{contact}"),
            "person/999 was never read",
            Exit::Failed,
        ),
    ];
    for (records, words, exit) in refused {
        let (ended, said) = world.types(&format!("pairs link {records}")).await;
        assert_eq!(ended, exit, "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_pair_taken_apart_stays_apart_and_neither_record_is_made_anew() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;

    let said = world
        .does_as_typed(&format!("pairs unlink person/{person}"))
        .await;
    assert!(said.contains("stay as they are"), "{said}");
    world.settle().await;
    // Our ids are off both, so neither is found by them.
    assert_eq!(
        world
            .pipedrive
            .person_field(person, "propstreet_contact_id"),
        json!(null)
    );
    let shown = world.propstreet.contact(&contact);
    assert_eq!(Propstreet::reference(&shown, "pipedrive"), None);

    world.pipedrive.rename_person(person, "Ann Holm");
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    world.settle().await;
    world.restart().await;
    world.settle().await;

    world.expect_persons(["Ann Holm"]);
    world.expect_contacts(["Ann Lund"]);
    let (exit, said) = world.types(&format!("pairs show person/{person}")).await;
    assert_eq!(exit, Exit::Failed);
    assert!(said.contains("is in no pair"), "{said}");
}

#[tokio::test]
async fn records_taken_apart_can_be_paired_with_others() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.does_as_typed("pairs unlink 1").await;
    world.settle().await;
    let other = world
        .propstreet
        .quietly()
        .add_contact("Ann", "Berg-Holm", "ann@nordhav.no");
    world
        .propstreet
        .edit_contact(&other, json!({"phone": "+4791234567"}));
    world.settle().await;
    // By then it has a person of its own; a human being knows better.
    let made = world.person_of(&other);
    world
        .does_as_typed(&format!("pairs unlink contact/{other}"))
        .await;
    world.settle().await;

    world
        .does_as_typed(&format!("pairs link person/{person} contact/{other}"))
        .await;
    world.settle().await;

    assert_eq!(world.contact_of(person), other);
    assert_eq!(world.person_of(&other), person);
    world.pipedrive.rename_person(person, "Ann Dahl");
    world.settle().await;
    world.expect_contact(&other, &json!({"lastName": "Dahl"}));
    world.expect_contact(&contact, &json!({"lastName": "Berg"}));
    assert_eq!(world.pipedrive.person(made)["name"], "Ann Berg-Holm");
}

#[tokio::test]
async fn a_pair_taken_apart_by_mistake_is_made_again() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.does_as_typed("pairs unlink 1").await;
    let (exit, said) = world
        .types(&format!("pairs link person/{person} contact/{contact}"))
        .await;
    assert_eq!(exit, Exit::Failed, "{said}");
    assert!(said.contains("is being taken out of pair 1"), "{said}");
    world.settle().await;

    world
        .does_as_typed(&format!("pairs link person/{person} contact/{contact}"))
        .await;
    world.settle().await;

    assert_eq!(world.contact_of(person), contact);
    world
        .pipedrive
        .edit_person(person, json!({"emails": primary("ann@nordhav.no")}));
    world.settle().await;
    world.expect_contact(&contact, &json!({"email": "ann@nordhav.no"}));
}

#[tokio::test]
async fn people_keep_their_place_when_their_organization_is_taken_apart() {
    let mut world = World::start().await;
    let (person, contact, organization, company) = world.ann_at_fjordbygg().await;

    world
        .does_as_typed(&format!("pairs unlink organization/{organization}"))
        .await;
    world.settle().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    assert_eq!(world.pipedrive.person(person)["org_id"], organization);
    let place = (
        "Fjordbygg AS".to_owned(),
        Some("Head of Leasing".to_owned()),
    );
    assert_eq!(
        world.propstreet.places_of(&contact),
        std::slice::from_ref(&place)
    );

    world
        .does_as_typed(&format!(
            "pairs link organization/{organization} company/{company}"
        ))
        .await;
    world.settle().await;
    assert_eq!(world.pipedrive.person(person)["org_id"], organization);
    assert_eq!(world.propstreet.places_of(&contact), [place]);
}

#[tokio::test]
async fn a_pair_is_over_only_after_it_is_known_what_our_last_write_replaced() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    world.settle_within(Duration::from_secs(2)).await;
    world.expect_person(person, &json!({"name": "Ann Holm"}));

    world.does_as_typed("pairs unlink 1").await;
    world.settle().await;

    let status = world.core();
    let status = status
        .store
        .status(status.ctx(), status.now())
        .await
        .expect("the store answers");
    assert_eq!(status.outbox.get("awaiting_audit"), None, "{status:?}");
    let (exit, _) = world.types(&format!("pairs show person/{person}")).await;
    assert_eq!(exit, Exit::Failed);
}
