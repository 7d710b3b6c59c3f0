//! A person's organization and job title are a contact's link to a company: the company comes first, then the contact, then
//! the link.

use serde_json::json;

use super::world::{World, primary};

fn place(company: &str, title: Option<&str>) -> (String, Option<String>) {
    (company.to_owned(), title.map(str::to_owned))
}

#[tokio::test]
async fn a_person_at_an_organization_becomes_a_contact_at_a_company() {
    let mut world = World::start().await;

    let (_, contact, _, _) = world.ann_at_fjordbygg().await;

    assert_eq!(
        world.propstreet.places_of(&contact),
        [place("Fjordbygg AS", Some("Head of Leasing"))]
    );
}

#[tokio::test]
async fn a_contact_at_a_company_becomes_a_person_at_an_organization() {
    let mut world = World::start().await;
    let contact = world
        .propstreet
        .add_contact("Ann", "Berg", "ann.berg@fjordbygg.no");
    let company = world.propstreet.add_company("Fjordbygg AS");
    world
        .propstreet
        .add_link(&contact, &company, Some("Head of Leasing"));

    world.settle().await;

    let (person, organization) = (world.person_of(&contact), world.organization_of(&company));
    world.expect_person(person, &json!({"org_id": organization}));
    assert_eq!(
        world.pipedrive.person_field(person, "job_title"),
        "Head of Leasing"
    );
}

#[tokio::test]
async fn a_person_who_changes_the_organization_changes_the_company() {
    let mut world = World::start().await;
    let (person, contact, _, _) = world.ann_at_fjordbygg().await;
    let next = world.pipedrive.add_organization("Havnen A/S");

    world.pipedrive.edit_person(person, json!({"org_id": next}));
    world.settle().await;

    assert_eq!(world.propstreet.places_of(&contact)[0].0, "Havnen A/S");
    world.expect_person(person, &json!({"org_id": next}));
}

#[tokio::test]
async fn a_contact_who_changes_the_main_company_changes_the_organization() {
    let mut world = World::start().await;
    let (person, contact, _, _) = world.ann_at_fjordbygg().await;
    let next = world.propstreet.add_company("Havnen A/S");

    let link = world.propstreet.add_link(&contact, &next, Some("Partner"));
    world
        .propstreet
        .edit_link(&link, json!({"isPrimary": true}));
    world.settle().await;

    world.expect_person(person, &json!({"org_id": world.organization_of(&next)}));
    assert_eq!(world.pipedrive.person_field(person, "job_title"), "Partner");
    assert_eq!(world.propstreet.places_of(&contact).len(), 2);
}

#[tokio::test]
async fn a_job_title_travels_both_ways() {
    let mut world = World::start().await;
    let (person, contact, _, _) = world.ann_at_fjordbygg().await;

    world
        .pipedrive
        .edit_person(person, json!({"custom_fields": {"job_title": "Partner"}}));
    world.settle().await;
    assert_eq!(
        world.propstreet.places_of(&contact),
        [place("Fjordbygg AS", Some("Partner"))]
    );

    let link = world.propstreet.link_of(&contact);
    world
        .propstreet
        .edit_link(&link, json!({"jobTitle": "Chair"}));
    world.settle().await;
    assert_eq!(world.pipedrive.person_field(person, "job_title"), "Chair");
}

#[tokio::test]
async fn a_person_who_leaves_the_organization_leaves_the_company() {
    let mut world = World::start().await;
    let (person, contact, _, _) = world.ann_at_fjordbygg().await;

    world.pipedrive.edit_person(person, json!({"org_id": null}));
    world.settle().await;

    assert_eq!(world.propstreet.places_of(&contact), []);
}

#[tokio::test]
async fn a_link_that_is_ended_takes_the_person_out_of_the_organization() {
    let mut world = World::start().await;
    let (person, contact, _, _) = world.ann_at_fjordbygg().await;

    world
        .propstreet
        .delete_link(&world.propstreet.link_of(&contact));
    world.settle().await;

    world.expect_person(person, &json!({"org_id": null}));
}

#[tokio::test]
async fn a_second_company_of_a_contact_is_nobodys_business() {
    let mut world = World::start().await;
    let (person, contact, organization, _) = world.ann_at_fjordbygg().await;
    let board = world.propstreet.add_company("Havnen A/S");

    world
        .propstreet
        .add_link(&contact, &board, Some("Board member"));
    world.settle().await;
    world
        .pipedrive
        .edit_person(person, json!({"custom_fields": {"job_title": "Partner"}}));
    world.settle().await;

    world.expect_person(person, &json!({"org_id": organization}));
    let places = [
        place("Fjordbygg AS", Some("Partner")),
        place("Havnen A/S", Some("Board member")),
    ];
    assert_eq!(world.propstreet.places_of(&contact), places);
}

#[tokio::test]
async fn a_whole_team_added_at_once_finds_its_company() {
    let mut world = World::start().await;
    let organization = world.pipedrive.add_organization("Fjordbygg AS");
    for number in 0..8 {
        world.pipedrive.add_person_with(json!({
            "name": format!("Ann {number}"), "emails": primary(&format!("a{number}@fjordbygg.no")), "org_id": organization,
        }));
    }

    world.settle().await;

    assert_eq!(world.propstreet.company_names(), ["Fjordbygg AS"]);
    for person in world.pipedrive.person_ids() {
        assert_eq!(
            world.propstreet.places_of(&world.contact_of(person)),
            [place("Fjordbygg AS", None)]
        );
    }
}
