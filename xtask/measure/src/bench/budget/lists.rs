//! Filling the mirror: persons and organizations as the program does it, and the list of deals, which the engine has no mirror
//! for, through the same walk: page by page, each kept together with the cursor behind it.
//!
//! In: a world. Out: when everything had landed, and how often each deal was shown. It waits only where the engine waits.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use api_client::{CallContext, CallError, Clock, Priority};
use engine::sweep::pages::{List, Progress, walk};
use engine::{Core, EngineError, sweep};
use futures_util::future::join;
use model::{Entity, Side, time};
use pipedrive::{DealQuery, ListQuery};
use store::{MemStore, Store};

use super::line::lock;
use super::world::World;

/// Under this name it is kept how far the list of deals came.
const FACT: &str = "list:deals";
const BACKFILL: CallContext = CallContext::new(Priority::Backfill, "backfill");

/// The list of deals, and what it showed.
#[derive(Debug, Default)]
pub(super) struct Deals {
    /// How often each deal was shown.
    pub(super) shown: Mutex<BTreeMap<i64, u32>>,
    last_page_at: AtomicI64,
}

impl List<MemStore> for Deals {
    type Page = Vec<i64>;

    async fn read(
        &self,
        core: &Core<MemStore>,
        cursor: Option<String>,
        call: &CallContext,
    ) -> Result<(Vec<i64>, Option<String>), EngineError> {
        let query = DealQuery {
            list: ListQuery {
                cursor,
                ..ListQuery::all()
            },
            ..DealQuery::default()
        };
        let page = core.pipedrive.list_deals(&query, call).await;
        let page = page.map_err(|error| EngineError::call(Side::Pipedrive, error))?;
        let ids = page.rows.iter().map(|row| row.value.id).collect();
        Ok((ids, page.next_cursor))
    }

    async fn keep(
        &self,
        core: &Core<MemStore>,
        page: Vec<i64>,
        after: Option<&Progress>,
    ) -> Result<(), EngineError> {
        let text = serde_json::to_string(&after).expect("progress is plain data");
        core.store
            .put_fact(core.ctx(), FACT, Some(&text), core.now())
            .await?;
        let mut shown = lock(&self.shown);
        for id in page {
            *shown.entry(id).or_default() += 1;
        }
        self.last_page_at
            .store(time::to_millis(core.now()), Ordering::Relaxed);
        Ok(())
    }
}

impl Deals {
    /// Reads the whole list, over as many days as it takes.
    async fn fill(&self, core: &Core<MemStore>) -> Result<(), EngineError> {
        loop {
            let known = core.store.fact(core.ctx(), FACT).await?;
            let known = known.and_then(|text| serde_json::from_str(&text).ok());
            let (cursor, started_at) = match known {
                Some(Progress::Filling { cursor, started_at }) => (cursor, started_at),
                Some(Progress::Done { .. }) | None => (None, core.now()),
            };
            let error = match walk(core, self, cursor, Some(started_at), &BACKFILL).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let EngineError::Call { source, .. } = &error else {
                return Err(error);
            };
            let CallError::NotNow { retry_at, .. } = **source else {
                return Err(error);
            };
            core.clock.sleep_until(retry_at).await;
        }
    }
}

/// Sweeps as the engine does until every list was read to its end; answers when the last page had landed.
pub(super) async fn fill_all(
    world: &World,
    deals: &Deals,
    has_deals: bool,
) -> Result<i64, EngineError> {
    let last = AtomicI64::new(0);
    let heard = |_: Entity, _: u64| last.store(world.clock.now_millis(), Ordering::Relaxed);
    let mirrored = async {
        loop {
            sweep::run_once(&world.core, &model::Entity::PAIRED, &heard).await?;
            if sweep::is_backfilled(&world.core).await? {
                break;
            }
            let soon = time::plus_millis(world.core.now(), 1);
            let due = sweep::next_due(&world.core, &model::Entity::PAIRED).await?;
            world.clock.sleep_until(due.max(soon)).await;
        }
        Ok::<(), EngineError>(())
    };
    let listed = async {
        if has_deals {
            deals.fill(&world.core).await?;
        }
        Ok::<(), EngineError>(())
    };
    let (mirrored, listed) = join(mirrored, listed).await;
    mirrored.and(listed)?;
    let deals_at = deals.last_page_at.load(Ordering::Relaxed);
    Ok(last.load(Ordering::Relaxed).max(deals_at))
}
