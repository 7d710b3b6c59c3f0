//! Who is the same: records that were on both sides before the first sync, and those that resemble each other.

use plan::MatchRule;
use serde_json::json;
use store::HistoryKind;

use super::world::{World, primary};

async fn unsynced() -> World {
    World::before_first_sync(|_| ()).await
}

/// How many pairs were formed of records that were there already.
async fn paired(world: &World) -> usize {
    world
        .history()
        .await
        .into_iter()
        .filter(|row| row.entry.kind == HistoryKind::Paired)
        .count()
}

#[tokio::test]
async fn people_with_one_address_are_the_same_however_it_is_written() {
    let mut world = unsynced().await;
    let more = json!([
        {"value": "ann@home.example", "label": "home", "primary": true},
        {"value": "Ann.Berg@Fjordbygg.NO", "label": "work", "primary": false},
    ]);
    let person = world
        .pipedrive
        .add_person_with(json!({"name": "Ann Berg", "emails": more}));
    let contact = world
        .propstreet
        .add_contact("Ann", "Berg", "ann.berg@fjordbygg.no");

    world.first_sync().await;

    assert_eq!(world.contact_of(person), contact);
    assert_eq!(world.person_of(&contact), person);
    assert_eq!(paired(&world).await, 1);
}

#[tokio::test]
async fn a_contact_that_carries_a_persons_id_is_that_person() {
    let mut world = unsynced().await;
    let person = world.pipedrive.add_person("Ann Berg", "ann@home.example");
    let reference = json!([{"namespace": "pipedrive", "id": person.to_string()}]);
    let contact = world.propstreet.add_contact_with(json!({
        "firstName": "Ann", "lastName": "Berg", "email": "ann.berg@fjordbygg.no", "externalRefs": reference,
    }));

    world.first_sync().await;

    assert_eq!(world.person_of(&contact), person);
    world.expect_persons(["Ann Berg"]);
}

#[tokio::test]
async fn a_person_that_carries_a_contacts_id_is_that_contact() {
    let mut world = World::start().await;
    let contact = world
        .propstreet
        .quietly()
        .add_contact("Ann", "Berg", "ann.berg@fjordbygg.no");
    let person = world.pipedrive.add_person_with(json!({
        "name": "Ann Berg", "emails": primary("ann@home.example"),
        "custom_fields": {"propstreet_contact_id": contact},
    }));
    world
        .propstreet
        .edit_contact(&contact, json!({"primaryLanguage": "nb"}));

    world.settle().await;

    assert_eq!(world.contact_of(person), contact);
    world.expect_contacts(["Ann Berg"]);
}

#[tokio::test]
async fn organizations_with_one_domain_are_the_same() {
    let mut world = unsynced().await;
    let organization = world.pipedrive.add_organization_with(
        json!({"name": "Fjordbygg", "website": "https://www.fjordbygg.no/om-oss"}),
    );
    let company = world
        .propstreet
        .add_company_with(json!({"name": "Fjordbygg AS", "domain": "fjordbygg.no"}));

    world.first_sync().await;

    assert_eq!(world.company_of(organization), company);
    assert_eq!(world.organization_of(&company), organization);
}

#[tokio::test]
async fn organizations_with_one_number_are_the_same() {
    let mut world = World::start().await;
    let organization = world.pipedrive.add_organization_with(json!({
        "name": "Skärgård Fastigheter", "custom_fields": {"org_number": "556016-0680"},
    }));
    let company = world.propstreet.add_company_with(json!({
        "name": "Skärgård Fastigheter AB", "externalRefs": [{"namespace": "org-number-se", "id": "5560160680"}],
    }));

    world.settle().await;

    assert_eq!(world.company_of(organization), company);
    assert_eq!(world.pipedrive.organization_ids().len(), 1);
}

#[tokio::test]
async fn a_mailbox_providers_domain_makes_nobody_the_same() {
    let mut world = World::start().await;
    world.pipedrive.add_organization_with(
        json!({"name": "Berg Eiendom", "custom_fields": {"domain": "gmail.com"}}),
    );
    world
        .propstreet
        .add_company_with(json!({"name": "Krogh Ejendomme", "domain": "gmail.com"}));

    world.settle().await;

    assert_eq!(
        world.pipedrive.organization_names(),
        ["Berg Eiendom", "Krogh Ejendomme"]
    );
    assert_eq!(
        world.propstreet.company_names(),
        ["Berg Eiendom", "Krogh Ejendomme"]
    );
}

#[tokio::test]
async fn of_two_people_with_one_address_the_namesake_is_the_contact_and_the_other_waits_for_a_person()
 {
    let mut world = unsynced().await;
    let other = world.pipedrive.add_person("Reception", "post@fjordbygg.no");
    let person = world.pipedrive.add_person("Ann Berg", "post@fjordbygg.no");
    let contact = world
        .propstreet
        .add_contact("Ann", "Berg", "post@fjordbygg.no");

    world.first_sync().await;

    assert_eq!(world.contact_of(person), contact);
    assert_eq!(world.pair_of_person(other).await, None);
    assert_eq!(world.quarantine_codes().await, ["ambiguous"]);
    world.expect_quarantine("ambiguous");
}

#[tokio::test]
async fn a_similar_name_is_only_suggested() {
    let mut world = unsynced().await;
    world.pipedrive.add_person("Ann Berg", "ann@home.example");
    world
        .propstreet
        .add_contact("Ann", "Berg", "ann.berg@fjordbygg.no");

    world.first_sync().await;

    world.expect_contacts(["Ann Berg", "Ann Berg"]);
    world.expect_persons(["Ann Berg", "Ann Berg"]);
    let suggestions = world.suggestions().await;
    assert!(!suggestions.is_empty());
    assert!(
        suggestions
            .iter()
            .all(|suggested| suggested.rule == MatchRule::SimilarName)
    );
}

#[tokio::test]
async fn the_first_sync_of_two_filled_sides_joins_them_and_a_second_one_writes_nothing() {
    let mut world = unsynced().await;
    for number in 0..12 {
        let (email, domain) = (
            format!("p{number}@havn{number}.no"),
            format!("havn{number}.no"),
        );
        let name = format!("Ann Berg {number}");
        let organization =
            json!({"name": format!("Havn {number} AS"), "website": format!("https://{domain}")});
        let organization = world.pipedrive.add_organization_with(organization);
        let person = json!({"name": name, "emails": primary(&email), "org_id": organization});
        world.pipedrive.add_person_with(person);
        if number % 2 == 0 {
            world
                .propstreet
                .add_contact("Ann", &format!("Berg {number}"), &email);
            world
                .propstreet
                .add_company_with(json!({"name": format!("Havn {number} AS"), "domain": domain}));
        }
    }

    world.first_sync().await;

    let counts = (
        world.propstreet.contact_ids().len(),
        world.propstreet.company_ids().len(),
    );
    assert_eq!((counts, world.pipedrive.person_ids().len()), ((12, 12), 12));
    for person in world.pipedrive.person_ids() {
        assert_eq!(
            world.propstreet.places_of(&world.contact_of(person)).len(),
            1
        );
    }
    world.pipedrive.reset_counters();
    world.propstreet.reset_counters();
    engine::sweep::make_due(&world.core())
        .await
        .expect("the store keeps it");
    world.restart().await;
    world.settle().await;
    assert_eq!(
        (world.pipedrive.counters().writes, world.propstreet.writes()),
        (0, 0)
    );
}
