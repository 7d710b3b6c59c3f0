//! A record that cannot be synced holds up itself alone, says what a person can do, and goes on when it changes.

use std::time::Duration;

use serde_json::json;

use super::world::{Call, Fault, World, primary};

#[tokio::test]
async fn a_refused_record_is_quarantined_and_the_others_flow() {
    let mut world = World::start().await;
    world
        .propstreet
        .next(Fault::Reject { status: 400 })
        .on(Call::CreateContact);
    world.pipedrive.add_person("Ann Berg", "ann@fjordbygg.no");
    world.settle_within(Duration::from_secs(5)).await;
    world.pipedrive.add_person("Nils Krogh", "nils@havnen.dk");

    world.settle().await;

    world.expect_contacts(["Nils Krogh"]);
    assert_eq!(world.quarantine_codes().await, ["refused"]);
    world.expect_quarantine("refused");
}

#[tokio::test]
async fn a_quarantined_record_is_tried_again_when_it_changes() {
    let mut world = World::start().await;
    world
        .propstreet
        .next(Fault::Reject { status: 400 })
        .on(Call::CreateContact);
    let person = world.pipedrive.add_person("Ann Berg", "ann@fjordbygg.no");
    world.settle().await;
    assert_eq!(world.quarantine_codes().await, ["refused"]);

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;

    world.expect_contacts(["Ann Holm"]);
    assert_eq!(world.quarantined().await, []);
}

#[tokio::test]
async fn a_value_that_propstreet_does_not_take_is_quarantined_until_it_is_corrected() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    let endless = "call the reception in Bergen and ask for Ann on the second floor";
    world
        .pipedrive
        .edit_person(person, json!({"phones": primary(endless)}));
    world.settle().await;
    let problem = world
        .quarantined()
        .await
        .remove(0)
        .lane
        .problem
        .expect("it says why");
    assert_eq!(problem.code, "refused");
    assert!(
        !format!("{problem:?}").contains("reception"),
        "no personal data: {problem:?}"
    );

    world
        .pipedrive
        .edit_person(person, json!({"phones": primary("+47 912 34 567")}));
    world.settle().await;

    world.expect_contact(&contact, &json!({"phone": "+4791234567"}));
}

#[tokio::test]
async fn a_field_that_swings_to_and_fro_is_quarantined() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;

    // Another integration puts the old name back each time.
    for _ in 0..10 {
        world.pipedrive.rename_person(person, "Ann Holm");
        world.settle_within(Duration::from_secs(60)).await;
        world.pipedrive.rename_person(person, "Ann Berg");
        world.settle_within(Duration::from_secs(60)).await;
    }

    assert_eq!(world.quarantine_codes().await, ["loop"]);
    assert!(world.propstreet.writes() < 12, "the swinging ended");
    world.propstreet.contact(&contact);
    world.expect_quarantine("loop");
}

#[tokio::test]
async fn a_firewall_that_turns_us_away_stops_that_side_and_then_all_goes_on() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next_times(2, Fault::ForbiddenPage)
        .on(Call::Any);

    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    world.settle_within(Duration::from_secs(600)).await;

    world.expect_person(person, &json!({"name": "Ann Holm"}));
    assert_eq!(world.quarantined().await, []);
}

#[tokio::test]
async fn a_server_that_is_down_for_a_while_is_asked_ever_more_rarely() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .propstreet
        .next_times(6, Fault::ServerError)
        .on(Call::UpdateContact);
    world.propstreet.reset_counters();

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle_within(Duration::from_secs(3 * 3_600)).await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
}

#[tokio::test]
async fn a_tag_whose_label_is_made_later_arrives_when_its_contact_changes() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"tags": ["Logistics"]}));
    world.settle().await;
    world.expect_person(person, &json!({"label_ids": []}));

    world.pipedrive.add_person_label("Logistics");
    world.set_up().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"strategy": "Terminals along the coast"}));
    world.settle().await;

    assert_eq!(
        world.pipedrive.person(person)["label_ids"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(world.notes_of_person(person).await, []);
}

#[tokio::test]
async fn a_label_that_is_renamed_adds_its_new_name_and_takes_no_tag_away() {
    let mut world = World::start().await;
    world.pipedrive.add_person_label("Investor");
    world.set_up().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .edit_person(person, json!({"labels": ["Investor"]}));
    world.settle().await;
    world.expect_contact(&contact, &json!({"tags": ["Investor"]}));

    world.pipedrive.rename_person_label("Investor", "Capital");
    world.set_up().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;

    world.expect_contact(&contact, &json!({"tags": ["Capital", "Investor"]}));
}

#[tokio::test]
#[should_panic(expected = "the world is not at rest")]
async fn a_quarantine_that_nobody_meant_is_noticed_at_the_end() {
    let mut world = World::start().await;
    world
        .propstreet
        .next(Fault::Reject { status: 400 })
        .on(Call::CreateContact);
    world.pipedrive.add_person("Ann Berg", "ann@fjordbygg.no");

    world.settle().await;
}
