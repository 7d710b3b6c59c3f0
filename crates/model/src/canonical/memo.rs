//! A small memory of recent answers, for pure functions that are dear and are asked the same again.
//!
//! In: a text, a qualifier and the function to remember. Out: its answer, computed or remembered. One
//! memory per thread, of fixed size: a text that falls on a taken slot replaces it. Never keeps long
//! texts, and never changes an answer.

use std::hash::{DefaultHasher, Hash, Hasher};

const SLOTS: usize = 1024;
const KEY_BYTES_MAX: usize = 96;

struct Slot<Q, V> {
    qualifier: Q,
    text: Box<str>,
    answer: V,
}

pub(super) struct Memo<Q, V> {
    slots: Vec<Option<Slot<Q, V>>>,
}

impl<Q: Copy + Eq + Hash, V: Clone> Memo<Q, V> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new() }
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
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let slot = &mut self.slots[slot_of(text, qualifier)];
        if let Some(known) = slot
            && known.qualifier == qualifier
            && &*known.text == text
        {
            return known.answer.clone();
        }
        let answer = compute();
        *slot = Some(Slot {
            qualifier,
            text: text.into(),
            answer: answer.clone(),
        });
        answer
    }
}

fn slot_of<Q: Hash>(text: &str, qualifier: Q) -> usize {
    // The default hasher's keys are fixed, so a run is the same on every machine.
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    qualifier.hash(&mut hasher);
    usize::try_from(hasher.finish() % SLOTS as u64).expect("a remainder below the number of slots")
}
