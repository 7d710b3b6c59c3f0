//! A gate before the transactions of the store that can end the program: from a chosen transaction on, nothing is kept.
//!
//! In: the names of transactions, as they come. Out: passage, or the refusal that a stopped program meets. It keeps nothing
//! of what passes.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};

use store::{Gate, StoreError};

#[derive(Debug, Default)]
pub(crate) struct StopGate(Mutex<Passing>);

#[derive(Debug, Default)]
struct Passing {
    stop: Option<Stop>,
    stopped: bool,
}

#[derive(Debug)]
enum Stop {
    /// So many more writes pass, and the reads between them.
    BeforeWrite { left: u32 },
    /// So many more transactions of this name pass, the last of them whole.
    AfterNamed { name: String, left: u32 },
}

/// A program that dies before one of these dies as well before the write that follows it.
const READS: [&str; 24] = [
    "fact",
    "facts",
    "mirror_row",
    "live_ids",
    "find_matches",
    "pair",
    "pair_of",
    "pairs",
    "peek_lanes",
    "lane_of",
    "next_audit",
    "next_due",
    "next_due_of",
    "status",
    "conflicts",
    "conflict",
    "quarantined",
    "history",
    "count_history",
    "due_audits",
    "participants",
    "participants_wanted",
    "participants_in_turn",
    "participants_standing",
];

impl StopGate {
    /// Lets so many more writes pass, then nothing.
    pub(crate) fn stop_before_write(&self, writes: u32) {
        self.lock().stop = Some(Stop::BeforeWrite { left: writes });
    }

    /// Lets everything pass up to the `nth` transaction of this name, then nothing.
    pub(crate) fn stop_after_named(&self, name: &str, nth: u32) {
        self.lock().stop = Some(Stop::AfterNamed {
            name: name.to_owned(),
            left: nth,
        });
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.lock().stopped
    }

    fn lock(&self) -> MutexGuard<'_, Passing> {
        self.0
            .lock()
            .expect("nothing panics while it holds the gate")
    }
}

impl Passing {
    fn is_closed_for(&mut self, transaction: &str) -> bool {
        if self.stopped {
            return true;
        }
        match &mut self.stop {
            None => false,
            Some(Stop::BeforeWrite { .. }) if READS.contains(&transaction) => false,
            Some(Stop::BeforeWrite { left: 0 } | Stop::AfterNamed { left: 0, .. }) => true,
            Some(Stop::BeforeWrite { left }) => {
                *left -= 1;
                false
            }
            Some(Stop::AfterNamed { name, left }) => {
                if name == transaction {
                    *left -= 1;
                }
                false
            }
        }
    }
}

impl Gate for StopGate {
    fn pass(
        &self,
        transaction: &'static str,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        let mut passing = self.lock();
        passing.stopped = passing.is_closed_for(transaction);
        let answer = if passing.stopped {
            Err(StoreError::Closed)
        } else {
            Ok(())
        };
        drop(passing);
        Box::pin(ready(answer))
    }
}
