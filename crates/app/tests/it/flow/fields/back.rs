//! Fields that are there again: everything that waited travels, without a restart, and nothing that was agreed on is lost.

use serde_json::json;

use super::super::world::World;
use super::{STRATEGY, ann_in_logistics};

#[tokio::test]
async fn a_field_made_anew_is_filled_from_the_other_side() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    let (other, _) = world.paired_person("Bo Ek", "bo@havn.no").await;
    world.pipedrive.delete_person_field(STRATEGY);
    world.settle_for_a_day().await;

    world.set_up().await;
    world.settle().await;

    assert_eq!(world.pipedrive.person_field(person, STRATEGY), "Logistics");
    assert_eq!(world.pipedrive.person_field(other, STRATEGY), json!(null));
    world.expect_contact(&contact, &json!({"strategy": "Logistics"}));
    assert_eq!(world.field_trouble().await, []);
}

#[tokio::test]
async fn an_edit_that_waited_arrives_in_the_field_made_anew() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    world.pipedrive.delete_person_field(STRATEGY);
    world.settle_for_a_day().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"strategy": "Retail"}));
    world.settle().await;

    world.set_up().await;
    world.settle().await;

    assert_eq!(world.pipedrive.person_field(person, STRATEGY), "Retail");
    world.expect_contact(&contact, &json!({"strategy": "Retail"}));
}

#[tokio::test]
async fn another_field_that_gets_the_configured_name_is_found_without_anybody_asking() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    world.pipedrive.add_person_field("Buys what", "varchar");
    let theirs = json!({"custom_fields": {"Buys what": "Sheds"}});
    world.pipedrive.edit_person(person, theirs);
    world.pipedrive.delete_person_field(STRATEGY);
    world.settle_for_a_day().await;
    assert_eq!(
        world.field_trouble().await,
        [("person_strategy", "deleted")]
    );

    world.pipedrive.rename_person_field("Buys what", STRATEGY);
    // A name without a field is looked for every half hour.
    world.pass(std::time::Duration::from_secs(31 * 60));
    world.settle().await;

    // What the two sides show was never agreed on: Propstreet's strategy wins, and theirs is in the journal.
    assert_eq!(world.pipedrive.person_field(person, STRATEGY), "Logistics");
    world.expect_contact(&contact, &json!({"strategy": "Logistics"}));
    let lost = world.journal().await;
    let theirs = model::Value::text("Sheds");
    let keeps = |conflict: &store::Conflict| conflict.values.pipedrive == theirs;
    assert!(lost.iter().any(keeps), "{lost:?}");
    assert_eq!(world.field_trouble().await, []);
}

#[tokio::test]
async fn a_field_that_comes_back_under_its_key_is_seen_at_the_first_record() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    let (bo, bo_contact) = world.paired_person("Bo Ek", "bo@havn.no").await;
    let code = world.pipedrive.code_of(STRATEGY);
    world.pipedrive.delete_person_field(STRATEGY);
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle_for_a_day().await;
    assert_eq!(
        world.field_trouble().await,
        [("person_strategy", "deleted")]
    );

    world
        .pipedrive
        .bring_back_person_field(&code, STRATEGY, "text");
    world.pass(std::time::Duration::from_secs(120));
    let edit = json!({"custom_fields": {STRATEGY: "Ports"}});
    world.pipedrive.edit_person(bo, edit);
    world.settle().await;

    world.expect_contact(&bo_contact, &json!({"strategy": "Ports"}));
    assert_eq!(world.field_trouble().await, []);
    // The account lost her value with the field; the other side still had it.
    world.expect_contact(
        &contact,
        &json!({"lastName": "Holm", "strategy": "Logistics"}),
    );
    assert_eq!(world.pipedrive.custom(person, &code), "Logistics");
}

#[tokio::test]
async fn a_stop_while_pairs_are_gone_through_loses_nothing() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    world.pipedrive.delete_person_field(STRATEGY);
    world.settle_for_a_day().await;

    world.pipedrive.add_person_field(STRATEGY, "text");
    world.stop_after("reconsider_pairs", 1);
    world.settle_for_a_day().await;
    assert!(world.has_stopped());
    world.restart().await;
    world.settle().await;

    assert_eq!(world.pipedrive.person_field(person, STRATEGY), "Logistics");
    world.expect_contact(&contact, &json!({"strategy": "Logistics"}));
}
