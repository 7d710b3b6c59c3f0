//! The lanes that stages are working on now, so that a stop can let them come to their end and begin no others.
//!
//! In: what stages claim and finish. Out: how many are left. Nothing is lost without it: a lane that is cut off is found again
//! like after a crash, only later.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Lanes claimed and not finished yet.
#[derive(Debug, Default)]
pub struct UnderWay {
    stopping: AtomicBool,
    lanes: AtomicUsize,
}

impl UnderWay {
    /// From now on no lane is begun.
    pub fn begin_no_more(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// How many lanes are being worked on.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes.load(Ordering::SeqCst)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    pub(crate) fn began(&self, lanes: usize) {
        self.lanes.fetch_add(lanes, Ordering::SeqCst);
    }

    pub(crate) fn finished(&self, lanes: usize) {
        self.lanes.fetch_sub(lanes, Ordering::SeqCst);
    }
}
