//! What exists on one side is made on the other.

use engine::settings::CreateOn;
use serde_json::json;

use super::{Propstreet, start, start_with};

#[tokio::test]
async fn a_deal_added_in_pipedrive_becomes_a_project() {
    let mut world = start().await;
    let deal = world.add_deal("Kvarteret Ejdern");

    world.settle().await;

    let project = world.sale_of(deal);
    let shown = world.propstreet.sale(&project);
    assert_eq!(shown["name"], "Kvarteret Ejdern");
    assert_eq!(
        shown["price"],
        json!({"value": 12_500_000, "currency": "SEK", "scale": "none"})
    );
    assert_eq!(
        world.deal_field(deal, "propstreet_project_id"),
        project.as_str()
    );
    assert_eq!(world.deal_count(), 1);
}

#[tokio::test]
async fn a_project_added_in_propstreet_becomes_a_deal_in_the_first_stage() {
    let mut world = start().await;
    let price = json!({"value": 12.5, "currency": "SEK", "scale": "millions"});
    let asset = json!({"type": "portfolio", "propertyCount": 3});
    let project = world
        .propstreet
        .add_sale(json!({"name": "Kvarteret Ejdern", "price": price, "asset": asset}));

    world.settle().await;

    let deal = world.deal_of(&project);
    let shown = world.deal(deal);
    assert_eq!(shown["title"], "Kvarteret Ejdern");
    assert_eq!(
        (shown["value"].as_f64(), &shown["currency"]),
        (Some(12_500_000.0), &json!("SEK"))
    );
    assert_eq!(world.deal_field(deal, "property_count").as_f64(), Some(3.0));
    assert_eq!(world.stage_of(deal), "Qualified");
    assert_eq!(world.sale_of(deal), project);
    assert_eq!(world.propstreet.sales().len(), 1);
}

#[tokio::test]
async fn a_project_becomes_a_deal_where_the_settings_say_and_of_whom() {
    let mut world = start_with(|setup| {
        let deals = setup.settings.deals.as_mut().expect("deals are in step");
        deals.new_deal_stage = Some("Contact Made".to_owned());
    })
    .await;
    let project = world.propstreet.add_sale(json!({"name": "Ejdern"}));

    world.settle().await;

    assert_eq!(world.stage_of(world.deal_of(&project)), "Contact Made");
}

#[tokio::test]
async fn an_owner_that_is_nobody_makes_no_deal_until_it_is_somebody() {
    let mut world = start_with(|setup| {
        let deals = setup.settings.deals.as_mut().expect("deals are in step");
        deals.new_deal_owner = Some("Nobody Here".to_owned());
    })
    .await;
    world.propstreet.add_sale(json!({"name": "Ejdern"}));
    world.settle().await;
    assert_eq!(world.deal_count(), 0);
    assert_eq!(world.core().places().unresolved, ["the owner of new deals"]);

    world
        .restart_with(|settings| {
            let deals = settings.deals.as_mut().expect("deals are in step");
            deals.new_deal_owner = None;
        })
        .await;
    let project = world.propstreet.sales()[0]["id"].clone();
    world
        .propstreet
        .edit_sale(project.as_str().unwrap(), json!({"name": "Ejdern 4"}));
    world.settle().await;
    assert_eq!(world.deal_count(), 1);
}

#[tokio::test]
async fn what_is_on_both_sides_before_the_first_sync_is_made_once_each() {
    let mut world = super::World::before_first_sync(super::with_deals).await;
    for number in 0..5 {
        world.add_deal(&format!("Deal {number}"));
        let name = format!("Project {number}");
        world.propstreet.add_sale(json!({"name": name}));
    }

    world.first_sync().await;

    assert_eq!(
        (world.deal_count(), world.propstreet.sales().len()),
        (10, 10)
    );
    let before = world.writes_made();
    world.restart().await;
    world.settle().await;
    assert_eq!(world.writes_made(), before, "a second run writes nothing");
}

#[tokio::test]
async fn records_that_carry_each_others_ids_are_paired_and_not_made_again() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    assert_eq!(world.deal_count(), 1);

    // Another program of the same brokerage begins with nothing but the two services.
    let reference = Propstreet::reference(&world.propstreet.sale(&project), "pipedrive");
    assert_eq!(reference, Some(deal.to_string()));
    world.edit_deal(deal, json!({"title": "Ejdern 4"}));
    world.settle().await;
    assert_eq!(world.propstreet.sale(&project)["name"], "Ejdern 4");
}

#[tokio::test]
async fn nothing_is_made_where_the_settings_allow_no_new_records() {
    let mut world = start_with(|setup| {
        setup.settings.create_on = CreateOn {
            pipedrive: false,
            propstreet: false,
        };
    })
    .await;
    world.add_deal("Ejdern");
    world.propstreet.add_sale(json!({"name": "Vakteln"}));

    world.settle().await;

    assert_eq!((world.deal_count(), world.propstreet.sales().len()), (1, 1));
}

#[tokio::test]
async fn what_is_over_already_is_not_made_on_the_other_side() {
    let mut world = super::World::before_first_sync(super::with_deals).await;
    let deal = world.add_deal("Sold last year");
    world.edit_deal(deal, json!({"status": "won"}));
    let project = world
        .propstreet
        .add_sale(json!({"name": "Closed last year"}));
    world
        .propstreet
        .close_sale(&project, json!({"buyerType": "none"}));

    world.first_sync().await;
    assert_eq!((world.deal_count(), world.propstreet.sales().len()), (1, 1));

    world.edit_deal(deal, json!({"status": "open"}));
    world.settle().await;
    world.sale_of(deal);
}

#[tokio::test]
async fn references_of_other_systems_stay_on_a_project() {
    let mut world = start().await;
    let references = json!([{"namespace": "erp", "id": "K-17"}]);
    let project = world
        .propstreet
        .add_sale(json!({"name": "Ejdern", "externalRefs": references}));

    world.settle().await;

    let shown = world.propstreet.sale(&project);
    assert_eq!(
        Propstreet::reference(&shown, "erp").as_deref(),
        Some("K-17")
    );
    assert_eq!(
        Propstreet::reference(&shown, "pipedrive"),
        Some(world.deal_of(&project).to_string())
    );
}
