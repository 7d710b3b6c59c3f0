//! Bells: a stage that wrote rows for the next one rings it, so that nobody has to look at the clock for work that is there.
//! A bell is only a hint about when to look; what there is to do stands in the store.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures_util::task::AtomicWaker;

/// One listener, any number of ringers. A ring with nobody listening is remembered.
#[derive(Debug, Default)]
pub struct Bell {
    rung: AtomicBool,
    listener: AtomicWaker,
}

impl Bell {
    pub fn ring(&self) {
        self.rung.store(true, Ordering::Release);
        self.listener.wake();
    }

    /// Waits for the next ring, and forgets it.
    pub async fn heard(&self) {
        poll_fn(|context| {
            self.listener.register(context.waker());
            if self.rung.swap(false, Ordering::AcqRel) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// A bell for each stage.
#[derive(Debug, Default)]
pub struct Bells {
    pub read: Bell,
    pub plan: Bell,
    pub deliver: Bell,
    pub poll: Bell,
}

impl Bells {
    /// After a transaction whose effect on the stages is not known in detail.
    pub fn ring_all(&self) {
        self.read.ring();
        self.plan.ring();
        self.deliver.ring();
    }
}
