//! Records that are deleted, merged and brought back: nothing comes back by itself, and nothing is deleted on a mere word.

use std::time::Duration;

use engine::core::{FACT_DELETES_ALLOWED, FACT_DELETES_STOPPED};
use model::{PairState, Side, time};
use plan::{DeletePolicy, Rule};
use serde_json::json;
use store::Store;

use super::world::{Setup, World};

fn deletes_propagate(setup: &mut Setup) {
    setup.settings.policies.deletes = DeletePolicy::Propagate;
}

#[tokio::test]
async fn a_person_deleted_in_pipedrive_leaves_the_contact_alone() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;

    world.pipedrive.delete_person(person);
    world.settle().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    world.settle().await;

    world.expect_contacts(["Ann Holm"]);
    world.expect_persons([]);
    let pair = world
        .pair_of_person(person)
        .await
        .expect("the pair is kept");
    assert!(matches!(
        pair.state,
        PairState::Unlinked {
            deleted_on: Side::Pipedrive,
            ..
        }
    ));
}

#[tokio::test]
async fn a_contact_deleted_in_propstreet_leaves_the_person_alone() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;

    world.propstreet.delete_contact(&contact);
    world.settle().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;

    world.expect_persons(["Ann Holm"]);
    world.expect_contacts([]);
}

#[tokio::test]
async fn a_person_brought_back_is_in_step_again() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.pipedrive.delete_person(person);
    world.settle().await;

    world.pipedrive.restore_person(person);
    world.settle().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
}

#[tokio::test]
async fn a_contact_brought_back_is_in_step_again() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world.propstreet.delete_contact(&contact);
    world.settle().await;

    world.propstreet.restore_contact(&contact);
    world.settle().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    world.settle().await;

    world.expect_person(person, &json!({"name": "Ann Holm"}));
}

#[tokio::test]
async fn a_deletion_crosses_over_where_the_policy_says_so() {
    let mut world = World::start_with(deletes_propagate).await;
    let (person, _) = world.ann().await;
    let (_, other) = world.paired_person("Nils Krogh", "nils@havnen.dk").await;
    world.paired_person("Eva Lind", "eva@skargardfast.se").await;

    world.pipedrive.delete_person(person);
    world.propstreet.delete_contact(&other);
    world.settle().await;

    world.expect_contacts(["Eva Lind"]);
    world.expect_persons(["Eva Lind"]);
}

#[tokio::test]
async fn a_deletion_against_an_edit_waits_for_a_person() {
    let mut world = World::start_with(deletes_propagate).await;
    let (person, contact) = world.ann().await;

    world.pipedrive.delete_person(person);
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Holm"}));
    world.settle().await;

    world.expect_contacts(["Ann Holm"]);
    let conflict = world.only_conflict().await;
    assert_eq!(
        (conflict.rule, conflict.winner),
        (Rule::DeleteAgainstEdit, None)
    );

    world.decide(&conflict, Side::Pipedrive).await;
    world.settle().await;
    world.expect_contacts([]);
}

#[tokio::test]
async fn a_merge_in_pipedrive_leaves_the_contact_with_the_survivor() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    // A copy that nobody has synced: it has no address and its own pair is not there yet.
    let survivor = world
        .pipedrive
        .quietly()
        .add_person("Ann Berg Holm", "ann@nordhav.no");

    world.pipedrive.merge_persons(person, survivor);
    world.settle_within(Duration::from_secs(31 * 60)).await;
    world.pipedrive.rename_person(survivor, "Ann Dahl");
    world.settle().await;

    world.expect_persons(["Ann Dahl"]);
    world.expect_contact(
        &contact,
        &json!({"firstName": "Ann", "lastName": "Dahl", "deletedUtc": null}),
    );
    assert_eq!(world.propstreet.contact_ids().len(), 1);
}

#[tokio::test]
async fn a_merge_of_two_synced_persons_keeps_both_contacts_and_syncs_the_survivors() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    let (survivor, kept) = world.paired_person("Ann Holm", "ann@nordhav.no").await;

    world.pipedrive.merge_persons(person, survivor);
    world.settle().await;
    world.pipedrive.rename_person(survivor, "Ann Dahl");
    world.settle().await;

    world.expect_contact(&kept, &json!({"lastName": "Dahl"}));
    world.expect_contact(&contact, &json!({"lastName": "Berg", "deletedUtc": null}));
}

#[tokio::test]
async fn deletions_by_the_dozen_stop_and_ask() {
    let mut world = World::start_with(deletes_propagate).await;
    let people: Vec<i64> = (0..30)
        .map(|number| {
            world
                .pipedrive
                .add_person(&format!("Ann {number}"), &format!("a{number}@havn.no"))
        })
        .collect();
    world.settle().await;

    for person in people {
        world.pipedrive.delete_person(person);
    }
    world.settle_within(Duration::from_secs(120)).await;

    assert_eq!(
        world.propstreet.contact_ids().len(),
        10,
        "twenty are let through"
    );
    let core = world.core();
    assert!(
        core.store
            .fact(core.ctx(), FACT_DELETES_STOPPED)
            .await
            .expect("the store answers")
            .is_some()
    );

    let until = time::plus_millis(core.now(), 3 * 3_600_000);
    world
        .put_fact(FACT_DELETES_ALLOWED, Some(&until.to_string()))
        .await;
    world.settle_within(Duration::from_secs(2 * 3_600)).await;
    assert_eq!(world.propstreet.contact_ids().len(), 0);
}
