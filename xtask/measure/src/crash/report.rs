//! The figures of a crash loop, as a table.
//!
//! In: what was counted. Out: lines. It judges nothing.

use std::collections::BTreeMap;

use store::{Stage, Status};

/// Everything that was counted.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) seed: u64,
    pub(super) cycles: u32,
    /// Kills by what was going on.
    pub(super) kills: BTreeMap<&'static str, u32>,
    pub(super) ready_millis: Vec<i64>,
    pub(super) edits: usize,
    pub(super) creates: usize,
    pub(super) writes: u64,
    pub(super) deliveries: [u64; 3],
    pub(super) taken: usize,
    pub(super) found: usize,
    pub(super) records: usize,
    pub(super) agreeing: u64,
    pub(super) differences: usize,
    pub(super) duplicates: u64,
    pub(super) conflicts: usize,
    pub(super) lost: usize,
    pub(super) set_aside: u64,
    pub(super) limit_violations: u64,
    pub(super) rest_millis: i64,
    pub(super) seconds: f64,
}

/// What the program was about when it was killed: the most delicate of what its database says was going on.
pub(super) fn what_was_going_on(status: &Status) -> &'static str {
    let outbox = |state: &str| status.outbox.get(state).is_some_and(|rows| *rows > 0);
    let lanes = |stage: Stage| status.lanes.get(&stage).is_some_and(|lanes| *lanes > 0);
    if outbox("sent") {
        "a write was sent, its answer not kept"
    } else if outbox("outcome_unknown") {
        "a write of unknown outcome was parked"
    } else if lanes(Stage::Deliver) {
        "a write was planned"
    } else if outbox("awaiting_audit") {
        "a write waited for its audit"
    } else if lanes(Stage::Plan) {
        "a record was to be planned"
    } else if lanes(Stage::Read) {
        "a record was to be read"
    } else {
        "nothing was under way"
    }
}

impl Figures {
    pub(super) fn table(&self) -> String {
        let mut ready = self.ready_millis.clone();
        ready.sort_unstable();
        let median = ready.get(ready.len() / 2).copied().unwrap_or_default();
        let longest = ready.last().copied().unwrap_or_default();
        let [attempts, refused, unanswered] = self.deliveries;
        let mut lines = vec![
            (
                "cycles".to_owned(),
                format!("{} (seed {})", self.cycles, self.seed),
            ),
            (
                "ready again".to_owned(),
                format!("after {median} ms, at most {longest} ms"),
            ),
        ];
        for (what, count) in &self.kills {
            lines.push((format!("  killed {count} times"), format!("while {what}")));
        }
        lines.extend([
            (
                "edits".to_owned(),
                format!(
                    "{} by users on both sides, {} of them new records",
                    self.edits, self.creates
                ),
            ),
            (
                "writes".to_owned(),
                format!("{} carried out in Pipedrive", self.writes),
            ),
            (
                "webhooks".to_owned(),
                format!(
                    "{attempts} deliveries tried, {unanswered} without an answer, {refused} refused"
                ),
            ),
            (
                "  taken (2xx)".to_owned(),
                format!("{}, of which {} are in the inbox", self.taken, self.found),
            ),
            (
                "agreement".to_owned(),
                format!(
                    "{} of {} records agree, {} differences",
                    self.agreeing, self.records, self.differences
                ),
            ),
            ("duplicates".to_owned(), self.duplicates.to_string()),
            (
                "lost values".to_owned(),
                format!("{} ({} conflicts journaled)", self.lost, self.conflicts),
            ),
            ("set aside".to_owned(), self.set_aside.to_string()),
            (
                "limits".to_owned(),
                format!("{} violations", self.limit_violations),
            ),
            (
                "time".to_owned(),
                format!(
                    "{:.1} s; at rest {} ms after the last edit",
                    self.seconds, self.rest_millis
                ),
            ),
        ]);
        in_columns(lines)
    }
}

pub(super) fn in_columns(lines: Vec<(String, String)>) -> String {
    let width = lines.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let line = |(name, value): (String, String)| format!("{name:<width$}  {value}");
    lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
}
