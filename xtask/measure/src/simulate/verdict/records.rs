//! What is counted: webhooks acknowledged and stored (S1), records made twice (S2), writes needed (S5), calls (S14), the outbox (S16, S17)
//! and the mirror's course (S7).
//!
//! In: a run. Out: what does not add up.

use std::collections::{BTreeMap, BTreeSet};

use model::{Entity, RecordKey, Side, Timestamp};
use rustc_hash::FxHashSet;
use store::{InboxFilter, InboxSource, OutboxState, Store};

use super::super::run::Run;
use super::sight::{CTX, Sight, memory, ready};

const ROWS_MAX: u32 = 100_000;

/// The attempt number is all that differs between a delivery and its repetition.
fn without_attempt(body: &str) -> (&str, &str) {
    match body.find("\"attempt\":") {
        Some(place) => (
            &body[..place],
            body[place + 10..].trim_start_matches(|sign: char| sign.is_ascii_digit()),
        ),
        None => (body, ""),
    }
}

pub(super) fn acknowledged_is_stored(run: &Run, wrong: &mut Vec<String>) {
    let memory = memory(run);
    for (side, source) in [
        (Side::Pipedrive, InboxSource::PipedriveWebhook),
        (Side::Propstreet, InboxSource::PropstreetWebhook),
    ] {
        let filter = InboxFilter {
            source: Some(source),
            ..InboxFilter::default()
        };
        let rows = ready(memory.inbox(CTX, filter, ROWS_MAX));
        let stored: FxHashSet<&[u8]> = rows
            .iter()
            .filter_map(|row| row.body.as_deref().map(str::as_bytes))
            .collect();
        let repeats = |body: &[u8]| {
            let text = String::from_utf8_lossy(body);
            let wanted = without_attempt(&text);
            let mut bodies = rows.iter().filter_map(|row| row.body.as_deref());
            bodies.any(|stored| without_attempt(stored) == wanted)
        };
        let acknowledged = run.acknowledged.iter().filter(|(of, _)| *of == side);
        for (_, body) in acknowledged {
            if !stored.contains(body.as_ref()) && !repeats(body) {
                wrong.push(format!(
                    "S1: a webhook of {side} was acknowledged and is not in the inbox"
                ));
            }
        }
    }
}

/// As the services count them.
pub(super) fn limits_are_kept(run: &Run, wrong: &mut Vec<String>) {
    let pipedrive = run.world.pipedrive.counters();
    let propstreet = run.world.propstreet.counters();
    for (what, beyond) in [
        ("Pipedrive's two seconds", pipedrive.burst_violations),
        ("Pipedrive's day", pipedrive.day_violations),
        ("Propstreet's minute", propstreet.violations),
    ] {
        if beyond > 0 {
            wrong.push(format!("S14: {beyond} calls beyond the limit of {what}"));
        }
    }
}

pub(super) fn no_duplicates(run: &Run, sight: &Sight, wrong: &mut Vec<String>) {
    let pipedrive = run.world.pipedrive.counters().duplicates;
    let propstreet = run.world.propstreet.counters().duplicates;
    if pipedrive + propstreet > 0 {
        wrong.push(format!(
            "S2: {pipedrive} records too many on Pipedrive, {propstreet} on Propstreet"
        ));
    }
    let mut carriers: BTreeMap<(Side, model::Kind, &str), Vec<&str>> = BTreeMap::new();
    for ((side, kind, id), shown) in &sight.shown {
        if let (true, Some(marker)) = (shown.is_live, &shown.marker) {
            carriers.entry((*side, *kind, marker)).or_default().push(id);
        }
    }
    for ((side, kind, marker), ids) in carriers {
        if ids.len() > 1 {
            wrong.push(format!(
                "S2: {ids:?} on {side} all carry {} {marker}",
                kind.entity(side.other()).name()
            ));
        }
    }
}

pub(super) fn outbox_is_settled(run: &Run, sight: &Sight, wrong: &mut Vec<String>) {
    let memory = memory(run);
    let status = ready(memory.status(CTX, Timestamp::MAX));
    for row in memory.every_outbox_row(CTX) {
        // A quarantined lane keeps its last plan.
        let is_settled = matches!(
            row.state,
            OutboxState::Done { .. } | OutboxState::Dropped { .. }
        );
        if !is_settled && !sight.is_pair_quarantined(row.pair) {
            let state = row.state.name();
            wrong.push(format!("S16: outbox row {} is still {state}", row.id));
        }
    }
    let told: BTreeSet<_> = ready(memory.history(CTX, None, None, ROWS_MAX))
        .into_iter()
        .filter_map(|row| row.outbox)
        .collect();
    let done = status
        .outbox
        .get(OutboxState::Done { at: Timestamp::MAX }.name())
        .copied()
        .unwrap_or(0);
    let told = u64::try_from(told.len()).unwrap_or(u64::MAX);
    if told < done {
        wrong.push(format!(
            "S17: {done} writes were carried out and {told} are in the history"
        ));
    }
}

/// Writes are bounded by what made them necessary.
pub(super) fn few_writes(run: &Run, sight: &Sight, wrong: &mut Vec<String>) {
    let records = u64::try_from(sight.shown.len()).unwrap_or(u64::MAX);
    let causes = run.world.deeds.edits * 2
        + records * 4
        + sight.conflicts_total() * 2
        + run.figures.faults.values().sum::<u64>();
    let writes = run.wiretap.writes_total();
    if writes > causes {
        wrong.push(format!("S5: {writes} writes for {causes} causes"));
    }
}

/// How far the mirror has come, to see that it never goes back (S7).
#[derive(Debug, Default)]
pub(in super::super) struct Heights(BTreeMap<RecordKey, Timestamp>);

impl Heights {
    /// Looks at every row that was live.
    pub(in super::super) fn look(&mut self, run: &Run, wrong: &mut Vec<String>) {
        let memory = memory(run);
        for entity in Entity::PAIRED {
            for id in ready(memory.live_ids(CTX, entity)) {
                let key = RecordKey { entity, id };
                let Some(row) = ready(memory.mirror_row(CTX, &key)) else {
                    continue;
                };
                let before = self.0.insert(key, row.remote_time);
                if before.is_some_and(|before| row.remote_time < before) {
                    wrong.push(format!(
                        "S7: the mirror of {} went back from {before:?} to {}",
                        row.key, row.remote_time
                    ));
                }
            }
        }
    }
}
