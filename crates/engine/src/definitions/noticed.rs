//! Signs that the definitions are out of date: a record that shows an unknown field or option, or lacks one in use.
//!
//! In: clues, and what asking for the definitions came to. Out: whose fields to ask for again, and when. A clue is followed
//! once in a while only, and asking in vain makes the next time later, so that made-up fields cannot spend the budget.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use model::{Timestamp, time};
use store::FieldEntity;

const MINUTE: i64 = 60 * 1_000;
/// Between two times of asking, when the last one brought news.
const FIRST_WAIT_MILLIS: i64 = MINUTE;
/// The longest wait after asking in vain again and again.
const LONGEST_WAIT_MILLIS: i64 = 6 * 60 * MINUTE;
/// A clue that was followed is no clue again for so long.
const CLUE_RESTS_MILLIS: i64 = 6 * 60 * MINUTE;
const CLUES_MAX: usize = 1_000;

/// Shared by everything that maps.
#[derive(Debug, Default)]
pub struct Noticed(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    wanted: BTreeSet<FieldEntity>,
    /// When each clue was first seen.
    clues: BTreeMap<String, Timestamp>,
    in_vain: u32,
}

impl Noticed {
    /// Somebody shows what the definitions do not know.
    pub(crate) fn want(&self, entity: FieldEntity, clue: &str, now: Timestamp) {
        let mut state = self.state();
        let clue = format!("{entity}:{clue}");
        let rests = |at: &Timestamp| time::plus_millis(*at, CLUE_RESTS_MILLIS) > now;
        if state.clues.get(&clue).is_some_and(rests) {
            return;
        }
        if state.clues.len() >= CLUES_MAX {
            state.clues.retain(|_, at| rests(at));
        }
        // Too many clues at once are as good as one.
        if state.clues.len() < CLUES_MAX {
            state.clues.insert(clue, now);
        }
        state.wanted.insert(entity);
    }

    /// Whose fields to ask for again.
    pub(super) fn wanted(&self) -> BTreeSet<FieldEntity> {
        self.state().wanted.clone()
    }

    /// When to ask, if at all, where the definitions were read at this time.
    pub(super) fn due(&self, read_at: Timestamp) -> Option<Timestamp> {
        let state = self.state();
        let wait = FIRST_WAIT_MILLIS.saturating_mul(1 << state.in_vain.min(20));
        let due = time::plus_millis(read_at, wait.min(LONGEST_WAIT_MILLIS));
        (!state.wanted.is_empty()).then_some(due)
    }

    /// They were asked for.
    pub(super) fn asked(&self, entities: &BTreeSet<FieldEntity>, brought_news: bool) {
        let mut state = self.state();
        let was_wanted = state.wanted.iter().any(|entity| entities.contains(entity));
        state.wanted.retain(|entity| !entities.contains(entity));
        if brought_news {
            state.in_vain = 0;
            state.clues.clear();
        } else if was_wanted {
            state.in_vain = state.in_vain.saturating_add(1);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nothing panics while it holds this")
    }
}
