//! What people decide about deals and projects: taken apart and paired again, changes taken back, deletes asked about.

use app::cli::Exit;
use plan::DeletePolicy;
use serde_json::json;

use super::super::world::Propstreet;
use super::{start, start_with};

#[tokio::test]
async fn a_price_is_taken_back_on_both_sides() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let before = world.propstreet.sale(&project);
    world.edit_deal(deal, json!({"title": "Ejdern 4", "value": 14_000_000}));
    world.settle().await;

    world.does_as_typed(&format!("undo deal/{deal}")).await;
    world.settle().await;

    let shown = world.propstreet.sale(&project);
    assert_eq!(
        (&shown["name"], &shown["price"]),
        (&before["name"], &before["price"])
    );
    assert_eq!(world.deal(deal)["title"], "Kvarteret Ejdern");
    let value = world.deal(deal)["value"].as_f64();
    assert_eq!(value, Some(12_500_000.0));
}

#[tokio::test]
async fn a_stage_that_a_project_moved_is_not_put_back_from_here() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world
        .propstreet
        .bring_sale_to(&project, "active", Some("published"));
    world.settle().await;
    assert_eq!(world.stage_of(deal), "Demo Scheduled");

    let (exit, told) = world.types(&format!("undo deal/{deal}")).await;
    assert_eq!(exit, Exit::NeedsPerson, "{told}");
    assert!(told.contains("move the deal in Pipedrive"), "{told}");
    world.settle().await;
    assert_eq!(world.stage_of(deal), "Demo Scheduled");
}

#[tokio::test]
async fn a_deal_and_its_project_are_taken_apart_and_paired_again() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world
        .does_as_typed(&format!("pairs unlink deal/{deal}"))
        .await;
    world.settle().await;
    assert_eq!(world.deal_field(deal, "propstreet_project_id"), json!(null));
    let shown = world.propstreet.sale(&project);
    assert_eq!(Propstreet::reference(&shown, "pipedrive"), None);
    world.edit_deal(deal, json!({"title": "Ejdern 4"}));
    world.settle().await;
    assert_eq!(world.propstreet.sale(&project)["name"], "Kvarteret Ejdern");
    assert_eq!(world.propstreet.sales().len(), 1, "none is made anew");

    world
        .does_as_typed(&format!("pairs link project/{project} deal/{deal}"))
        .await;
    world.settle().await;
    assert_eq!(world.sale_of(deal), project);
    world.edit_deal(deal, json!({"title": "Ejdern 5"}));
    world.settle().await;
    assert_eq!(world.propstreet.sale(&project)["name"], "Ejdern 5");
}

#[tokio::test]
async fn what_was_made_for_a_deal_is_deleted_again() {
    let mut world = start().await;
    let (deal, _) = world.sale().await;
    world.does_as_typed("undo --since 2h --delete-made").await;
    world.settle().await;
    assert_eq!(world.propstreet.sales().len(), 0);
    assert_eq!(world.deal(deal)["title"], "Kvarteret Ejdern");
}

#[tokio::test]
async fn a_deleted_deal_asks_about_its_project() {
    let mut world = start_with(|setup| setup.settings.policies.deletes = DeletePolicy::Ask).await;
    let (deal, project) = world.sale().await;
    world
        .pipedrive
        .delete_record(emulators::pipedrive::Entity::Deal, deal);
    world.settle().await;
    assert_eq!(world.propstreet.sales().len(), 1);
    let told = world.does_as_typed("deletes list").await;
    assert!(told.contains(&format!("project/{project}")), "{told}");

    world.does_as_typed("deletes approve --all").await;
    world.settle().await;
    assert_eq!(world.propstreet.sales().len(), 0);
}
