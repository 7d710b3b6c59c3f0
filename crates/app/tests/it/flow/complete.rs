//! Completeness: what a list showed is counted and held against the mirror, and a list is not believed for having ended.

use std::time::Duration;

use emulators::pipedrive::Entity as Emulated;
use engine::sweep::{self, completeness};
use model::Entity;
use serde_json::json;

use super::world::{Call, Fault, World};

const DEALS: u64 = 60;
const READ_A_DEAL: &str = "GET /api/v2/deals/{id}";

async fn office() -> World {
    let mut world =
        World::before_first_sync(|setup| setup.settings.mirrored = vec![Entity::Deal]).await;
    for number in 0..DEALS {
        let deal = json!({"title": format!("Storgata {number}")});
        world.pipedrive.add_record(Emulated::Deal, deal);
    }
    world.first_sync().await;
    world.pass(Duration::from_secs(3_600));
    world
}

impl World {
    async fn completeness_of_deals(&self) -> completeness::Completeness {
        let core = self.core();
        let known = completeness::of(&core.store, core.ctx(), Entity::Deal).await;
        known.unwrap()
    }

    /// Compares deals once.
    async fn compare_deals(&mut self) {
        let core = self.core();
        sweep::make_due(&*core).await.unwrap();
        sweep::run_once(&*core, &[Entity::Deal], &|_, _| ())
            .await
            .unwrap();
    }

    fn deals_read_alone(&self) -> u64 {
        let counters = self.pipedrive.counters();
        counters.requests.get(READ_A_DEAL).copied().unwrap_or(0)
    }
}

#[tokio::test]
async fn a_comparison_counts_what_it_saw() {
    let mut world = office().await;
    world.compare_deals().await;
    let known = world.completeness_of_deals().await;
    assert!(known.is_whole(), "{known:?}");
    let counts = known.counts.unwrap();
    assert!(!counts.is_first);
    assert_eq!((counts.listed, counts.mirrored), (DEALS, DEALS));
    assert_eq!((counts.absent, counts.missing, counts.repeated), (0, 0, 0));
}

#[tokio::test]
async fn a_comparison_whose_list_was_cut_is_not_done_and_asks_for_no_record() {
    let mut world = office().await;
    let before = world.deals_read_alone();
    world
        .pipedrive
        .next_times(1, Fault::EndList)
        .on(Call::ListDeals);
    world.compare_deals().await;
    let known = world.completeness_of_deals().await;
    assert!(!known.is_whole(), "{known:?}");
    assert!(known.counts.unwrap().is_cut);

    world.settle_within(Duration::from_secs(30 * 60)).await;
    assert_eq!(world.deals_read_alone(), before);
    let known = world.completeness_of_deals().await;
    assert!(known.is_whole(), "{known:?}");
    assert_eq!(known.counts.unwrap().mirrored, DEALS);
}

#[tokio::test]
async fn a_changed_record_that_no_list_can_show_is_told_until_it_was_read() {
    let mut world = office().await;
    let (deal, _) = world.pipedrive.a_deal_and_another_stage();
    world
        .pipedrive
        .next_times(1, Fault::GarbleRow)
        .on(Call::ListDeals);
    world.compare_deals().await;
    let known = world.completeness_of_deals().await;
    assert_eq!(known.unread.len(), 1, "{known:?}");
    assert_eq!(known.unread[0].id, Some(deal.into()));
    assert!(!known.is_whole());

    world.pass(Duration::from_secs(60));
    world.compare_deals().await;
    let known = world.completeness_of_deals().await;
    assert!(known.is_whole(), "{known:?}");
}
