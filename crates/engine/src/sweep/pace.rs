//! How many lists are read at once, and how many pages ahead of what is kept.
//!
//! In: whether the process before this one died at it, and how many pages were kept since. Out: a number. A death costs the
//! answers that were on their way, one for each list being read; so whoever died goes on with one list, until enough pages
//! have passed that this life can be trusted. Never waits.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::future::poll_fn;
use futures_util::stream::FuturesUnordered;

/// So many pages in one life, and it is trusted to last.
const PAGES_TRUSTED: u64 = 256;
/// Pages that are read before the one before them is kept. Where several lists are read at once, the others' pages keep the store at
/// work; more pages ahead would only be held.
const AHEAD_MAX: usize = 1;

/// How this life reads lists.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    is_careful: AtomicBool,
    pages: AtomicU64,
    ahead: AtomicUsize,
}

/// The place of a page that is read ahead, until it is kept.
#[derive(Debug)]
pub(super) struct Ahead<'a>(&'a Pace);

impl Drop for Ahead<'_> {
    fn drop(&mut self) {
        self.0.ahead.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pace {
    pub(crate) fn begin_carefully(&self) {
        self.is_careful.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_page(&self) {
        self.pages.fetch_add(1, Ordering::Relaxed);
    }

    fn lists_at_once(&self, usually: usize) -> usize {
        if self.is_trusted() { usually } else { 1 }
    }

    /// A page may be read ahead while this is held.
    pub(super) fn ahead(&self) -> Option<Ahead<'_>> {
        if !self.is_trusted() {
            return None;
        }
        let one_more = |ahead: usize| (ahead < AHEAD_MAX).then_some(ahead + 1);
        let taken = self
            .ahead
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.ok().map(|_| Ahead(self))
    }

    /// Whether more may be on its way than what is waited for.
    fn is_trusted(&self) -> bool {
        let is_trusted = self.pages.load(Ordering::Relaxed) >= PAGES_TRUSTED;
        is_trusted || !self.is_careful.load(Ordering::Relaxed)
    }

    /// Does all of this work in its order, so much of it at once as the pace allows at each moment.
    pub(super) async fn keep<I, T, F>(
        &self,
        work: impl IntoIterator<Item = I>,
        usually: usize,
        begin: impl Fn(I) -> F,
    ) -> Vec<T>
    where
        F: Future<Output = T>,
    {
        let mut waiting: VecDeque<I> = work.into_iter().collect();
        let mut active = FuturesUnordered::new();
        let mut ended = Vec::with_capacity(waiting.len());
        poll_fn(|context| {
            loop {
                while active.len() < self.lists_at_once(usually)
                    && let Some(next) = waiting.pop_front()
                {
                    active.push(begin(next));
                }
                match active.poll_next_unpin(context) {
                    Poll::Ready(Some(result)) => ended.push(result),
                    Poll::Ready(None) if waiting.is_empty() => return Poll::Ready(()),
                    Poll::Ready(None) => {}
                    // What was kept in this turn may have made room for another one.
                    Poll::Pending
                        if !waiting.is_empty() && active.len() < self.lists_at_once(usually) => {}
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await;
        ended
    }
}

#[cfg(test)]
mod tests;
