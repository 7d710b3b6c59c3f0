//! Totals of stages and moves of deals, in memory.
//!
//! In: what changed. Out: the same. Never reads a deal.

use model::RemoteId;

use super::rows::Rows;
use crate::Answer;
use crate::deals::{StageChange, StageTotal, StageTotalKey};
use crate::tables::DealTables;

impl DealTables for Rows {
    fn add_to_stage_total(&mut self, key: &StageTotalKey, change: StageTotal) -> Answer<()> {
        let total = self.stage_totals.entry(key.clone()).or_default();
        *total = total.plus(change);
        if total.deals == 0 {
            self.stage_totals.remove(key);
        }
        Ok(())
    }

    fn stage_totals(&self) -> Answer<Vec<(StageTotalKey, StageTotal)>> {
        let totals = self.stage_totals.iter();
        Ok(totals.map(|(key, total)| (key.clone(), *total)).collect())
    }

    fn note_stage_change(&mut self, change: &StageChange) -> Answer<()> {
        let key = (change.deal.clone(), change.at, change.to_stage_id);
        let known = self.stage_changes.get(&key);
        if known.is_none_or(|known| known.is_gap) {
            let since = change.since.or(known.and_then(|known| known.since));
            let change = change.clone();
            self.stage_changes
                .insert(key, StageChange { since, ..change });
        }
        Ok(())
    }

    fn stage_changes(&self, deal: &RemoteId) -> Answer<Vec<StageChange>> {
        let all = self.stage_changes.values();
        Ok(all.filter(|change| change.deal == *deal).cloned().collect())
    }
}
