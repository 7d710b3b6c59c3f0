//! Won, lost, closed, deleted, opened again: what travels of the end of a deal or a project, and what cannot.

use emulators::pipedrive::Entity as Emulated;
use model::{Entity, PairState, RecordKey};
use plan::{DealNote, DeletePolicy, LostPolicy, Note};
use serde_json::json;
use store::Store;

use super::super::world::World;
use super::{start, start_with};

async fn lost_with(policy: LostPolicy) -> (World, i64, String) {
    let mut world = start_with(|setup| setup.settings.policies.deals.lost = policy).await;
    let (deal, project) = world.sale().await;
    world.edit_deal(deal, json!({"status": "lost", "lost_reason": "Too dear"}));
    world.settle().await;
    (world, deal, project)
}

#[tokio::test]
async fn a_won_deal_closes_its_project() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world.edit_deal(deal, json!({"title": "Ejdern 4", "status": "won"}));
    world.settle().await;
    let shown = world.propstreet.sale(&project);
    assert_eq!(shown["status"], "closed");
    assert_eq!(shown["name"], "Ejdern 4", "what else was changed arrives");
}

#[tokio::test]
async fn a_lost_deal_leaves_its_project_alone_unless_somebody_wants_otherwise() {
    let (world, deal, project) = lost_with(LostPolicy::Nothing).await;
    assert_eq!(world.propstreet.sale(&project)["status"], "open");
    assert_eq!(
        world.notes_of_deal(deal).await,
        [Note::Deal(DealNote::LostAlone)]
    );
}

#[tokio::test]
async fn a_lost_deal_closes_its_project_where_the_settings_say_so() {
    let (world, deal, project) = lost_with(LostPolicy::Close).await;
    assert_eq!(world.propstreet.sale(&project)["status"], "closed");
    assert_eq!(world.deal(deal)["status"], "lost");
    assert_eq!(world.deal(deal)["lost_reason"], "Too dear");
}

#[tokio::test]
async fn a_lost_deal_deletes_its_project_where_the_settings_say_so() {
    let (world, deal, project) = lost_with(LostPolicy::Delete).await;
    assert!(!world.propstreet.sale(&project)["deletedUtc"].is_null());
    assert_eq!(world.deal(deal)["status"], "lost");
    assert_eq!(world.deal(deal)["lost_reason"], "Too dear");
}

#[tokio::test]
async fn a_project_closed_in_propstreet_wins_its_deal() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let price = json!({"value": 13, "currency": "SEK", "scale": "millions"});
    world
        .propstreet
        .close_sale(&project, json!({"buyerType": "external", "price": price}));
    world.settle().await;
    assert_eq!(world.deal(deal)["status"], "won");
}

#[tokio::test]
async fn a_project_closed_in_propstreet_does_nothing_where_the_settings_say_so() {
    let mut world = start_with(|setup| setup.settings.policies.deals.closed_is_won = false).await;
    let (deal, project) = world.sale().await;
    world
        .propstreet
        .close_sale(&project, json!({"buyerType": "external"}));
    world.settle().await;
    assert_eq!(world.deal(deal)["status"], "open");
    assert_eq!(
        world.notes_of_deal(deal).await,
        [Note::Deal(DealNote::CannotReopen)]
    );
}

#[tokio::test]
async fn a_closed_project_freezes_its_pair_without_a_quarantine() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world.edit_deal(deal, json!({"status": "won"}));
    world.settle().await;
    let before = world.writes_made();
    world.edit_deal(deal, json!({"title": "Renamed after all"}));
    world.settle().await;
    assert_eq!(world.writes_made(), before);
    assert_eq!(world.propstreet.sale(&project)["name"], "Kvarteret Ejdern");
    assert_eq!(
        world.notes_of_deal(deal).await,
        [Note::Deal(DealNote::Frozen {
            field: model::Field::DealName
        })]
    );
    assert!(world.quarantined().await.is_empty());
}

#[tokio::test]
async fn a_deal_opened_again_is_told_and_its_project_stays_closed() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world.edit_deal(deal, json!({"status": "won"}));
    world.settle().await;
    world.edit_deal(deal, json!({"status": "open"}));
    world.settle().await;
    assert_eq!(world.propstreet.sale(&project)["status"], "closed");
    assert_eq!(world.deal(deal)["status"], "open");
    assert_eq!(
        world.notes_of_deal(deal).await,
        [Note::Deal(DealNote::CannotReopen)]
    );
}

async fn state_of(world: &World, deal: i64) -> PairState {
    let core = world.core();
    let key = RecordKey::new(Entity::Deal, deal);
    let pair = core.store.pair_of(core.ctx(), &key).await;
    pair.expect("the store answers").expect("a pair").state
}

#[tokio::test]
async fn a_deleted_project_loses_its_deal_with_a_reason() {
    for deletes in [DeletePolicy::Unlink, DeletePolicy::Propagate] {
        let mut world = start_with(|setup| setup.settings.policies.deletes = deletes).await;
        let (deal, project) = world.sale().await;
        world.propstreet.delete_sale(&project);
        world.settle().await;
        let shown = world.deal(deal);
        assert_eq!(shown["status"], "lost");
        assert_eq!(
            shown["lost_reason"],
            "The project was deleted in Propstreet"
        );
        assert!(matches!(
            state_of(&world, deal).await,
            PairState::Unlinked { .. }
        ));
    }
}

#[tokio::test]
async fn a_deleted_deal_leaves_its_project_unless_deletes_travel() {
    for (deletes, stays) in [
        (DeletePolicy::Unlink, true),
        (DeletePolicy::Propagate, false),
    ] {
        let mut world = start_with(|setup| setup.settings.policies.deletes = deletes).await;
        let (deal, project) = world.sale().await;
        world.pipedrive.delete_record(Emulated::Deal, deal);
        world.settle().await;
        let is_there = world.propstreet.sale(&project)["deletedUtc"].is_null();
        assert_eq!(is_there, stays, "{deletes:?}");
        assert_eq!(world.propstreet.sales().len(), usize::from(stays));
    }
}
