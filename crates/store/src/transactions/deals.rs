//! Deals that change: the totals of their stages, and their moves.
//!
//! In: a deal's mirror row as it was and is. Out: changed totals, and a move where the stage is another one. Part of the
//! transactions that keep mirror rows.

use std::collections::BTreeMap;

use crate::Answer;
use crate::deals::{DealInStage, StageChange, StageTotal, StageTotalKey};
use crate::rows::MirrorRow;
use crate::tables::Tables;

/// What an observation adds to the totals of stages: a page of deals touches each total once, however many of them are in it.
#[derive(Debug, Default)]
pub(crate) struct TotalsMoved {
    by: BTreeMap<StageTotalKey, StageTotal>,
}

impl TotalsMoved {
    fn add(&mut self, key: StageTotalKey, change: StageTotal) {
        let total = self.by.entry(key).or_default();
        *total = total.plus(change);
    }

    pub(crate) fn keep(self, tables: &mut dyn Tables) -> Answer<()> {
        let moved = self.by.into_iter();
        for (key, change) in moved.filter(|(_, change)| *change != StageTotal::default()) {
            tables.add_to_stage_total(&key, change)?;
        }
        Ok(())
    }
}

pub(crate) fn note_change(
    tables: &mut dyn Tables,
    totals: &mut TotalsMoved,
    before: Option<&MirrorRow>,
    after: &MirrorRow,
) -> Answer<()> {
    let was = before.and_then(|row| DealInStage::read(&row.raw));
    let is = DealInStage::read(&after.raw);
    let live = |row: &MirrorRow| row.deleted_at.is_none();
    let left = was.as_ref().filter(|_| before.is_some_and(live));
    let left = left.and_then(DealInStage::total);
    let entered = is.as_ref().filter(|_| live(after));
    let entered = entered.and_then(DealInStage::total);
    if left != entered {
        if let Some((key, total)) = left {
            totals.add(key, total.negated());
        }
        if let Some((key, total)) = entered {
            totals.add(key, total);
        }
    }
    let (Some(was), Some(is)) = (was, is) else {
        return Ok(());
    };
    match (was.stage_id, is.stage_id) {
        (Some(from), Some(to)) if from != to => tables.note_stage_change(&StageChange {
            deal: after.key.id.clone(),
            from_stage_id: from,
            to_stage_id: to,
            at: is.stage_change_time.unwrap_or(after.remote_time),
            since: was.in_stage_since(),
            user_id: None,
            is_gap: true,
        }),
        _ => Ok(()),
    }
}
