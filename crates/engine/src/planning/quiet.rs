//! Waiting until somebody is done editing: a changed record is planned once it has been quiet for a while.
//!
//! In: a lane that could be planned. Out: until when it waits, or that it need not. Only changes of users wait, never longer than the
//! longest wait from the first of them on. What a person decided, what is deleted and what follows from our own writes does not.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use model::{Field, LaneId, PairState, Side, Timestamp, time};
use store::{LaneView, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::planning::decision;

/// Since when lanes have waited for quiet. A restart forgets it, so that the longest wait begins once more.
#[derive(Debug, Default)]
pub(crate) struct Restless(Mutex<BTreeMap<LaneId, Timestamp>>);

impl Restless {
    /// Since when a lane has waited, now and at the least; those that wait no more are forgotten by and by.
    fn since(&self, lane: LaneId, changed_at: Timestamp, forget_before: Timestamp) -> Timestamp {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|known, since| *known == lane || *since >= forget_before);
        *waiting.entry(lane).or_insert(changed_at)
    }

    fn forget(&self, lane: LaneId) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&lane);
    }
}

/// Until when a lane waits for its records to be quiet; nothing when it may be planned.
pub(crate) fn until<S: Store>(
    core: &Core<S>,
    view: &LaneView,
) -> Result<Option<Timestamp>, EngineError> {
    let timing = &core.settings.timing;
    if timing.settle == 0 {
        return Ok(None);
    }
    let Some(changed_at) = last_change(core, view)? else {
        core.restless.forget(view.lane.id);
        return Ok(None);
    };
    let now = core.now();
    let forget_before = time::plus_millis(now, -2 * timing.settle_longest);
    let since = core.restless.since(view.lane.id, changed_at, forget_before);
    let quiet = time::plus_millis(changed_at, timing.settle);
    let longest = time::plus_millis(since, timing.settle_longest);
    let until = quiet.min(longest);
    if until <= now {
        core.restless.forget(view.lane.id);
        return Ok(None);
    }
    Ok(Some(until))
}

/// When a user last changed one of the records, as far as that has not travelled yet.
fn last_change<S: Store>(
    core: &Core<S>,
    view: &LaneView,
) -> Result<Option<Timestamp>, EngineError> {
    let is_live = |side: Side| {
        let row = view.rows.get(side).as_ref();
        row.is_some_and(|row| row.deleted_at.is_none())
    };
    let mut sides: Vec<Side> = Side::BOTH
        .into_iter()
        .filter(|side| is_live(*side))
        .collect();
    if let Some(pair) = &view.pair {
        let is_decided = view
            .open_conflicts
            .iter()
            .any(|open| open.decided.is_some());
        if pair.state != PairState::Active || !pair.restores.is_empty() || is_decided {
            return Ok(None);
        }
        let shown = decision::records_of(view, &core.mapping()?)?;
        sides.retain(|side| {
            let agreed = pair.base.get(*side);
            shown.get(*side).as_ref().is_some_and(|shown| {
                let mut fields = Field::of(pair.kind).iter();
                fields.any(|field| shown.get(*field) != agreed.get(*field))
            })
        });
    }
    let rows = sides
        .iter()
        .filter_map(|side| view.rows.get(*side).as_ref());
    Ok(rows.map(|row| core.seen_at(row)).max())
}
