//! A small memory of recent answers, for pure functions that are dear and are asked the same again.
//!
//! In: a text, a qualifier and the function to remember. Out: its answer, computed or remembered. One
//! memory per thread, of fixed size: texts share a few places by their hash, and the one asked longest
//! ago makes room. Never keeps long texts, and never changes an answer.

use std::hash::{DefaultHasher, Hash, Hasher};

const SHELVES: usize = 1024;
const PLACES_PER_SHELF: usize = 4;
const KEY_BYTES_MAX: usize = 96;

struct Known<Q, V> {
    qualifier: Q,
    text: Box<str>,
    answer: V,
}

pub(super) struct Memo<Q, V> {
    /// Most recently asked first on each shelf.
    shelves: Vec<Vec<Known<Q, V>>>,
}

impl<Q: Copy + Eq + Hash, V: Clone> Memo<Q, V> {
    pub(super) const fn new() -> Self {
        Self {
            shelves: Vec::new(),
        }
    }

    pub(super) fn get_or_compute(
        &mut self,
        text: &str,
        qualifier: Q,
        compute: impl FnOnce() -> V,
    ) -> V {
        if text.len() > KEY_BYTES_MAX {
            return compute();
        }
        if self.shelves.is_empty() {
            self.shelves.resize_with(SHELVES, Vec::new);
        }
        let shelf = &mut self.shelves[shelf_of(text, qualifier)];
        match shelf
            .iter()
            .position(|known| known.qualifier == qualifier && &*known.text == text)
        {
            Some(place) => shelf[..=place].rotate_right(1),
            None => {
                let answer = compute();
                shelf.truncate(PLACES_PER_SHELF - 1);
                shelf.insert(
                    0,
                    Known {
                        qualifier,
                        text: text.into(),
                        answer,
                    },
                );
            }
        }
        shelf[0].answer.clone()
    }
}

fn shelf_of<Q: Hash>(text: &str, qualifier: Q) -> usize {
    // The default hasher's keys are fixed, so a run is the same on every machine.
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    qualifier.hash(&mut hasher);
    usize::try_from(hasher.finish() % SHELVES as u64)
        .expect("a remainder below the number of shelves")
}
