//! Whatever Propstreet's documentation leaves open, deals and projects come into step and stay there.

use emulators::propstreet::PropstreetSwitches;
use serde_json::json;

use super::start_with;

/// So many that each reading is in one of them.
const DRAWN: u64 = 8;

async fn a_sale(switches: PropstreetSwitches) {
    let mut world = start_with(|setup| setup.propstreet.switches = switches).await;
    let deal = world.add_deal("Kvarteret Ejdern");
    let project = world
        .propstreet
        .add_sale(json!({"name": "Kvarteret Alkan"}));
    world.settle().await;
    let (of_deal, of_project) = (world.sale_of(deal), world.deal_of(&project));
    world.edit_deal(deal, json!({"title": "Ejdern 3"}));
    world
        .propstreet
        .edit_sale(&project, json!({"name": "Alkan 7"}));
    world.settle().await;
    assert_eq!(world.propstreet.sale(&of_deal)["name"], "Ejdern 3");
    assert_eq!(world.deal(of_project)["title"], "Alkan 7");
    world.edit_deal(deal, json!({"status": "won"}));
    world.propstreet.close_sale(&project, json!({}));
    world.settle().await;
    assert_eq!(world.propstreet.sale(&of_deal)["status"], "closed");
    assert_eq!(world.deal(of_project)["status"], "won");
    assert_eq!((world.deal_count(), world.propstreet.sales().len()), (2, 2));
}

#[tokio::test]
async fn deals_and_projects_come_into_step_with_readings_drawn_together() {
    for seed in 0..DRAWN {
        a_sale(PropstreetSwitches::drawn(seed)).await;
    }
}
