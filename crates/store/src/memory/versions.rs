//! Versions in memory.
//!
//! In: versions to keep. Out: the same, each ending where the next begins. Never judges whether something came between.

use model::{RecordKey, Timestamp};

use super::rows::{Rows, at_most};
use crate::Answer;
use crate::tables::VersionTable;
use crate::versions::RecordVersion;

impl VersionTable for Rows {
    fn newest_version(&self, record: &RecordKey) -> Answer<Option<RecordVersion>> {
        Ok(self.versions(record)?.pop())
    }

    fn versions(&self, record: &RecordKey) -> Answer<Vec<RecordVersion>> {
        let all = self
            .versions
            .range((record.clone(), Timestamp::MIN)..=(record.clone(), Timestamp::MAX));
        let mut versions: Vec<RecordVersion> = all.map(|(_, version)| version.clone()).collect();
        let begins: Vec<Timestamp> = versions.iter().map(|version| version.valid_from).collect();
        for (version, next) in versions.iter_mut().zip(begins.into_iter().skip(1)) {
            version.valid_to = Some(next);
        }
        Ok(versions)
    }

    fn insert_version(&mut self, record: &RecordKey, version: RecordVersion) -> Answer<()> {
        let key = (record.clone(), version.valid_from);
        self.versions.insert(key, version);
        Ok(())
    }

    fn drop_versions(&mut self, before: Timestamp, limit: u32) -> Answer<u64> {
        let keys: Vec<_> = self.versions.keys().cloned().collect();
        let pairs = keys.iter().zip(keys.iter().skip(1));
        let mut over: Vec<_> = pairs
            .filter(|((record, _), (next, until))| record == next && *until <= before)
            .map(|(key, _)| key.clone())
            .collect();
        over.sort_by(|a, b| {
            (a.1, a.0.entity.name(), &a.0.id).cmp(&(b.1, b.0.entity.name(), &b.0.id))
        });
        over.truncate(at_most(limit));
        for key in &over {
            self.versions.remove(key);
        }
        Ok(u64::try_from(over.len()).unwrap_or(u64::MAX))
    }

    fn give_back(&mut self, _pages: u32) -> Answer<u64> {
        Ok(0)
    }
}
