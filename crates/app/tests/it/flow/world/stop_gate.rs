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
    passed: u64,
    stop: Option<Stop>,
    stopped: bool,
}

#[derive(Debug)]
enum Stop {
    /// So many more transactions pass.
    After { left: u32 },
    /// So many more transactions of this name pass, the last of them whole.
    AfterNamed { name: String, left: u32 },
}

impl StopGate {
    /// Lets so many more transactions pass, then none.
    pub(crate) fn stop_after(&self, transactions: u32) {
        self.lock().stop = Some(Stop::After { left: transactions });
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
        match &mut self.stop {
            None => false,
            Some(Stop::After { left: 0 } | Stop::AfterNamed { left: 0, .. }) => true,
            Some(Stop::After { left }) => {
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
        let closed = passing.is_closed_for(transaction);
        passing.stopped |= closed;
        passing.passed += u64::from(!closed);
        drop(passing);
        Box::pin(ready(if closed {
            Err(StoreError::Closed)
        } else {
            Ok(())
        }))
    }
}
