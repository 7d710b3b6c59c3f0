//! The verdict on a run at rest: every invariant, each by a comparison of its own.
//!
//! In: both services as users see them, what users did, and the engine's memory. Out: what is wrong, in words that begin with
//! the invariant's number. It looks and changes nothing.

mod agreement;
mod journal;
mod loss;
mod notes;
mod records;
mod revival;
mod sales;
mod sight;

pub(super) use records::Heights;
pub(super) use sight::{CTX, Sight, all_shown, memory, ready};

use super::run::Run;

/// Everything that is wrong at rest.
pub(super) fn judge(run: &Run, sight: &Sight) -> Vec<String> {
    let mut wrong = Vec::new();
    agreement::sides_agree(sight, &mut wrong);
    agreement::memory_agrees(run, sight, &mut wrong);
    sales::sales_agree(run, sight, &mut wrong);
    notes::notes_agree(run, sight, &mut wrong);
    revival::nothing_comes_back(run, sight, &mut wrong);
    loss::nothing_is_lost(run, sight, &mut wrong);
    loss::own_values_stay(run, sight, &mut wrong);
    records::acknowledged_is_stored(run, &mut wrong);
    records::limits_are_kept(run, &mut wrong);
    records::no_duplicates(run, sight, &mut wrong);
    records::outbox_is_settled(run, sight, &mut wrong);
    records::few_writes(run, sight, &mut wrong);
    wrong.extend(run.wiretap.broken.iter().cloned());
    wrong
}
