//! Deleted fields: what is not shown any more was cleared by nobody, and only what needs the field stands still.

use std::time::Duration;

use serde_json::json;
use store::FieldChangeKind;

use super::super::world::World;
use super::{STRATEGY, ann_in_logistics};

#[tokio::test]
async fn a_field_deleted_while_edits_travel_clears_nothing_on_the_other_side() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;

    world.pipedrive.delete_person_field(STRATEGY);
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;

    world.expect_contact(
        &contact,
        &json!({"lastName": "Holm", "strategy": "Logistics"}),
    );
    assert_eq!(
        world.field_trouble().await,
        [("person_strategy", "deleted")]
    );
    let changes = world.field_changes().await;
    assert_eq!(changes[0].kind, FieldChangeKind::Deleted);
}

#[tokio::test]
async fn the_first_record_without_the_field_makes_the_program_look_once() {
    let mut world = World::start().await;
    let (person, _) = ann_in_logistics(&mut world).await;
    world.pass(Duration::from_secs(120));
    world.pipedrive.delete_person_field(STRATEGY);
    world.pipedrive.reset_counters();

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle_within(Duration::from_secs(5)).await;

    let lists = world.pipedrive.counters().requests["GET /api/v2/personFields"];
    assert_eq!(lists, 1);
    assert_eq!(
        world.field_trouble().await,
        [("person_strategy", "deleted")]
    );
    world.settle().await;
}

#[tokio::test]
async fn what_needs_the_missing_field_waits_and_everything_else_travels() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    world.pipedrive.delete_person_field(STRATEGY);
    world.settle_for_a_day().await;

    let edit = json!({"strategy": "Retail", "firstName": "Anna"});
    world.propstreet.edit_contact(&contact, edit);
    world.settle().await;

    assert_eq!(world.pipedrive.person(person)["name"], "Anna Berg");
    world.expect_contact(&contact, &json!({"strategy": "Retail"}));
    let waits = plan::Note::Untold {
        field: model::Field::PersonStrategy,
    };
    assert_eq!(world.notes_of_person(person).await, [waits]);
}

#[tokio::test]
async fn a_write_that_was_planned_before_the_field_was_deleted_is_not_sent() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    world
        .propstreet
        .edit_contact(&contact, json!({"strategy": "Retail", "firstName": "Anna"}));
    world.pipedrive.delete_person_field(STRATEGY);

    world.settle().await;

    assert_eq!(world.pipedrive.person(person)["name"], "Anna Berg");
    world.expect_contact(&contact, &json!({"strategy": "Retail"}));
    assert_eq!(
        world.field_trouble().await,
        [("person_strategy", "deleted")]
    );
}

#[tokio::test]
async fn a_person_is_made_without_the_missing_field() {
    let mut world = World::start().await;
    world.pipedrive.delete_person_field(STRATEGY);
    world.settle_for_a_day().await;

    let contact = world.propstreet.add_contact_with(json!({
        "firstName": "Nils", "lastName": "Krogh", "email": "nils@havn.no", "strategy": "Hotels",
    }));
    world.settle().await;

    let person = world.person_of(&contact);
    assert_eq!(world.pipedrive.person(person)["name"], "Nils Krogh");
    world.expect_contact(&contact, &json!({"strategy": "Hotels"}));
}

#[tokio::test]
async fn without_the_field_for_our_id_no_person_is_made_and_none_twice_afterwards() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.delete_person_field("propstreet_contact_id");
    world.settle_for_a_day().await;
    world
        .propstreet
        .add_contact("Nils", "Krogh", "nils@havn.no");
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    world.settle().await;
    assert_eq!(world.pipedrive.person_names(), ["Ann Holm"]);
    assert_eq!(world.field_trouble().await, [("person_marker", "deleted")]);

    world.set_up().await;
    world.settle().await;

    assert_eq!(world.pipedrive.person_names(), ["Ann Holm", "Nils Krogh"]);
    assert_eq!(world.field_trouble().await, []);
    assert_eq!(world.pipedrive.person(person)["name"], "Ann Holm");
}

#[tokio::test]
async fn an_organization_keeps_its_number_when_the_field_is_deleted() {
    let mut world = World::start().await;
    let organization = world.pipedrive.add_organization_with(json!({
        "name": "Fjordbygg AS",
        "custom_fields": {"domain": "fjordbygg.no", "org_number": "NO923609016"},
    }));
    world.settle().await;
    let company = world.company_of(organization);

    world.pipedrive.delete_organization_field("domain");
    world
        .pipedrive
        .edit_organization(organization, json!({"name": "Fjordbygg Gruppen AS"}));
    world.settle().await;

    world.expect_company(
        &company,
        &json!({"name": "Fjordbygg Gruppen AS", "domain": "fjordbygg.no"}),
    );
    assert_eq!(
        world.field_trouble().await,
        [("organization_domain", "deleted")]
    );
}

#[tokio::test]
async fn a_field_that_has_become_one_of_numbers_clears_nothing() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    let code = world.pipedrive.code_of(STRATEGY);
    world.pipedrive.delete_person_field(STRATEGY);
    world
        .pipedrive
        .bring_back_person_field(&code, STRATEGY, "double");
    let edit = json!({"name": "Ann Holm", "custom_fields": {STRATEGY: 7}});
    world.pipedrive.edit_person(person, edit);
    world.settle().await;

    world.expect_contact(
        &contact,
        &json!({"lastName": "Holm", "strategy": "Logistics"}),
    );
    assert_eq!(
        world.field_trouble().await,
        [("person_strategy", "wrong_type")]
    );
}
