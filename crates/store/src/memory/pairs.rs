//! Pairs in memory.
//!
//! In: pairs as they were and are. Out: pairs by id and by record. Never decides who is the same.

use std::collections::BTreeMap;
use std::ops::Bound;

use model::{Base, Pair, PairId, PairState, RecordKey, Side};

use super::rows::{Rows, at_most};
use crate::Answer;
use crate::tables::PairTable;

impl PairTable for Rows {
    fn pair(&self, id: PairId) -> Answer<Option<Pair>> {
        Ok(self.pairs.get(&id).cloned())
    }

    fn pair_head(&self, id: PairId) -> Answer<Option<Pair>> {
        Ok(self.pairs.get(&id).map(|pair| Pair {
            id: pair.id,
            kind: pair.kind,
            ids: pair.ids.clone(),
            base: Base::default(),
            state: pair.state.clone(),
            restores: BTreeMap::new(),
        }))
    }

    fn pair_id_of(&self, record: &RecordKey) -> Answer<Option<PairId>> {
        Ok(self.pair_by_record.get(record).copied())
    }

    fn insert_pair(&mut self, pair: Pair) -> Answer<()> {
        for record in Side::BOTH.into_iter().filter_map(|side| pair.record(side)) {
            self.pair_by_record.insert(record, pair.id);
        }
        self.pairs.insert(pair.id, pair);
        Ok(())
    }

    fn update_pair(&mut self, before: &Pair, after: Pair) -> Answer<()> {
        if before.ids != after.ids {
            for record in Side::BOTH
                .into_iter()
                .filter_map(|side| before.record(side))
            {
                self.pair_by_record.remove(&record);
            }
        }
        self.insert_pair(after)
    }

    fn pairs_after(&self, after: PairId, limit: u32) -> Answer<Vec<Pair>> {
        let later = self.pairs.range((Bound::Excluded(after), Bound::Unbounded));
        Ok(later
            .take(at_most(limit))
            .map(|(_, pair)| pair.clone())
            .collect())
    }

    fn pairs_asked(&self, limit: u32) -> Answer<Vec<Pair>> {
        let is_asked = |pair: &&Pair| matches!(pair.state, PairState::Asked { .. });
        Ok(self
            .pairs
            .values()
            .filter(is_asked)
            .take(at_most(limit))
            .cloned()
            .collect())
    }
}
