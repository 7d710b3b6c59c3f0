//! One list at a time after a death, several before it and again after a while.

use std::cell::Cell;

use super::{PAGES_TRUSTED, Pace};

/// Work of so many pages; each lets the others go on.
async fn pages(pace: &Pace, pages: u64, active: &Cell<usize>, most: &Cell<usize>) {
    active.set(active.get() + 1);
    for _ in 0..pages {
        most.set(most.get().max(active.get()));
        tokio::task::yield_now().await;
        pace.note_page();
    }
    active.set(active.get() - 1);
}

async fn most_at_once(pace: &Pace, of: &[u64]) -> usize {
    let (active, most) = (Cell::new(0), Cell::new(0));
    let ended = pace.keep(of.iter().copied(), 4, |number| {
        pages(pace, number, &active, &most)
    });
    assert_eq!(ended.await.len(), of.len());
    most.get()
}

#[tokio::test]
async fn several_lists_are_read_at_once() {
    assert_eq!(most_at_once(&Pace::default(), &[3; 9]).await, 4);
}

#[tokio::test]
async fn after_a_death_lists_are_read_one_by_one() {
    let pace = Pace::default();
    pace.begin_carefully();
    assert_eq!(most_at_once(&pace, &[20; 9]).await, 1);
}

#[tokio::test]
async fn a_life_that_lasted_reads_several_again_without_waiting_for_a_list_to_end() {
    let pace = Pace::default();
    pace.begin_carefully();
    assert_eq!(most_at_once(&pace, &[2 * PAGES_TRUSTED, 5, 5]).await, 3);
}

#[test]
fn one_list_at_a_time_reads_ahead_and_none_right_after_a_death() {
    let pace = Pace::default();
    let place = pace.ahead();
    assert!(place.is_some());
    assert!(pace.ahead().is_none());
    drop(place);
    assert!(pace.ahead().is_some());
    pace.begin_carefully();
    assert!(pace.ahead().is_none());
}
