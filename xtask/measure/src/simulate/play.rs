//! Plays one run from beginning to end: setup, storm, calm, verdict, and the same once more without anything to do.
//!
//! In: an order. Out: the figures, what is wrong, and the story. Never panics because of what the engine does: that is wrong,
//! too.

use std::panic::{AssertUnwindSafe, catch_unwind};

use model::{Entity, LaneId, Side, Timestamp, time};
use store::{ConflictFilter, Stage, Store};

use super::isolation;
use super::profile::Profile;
use super::run::{Figures, Order, Run};
use super::sales;
use super::verdict::{CTX, all_shown, memory, ready};
use super::verdict::{Heights, Sight, judge};

/// Longest time from the last mishap to rest: a sweep's interval, a grace, an audit, and the longest pauses of both APIs.
const REST_WITHIN_MILLIS: i64 = 3 * 3_600_000;
/// A sweep that began before this was over may not have seen what happened last: lists lag, and pages are slow.
const LISTS_CATCH_UP_MILLIS: i64 = 120_000;
/// By then a round over notes that was under way is over.
const ROUND_ENDS_MILLIS: i64 = 45_000;
const SETUP_STEPS_MAX: u32 = 2_000;
/// Far more than any run needs: one that goes on longer does not come to rest.
const STEPS_MAX: u32 = 40_000;
const ROWS_MAX: u32 = 10_000;

/// What became of a run.
#[derive(Debug, Default)]
pub(super) struct Played {
    pub(super) figures: Figures,
    pub(super) wrong: Vec<String>,
    pub(super) lines: Vec<String>,
}

pub(super) fn play(order: Order) -> Played {
    let mut run = Run::new(order);
    let mut wrong = Vec::new();
    let ended = catch_unwind(AssertUnwindSafe(|| acts(&mut run, &mut wrong)));
    if let Err(panic) = ended {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        wrong.push(format!("panic: {}", text.unwrap_or("without words")));
    }
    if !wrong.is_empty() && order.is_told {
        tell_lanes(&mut run);
        tell_decisions(&mut run);
    }
    run.close_figures();
    if wrong.is_empty() {
        wrong.extend(run.what_is_missing());
    }
    Played {
        figures: run.figures,
        wrong,
        lines: run.story.into_lines(),
    }
}

/// Where every lane stands, at the end of a story that went wrong.
fn tell_lanes(run: &mut Run) {
    let memory = memory(run);
    let now = run.now();
    for stage in [
        Stage::Read,
        Stage::Plan,
        Stage::Deliver,
        Stage::Quarantined,
        Stage::Rest,
    ] {
        for view in ready(memory.peek_lanes(CTX, stage, LaneId(0), ROWS_MAX)) {
            run.story.tell(now, "lane", || {
                format!(
                    "{stage:?} {:?} {:?} {:?}",
                    view.lane, view.pair, view.references
                )
            });
        }
    }
}

/// Every write that was planned, every conflict and what became of the pairs, at the end of a story that went wrong.
fn tell_decisions(run: &mut Run) {
    let memory = memory(run);
    for row in memory.every_outbox_row(CTX) {
        let at = time::to_millis(row.planned_at);
        run.story.tell(at, "write", || {
            format!(
                "DECIDED outbox {} pair {}: {:?} {:?} on {} {:?} marker {} source {:?} instead of {:?}, conflicts {:?}, now {:?}",
                row.id, row.pair, row.write.operation, row.write.carrier, row.write.side, row.write.fields,
                row.write.marker, row.write.source, row.before.fields, row.conflicts, row.state
            )
        });
    }
    for conflict in ready(memory.conflicts(CTX, ConflictFilter::All, ROWS_MAX)) {
        let at = time::to_millis(conflict.at);
        run.story.tell(at, "conflict", || {
            format!("DECIDED pair {}: {conflict:?}", conflict.pair)
        });
    }
    for row in ready(memory.history(CTX, None, None, ROWS_MAX)) {
        let at = time::to_millis(row.at);
        run.story.tell(at, "history", || {
            format!("DECIDED pair {}: {row:?}", row.pair)
        });
    }
}

fn acts(run: &mut Run, wrong: &mut Vec<String>) {
    run.boot();
    for _ in 0..SETUP_STEPS_MAX {
        if run.engine().is_some() {
            break;
        }
        run.advance();
    }
    if run.engine().is_none() {
        wrong.push("setup: it does not end".to_owned());
        return;
    }
    run.begin_storm();
    storm(run, wrong);
    run.calm_down();
    let calm = run.now();
    let swept = needs_sweep(run).then_some(calm + LISTS_CATCH_UP_MILLIS);
    // A round over notes that began too early is not stopped by a wish for another one.
    let has_notes = run.world.sales.is_some_and(|sales| sales.has_notes);
    let swept = swept.map(|caught_up| {
        run.compare_at(caught_up + 1);
        if has_notes {
            run.compare_at(caught_up + ROUND_ENDS_MILLIS + 1);
            return caught_up + ROUND_ENDS_MILLIS;
        }
        caught_up
    });
    if let Err(why) = come_to_rest(run, calm, swept) {
        wrong.push(why);
        return;
    }
    let sight = Sight::of(run);
    run.figures.conflicts = sight.conflicts_total();
    wrong.extend(judge(run, &sight));
    if wrong.is_empty() {
        stay_at_rest(run, wrong);
    }
    if wrong.is_empty() && run.ground.weather.is_poisoned {
        isolation::poison_one(run, wrong);
    }
}

fn storm(run: &mut Run, wrong: &mut Vec<String>) {
    let mut heights = Heights::default();
    let mut looked_at = 0;
    for _ in 0..STEPS_MAX {
        if !run.has_users() || !run.advance() {
            break;
        }
        if run.world.deeds.edits >= looked_at + 15 {
            looked_at = run.world.deeds.edits;
            heights.look(run, wrong);
        }
    }
}

/// Where nothing is polled or swept, webhooks have to do.
fn needs_sweep(run: &Run) -> bool {
    run.order.profile != Profile::NoSweeps
}

/// Lets things happen until nothing is left to do. An operator gives quarantined records another try, and once more as long as
/// there are fewer of them each time: what one of them held may be what another one needs.
pub(super) fn come_to_rest(
    run: &mut Run,
    since: i64,
    swept_after: Option<i64>,
) -> Result<(), String> {
    let mut retried = usize::MAX;
    for _ in 0..STEPS_MAX {
        // Whoever looks before everybody has done what can be done now lets the next event pass unseen: perhaps in a year.
        run.run_tasks();
        if is_at_rest(run, swept_after) {
            let quarantined = retry_quarantined(run, retried);
            if quarantined == 0 {
                return Ok(());
            }
            retried = quarantined;
        }
        if run.now() > since + REST_WITHIN_MILLIS {
            break;
        }
        if !run.advance() {
            break;
        }
    }
    if is_at_rest(run, swept_after) {
        return Ok(());
    }
    let status = ready(memory(run).status(CTX, time::from_millis(run.now())));
    Err(format!(
        "L1: no rest within {} minutes: lanes {:?}, outbox {:?}, swept at {:?}",
        (run.now() - since) / 60_000,
        status.lanes,
        status.outbox,
        swept_at(run).map(|at| at - since)
    ))
}

/// Since when everything has been swept, by what the engine remembers.
fn swept_at(run: &Run) -> Option<i64> {
    let memory = memory(run);
    let entities = Entity::PAIRED
        .into_iter()
        .chain(sales::swept(run.ground.weather.sales));
    let ends = entities.map(|entity| {
        let fact = ready(memory.fact(CTX, &format!("sweep:{}", entity.name())))?;
        let progress: serde_json::Value = serde_json::from_str(&fact).ok()?;
        let at: Timestamp = progress["done"]["at"].as_str()?.parse().ok()?;
        Some(time::to_millis(at))
    });
    ends.collect::<Option<Vec<i64>>>()?.into_iter().min()
}

fn is_at_rest(run: &mut Run, swept_after: Option<i64>) -> bool {
    if run.is_stirring() || run.has_webhooks_to_send() {
        return false;
    }
    if swept_after.is_some_and(|after| swept_at(run).is_none_or(|at| at <= after)) {
        return false;
    }
    let status = ready(memory(run).status(CTX, time::from_millis(run.now())));
    let is_busy = [Stage::Read, Stage::Plan, Stage::Deliver]
        .iter()
        .any(|stage| status.lanes.get(stage).copied().unwrap_or(0) > 0);
    !is_busy && status.outbox.get("awaiting_audit").copied().unwrap_or(0) == 0
}

/// Answers how many it has tried again: all of them, when they are fewer than the last time.
fn retry_quarantined(run: &mut Run, last_time: usize) -> usize {
    let memory = memory(run);
    let now = time::from_millis(run.now());
    let quarantined = ready(memory.quarantined(CTX, ROWS_MAX));
    if quarantined.len() >= last_time {
        return 0;
    }
    for view in &quarantined {
        let code = view
            .lane
            .problem
            .as_ref()
            .map_or_else(String::new, |problem| problem.code.clone());
        *run.figures.retried_by_hand.entry(code).or_default() += 1;
        ready(memory.retry_lane(CTX, view.lane.id, now));
    }
    if let Some(engine) = run.engine() {
        engine.bells.ring_all();
    }
    quarantined.len()
}

/// S5: everything is read and planned once more, and nothing is written.
fn stay_at_rest(run: &mut Run, wrong: &mut Vec<String>) {
    let memory = memory(run);
    let now = time::from_millis(run.now());
    let notes = |run: &Run| Side::BOTH.map(|side| sales::notes::standing(&run.world, side));
    let before = (
        run.wiretap.writes_total(),
        all_shown(&run.world),
        notes(run),
    );
    for view in ready(memory.peek_lanes(CTX, Stage::Rest, LaneId(0), ROWS_MAX)) {
        ready(memory.retry_lane(CTX, view.lane.id, now));
    }
    if let Some(engine) = run.engine() {
        engine.bells.ring_all();
    }
    if let Err(why) = come_to_rest(run, run.now(), None) {
        wrong.push(format!("S5: {why}"));
        return;
    }
    let writes = run.wiretap.writes_total() - before.0;
    // What is refused until a person decides is asked for again whenever its record is seen, and once at the most.
    let refused = u64::try_from(ready(memory.quarantined(CTX, ROWS_MAX)).len());
    if writes > refused.unwrap_or(u64::MAX) {
        wrong.push(format!("S5: {writes} writes although nothing has changed"));
    }
    if all_shown(&run.world) != before.1 || notes(run) != before.2 {
        wrong.push("S5: records changed although nobody touched them".to_owned());
    }
}
