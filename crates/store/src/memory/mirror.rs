//! Mirror rows in memory.
//!
//! In: rows as they were and are. Out: rows by record, key and owner. Never judges whether a row is news.

use std::collections::BTreeMap;
use std::ops::Bound;

use model::{Entity, IdSet, RecordKey, RemoteId};

use super::rows::{Rows, at_most};
use crate::Answer;
use crate::id_range::IdRange;
use crate::rows::{Keys, MatchKey, MatchKeyKind, MirrorRow};
use crate::tables::{MirrorTable, Put};

fn first_key(entity: Entity) -> RecordKey {
    RecordKey::new(entity, "")
}

impl Rows {
    pub(super) fn of_entity(&self, entity: Entity) -> impl Iterator<Item = &MirrorRow> {
        let rows = self.mirror.range(first_key(entity)..);
        rows.map(|(_, row)| row)
            .take_while(move |row| row.key.entity == entity)
    }
}

impl MirrorTable for Rows {
    fn mirror_row(&self, key: &RecordKey) -> Answer<Option<MirrorRow>> {
        Ok(self.mirror.get(key).cloned())
    }

    fn is_deleted(&self, key: &RecordKey) -> Answer<bool> {
        let row = self.mirror.get(key);
        Ok(row.is_some_and(|row| row.deleted_at.is_some()))
    }

    fn put_mirror_row(
        &mut self,
        before: Option<&MirrorRow>,
        after: MirrorRow,
        how: Put,
    ) -> Answer<()> {
        let is_findable_alike = before.is_some_and(|before| {
            before.match_keys == after.match_keys
                && before.deleted_at.is_none() == after.deleted_at.is_none()
        });
        if let Some(before) = before.filter(|_| !is_findable_alike) {
            for key in before.findable_by() {
                self.match_keys
                    .remove(&(before.key.entity, key.clone(), before.key.id.clone()));
            }
        }
        if let Some(before) = before.filter(|before| before.owner != after.owner) {
            self.links
                .remove(&(before.owner.clone(), before.key.clone()));
        }
        if !is_findable_alike && how.keys == Keys::Now {
            for key in after.findable_by() {
                self.match_keys
                    .insert((after.key.entity, key.clone(), after.key.id.clone()));
            }
        }
        if after.key.entity == Entity::Link {
            self.links.insert((after.owner.clone(), after.key.clone()));
        }
        self.mirror.insert(after.key.clone(), after);
        Ok(())
    }

    fn index_keys(&mut self, entity: Entity, after: &str, limit: u32) -> Answer<Option<RemoteId>> {
        let behind = Bound::Excluded(RecordKey::new(entity, after));
        let rows = self.mirror.range((behind, Bound::Unbounded));
        let rows = rows
            .map(|(_, row)| row)
            .take_while(|row| row.key.entity == entity)
            .take(at_most(limit));
        let mut last = None;
        for row in rows {
            for key in row.findable_by() {
                self.match_keys
                    .insert((entity, key.clone(), row.key.id.clone()));
            }
            last = Some(row.key.id.clone());
        }
        Ok(last)
    }

    fn live_ids(&self, entity: Entity) -> Answer<IdSet> {
        let live = self
            .of_entity(entity)
            .filter(|row| row.deleted_at.is_none());
        Ok(live.map(|row| row.key.id.clone()).collect())
    }

    fn live_ids_in(&self, entity: Entity, range: &IdRange) -> Answer<Vec<RemoteId>> {
        let first = RecordKey::new(entity, range.after.as_str());
        let behind = (Bound::Excluded(first), Bound::Unbounded);
        let rows = self.mirror.range(behind).map(|(_, row)| row);
        let live = rows
            .take_while(|row| row.key.entity == entity && range.is_before_end(row.key.id.as_str()))
            .filter(|row| row.deleted_at.is_none());
        let ids = live.map(|row| row.key.id.clone());
        Ok(ids.take(at_most(range.limit)).collect())
    }

    fn links_of(&self, owner: &RecordKey) -> Answer<Vec<MirrorRow>> {
        let links = self.links.range((owner.clone(), first_key(Entity::Link))..);
        let own = links.take_while(|(of, _)| of == owner);
        Ok(own
            .filter_map(|(_, link)| self.mirror.get(link).cloned())
            .collect())
    }

    fn shared_values(&self, entity: Entity, kind: MatchKeyKind, limit: u32) -> Answer<Vec<String>> {
        let first = MatchKey {
            kind,
            value: String::new(),
        };
        let keys = self.match_keys.range((entity, first, RemoteId::from(""))..);
        let of_kind = keys.take_while(|(of, key, _)| *of == entity && key.kind == kind);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, key, _) in of_kind {
            *counts.entry(&key.value).or_default() += 1;
        }
        let shared = counts.into_iter().filter(|(_, count)| *count > 1);
        Ok(shared
            .take(at_most(limit))
            .map(|(value, _)| value.to_owned())
            .collect())
    }

    fn ids_with_key(&self, entity: Entity, key: &MatchKey, limit: usize) -> Answer<Vec<RemoteId>> {
        let rows = self
            .match_keys
            .range((entity, key.clone(), RemoteId::from(""))..);
        let same = rows.take_while(|(of, found, _)| *of == entity && found == key);
        Ok(same.take(limit).map(|(_, _, id)| id.clone()).collect())
    }
}
