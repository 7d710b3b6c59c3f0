//! The program is killed and started again, between any two transactions of a delivery: nothing is lost and nothing doubled.

use std::time::Duration;

use serde_json::json;

use super::world::{World, primary};

/// Far more writes than a delivery has.
const WRITES_MAX: u32 = 120;
const AT_ONCE: Duration = Duration::from_secs(20);
/// Webhooks are sent again, and unknown outcomes are looked into.
const AFTERWARDS: Duration = Duration::from_secs(120);

#[tokio::test]
async fn killed_anywhere_while_an_edit_travels_to_propstreet() {
    let mut world = World::start().await;
    let (person, _) = world.ann().await;
    for writes in 0..WRITES_MAX {
        let name = format!("Ann Holm {writes}");
        world.pipedrive.rename_person(person, &name);
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(AFTERWARDS).await;

        world.expect_contacts([&name]);
        world.expect_persons([&name]);
        if !has_stopped {
            return;
        }
    }
    panic!("the edit takes more than {WRITES_MAX} writes");
}

#[tokio::test]
async fn killed_anywhere_while_an_edit_travels_to_pipedrive() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    for writes in 0..WRITES_MAX {
        let address = format!("ann{writes}@nordhav.no");
        world
            .propstreet
            .edit_contact(&contact, json!({"email": address}));
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(AFTERWARDS).await;

        assert_eq!(
            world.pipedrive.person(person)["emails"][0]["value"],
            address
        );
        world.expect_contact(&contact, &json!({"email": address}));
        if !has_stopped {
            assert_eq!(world.journal().await, []);
            return;
        }
    }
    panic!("the edit takes more than {WRITES_MAX} writes");
}

#[tokio::test]
async fn killed_anywhere_while_a_person_at_an_organization_is_carried_over() {
    let mut world = World::start().await;
    let mut made = 0;
    for writes in 0..WRITES_MAX {
        let organization = world
            .pipedrive
            .add_organization(&format!("Havn {writes} AS"));
        let person = world.pipedrive.add_person_with(json!({
            "name": format!("Ann Berg {writes}"), "emails": primary(&format!("ann{writes}@havn.no")), "org_id": organization,
        }));
        made += 1;
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(AFTERWARDS).await;

        let contact = world.contact_of(person);
        assert_eq!(
            world.propstreet.places_of(&contact),
            [(format!("Havn {writes} AS"), None)]
        );
        assert_eq!(
            (
                world.propstreet.contact_ids().len(),
                world.propstreet.company_ids().len()
            ),
            (made, made)
        );
        if !has_stopped {
            return;
        }
    }
    panic!("carrying over takes more than {WRITES_MAX} writes");
}

#[tokio::test]
async fn killed_anywhere_while_a_contact_at_a_company_is_carried_over() {
    let mut world = World::start().await;
    let mut made = 0;
    for writes in 0..WRITES_MAX {
        let company = world.propstreet.add_company(&format!("Havn {writes} AS"));
        let contact = world.propstreet.add_contact(
            "Ann",
            &format!("Berg {writes}"),
            &format!("ann{writes}@havn.no"),
        );
        world
            .propstreet
            .add_link(&contact, &company, Some("Head of Leasing"));
        made += 1;
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(AFTERWARDS).await;

        let person = world.person_of(&contact);
        assert_eq!(
            world.pipedrive.person(person)["org_id"],
            world.organization_of(&company)
        );
        assert_eq!(
            world.pipedrive.person_field(person, "job_title"),
            "Head of Leasing"
        );
        assert_eq!(
            (
                world.pipedrive.person_ids().len(),
                world.pipedrive.organization_ids().len()
            ),
            (made, made)
        );
        if !has_stopped {
            return;
        }
    }
    panic!("carrying over takes more than {WRITES_MAX} writes");
}

#[tokio::test]
async fn killed_after_a_create_was_sent_finds_what_it_made() {
    let mut world = World::start().await;
    world.stop_after("commit_intent", 1);
    let contact = world
        .propstreet
        .add_contact("Ann", "Berg", "ann@fjordbygg.no");
    world.settle().await;
    assert!(world.has_stopped());
    world.expect_persons(["Ann Berg"]);

    world.restart().await;
    world.settle().await;

    world.expect_persons(["Ann Berg"]);
    assert_eq!(world.contact_of(world.person_of(&contact)), contact);
}

#[tokio::test]
async fn edits_made_while_the_program_was_down_arrive_when_it_is_back() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.stop_before_write(0);
    world.pipedrive.rename_person(person, "Ann Holm");
    world
        .propstreet
        .edit_contact(&contact, json!({"email": "ann@nordhav.no"}));
    for _ in 0..5 {
        world.deliver_webhooks().await;
        world.pass(Duration::from_secs(10));
    }

    world.restart().await;
    world.settle().await;

    world.expect_contact(
        &contact,
        &json!({"lastName": "Holm", "email": "ann@nordhav.no"}),
    );
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@nordhav.no"
    );
}
