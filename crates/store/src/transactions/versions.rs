//! Versions of records, kept with the mirror rows that they were.
//!
//! In: mirror rows as they change, and what webhooks told of them before. Out: versions without holes, or with holes that are
//! marked. Part of the transactions that keep mirror rows; calls nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Entity, RecordKey, Timestamp, time};

use super::{fence, to_stored};
use crate::rows::{InboxSource, MirrorRow, Observation};
use crate::tables::Tables;
use crate::versions::{
    FACT_VERSIONS, RecordVersion, ToldBefore, VersionSource, from_fact, to_fact,
};
use crate::{Answer, Lease};

/// How one observation's versions are kept.
#[derive(Debug)]
pub(crate) struct Keeping {
    of: BTreeSet<Entity>,
    /// By record and time of the change, the earliest first.
    told: Vec<ToldBefore>,
    source: VersionSource,
    now: Timestamp,
}

pub(crate) fn keep(
    tables: &mut dyn Tables,
    lease: Lease,
    entities: &BTreeSet<Entity>,
    now: Timestamp,
) -> Answer<()> {
    fence(tables, lease)?;
    let wanted = to_fact(entities);
    if tables.fact(FACT_VERSIONS)? == wanted {
        return Ok(());
    }
    tables.put_fact(FACT_VERSIONS, wanted.as_deref(), now)
}

pub(crate) fn purge(
    tables: &mut dyn Tables,
    lease: Lease,
    before: Timestamp,
    limit: u32,
) -> Answer<u64> {
    fence(tables, lease)?;
    tables.drop_versions(to_stored(before), limit)
}

pub(crate) fn give_back(tables: &mut dyn Tables, lease: Lease, pages: u32) -> Answer<u64> {
    fence(tables, lease)?;
    tables.give_back(pages)
}

impl Keeping {
    /// Keeps the versions that webhooks told of and the mirror never showed.
    pub(crate) fn begin(
        tables: &mut dyn Tables,
        observation: &mut Observation,
        now: Timestamp,
    ) -> Answer<Self> {
        let mut told = std::mem::take(&mut observation.told_before);
        told.sort_by(|a, b| (&a.record, a.until, a.since).cmp(&(&b.record, b.until, b.since)));
        let source = match &observation.page {
            Some(page) => match page.source {
                InboxSource::Poll => VersionSource::Poll,
                InboxSource::Sweep => VersionSource::Sweep,
                InboxSource::PipedriveWebhook
                | InboxSource::PropstreetWebhook
                | InboxSource::Manual => VersionSource::Read,
            },
            None => VersionSource::Read,
        };
        let keeping = Self {
            of: from_fact(tables.fact(FACT_VERSIONS)?.as_deref()),
            told,
            source,
            now: to_stored(now),
        };
        for before in &keeping.told {
            keeping.note_told(tables, before)?;
        }
        Ok(keeping)
    }

    /// What the mirror showed before versions were kept is the first of them.
    fn newest(&self, tables: &mut dyn Tables, record: &RecordKey) -> Answer<Option<RecordVersion>> {
        if let Some(newest) = tables.newest_version(record)? {
            return Ok(Some(newest));
        }
        let Some(row) = tables.mirror_row(record)? else {
            return Ok(None);
        };
        let version = RecordVersion {
            valid_from: row.remote_time,
            valid_to: None,
            raw: row.deleted_at.is_none().then(|| Arc::clone(&row.raw)),
            source: VersionSource::Read,
            is_gap: !is_first(None, &row),
            seen_at: row.synced_at,
        };
        tables.insert_version(record, version.clone())?;
        Ok(Some(version))
    }

    fn note_told(&self, tables: &mut dyn Tables, before: &ToldBefore) -> Answer<()> {
        if !self.of.contains(&before.record.entity) {
            return Ok(());
        }
        let newest = self.newest(tables, &before.record)?;
        if newest
            .as_ref()
            .is_some_and(|newest| second(newest.valid_from) >= second(before.since))
        {
            return Ok(());
        }
        let version = RecordVersion {
            valid_from: to_stored(before.since),
            valid_to: None,
            raw: Some(Arc::clone(&before.raw)),
            source: VersionSource::Webhook,
            is_gap: !self.is_told(&before.record, newest.as_ref(), before.since),
            seen_at: self.now,
        };
        tables.insert_version(&before.record, version)
    }

    /// Keeps a row that is about to take the place of another.
    pub(crate) fn note_row(&self, tables: &mut dyn Tables, row: &MirrorRow) -> Answer<()> {
        if !self.of.contains(&row.key.entity) {
            return Ok(());
        }
        let newest = self.newest(tables, &row.key)?;
        let from = match row.deleted_at {
            None => row.remote_time,
            Some(deleted_at) => deleted_at.max(row.remote_time),
        };
        let raw = row.deleted_at.is_none().then(|| Arc::clone(&row.raw));
        // Versions of one second are told apart, and none begins before the one that it replaced.
        let valid_from = match &newest {
            Some(newest) if newest.raw == raw => return Ok(()),
            Some(newest) => to_stored(from).max(time::plus_millis(newest.valid_from, 1)),
            None => to_stored(from),
        };
        let is_told = self.is_told(&row.key, newest.as_ref(), row.remote_time);
        let version = RecordVersion {
            valid_from,
            valid_to: None,
            raw,
            source: match is_told {
                true => VersionSource::Webhook,
                false => self.source,
            },
            is_gap: !is_told && !is_first(newest.as_ref(), row),
            seen_at: self.now,
        };
        tables.insert_version(&row.key, version)
    }

    /// Whether a webhook told that the newest version was changed at that time, and nothing came between.
    fn is_told(&self, record: &RecordKey, newest: Option<&RecordVersion>, at: Timestamp) -> bool {
        let Some(newest) = newest else { return false };
        self.told.iter().any(|told| {
            told.record == *record
                && second(told.until) == second(at)
                && second(told.since) == second(newest.valid_from)
        })
    }
}

/// Whether the record was made the way it is, so that nothing came before.
fn is_first(newest: Option<&RecordVersion>, row: &MirrorRow) -> bool {
    #[derive(serde::Deserialize)]
    struct Made {
        #[serde(alias = "createdUtc")]
        add_time: Option<Timestamp>,
    }
    let made: Option<Made> = serde_json::from_str(&row.raw).ok();
    newest.is_none() && made.and_then(|made| made.add_time) == Some(row.remote_time)
}

/// Pipedrive's times of change are whole seconds.
fn second(at: Timestamp) -> i64 {
    time::to_millis(at).div_euclid(1_000)
}
