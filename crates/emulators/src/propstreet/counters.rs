//! What the server counted.
//!
//! In: the emulator's state. Out: numbers a test asserts on. It changes nothing.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::PropstreetEmulator;
use super::record::{ExternalRef, Stamp};

/// Numbers since the start or the last reset; `duplicates` is counted over the present records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PropstreetCounters {
    /// Calls by method and resource.
    pub requests: BTreeMap<String, u64>,
    pub requests_total: u64,
    /// Calls above the limit of a minute.
    pub violations: u64,
    /// Creates answered from the memory of idempotency keys.
    pub replayed: u64,
    /// Living records too many: same Pipedrive reference, or made with the same idempotency key.
    pub duplicates: u64,
    /// Webhook attempts by event.
    pub webhooks: BTreeMap<String, u64>,
    /// Faults given out, by kind.
    pub faults: BTreeMap<String, u64>,
}

/// How many records share a mark with an earlier one.
fn surplus<'a>(marks: impl Iterator<Item = &'a str>) -> u64 {
    let mut seen: FxHashMap<&str, u64> = FxHashMap::default();
    for mark in marks {
        *seen.entry(mark).or_default() += 1;
    }
    seen.values().map(|count| count - 1).sum()
}

fn twins<'a>(rows: impl Iterator<Item = (&'a Stamp, &'a [ExternalRef])>) -> u64 {
    let living: Vec<_> = rows.filter(|(stamp, _)| stamp.deleted.is_none()).collect();
    let keys = living
        .iter()
        .filter_map(|(stamp, _)| stamp.idempotency_key.as_deref());
    let refs = living.iter().filter_map(|(_, refs)| {
        let own = refs
            .iter()
            .find(|reference| reference.namespace.eq_ignore_ascii_case("pipedrive"));
        own.map(|reference| reference.id.as_str())
    });
    surplus(keys) + surplus(refs)
}

impl PropstreetEmulator {
    /// What the server counted.
    #[must_use]
    pub fn counters(&self) -> PropstreetCounters {
        let requests: BTreeMap<String, u64> = self
            .requests
            .iter()
            .map(|((method, place), count)| (format!("{method} {place}"), *count))
            .collect();
        let faults = self
            .faults
            .fired()
            .iter()
            .map(|(&kind, &count)| (kind.to_owned(), count));
        PropstreetCounters {
            requests_total: requests.values().sum(),
            requests,
            violations: self.access.violations,
            replayed: self.replays.replayed,
            duplicates: self.duplicates(),
            webhooks: self.hooks.sent.clone(),
            faults: faults.collect(),
        }
    }

    fn duplicates(&self) -> u64 {
        let records = &self.records;
        twins(
            records
                .contacts
                .all()
                .map(|row| (&row.stamp, row.refs.as_slice())),
        ) + twins(
            records
                .companies
                .all()
                .map(|row| (&row.stamp, row.refs.as_slice())),
        ) + twins(records.links.all().map(|row| (&row.stamp, [].as_slice())))
            + twins(records.portfolio.marks_of_projects())
            + twins(records.portfolio.marks_of_prospects())
            + surplus(
                self.notes
                    .all()
                    .filter_map(|note| note.idempotency_key.as_deref()),
            )
    }

    /// Sets what is counted back to nothing.
    pub fn reset_counters(&mut self) {
        self.requests.clear();
        self.access.violations = 0;
        self.replays.replayed = 0;
        self.hooks.sent.clear();
        self.faults.reset_fired();
    }
}
