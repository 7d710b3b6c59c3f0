//! Servers that keep values in a form of their own: nobody writes to and fro because of it.

use serde_json::json;

use super::world::{World, primary};

/// Settles, and again; the second time nothing may be written.
async fn expect_rest(world: &mut World) {
    world.settle().await;
    world.pipedrive.reset_counters();
    world.propstreet.reset_counters();
    engine::sweep::make_due(&world.core())
        .await
        .expect("the store keeps it");
    world.settle().await;
    assert_eq!(
        (world.pipedrive.counters().writes, world.propstreet.writes()),
        (0, 0)
    );
}

#[tokio::test]
async fn a_phone_number_in_national_form_stays_as_its_user_wrote_it() {
    let mut world = World::start().await;
    let person = world.pipedrive.add_person_with(json!({
        "name": "Eva Lind", "emails": primary("eva@skargardfast.se"), "phones": primary("070-174 06 35"),
    }));

    expect_rest(&mut world).await;

    assert_eq!(
        world.pipedrive.person(person)["phones"][0]["value"],
        "070-174 06 35"
    );
    world.expect_contact(&world.contact_of(person), &json!({"phone": "+46701740635"}));
}

#[tokio::test]
async fn a_phone_number_that_is_none_travels_as_it_is() {
    let mut world = World::start().await;
    let person = world.pipedrive.add_person_with(json!({
        "name": "Eva Lind", "emails": primary("eva@skargardfast.se"), "phones": primary("via reception, ask for Eva"),
    }));

    expect_rest(&mut world).await;

    world.expect_contact(
        &world.contact_of(person),
        &json!({"phone": "via reception, ask for Eva"}),
    );
}

#[tokio::test]
async fn names_with_spaces_particles_and_titles_come_to_rest() {
    let mut world = World::start().await;
    for (number, name) in [
        "  Ann   Berg ",
        "Carl von Linné",
        "Madonna",
        "Åsa-Karin Öberg Ek",
        "dr. Nils Krogh",
    ]
    .iter()
    .enumerate()
    {
        world
            .pipedrive
            .add_person(name, &format!("n{number}@havn.no"));
    }
    let names = [("Maria  Luisa", "de la Cruz"), ("", "Lind"), ("Eva", "")];
    for (number, (first, last)) in names.iter().enumerate() {
        world
            .propstreet
            .add_contact(first, last, &format!("m{number}@havn.no"));
    }

    expect_rest(&mut world).await;

    assert_eq!(world.pipedrive.person_ids().len(), 8);
    assert_eq!(world.propstreet.contact_ids().len(), 8);
}

#[tokio::test]
async fn addresses_and_domains_in_capitals_come_to_rest() {
    let mut world = World::start().await;
    let person = world
        .pipedrive
        .add_person("Ann Berg", "Ann.BERG@Fjordbygg.NO");
    let custom = json!({"domain": "WWW.Fjordbygg.no", "org_number": "NO 923 609 016 MVA"});
    let organization = world
        .pipedrive
        .add_organization_with(json!({"name": "Fjordbygg AS", "custom_fields": custom}));

    expect_rest(&mut world).await;

    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "Ann.BERG@Fjordbygg.NO"
    );
    assert_eq!(
        world.pipedrive.organization_field(organization, "domain"),
        "WWW.Fjordbygg.no"
    );
    world.expect_company(
        &world.company_of(organization),
        &json!({"domain": "fjordbygg.no"}),
    );
}

#[tokio::test]
async fn a_tag_without_a_label_is_reported_and_kept() {
    let mut world = World::start().await;
    world.pipedrive.add_person_label("Investor");
    world.set_up().await;
    let (person, contact) = world.ann().await;

    world
        .propstreet
        .edit_contact(&contact, json!({"tags": ["Logistics", " Investor "]}));
    expect_rest(&mut world).await;
    world.pipedrive.edit_person(person, json!({"labels": []}));
    expect_rest(&mut world).await;

    world.expect_contact(&contact, &json!({"tags": ["Logistics"]}));
    let missing = plan::Note::LabelMissing {
        label: "Logistics".to_owned(),
    };
    assert_eq!(world.notes_of_person(person).await, [missing]);
}
