//! Which deals take part: those of the chosen pipelines, and only once everything is known that they could be paired with.

use emulators::pipedrive::Entity as Emulated;
use engine::settings::DealSettings;
use model::Kind;
use plan::{DealNote, Note};
use serde_json::json;
use store::Store;

use super::super::world::{Call, Fault, World};
use super::{PIPELINE, start, with_deals};

/// Another pipeline with a stage of its own.
fn another_stage(world: &World) -> i64 {
    let pipeline = json!({"name": "Rentals"});
    let pipeline = world.pipedrive.add_record(Emulated::Pipeline, pipeline);
    let stage = json!({"name": "Asked", "pipeline_id": pipeline});
    world.pipedrive.add_record(Emulated::Stage, stage)
}

#[tokio::test]
async fn a_deal_of_another_pipeline_takes_no_part() {
    let mut world = start().await;
    let stage = another_stage(&world);
    let deal = json!({"title": "A flat", "stage_id": stage});
    world.pipedrive.add_record(Emulated::Deal, deal);
    world.settle().await;
    assert!(world.propstreet.sales().is_empty());
}

#[tokio::test]
async fn a_deal_that_leaves_the_pipeline_keeps_its_project_and_is_left_alone_until_it_is_back() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let stage = another_stage(&world);
    world.settle().await;
    let before = world.writes_made();
    world.edit_deal(deal, json!({"stage_id": stage, "title": "Moved out"}));
    world
        .propstreet
        .edit_sale(&project, json!({"price": {"value": 1, "currency": "SEK"}}));
    world.settle().await;
    assert_eq!(world.writes_made(), before);
    assert_eq!(
        world.notes_of_deal(deal).await,
        [Note::Deal(DealNote::OutOfScope)]
    );

    world.move_deal(deal, "Contact Made");
    world.settle().await;
    assert_eq!(world.propstreet.sale(&project)["name"], "Moved out");
    assert_eq!(world.deal(deal)["value"].as_f64(), Some(1.0));
}

#[tokio::test]
async fn a_deal_that_comes_into_the_pipeline_gets_a_project() {
    let mut world = start().await;
    let stage = another_stage(&world);
    let deal = json!({"title": "A flat", "stage_id": stage});
    let deal = world.pipedrive.add_record(Emulated::Deal, deal);
    world.settle().await;
    world.move_deal(deal, "Qualified");
    world.settle().await;
    world.sale_of(deal);
}

#[tokio::test]
async fn an_archived_deal_is_left_alone() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world.edit_deal(deal, json!({"is_archived": true}));
    world.settle().await;
    let before = world.writes_made();
    world
        .propstreet
        .edit_sale(&project, json!({"name": "Renamed"}));
    world.settle().await;
    assert_eq!(world.writes_made(), before);
}

#[tokio::test]
async fn deals_are_mirrored_only_where_no_pipeline_is_chosen() {
    let mut world = World::start_with(|setup| {
        with_deals(setup);
        setup.settings.deals = None;
        setup.settings.fields.of_deals = false;
    })
    .await;
    world.add_deal("Ejdern");
    world.propstreet.add_sale(json!({"name": "Vakteln"}));
    world.settle().await;
    assert_eq!((world.deal_count(), world.propstreet.sales().len()), (1, 1));
}

#[tokio::test]
async fn deals_that_were_mirrored_for_long_take_part_once_their_pipeline_is_chosen() {
    let mut world = World::start_with(|setup| {
        with_deals(setup);
        setup.settings.deals = None;
        setup.settings.fields.of_deals = false;
    })
    .await;
    for number in 0..3 {
        world.add_deal(&format!("Deal {number}"));
    }
    world.settle().await;
    assert!(world.propstreet.sales().is_empty());

    world
        .restart_with(|settings| {
            settings.fields.of_deals = true;
            settings.deals = Some(DealSettings::of_pipelines(vec![PIPELINE.to_owned()]));
        })
        .await;
    world.set_up().await;
    world.settle().await;
    assert_eq!(world.propstreet.sales().len(), 3);
    assert_eq!(world.deal_count(), 3);
}

#[tokio::test]
async fn a_pipeline_that_is_not_there_is_told_and_nothing_is_made() {
    let mut world = World::start_with(|setup| {
        with_deals(setup);
        let elsewhere = vec!["Mandates".to_owned()];
        setup.settings.deals = Some(DealSettings::of_pipelines(elsewhere));
    })
    .await;
    world.add_deal("Ejdern");
    world.settle().await;
    assert!(world.propstreet.sales().is_empty());
    assert_eq!(world.core().places().unresolved, ["pipeline \"Mandates\""]);
}

#[tokio::test]
async fn persons_do_not_wait_for_the_lists_of_deals() {
    let mut world = World::before_first_sync(with_deals).await;
    world.set_up().await;
    world
        .propstreet
        .next_times(1_000, Fault::FailBeforeWriting)
        .on(Call::ListProjects);
    world.add_deal("Ejdern");
    let person = world
        .pipedrive
        .add_person("Ann Berg", "ann.berg@fjordbygg.no");
    world
        .settle_within(std::time::Duration::from_secs(600))
        .await;
    world.contact_of(person);
    let core = world.core();
    let status = core.store.status(core.ctx(), core.now()).await.unwrap();
    assert_eq!(status.pairs_active.get(&Kind::Deal), None);
}
