//! A create whose answer is lost was made or not: either way there is one record in the end, and never two.

use std::time::Duration;

use engine::intake::poll;
use engine::{delivery, mirror};
use model::{Entity, RecordKey, time};
use serde_json::json;

use super::world::{Call, Fault, LOSSES, World, primary};

#[tokio::test]
async fn a_lost_answer_to_the_create_of_a_contact_makes_no_second_one() {
    let mut world = World::start().await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.propstreet.next(loss).on(Call::CreateContact);
        let person = world.pipedrive.add_person(
            &format!("Ann Berg {number}"),
            &format!("ann{number}@fjordbygg.no"),
        );

        world.settle().await;

        let contact = world.contact_of(person);
        assert_eq!(
            world
                .pipedrive
                .person_field(person, "propstreet_contact_id"),
            contact.as_str(),
            "{loss:?}"
        );
        assert_eq!(world.propstreet.contact_ids().len(), number + 1, "{loss:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_the_create_of_a_person_makes_no_second_one() {
    let mut world = World::start().await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.pipedrive.next(loss).on(Call::CreatePerson);
        let contact =
            world
                .propstreet
                .add_contact("Ann", "Berg", &format!("ann{number}@fjordbygg.no"));

        world.settle().await;

        let person = world.person_of(&contact);
        assert_eq!(world.contact_of(person), contact, "{loss:?}");
        assert_eq!(world.pipedrive.person_ids().len(), number + 1, "{loss:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_the_create_of_a_company_makes_no_second_one() {
    let mut world = World::start().await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.propstreet.next(loss).on(Call::CreateCompany);
        let organization = world
            .pipedrive
            .add_organization(&format!("Havn {number} AS"));

        world.settle().await;

        world.company_of(organization);
        assert_eq!(world.propstreet.company_ids().len(), number + 1, "{loss:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_the_create_of_an_organization_makes_no_second_one() {
    let mut world = World::start().await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.pipedrive.next(loss).on(Call::CreateOrganization);
        let company = world.propstreet.add_company(&format!("Havn {number} AS"));

        world.settle().await;

        world.organization_of(&company);
        assert_eq!(
            world.pipedrive.organization_ids().len(),
            number + 1,
            "{loss:?}"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_to_the_create_of_a_link_makes_no_second_one() {
    let mut world = World::start().await;
    let (organization, _) = world.paired_organization("Fjordbygg AS").await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.propstreet.next(loss).on(Call::CreateLink);
        let person = world.pipedrive.add_person_with(json!({
            "name": "Ann Berg", "emails": primary(&format!("ann{number}@fjordbygg.no")), "org_id": organization,
        }));

        world.settle().await;

        let contact = world.contact_of(person);
        assert_eq!(
            world.propstreet.places_of(&contact),
            [("Fjordbygg AS".to_owned(), None)],
            "{loss:?}"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_to_an_update_is_looked_into_and_not_sent_twice() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.pipedrive.next(loss).on(Call::UpdatePerson);
        world.propstreet.next(loss).on(Call::UpdateContact);
        let name = format!("Ann Holm {number}");
        world.pipedrive.rename_person(person, &name);
        world.settle().await;
        world.expect_contacts([&name]);

        let address = format!("ann{number}@nordhav.no");
        world
            .propstreet
            .edit_contact(&contact, json!({"email": address}));
        world.settle().await;
        assert_eq!(
            world.pipedrive.person(person)["emails"][0]["value"],
            address,
            "{loss:?}"
        );
    }
    assert_eq!(world.journal().await, []);
}

#[tokio::test]
async fn what_became_of_an_update_is_asked_until_somebody_answers() {
    for refusal in [400, 403, 500] {
        let mut world = World::start().await;
        let (person, contact) = world.ann().await;
        world
            .pipedrive
            .next(Fault::LoseAnswer)
            .on(Call::UpdatePerson);
        world
            .pipedrive
            .next_times(3, Fault::Reject { status: refusal })
            .on(Call::ReadChangelog);
        let edit = json!({"email": "ann@nordhav.no"});
        world.propstreet.edit_contact(&contact, edit);
        world.settle_within(Duration::from_secs(62)).await;
        // A user goes on meanwhile: the record does not show any more what we sent.
        world
            .pipedrive
            .edit_person(person, json!({"emails": primary("ann@vestfold.no")}));

        world.settle().await;

        assert_eq!(
            world.pipedrive.person(person)["emails"][0]["value"],
            "ann@vestfold.no",
            "{refusal}"
        );
        world.expect_contact(&contact, &json!({"email": "ann@vestfold.no"}));
        assert_eq!(world.journal().await, [], "{refusal}");
    }
}

#[tokio::test]
async fn a_create_is_not_repeated_before_it_was_looked_into() {
    let mut world = World::start().await;
    world
        .pipedrive
        .next(Fault::CommitLate {
            after_millis: 45_000,
        })
        .on(Call::CreatePerson);
    world.pipedrive.reset_counters();
    world
        .propstreet
        .add_contact("Ann", "Berg", "ann@fjordbygg.no");

    world.settle_within(Duration::from_secs(80)).await;

    assert_eq!(world.pipedrive.counters().writes, 1, "the late one alone");
    world.settle().await;
    world.expect_persons(["Ann Berg"]);
}

#[tokio::test]
async fn a_list_that_lags_behind_hides_no_record_from_the_look_up() {
    let mut world = World::start_with(|setup| setup.pipedrive.list_lag_millis = 20_000).await;
    world
        .pipedrive
        .next(Fault::CommitLate {
            after_millis: 60_000,
        })
        .on(Call::CreatePerson);
    world
        .propstreet
        .add_contact("Ann", "Berg", "ann@fjordbygg.no");
    world
        .pipedrive
        .next(Fault::WebhookDrop)
        .on(Call::Webhook("person.create"));

    world.settle().await;

    world.expect_persons(["Ann Berg"]);
}

#[tokio::test]
async fn what_was_made_and_deleted_is_not_made_again_though_it_is_heard_of_while_it_is_looked_for()
{
    let mut world = World::start().await;
    world
        .pipedrive
        .next(Fault::LoseAnswer)
        .on(Call::CreatePerson);
    world
        .pipedrive
        .next(Fault::WebhookDrop)
        .on(Call::Webhook("person.create"));
    world
        .propstreet
        .add_contact("Ann", "Berg", "ann@fjordbygg.no");
    world.settle_within(Duration::from_secs(5)).await;
    let person = world.pipedrive.person_ids()[0];
    world.pipedrive.delete_person(person);
    world.pass(Duration::from_secs(120));
    world
        .pipedrive
        .next(Fault::Slow { millis: 4_000 })
        .on(Call::ListPersons);

    let core = world.core();
    let heard_of = async {
        core.clock
            .sleep_until(time::plus_millis(core.now(), 2_000))
            .await;
        let record = RecordKey::new(Entity::Person, person);
        poll::look_again(&core, record).await.unwrap();
        mirror::run_once(&core).await.unwrap();
    };
    let both = async { tokio::join!(delivery::run_once(&core), heard_of) };
    world.drive(both).await.0.unwrap();
    world.settle().await;

    world.expect_persons([]);
}

#[tokio::test]
async fn what_was_made_and_deleted_unseen_is_found_among_others_that_are_gone() {
    let mut world = World::start().await;
    world
        .pipedrive
        .next(Fault::LoseAnswer)
        .on(Call::CreatePerson);
    world
        .pipedrive
        .next(Fault::WebhookDrop)
        .on(Call::Webhook("person.create"));
    world
        .propstreet
        .add_contact("Ann", "Berg", "ann@fjordbygg.no");
    world.settle_within(Duration::from_secs(5)).await;
    let quietly = world.pipedrive.quietly();
    quietly.delete_person(quietly.person_ids()[0]);
    for gone in ["Bo Dahl", "Eva Lund"] {
        quietly.delete_person(quietly.add_person(gone, "gone@fjordbygg.no"));
    }
    quietly.add_person("Cy Holm", "cy@fjordbygg.no");

    world.settle().await;

    world.expect_persons(["Cy Holm"]);
}
