//! Who comes to a deal or project, and who leaves it.

use super::{set, start};

#[tokio::test]
async fn the_person_of_a_deal_becomes_a_prospect_of_its_project() {
    let mut world = start().await;
    let (_, project, _, contact) = world.sale_to("Ann Berg").await;
    assert_eq!(world.propstreet.contacts_of(&project), set(&[contact]));
}

#[tokio::test]
async fn a_participant_added_in_pipedrive_becomes_a_prospect() {
    let mut world = start().await;
    let (deal, project, _, ann) = world.sale_to("Ann Berg").await;
    let (person, bo) = world.paired_person("Bo Lund", "bo@lund.se").await;

    world.join_deal(deal, person);
    world.look().await;

    assert_eq!(world.propstreet.contacts_of(&project), set(&[ann, bo]));
}

#[tokio::test]
async fn a_prospect_added_in_propstreet_takes_part_in_the_deal() {
    let mut world = start().await;
    let (deal, project, ann, _) = world.sale_to("Ann Berg").await;
    let (person, bo) = world.paired_person("Bo Lund", "bo@lund.se").await;

    world.propstreet.add_contact_as_prospect(&project, &bo);
    world.settle().await;

    assert_eq!(world.people_on(deal), set(&[ann, person]));
}

#[tokio::test]
async fn a_participant_removed_in_pipedrive_is_taken_off_the_prospects() {
    let mut world = start().await;
    let (deal, project, _, ann) = world.sale_to("Ann Berg").await;
    let (person, _) = world.paired_person("Bo Lund", "bo@lund.se").await;
    world.join_deal(deal, person);
    world.look().await;
    assert_eq!(world.propstreet.contacts_of(&project).len(), 2);

    world.leave_deal(deal, person);
    world.look().await;

    assert_eq!(world.propstreet.contacts_of(&project), set(&[ann]));
}

#[tokio::test]
async fn a_prospect_removed_in_propstreet_takes_no_part_in_the_deal_any_more() {
    let mut world = start().await;
    let (deal, project, ann, _) = world.sale_to("Ann Berg").await;
    let (person, bo) = world.paired_person("Bo Lund", "bo@lund.se").await;
    world.join_deal(deal, person);
    world.look().await;

    let prospect = world.propstreet.prospect_of(&project, &bo);
    world.propstreet.remove_prospect(&prospect);
    world.settle().await;

    assert_eq!(world.people_on(deal), set(&[ann]));
    world.look().await;
    assert_eq!(world.people_on(deal), set(&[ann]));
}

#[tokio::test]
async fn who_came_by_our_own_write_is_no_news_and_writes_nothing() {
    let mut world = start().await;
    let (deal, project, _, _) = world.sale_to("Ann Berg").await;
    let (person, _) = world.paired_person("Bo Lund", "bo@lund.se").await;
    let (_, carl) = world.paired_person("Carl Ek", "carl@ek.se").await;
    world.join_deal(deal, person);
    world.propstreet.add_contact_as_prospect(&project, &carl);
    world.look().await;
    assert_eq!(world.people_on(deal).len(), 3);

    let before = world.writes_made();
    world.look().await;
    world.restart().await;
    world.look().await;
    assert_eq!(world.writes_made(), before);
}

#[tokio::test]
async fn who_took_part_before_it_was_switched_on_is_carried_over_then() {
    let mut world = super::World::start_with(super::super::deals::with_deals).await;
    let person = world.pipedrive.add_person("Ann Berg", "ann@berg.no");
    let fields = serde_json::json!({"title": "Ejdern", "person_id": person});
    let deal = world.pipedrive.add_record(super::Emulated::Deal, fields);
    world.settle().await;
    let project = world.sale_of(deal);
    assert!(world.propstreet.prospects_of(&project).is_empty());

    world
        .restart_with(|settings| {
            settings.mirrored.push(model::Entity::Prospect);
            settings.participants = Some(super::ParticipantsPace::default());
        })
        .await;
    world.look().await;
    let contact = world.contact_of(person);
    assert_eq!(world.propstreet.contacts_of(&project), set(&[contact]));
}
