//! A backfill that a day's tokens do not pay: it lands what it paid for, sleeps until the reset and goes on where it was, while
//! people's calls and changes come through on every day.
//!
//! In: an account with few tokens a day. Out: what happened on which day.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use futures_util::future::join;

use super::backfill::{CLICK_P99_MILLIS_MAX, wrong};
use super::clicks::{self, Call, Wish};
use super::lists::{Deals, fill_all};
use super::world::{START_MILLIS, Shape, World, run};

const DAY_MILLIS: i64 = 86_400_000;
const LISTS: [&str; 3] = [
    "GET /api/v2/deals",
    "GET /api/v2/persons",
    "GET /api/v2/organizations",
];

/// What came of it.
#[derive(Debug)]
pub(super) struct Figures {
    /// The first is 1.
    pub(super) finished_on_day: i64,
    /// Pages of the three lists: there are, and were asked for.
    pub(super) pages: [u64; 3],
    pub(super) fetched: [u64; 3],
    /// Calls that came through and that did not, by day.
    pub(super) calls: BTreeMap<i64, (u64, u64)>,
    pub(super) click_p99_millis: i64,
    pub(super) violations: u64,
    pub(super) refused: u64,
    pub(super) wrong: u64,
}

impl Figures {
    /// What does not hold of a backfill that should take so many days.
    pub(super) fn broken(&self, days: i64) -> Vec<String> {
        let mut broken = Vec::new();
        if self.finished_on_day != days {
            broken.push(format!("it finished on day {}", self.finished_on_day));
        }
        if self.fetched != self.pages {
            broken.push(format!(
                "pages fetched: {:?} of {:?}",
                self.fetched, self.pages
            ));
        }
        if self.wrong > 0 {
            broken.push(format!("{} records missing or doubled", self.wrong));
        }
        if self.violations + self.refused > 0 {
            let (violations, refused) = (self.violations, self.refused);
            broken.push(format!("{violations} violations, {refused} refusals"));
        }
        let worked = |day: &i64| matches!(self.calls.get(day), Some((1.., 0)));
        if !(0..days).all(|day| worked(&day)) {
            broken.push(format!("calls by day: {:?}", self.calls));
        }
        if self.click_p99_millis > CLICK_P99_MILLIS_MAX {
            broken.push(format!("clicks waited {} ms", self.click_p99_millis));
        }
        broken
    }
}

/// How often somebody looks at something and changes something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) look_every_millis: i64,
    pub(super) change_every_millis: i64,
}

pub(super) fn measure(shape: &Shape, days: i64, pace: Pace) -> anyhow::Result<Figures> {
    let world = World::build(shape)?;
    let deals = Deals::default();
    let never = AtomicBool::new(false);
    let ends_at = START_MILLIS - START_MILLIS.rem_euclid(DAY_MILLIS) + days * DAY_MILLIS;
    let at_work = |wish, every: i64| {
        let count = (ends_at - world.clock.now_millis()) / every;
        let count = u32::try_from(count).unwrap_or(0);
        clicks::at_work(&world, wish, (every, count), shape.persons, &never)
    };
    let working = join(
        at_work(Wish::Look, pace.look_every_millis),
        at_work(Wish::Change, pace.change_every_millis),
    );
    let filled = fill_all(&world, &deals, shape.deals > 0);
    let (landed_at, (looks, changes)) = run(&world.clock, join(filled, working));
    let counters = world.pipedrive.emulator().counters();
    let fetched = LISTS.map(|list| counters.requests.get(list).copied().unwrap_or(0));
    let midnight = START_MILLIS - START_MILLIS.rem_euclid(DAY_MILLIS);
    let elsewhere = world.propstreet.emulator().counters().violations;
    Ok(Figures {
        finished_on_day: (landed_at? - midnight).div_euclid(DAY_MILLIS) + 1,
        pages: shape.pages(),
        fetched,
        calls: by_day(looks.iter().chain(&changes)),
        click_p99_millis: clicks::percentile(&looks, 99),
        violations: counters.burst_violations + counters.day_violations + elsewhere,
        refused: counters.refused,
        wrong: run(&world.clock, wrong(&world, &deals, shape))?,
    })
}

fn by_day<'a>(calls: impl Iterator<Item = &'a Call>) -> BTreeMap<i64, (u64, u64)> {
    let mut days = BTreeMap::<i64, (u64, u64)>::new();
    for call in calls {
        let day = days.entry(call.day).or_default();
        if call.failed.is_none() {
            day.0 += 1;
        } else {
            day.1 += 1;
        }
    }
    days
}
