//! Organizations and companies that are deleted, merged, brought back, refused or edited on both sides.

use std::time::Duration;

use model::Side;
use plan::{DeletePolicy, Rule};
use serde_json::json;

use super::world::{Call, Fault, World};

#[tokio::test]
async fn an_organization_deleted_in_pipedrive_leaves_the_company_alone() {
    let mut world = World::start().await;
    let (organization, company) = world.paired_organization("Fjordbygg AS").await;

    world.pipedrive.delete_organization(organization);
    world.settle().await;
    world
        .propstreet
        .edit_company(&company, json!({"name": "Fjordbygg Gruppen AS"}));
    world.settle().await;

    assert_eq!(world.propstreet.company_names(), ["Fjordbygg Gruppen AS"]);
    assert_eq!(world.pipedrive.organization_ids(), Vec::<i64>::new());
}

#[tokio::test]
async fn a_company_deleted_in_propstreet_leaves_the_organization_and_its_people_alone() {
    let mut world = World::start().await;
    let (person, contact, _, company) = world.ann_at_fjordbygg().await;

    world.propstreet.delete_company(&company);
    world.settle().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;

    world.expect_person(person, &json!({"name": "Ann Holm", "is_deleted": false}));
    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    assert_eq!(world.pipedrive.organization_names(), ["Fjordbygg AS"]);
}

#[tokio::test]
async fn a_deletion_of_an_organization_crosses_over_where_the_policy_says_so() {
    let mut world =
        World::start_with(|setup| setup.settings.policies.deletes = DeletePolicy::Propagate).await;
    let (organization, _) = world.paired_organization("Fjordbygg AS").await;
    let (_, company) = world.paired_organization("Havnen A/S").await;

    world.pipedrive.delete_organization(organization);
    world.propstreet.delete_company(&company);
    world.settle().await;

    assert_eq!(world.propstreet.company_ids(), Vec::<String>::new());
    assert_eq!(world.pipedrive.organization_ids(), Vec::<i64>::new());
}

#[tokio::test]
async fn a_name_given_on_both_sides_goes_to_the_later_and_the_other_is_journaled() {
    let mut world = World::start().await;
    let (organization, company) = world.paired_organization("Fjordbygg AS").await;

    world
        .pipedrive
        .edit_organization(organization, json!({"name": "Fjordbygg Vest AS"}));
    world.pass(Duration::from_secs(20));
    world
        .propstreet
        .edit_company(&company, json!({"name": "Fjordbygg Gruppen AS"}));
    world.settle().await;

    assert_eq!(
        world.pipedrive.organization_names(),
        ["Fjordbygg Gruppen AS"]
    );
    let conflict = world.only_conflict().await;
    assert_eq!(
        (conflict.rule, conflict.winner),
        (Rule::Latest, Some(Side::Propstreet))
    );
}

#[tokio::test]
async fn an_edit_of_an_organization_overwritten_between_read_and_write_is_put_back() {
    let mut world = World::start().await;
    let (organization, company) = world.paired_organization("Fjordbygg AS").await;
    world
        .pipedrive
        .next(Fault::CommitLate {
            after_millis: 40_000,
        })
        .on(Call::UpdateOrganization);
    world
        .propstreet
        .edit_company(&company, json!({"name": "Fjordbygg Gruppen AS"}));
    let vest = json!({"name": "Fjordbygg Vest AS"});
    world.meanwhile_after(Duration::from_secs(15), move |pipedrive, _| {
        pipedrive.edit_organization(organization, vest)
    });

    world.settle().await;

    assert_eq!(world.pipedrive.organization_names(), ["Fjordbygg Vest AS"]);
    assert_eq!(world.propstreet.company_names(), ["Fjordbygg Vest AS"]);
}

#[tokio::test]
async fn a_lost_answer_to_a_deletion_deletes_once() {
    let mut world =
        World::start_with(|setup| setup.settings.policies.deletes = DeletePolicy::Propagate).await;
    let (person, _) = world.ann().await;
    let (_, other) = world.paired_person("Nils Krogh", "nils@havnen.dk").await;
    world
        .propstreet
        .next(Fault::LoseAnswer)
        .on(Call::DeleteContact);
    world
        .pipedrive
        .next(Fault::LoseAnswer)
        .on(Call::DeletePerson);

    world.pipedrive.delete_person(person);
    world.propstreet.delete_contact(&other);
    world.settle().await;

    world.expect_contacts([]);
    world.expect_persons([]);
}

#[tokio::test]
async fn a_company_that_is_refused_holds_up_its_people_but_not_their_contacts() {
    let mut world = World::start().await;
    world
        .propstreet
        .next(Fault::Reject { status: 400 })
        .on(Call::CreateCompany);

    let organization = world.pipedrive.add_organization("Fjordbygg AS");
    let fields = json!({"name": "Ann Berg", "org_id": organization, "emails": super::world::primary("ann@fjordbygg.no")});
    let person = world.pipedrive.add_person_with(fields);
    world.settle().await;
    assert_eq!(world.quarantine_codes().await, ["refused"]);
    let contact = world.contact_of(person);
    assert_eq!(world.propstreet.places_of(&contact), []);

    world
        .pipedrive
        .edit_organization(organization, json!({"name": "Fjordbygg Gruppen AS"}));
    world.settle().await;
    assert_eq!(
        world.propstreet.places_of(&contact),
        [("Fjordbygg Gruppen AS".to_owned(), None)]
    );
}

#[tokio::test]
async fn lists_that_fail_are_read_again() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next_times(3, Fault::Truncate)
        .on(Call::ListPersons);
    world
        .propstreet
        .next_times(3, Fault::ServerError)
        .on(Call::ListContacts);

    world.pipedrive.quietly().rename_person(person, "Ann Holm");
    world
        .propstreet
        .quietly()
        .edit_contact(&contact, json!({"email": "ann@nordhav.no"}));
    world.settle_within(Duration::from_secs(30 * 60)).await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@nordhav.no"
    );
}

#[tokio::test]
async fn reads_that_fail_are_made_again() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;
    world
        .pipedrive
        .next_times(2, Fault::Hold { written: false })
        .on(Call::ReadPerson);
    world
        .propstreet
        .next_times(2, Fault::Truncate)
        .on(Call::ReadContact);

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"email": "ann@nordhav.no"}));
    world.settle().await;

    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@nordhav.no"
    );
}

#[tokio::test]
async fn lost_answers_to_updates_of_companies_and_links_are_looked_into() {
    let mut world = World::start().await;
    let (person, contact, organization, company) = world.ann_at_fjordbygg().await;
    world
        .propstreet
        .next(Fault::LoseAnswer)
        .on(Call::UpdateCompany);
    world
        .propstreet
        .next(Fault::FailAfterWriting)
        .on(Call::UpdateLink);

    world
        .pipedrive
        .edit_organization(organization, json!({"name": "Fjordbygg Gruppen AS"}));
    world
        .pipedrive
        .edit_person(person, json!({"custom_fields": {"job_title": "Partner"}}));
    world.settle().await;

    world.expect_company(&company, &json!({"name": "Fjordbygg Gruppen AS"}));
    let place = (
        "Fjordbygg Gruppen AS".to_owned(),
        Some("Partner".to_owned()),
    );
    assert_eq!(world.propstreet.places_of(&contact), [place]);
}
