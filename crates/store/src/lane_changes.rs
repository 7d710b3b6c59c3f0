//! What happens to a lane: pure changes of one row, used by every store.
//!
//! In: a lane and what happened. Out: the lane as it is then. Never reads or writes a table.

use model::{BySide, InboxSeq, LaneId, RecordKey, Side, Timestamp, time};

use crate::lane::{Lane, LaneKey, Problem, Stage};
use crate::rows::Disposition;
use crate::transactions::to_stored;

/// A lane in flight at so many deaths in a row is quarantined. By then it was alone, or nearly, at the last of them.
const DEATHS_MAX: u32 = 5;
/// How long a lane that was in flight at two, three, four deaths in a row is left alone. One that is to blame cannot bring
/// the program down again at once, and the others that were in flight with it get their work done first.
const SUSPECT_WAITS_MILLIS: [i64; 3] = [10_000, 60_000, 300_000];
/// Suspects are tried one after another, so that the one to blame dies alone.
const SUSPECTS_APART_MILLIS: i64 = 1_000;

impl Lane {
    pub(crate) const fn new(id: LaneId, key: LaneKey, now: Timestamp) -> Self {
        Self {
            id,
            key,
            hint: BySide {
                pipedrive: InboxSeq(0),
                propstreet: InboxSeq(0),
            },
            read: BySide {
                pipedrive: InboxSeq(0),
                propstreet: InboxSeq(0),
            },
            version: 0,
            planned_version: 0,
            open_outbox: None,
            due_at: now,
            attempts: 0,
            problem: None,
            quarantined: false,
            deaths: 0,
            waits_for: Vec::new(),
            notes: Vec::new(),
            claimed_by_epoch: None,
        }
    }

    /// Due from now on, unless it is due already. A write under way keeps its own time: an unknown outcome is not
    /// looked into before its grace is over. So does a suspect.
    fn wake(&mut self, was: Stage, now: Timestamp) {
        if self.open_outbox.is_some() {
            return;
        }
        self.due_at = match was {
            Stage::Rest | Stage::Quarantined => now,
            Stage::Read | Stage::Plan | Stage::Deliver if self.is_suspect() => self.due_at,
            Stage::Read | Stage::Plan | Stage::Deliver => self.due_at.min(now),
        };
    }

    fn forgive(&mut self) {
        self.quarantined = false;
        self.attempts = 0;
        self.problem = None;
    }

    /// An inbox row says "look again" at a side. A quarantined lane is given another try.
    pub(crate) fn take_hint(&mut self, side: Side, seq: InboxSeq, now: Timestamp) {
        let was = self.stage();
        let hint = self.hint.get_mut(side);
        *hint = seq.max(*hint);
        if self.quarantined {
            self.forgive();
        }
        self.wake(was, now);
    }

    /// Something a plan follows from is new: a record, a decision of a person.
    pub(crate) fn take_change(&mut self, now: Timestamp) {
        let was = self.stage();
        self.version += 1;
        self.forgive();
        self.wake(was, now);
    }

    /// A record this lane waited for is settled. What was wrong with the lane itself still is.
    pub(crate) fn stop_waiting_for(&mut self, record: &RecordKey, now: Timestamp) {
        let was = self.stage();
        self.waits_for.retain(|waited| waited != record);
        self.version += 1;
        if !self.quarantined {
            self.wake(was, now);
        }
    }

    /// A person gives the lane another try.
    pub(crate) fn retry(&mut self, sides: &[Side], seq: InboxSeq, now: Timestamp) {
        for side in sides {
            *self.hint.get_mut(*side) = seq;
        }
        self.deaths = 0;
        self.take_change(now);
    }

    /// A person lets the lane rest until its record changes again.
    pub(crate) fn rest(&mut self) {
        self.forgive();
        self.read = BySide {
            pipedrive: self.read.pipedrive.max(self.hint.pipedrive),
            propstreet: self.read.propstreet.max(self.hint.propstreet),
        };
        self.planned_version = self.version;
        self.deaths = 0;
        self.waits_for.clear();
    }

    /// The claim ends as told. Both the next step and its time are in the lane afterwards.
    pub(crate) fn end_claim(&mut self, disposition: &Disposition, now: Timestamp) {
        self.claimed_by_epoch = None;
        self.deaths = 0;
        match disposition {
            Disposition::Rest => {
                self.attempts = 0;
                self.problem = None;
                self.due_at = now;
            }
            Disposition::PutOff { until, problem } => self.put_off(*until, problem.as_ref()),
            Disposition::Quarantine { problem } => {
                self.attempts = self.attempts.saturating_add(1);
                self.problem = Some(problem.clone());
                self.quarantined = true;
                self.due_at = now;
            }
        }
    }

    pub(crate) fn put_off(&mut self, until: Timestamp, problem: Option<&Problem>) {
        self.claimed_by_epoch = None;
        self.deaths = 0;
        self.due_at = to_stored(until);
        if let Some(problem) = problem {
            self.attempts = self.attempts.saturating_add(1);
            self.problem = Some(problem.clone());
        }
    }

    /// Whether it may be to blame for the deaths of the program.
    pub(crate) const fn is_suspect(&self) -> bool {
        self.deaths >= 2
    }

    /// The process that had claimed the lane is dead. A single death accuses nobody: processes are killed all the time.
    /// `suspects_before` tells how many lanes that were in flight with it wait for their own turn.
    pub(crate) fn survive_death(&mut self, suspects_before: i64, now: Timestamp) {
        self.claimed_by_epoch = None;
        self.deaths = self.deaths.saturating_add(1);
        self.due_at = now;
        if self.deaths >= DEATHS_MAX {
            self.quarantined = true;
            self.problem = Some(Problem {
                code: "crash_loop".to_owned(),
                message: format!(
                    "the program stopped {} times in a row while it worked on this; look at the log of those moments, then retry it",
                    self.deaths
                ),
                request: None,
                answer: None,
            });
            return;
        }
        let wait = usize::try_from(self.deaths)
            .ok()
            .and_then(|deaths| SUSPECT_WAITS_MILLIS.get(deaths.checked_sub(2)?));
        if let Some(wait) = wait {
            let turn = suspects_before.saturating_mul(SUSPECTS_APART_MILLIS);
            self.due_at = time::plus_millis(now, wait.saturating_add(turn));
        }
    }

    /// Two lanes become one: `self`, the survivor, takes over what the other knows. `own` says which side's record the
    /// other lane was about, so that what was read of it stays known.
    pub(crate) fn absorb(&mut self, other: &Self, own: Side) {
        for side in Side::BOTH {
            let hint = self.hint.get_mut(side);
            *hint = (*hint).max(*other.hint.get(side));
        }
        *self.read.get_mut(own) = *other.read.get(own);
        self.version = self.version.max(other.version);
    }
}
