//! What holds for every world at its end: nothing is left to do, no limit was exceeded, nothing exists twice, and planning
//! again gives nothing to do.
//!
//! In: a world that is dropped. Out: a panic that says what is wrong. Changes nothing.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use engine::planning::decision::decide_pair;
use model::{PairId, Side};
use store::{Stage, Store};

use super::World;

const PAIRS_MAX: u32 = 1_000;

impl Drop for World {
    fn drop(&mut self) {
        if self.has_stopped() {
            return;
        }
        let wrong: Vec<String> = [self.wrong_in_the_store(), self.wrong_outside()].concat();
        if std::thread::panicking() {
            println!("how the world was left:\n{}", wrong.join("\n"));
            return;
        }
        assert!(
            wrong.is_empty(),
            "the world is not at rest:\n{}",
            wrong.join("\n")
        );
    }
}

impl World {
    fn wrong_outside(&self) -> Vec<String> {
        let mut wrong = self.log.errors();
        let (pipedrive, propstreet) = (self.pipedrive.counters(), self.propstreet.counters());
        let counted = [
            (
                pipedrive.burst_violations,
                "calls beyond Pipedrive's window",
            ),
            (pipedrive.day_violations, "calls beyond Pipedrive's day"),
            (pipedrive.duplicates, "doubled records on Pipedrive"),
            (pipedrive.webhooks.bans, "bans of our receiver"),
            (propstreet.violations, "calls beyond Propstreet's minute"),
            (propstreet.duplicates, "doubled records on Propstreet"),
        ];
        wrong.extend(
            counted
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{count} {what}")),
        );
        wrong
    }

    fn wrong_in_the_store(&self) -> Vec<String> {
        let core = self.core();
        let mut wrong = Vec::new();
        let answered = "the store answers while the world ends";
        let status = wait_for(core.store.status(core.ctx(), core.now())).expect(answered);
        for stage in [Stage::Read, Stage::Plan, Stage::Deliver] {
            let lanes = status.lanes.get(&stage).copied().unwrap_or_default();
            if lanes > 0 {
                wrong.push(format!("{lanes} lanes wait at {stage:?}"));
            }
        }
        for view in wait_for(core.store.quarantined(core.ctx(), PAIRS_MAX)).expect(answered) {
            let problem = view.lane.problem.expect("a quarantined lane says why");
            if !self.quarantine_expected.contains(&problem.code) {
                wrong.push(format!(
                    "quarantined: {} ({})",
                    problem.message, problem.code
                ));
            }
        }
        if core.definitions().is_none() {
            return wrong;
        }
        for pair in wait_for(core.store.pairs(core.ctx(), PairId(0), PAIRS_MAX)).expect(answered) {
            let Some(record) = Side::BOTH.into_iter().find_map(|side| pair.record(side)) else {
                continue;
            };
            let Some(view) = wait_for(core.store.lane_of(core.ctx(), &record)).expect(answered)
            else {
                continue;
            };
            if view.lane.quarantined {
                continue;
            }
            let plan = decide_pair(&core, &view, &pair).expect("a settled pair can be planned");
            if !plan.is_at_rest() {
                wrong.push(format!("pair {} would be planned again: {plan:?}", pair.id));
            }
        }
        wrong
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread; the store answers from threads of its own.
fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    // A test that has done much without a pause would otherwise be made to wait for a turn that never comes.
    let mut future = pin!(tokio::task::unconstrained(future));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
