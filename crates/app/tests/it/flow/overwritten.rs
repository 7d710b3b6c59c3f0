//! Edits that come between our read and our write: Propstreet refuses the write, Pipedrive overwrites the edit unseen.

use std::time::Duration;

use model::{Field, Side};
use plan::{Direction, FieldPolicy, Rule, Winner};
use serde_json::json;

use super::world::{Call, Fault, Setup, World, in_short, primary};

#[tokio::test]
async fn a_stale_version_is_read_again_and_planned_again() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .propstreet
        .next_times(3, Fault::StaleVersion)
        .on(Call::UpdateContact);

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
}

#[tokio::test]
async fn an_edit_in_propstreet_that_nobody_told_of_is_not_overwritten() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;

    world
        .propstreet
        .quietly()
        .edit_contact(&contact, json!({"email": "ann@nordhav.no"}));
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle_within(Duration::from_secs(60)).await;

    world.expect_contact(
        &contact,
        &json!({"lastName": "Holm", "email": "ann@nordhav.no"}),
    );
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@nordhav.no"
    );
}

#[tokio::test]
async fn an_edit_in_pipedrive_that_nobody_told_of_is_seen_before_the_write() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;

    world.pipedrive.quietly().rename_person(person, "Ann Holm");
    world.pass(Duration::from_secs(30));
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    world.settle_within(Duration::from_secs(120)).await;

    world.expect_contacts(["Ann Lund"]);
    let conflict = world.only_conflict().await;
    assert_eq!(
        in_short(&conflict),
        (
            Field::PersonName,
            "Ann Holm",
            "Ann Lund",
            Some(Side::Propstreet)
        )
    );
}

fn propstreet_wins(setup: &mut Setup) {
    let policy = FieldPolicy {
        direction: Direction::Both,
        winner: Winner::PropstreetWins,
    };
    setup
        .settings
        .policies
        .fields
        .insert(Field::PersonName, policy);
}

/// Ann is renamed in Propstreet, and in Pipedrive in the very moment between our read and our write.
async fn overwritten_between_read_and_write(world: &mut World) -> (i64, String) {
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next(Fault::Slow { millis: 6_000 })
        .on(Call::ReadPerson);
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    world.meanwhile_after(Duration::from_secs(3), move |pipedrive, _| {
        pipedrive.rename_person(person, "Ann Holm")
    });
    (person, contact)
}

#[tokio::test]
async fn an_overwritten_edit_is_found_by_the_webhook_of_our_own_write_and_put_back() {
    let mut world = World::start().await;
    let (person, _) = overwritten_between_read_and_write(&mut world).await;

    world.settle_within(Duration::from_secs(30)).await;

    world.expect_person(person, &json!({"name": "Ann Holm"}));
    world.expect_contacts(["Ann Holm"]);
    let conflict = world.only_conflict().await;
    assert_eq!(
        in_short(&conflict),
        (
            Field::PersonName,
            "Ann Holm",
            "Ann Lund",
            Some(Side::Pipedrive)
        )
    );
    assert_eq!(conflict.rule, Rule::Overwritten);
}

#[tokio::test]
async fn an_overwritten_edit_is_found_in_the_changelog_when_the_webhook_is_lost() {
    let mut world = World::start().await;
    let (person, _) = overwritten_between_read_and_write(&mut world).await;
    world
        .pipedrive
        .next_times(2, Fault::WebhookDrop)
        .on(Call::Webhook("person.change"));

    world.settle_within(Duration::from_secs(150)).await;

    world.expect_person(person, &json!({"name": "Ann Holm"}));
    world.expect_contacts(["Ann Holm"]);
    assert_eq!(world.only_conflict().await.rule, Rule::Overwritten);
}

#[tokio::test]
async fn a_changelog_that_cannot_be_read_is_asked_again_until_it_tells_of_the_overwritten_edit() {
    for refusal in [400, 403, 500] {
        let mut world = World::start().await;
        let (person, _) = overwritten_between_read_and_write(&mut world).await;
        world
            .pipedrive
            .next_times(2, Fault::WebhookDrop)
            .on(Call::Webhook("person.change"));
        world
            .pipedrive
            .next_times(3, Fault::Reject { status: refusal })
            .on(Call::ReadChangelog);

        world.settle().await;

        world.expect_person(person, &json!({"name": "Ann Holm"}));
        assert_eq!(
            world.only_conflict().await.rule,
            Rule::Overwritten,
            "{refusal}"
        );
        let requests = world.pipedrive.counters().requests;
        assert_eq!(requests["GET /v1/persons/{id}/changelog"], 4, "{refusal}");
    }
}

#[tokio::test]
async fn an_overwritten_edit_that_loses_by_policy_is_kept_in_the_journal() {
    let mut world = World::start_with(propstreet_wins).await;
    let (person, _) = overwritten_between_read_and_write(&mut world).await;

    world.settle().await;

    world.expect_person(person, &json!({"name": "Ann Lund"}));
    let conflict = world.only_conflict().await;
    assert_eq!(
        in_short(&conflict),
        (
            Field::PersonName,
            "Ann Holm",
            "Ann Lund",
            Some(Side::Propstreet)
        )
    );

    world.decide(&conflict, Side::Pipedrive).await;
    world.settle().await;
    world.expect_contacts(["Ann Holm"]);
}

#[tokio::test]
async fn an_edit_overwritten_by_a_write_that_comes_late_is_found_too() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next(Fault::CommitLate {
            after_millis: 45_000,
        })
        .on(Call::UpdatePerson);
    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    world.meanwhile_after(Duration::from_secs(20), move |pipedrive, _| {
        pipedrive.rename_person(person, "Ann Holm")
    });

    world.settle().await;

    world.expect_person(person, &json!({"name": "Ann Holm"}));
    world.expect_contacts(["Ann Holm"]);
}

#[tokio::test]
async fn a_write_that_had_to_wait_does_not_replace_what_came_meanwhile() {
    let mut world = World::start_with(|setup| setup.settings.timing.poll_interval = 10_000).await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next_times(4, Fault::ServerError)
        .on(Call::ReadPerson);

    world
        .propstreet
        .edit_contact(&contact, json!({"lastName": "Lund"}));
    world.settle_within(Duration::from_secs(3)).await;
    world.pipedrive.quietly().rename_person(person, "Ann Holm");
    world.settle_within(Duration::from_secs(600)).await;

    world.expect_contacts(["Ann Holm"]);
    let conflict = world.only_conflict().await;
    assert_eq!(
        in_short(&conflict),
        (
            Field::PersonName,
            "Ann Holm",
            "Ann Lund",
            Some(Side::Pipedrive)
        )
    );
}

#[tokio::test]
async fn an_overwritten_label_comes_back_without_one_that_was_taken_away_since() {
    let mut world = World::start().await;
    for label in ["Investor", "Lender", "Adviser"] {
        world.pipedrive.add_person_label(label);
    }
    world.set_up().await;
    world
        .pipedrive
        .next(Fault::CommitLate {
            after_millis: 45_000,
        })
        .on(Call::UpdatePerson);
    let address = "ann@fjordbygg.no";
    let person = world.pipedrive.add_person_with(
        json!({"name": "Ann Berg", "emails": primary(address), "labels": ["Lender"]}),
    );
    let contact = world.propstreet.add_contact("Ann", "Berg", address);
    let tags = json!({"tags": ["Investor"]});
    world.propstreet.edit_contact(&contact, tags);
    for (seconds, labels) in [
        (10, json!(["Lender", "Adviser"])),
        (60, json!(["Investor"])),
    ] {
        world.meanwhile_after(Duration::from_secs(seconds), move |pipedrive, _| {
            pipedrive.edit_person(person, json!({ "labels": labels }));
        });
    }

    world.settle().await;

    world.expect_contact(&contact, &json!({"tags": ["Adviser", "Investor"]}));
}
