//! An edit on one side arrives on the other, field by field.

use serde_json::{Value, json};

use super::world::{Propstreet, World, primary};

#[tokio::test]
async fn a_person_added_in_pipedrive_becomes_a_contact() {
    let mut world = World::start().await;
    let person = world
        .pipedrive
        .add_person("Ann Berg", "ann.berg@fjordbygg.no");

    world.settle().await;

    let contact = world.contact_of(person);
    world.expect_contact(
        &contact,
        &json!({"firstName": "Ann", "lastName": "Berg", "email": "ann.berg@fjordbygg.no"}),
    );
    assert_eq!(
        world
            .pipedrive
            .person_field(person, "propstreet_contact_id"),
        contact.as_str()
    );
}

#[tokio::test]
async fn a_contact_added_in_propstreet_becomes_a_person() {
    let mut world = World::start().await;
    let contact = world
        .propstreet
        .add_contact("Ann", "Berg", "ann.berg@fjordbygg.no");

    world.settle().await;

    let person = world.person_of(&contact);
    assert_eq!(world.pipedrive.person(person)["name"], "Ann Berg");
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann.berg@fjordbygg.no"
    );
    assert_eq!(world.contact_of(person), contact);
}

#[tokio::test]
async fn an_organization_added_in_pipedrive_becomes_a_company() {
    let mut world = World::start().await;
    let organization = world.pipedrive.add_organization_with(json!({
        "name": "Fjordbygg AS",
        "address": {"value": "Strandgata 4, 5013 Bergen, Norway", "country": "Norway"},
        "custom_fields": {"domain": "fjordbygg.no", "org_number": "923609016"},
    }));

    world.settle().await;

    let company = world.company_of(organization);
    world.expect_company(
        &company,
        &json!({"name": "Fjordbygg AS", "domain": "fjordbygg.no", "countryCode": "NO"}),
    );
    let number = Propstreet::reference(&world.propstreet.company(&company), "org-number-no");
    assert_eq!(number.as_deref(), Some("923609016"));
}

#[tokio::test]
async fn a_company_added_in_propstreet_becomes_an_organization() {
    let mut world = World::start().await;
    let company = world.propstreet.add_company_with(json!({
        "name": "Skärgård Fastigheter AB", "domain": "skargardfast.se", "countryCode": "SE",
        "externalRefs": [{"namespace": "org-number-se", "id": "5560160680"}],
    }));

    world.settle().await;

    let organization = world.organization_of(&company);
    assert_eq!(
        world.pipedrive.organization(organization)["name"],
        "Skärgård Fastigheter AB"
    );
    assert_eq!(
        world.pipedrive.organization(organization)["address"]["country"],
        "Sweden"
    );
    assert_eq!(
        world.pipedrive.organization_field(organization, "domain"),
        "skargardfast.se"
    );
    assert_eq!(
        world
            .pipedrive
            .organization_field(organization, "org_number"),
        "556016-0680"
    );
}

/// One edit of a paired person in Pipedrive, and what the contact shows then.
async fn check_to_contact(edit: Value, shown: Value) {
    let mut world = World::start().await;
    world.pipedrive.add_person_label("Investor");
    let (person, contact) = world.ann().await;
    // Labels are read with the other definitions.
    world.set_up().await;

    world.pipedrive.edit_person(person, edit);
    world.settle().await;

    world.expect_contact(&contact, &shown);
}

#[tokio::test]
async fn a_name_edited_in_pipedrive_arrives() {
    check_to_contact(
        json!({"name": "Ann Berg Holm"}),
        json!({"firstName": "Ann", "lastName": "Berg Holm"}),
    )
    .await;
}

#[tokio::test]
async fn an_address_edited_in_pipedrive_arrives() {
    check_to_contact(
        json!({"emails": primary("ann@nordhav.no")}),
        json!({"email": "ann@nordhav.no"}),
    )
    .await;
}

#[tokio::test]
async fn a_phone_number_edited_in_pipedrive_arrives_in_its_international_form() {
    check_to_contact(
        json!({"phones": primary("070-123 45 67")}),
        json!({"phone": "+46701234567"}),
    )
    .await;
}

#[tokio::test]
async fn a_label_set_in_pipedrive_arrives_as_a_tag() {
    check_to_contact(
        json!({"labels": ["Investor"]}),
        json!({"tags": ["Investor"]}),
    )
    .await;
}

#[tokio::test]
async fn a_strategy_edited_in_pipedrive_arrives() {
    let edit = json!({"custom_fields": {"investor_strategy": "Core offices in Bergen"}});
    check_to_contact(edit, json!({"strategy": "Core offices in Bergen"})).await;
}

#[tokio::test]
async fn an_address_taken_away_in_pipedrive_is_taken_away_from_the_contact() {
    check_to_contact(json!({"emails": []}), json!({"email": null})).await;
}

/// One edit of a paired contact in Propstreet, and the world after it.
async fn after_contact_edit(edit: Value) -> (World, i64) {
    let mut world = World::start().await;
    world.pipedrive.add_person_label("Investor");
    let (person, contact) = world.ann().await;
    world.set_up().await;

    world.propstreet.edit_contact(&contact, edit);
    world.settle().await;

    (world, person)
}

#[tokio::test]
async fn a_name_edited_in_propstreet_arrives() {
    let (world, person) = after_contact_edit(json!({"lastName": "Berg Holm"})).await;

    assert_eq!(world.pipedrive.person(person)["name"], "Ann Berg Holm");
}

#[tokio::test]
async fn an_address_and_a_number_edited_in_propstreet_arrive() {
    let (world, person) =
        after_contact_edit(json!({"email": "ann@nordhav.no", "phone": "+4791234567"})).await;

    let person = world.pipedrive.person(person);
    assert_eq!(person["emails"][0]["value"], "ann@nordhav.no");
    assert_eq!(person["phones"][0]["value"], "+4791234567");
}

#[tokio::test]
async fn a_tag_set_in_propstreet_arrives_as_a_label() {
    let (world, person) = after_contact_edit(json!({"tags": ["Investor"]})).await;

    assert_eq!(
        world.pipedrive.person(person)["label_ids"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_strategy_edited_in_propstreet_arrives() {
    let (world, person) =
        after_contact_edit(json!({"strategy": "Logistics\nup to 200 MNOK"})).await;

    assert_eq!(
        world.pipedrive.person_field(person, "investor_strategy"),
        "Logistics\nup to 200 MNOK"
    );
}

#[tokio::test]
async fn edits_of_an_organization_arrive_on_the_company() {
    let mut world = World::start().await;
    let (organization, company) = world.paired_organization("Fjordbygg AS").await;

    let address = json!({"value": "Strandgata 4, 5013 Bergen, Norway", "country": "Norway"});
    let fields = json!({"domain": "fjordbygg.no", "org_number": "923 609 016"});
    let edit = json!({"name": "Fjordbygg Gruppen AS", "address": address, "custom_fields": fields});
    world.pipedrive.edit_organization(organization, edit);
    world.settle().await;

    let shown =
        json!({"name": "Fjordbygg Gruppen AS", "domain": "fjordbygg.no", "countryCode": "NO"});
    world.expect_company(&company, &shown);
    let number = Propstreet::reference(&world.propstreet.company(&company), "org-number-no");
    assert_eq!(number.as_deref(), Some("923609016"));
}

#[tokio::test]
async fn edits_of_a_company_arrive_on_the_organization_but_its_country_stays() {
    let mut world = World::start().await;
    let (organization, company) = world.paired_organization("Fjordbygg AS").await;
    let address = json!({"value": "Strandgata 4, 5013 Bergen, Norway", "country": "Norway"});
    world
        .pipedrive
        .edit_organization(organization, json!({"address": address}));
    world.settle().await;
    let before = world.pipedrive.organization(organization)["address"].clone();

    let marker = json!({"namespace": "pipedrive", "id": organization.to_string()});
    let number = json!({"namespace": "org-number-no", "id": "923609016"});
    let edit = json!({"name": "Fjordbygg Gruppen AS", "domain": "fjordbygg.no", "externalRefs": [marker, number]});
    world.propstreet.edit_company(&company, edit);
    world
        .propstreet
        .edit_company(&company, json!({"countryCode": "SE"}));
    world.settle().await;

    assert_eq!(
        world.pipedrive.organization(organization)["name"],
        "Fjordbygg Gruppen AS"
    );
    assert_eq!(
        world.pipedrive.organization_field(organization, "domain"),
        "fjordbygg.no"
    );
    assert_eq!(
        world
            .pipedrive
            .organization_field(organization, "org_number"),
        "923 609 016"
    );
    assert_eq!(
        world.pipedrive.organization(organization)["address"],
        before
    );
}

#[tokio::test]
async fn edits_of_different_fields_on_both_sides_all_arrive() {
    let mut world = World::start().await;
    let (person, contact) = world.ann().await;

    world.pipedrive.rename_person(person, "Ann Berg Holm");
    world
        .propstreet
        .edit_contact(&contact, json!({"email": "ann@nordhav.no"}));
    world.settle().await;

    world.expect_contact(
        &contact,
        &json!({"lastName": "Berg Holm", "email": "ann@nordhav.no"}),
    );
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@nordhav.no"
    );
    assert_eq!(world.pipedrive.person(person)["name"], "Ann Berg Holm");
    assert_eq!(world.journal().await, []);
}

#[tokio::test]
async fn more_addresses_and_unmapped_fields_stay_as_they_are() {
    let mut world = World::start().await;
    let more = json!([
        {"value": "Ann.Berg@Fjordbygg.no", "label": "work", "primary": true},
        {"value": "ann@home.example", "label": "home", "primary": false},
        {"value": "ANN@old.example", "label": "other", "primary": false},
    ]);
    let person = world
        .pipedrive
        .add_person_with(json!({"name": "Ann Berg", "emails": more, "visible_to": 3}));
    world.settle().await;
    let contact = world.contact_of(person);
    let links =
        json!({"linkedInUrl": "https://www.linkedin.com/in/annberg", "primaryLanguage": "nb"});
    world.propstreet.edit_contact(&contact, links);
    world.settle().await;
    let (before, contact_before) = (
        world.pipedrive.person(person),
        world.propstreet.contact(&contact),
    );

    world
        .propstreet
        .edit_contact(&contact, json!({"email": "ann@nordhav.no"}));
    world.pipedrive.rename_person(person, "Ann Berg Holm");
    world.settle().await;

    let after = world.pipedrive.person(person);
    assert_eq!(after["emails"][0]["value"], "ann@nordhav.no");
    assert_eq!(after["emails"][1], before["emails"][1]);
    assert_eq!(after["emails"][2], before["emails"][2]);
    assert_eq!(
        (&after["visible_to"], &after["owner_id"]),
        (&before["visible_to"], &before["owner_id"])
    );
    let contact_after = world.propstreet.contact(&contact);
    for member in [
        "linkedInUrl",
        "primaryLanguage",
        "phones",
        "tags",
        "blocked",
    ] {
        assert_eq!(contact_after[member], contact_before[member], "{member}");
    }
}
