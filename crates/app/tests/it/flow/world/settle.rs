//! Letting a world come to rest: the engine works until it is idle, webhooks are delivered, and the time moves on to the next
//! moment at which something is due.
//!
//! In: a world in motion. Out: a world at rest. The time moves while something is under way only when all of it waits for the
//! time: for a place in a window, for an answer that is late, or for one that never comes.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use engine::{Core, EngineError, schedule};
use store::{SqliteStore, Store};

use super::{World, millis};

/// More rounds than this is a world that never comes to rest.
const ROUNDS_MAX: u32 = 1_500;
/// How often everybody else is let go on before it is believed that nobody can.
const TURNS: u32 = 150;

/// How soon something that is due and cannot be done is tried again, first and at the most.
const PAUSE_MILLIS: i64 = 1_000;
const PAUSE_MILLIS_MAX: i64 = 5 * 60 * 1_000;

/// What shows that something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Traces {
    writes: (u64, u64),
    status: store::Status,
}

impl World {
    /// Goes on until a full round of polls has changed nothing.
    pub(crate) async fn settle(&mut self) {
        let round =
            Duration::from_millis(self.setup.settings.timing.poll_interval.unsigned_abs() + 1_000);
        for _ in 0..ROUNDS_MAX {
            let before = self.traces().await;
            self.settle_within(round).await;
            if self.has_stopped() || self.traces().await == before {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// Goes on with everything that is due within this time.
    pub(crate) async fn settle_within(&mut self, time: Duration) {
        let until = self.clock.millis() + millis(time);
        let mut pause = PAUSE_MILLIS;
        for _ in 0..ROUNDS_MAX {
            if !self.work_until_idle().await {
                return;
            }
            if self.deliver_webhooks().await > 0 {
                continue;
            }
            let now = self.clock.millis();
            match self.next_due().await {
                // What is due now and was not done waits for something else: it is asked again, ever more rarely.
                Some(due) if due <= now && now < until => {
                    self.move_to(until.min(now + pause));
                    pause = PAUSE_MILLIS_MAX.min(2 * pause);
                }
                Some(due) if now < due && due <= until => {
                    self.move_to(due);
                    pause = PAUSE_MILLIS;
                }
                Some(_) | None => {
                    self.move_to(until);
                    return;
                }
            }
        }
        panic!("the world does not come to rest");
    }

    /// Runs the stages until none has anything to do; false when the program was stopped meanwhile.
    async fn work_until_idle(&mut self) -> bool {
        let core = self.core();
        let outcome = self.drive(run_everything(&core)).await;
        match outcome {
            Ok(_) => true,
            Err(EngineError::NotSetUp) => true,
            Err(EngineError::Store(_)) if self.has_stopped() => false,
            Err(error) => panic!(
                "the engine failed: {error}: {:?}",
                std::error::Error::source(&error)
            ),
        }
    }

    /// Delivers the webhooks of both sides that are due.
    pub(crate) async fn deliver_webhooks(&self) -> usize {
        self.pipedrive.server.deliver_due_webhooks().await
            + self.propstreet.server.deliver_due_webhooks().await
    }

    async fn next_due(&self) -> Option<i64> {
        let core = self.core();
        let pairs = schedule::next_due(&core).await.expect("the store answers");
        let beside = schedule::next_look_beside_pairs(&core).await;
        let beside = beside.expect("the store answers");
        let engine = pairs
            .into_iter()
            .chain(beside)
            .min()
            .map(|at| at.as_millisecond());
        let faces = [
            self.pipedrive.server.next_deadline(),
            self.propstreet.server.next_deadline(),
        ];
        faces
            .into_iter()
            .flatten()
            .map(|at| at.0)
            .chain(engine)
            .min()
    }

    async fn traces(&self) -> Traces {
        let core = self.core();
        let status = if self.has_stopped() {
            store::Status::default()
        } else {
            core.store
                .status(core.ctx(), core.now())
                .await
                .expect("the store answers")
        };
        // Polls write rows of their own; they change nothing by themselves.
        let status = store::Status {
            inbox_rows: 0,
            ..status
        };
        Traces {
            writes: (self.pipedrive.counters().writes, self.propstreet.writes()),
            status,
        }
    }

    fn move_to(&self, millis: i64) {
        while let Some((at, deed)) = self.deed_before(millis) {
            self.clock.advance_to(at);
            deed(&self.pipedrive, &self.propstreet);
        }
        self.clock.advance_to(millis);
        self.pipedrive.server.clock_moved();
        self.propstreet.server.clock_moved();
    }

    fn deed_before(&self, millis: i64) -> Option<(i64, super::Deed)> {
        let mut deeds = self.deeds.borrow_mut();
        if deeds.keys().next().is_some_and(|at| *at <= millis) {
            deeds.pop_first()
        } else {
            None
        }
    }

    /// Carries work out, moving the time on whenever everything waits for it.
    pub(crate) async fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.waits_for_the_time() => {}
            }
            let faces = [
                self.pipedrive.server.next_deadline(),
                self.propstreet.server.next_deadline(),
            ];
            let late = faces
                .into_iter()
                .flatten()
                .map(|at| at.0)
                .filter(|at| *at > self.clock.millis());
            let next = late
                .chain(self.clock.next_wait())
                .min()
                .expect("something waits for the time");
            self.move_to(next.max(self.clock.millis() + 1));
        }
    }

    /// Ends when nothing can go on before the time moves.
    async fn waits_for_the_time(&self) {
        loop {
            if self.may_wait_for_the_time() {
                let begun = self.begun();
                for _ in 0..TURNS {
                    tokio::task::yield_now().await;
                }
                self.let_the_store_finish().await;
                for _ in 0..TURNS {
                    tokio::task::yield_now().await;
                }
                if begun == self.begun() && self.may_wait_for_the_time() {
                    return;
                }
                continue;
            }
            tokio::select! {
                () = self.clock.changed() => {}
                () = self.wire.changed() => {}
                () = self.pipedrive.server.calls_waiting_changed() => {}
                () = self.propstreet.server.calls_waiting_changed() => {}
            }
        }
    }

    /// Every call under way waits for its answer, and somebody waits for the time.
    fn may_wait_for_the_time(&self) -> bool {
        let late = self.pipedrive.server.calls_waiting() + self.propstreet.server.calls_waiting();
        late == self.wire.calls_under_way() && (late > 0 || self.clock.is_waited_for())
    }

    fn begun(&self) -> (u64, u64) {
        (self.clock.waits(), self.wire.calls_begun())
    }

    /// Transactions are carried out in order, so those before this one are over after it.
    async fn let_the_store_finish(&self) {
        let core = self.core();
        if self.has_stopped() {
            return;
        }
        // A refusal means that the program was stopped, and then nothing is under way either.
        drop(
            core.store
                .put_fact(core.ctx(), "between", None, core.now())
                .await,
        );
        drop(core.store.fact(core.ctx(), "between").await);
    }
}

/// Everything that a program at work would do at this moment.
async fn run_everything(core: &Core<SqliteStore>) -> Result<(), EngineError> {
    loop {
        let beside = match core.definitions() {
            Some(_) => schedule::look_beside_pairs(core, &|_, _| ()).await?,
            None => 0,
        };
        if schedule::run_until_idle(core).await? + beside == 0 {
            return Ok(());
        }
    }
}
