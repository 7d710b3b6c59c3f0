//! A backfill on one subscription while people click: how long, for how many tokens, how long the clicks waited, and whether the
//! server counted one request too many.
//!
//! In: the account's shape. Out: figures beside their limits.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join;
use model::Entity;
use store::Store;

use super::clicks::{self, Wish};
use super::line::lock;
use super::lists::{Deals, fill_all};
use super::world::{Shape, World, run};

/// Wall time beside the floor.
pub(super) const FLOOR_RATIO_MAX: f64 = 1.05;
/// The slowest but one in a hundred clicks leaves within this.
pub(super) const CLICK_P99_MILLIS_MAX: i64 = 2_000;
/// What is asked of the server by a click.
const LOOK: &str = "GET /api/v2/persons/{id}";
const LIST_TOKENS: u64 = 10;

/// What one backfill came to.
#[derive(Debug)]
pub(super) struct Figures {
    /// All that the server counted in a window of the backfill: pages, clicks, and the last calls of setup.
    pub(super) requests: u64,
    pub(super) wall_millis: i64,
    pub(super) floor_millis: i64,
    pub(super) tokens: u64,
    pub(super) tokens_min: u64,
    pub(super) clicks: usize,
    pub(super) click_p99_millis: i64,
    /// As both servers counted them.
    pub(super) violations: u64,
    pub(super) refused: u64,
    /// Records that are not there, or were shown more than once.
    pub(super) wrong: u64,
}

impl Figures {
    #[expect(
        clippy::cast_precision_loss,
        reason = "times and tokens of a run are far below 2^52"
    )]
    pub(super) fn ratios(&self) -> [f64; 3] {
        [
            self.wall_millis as f64 / self.floor_millis.max(1) as f64,
            self.tokens as f64 / self.tokens_min.max(1) as f64,
            self.click_p99_millis as f64 / CLICK_P99_MILLIS_MAX as f64,
        ]
    }

    /// What does not hold.
    pub(super) fn broken(&self) -> Vec<String> {
        let [wall, tokens, _] = self.ratios();
        let mut broken = Vec::new();
        if self.violations + self.refused > 0 {
            let (violations, refused) = (self.violations, self.refused);
            broken.push(format!("{violations} violations, {refused} refusals"));
        }
        if wall > FLOOR_RATIO_MAX {
            broken.push(format!("wall time {wall:.3} of the floor"));
        }
        if self.tokens != self.tokens_min {
            broken.push(format!("tokens {tokens:.3} of the minimum"));
        }
        if self.click_p99_millis > CLICK_P99_MILLIS_MAX {
            broken.push(format!("clicks waited {} ms", self.click_p99_millis));
        }
        if self.wrong > 0 {
            broken.push(format!("{} records missing or doubled", self.wrong));
        }
        broken
    }
}

pub(super) fn measure(shape: &Shape, click_every_millis: i64) -> anyhow::Result<Figures> {
    let world = World::build(shape)?;
    let deals = Deals::default();
    let is_over = AtomicBool::new(false);
    let begins_at = world.clock.now_millis();
    let shared_since = begins_at - shape.window().millis;
    let floor_of = |requests: u64| floor_millis(shape, requests);
    // More than there can be within twice the floor.
    let pages: u64 = shape.pages().iter().sum();
    let clicks_max = 2 * floor_of(2 * pages) / click_every_millis.max(1) + 10;
    let filled = async {
        let landed_at = fill_all(&world, &deals, shape.deals > 0).await;
        is_over.store(true, Ordering::Relaxed);
        let requests = world.pipedrive.left_since(shared_since);
        (landed_at, requests, world.pipedrive.emulator().counters())
    };
    let pace = (click_every_millis, u32::try_from(clicks_max)?);
    let clicking = clicks::at_work(&world, Wish::Look, pace, shape.persons, &is_over);
    let ((landed_at, requests, counters), clicks) = run(&world.clock, join(filled, clicking));
    if let Some(failed) = clicks.iter().find_map(|click| click.failed.clone()) {
        anyhow::bail!("a click failed: {failed}");
    }
    let looked = counters.requests.get(LOOK).copied().unwrap_or(0);
    let elsewhere = world.propstreet.emulator().counters().violations;
    Ok(Figures {
        wall_millis: landed_at? - begins_at,
        requests,
        floor_millis: floor_of(requests),
        tokens: counters.tokens_total() - looked,
        tokens_min: world.setup_tokens + pages * LIST_TOKENS,
        clicks: clicks.len(),
        click_p99_millis: clicks::percentile(&clicks, 99),
        violations: counters.burst_violations + counters.day_violations + elsewhere,
        refused: counters.refused,
        wrong: run(&world.clock, wrong(&world, &deals, shape))?,
    })
}

/// What no program could be quicker than: the burst rate, or the longest list's pages one behind the other.
fn floor_millis(shape: &Shape, requests: u64) -> i64 {
    let window = shape.window();
    let requests = i64::try_from(requests).unwrap_or(i64::MAX);
    let by_rate = requests.saturating_mul(window.millis) / i64::from(window.requests);
    let longest = shape.pages().into_iter().max().unwrap_or(0);
    by_rate.max(i64::try_from(longest).unwrap_or(i64::MAX) * shape.latency.millis)
}

/// Records that did not land, or landed more than once.
pub(super) async fn wrong(world: &World, deals: &Deals, shape: &Shape) -> anyhow::Result<u64> {
    let core = &world.core;
    let mut wrong = 0;
    for (entity, there) in [
        (Entity::Person, shape.persons),
        (Entity::Organization, shape.organizations),
    ] {
        let landed = core.store.live_ids(core.ctx(), entity).await?.len();
        wrong += u64::from(there).abs_diff(u64::try_from(landed)?);
    }
    let shown = lock(&deals.shown);
    wrong += u64::from(shape.deals).abs_diff(u64::try_from(shown.len())?);
    wrong += u64::try_from(shown.values().filter(|times| **times != 1).count())?;
    Ok(wrong)
}
