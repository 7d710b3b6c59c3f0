//! What a storm came to.
//!
//! In: counters of the source, and what the users did. Out: a table.

use serde_json::Value;

use super::deeds::Users;

#[derive(Debug, Default)]
pub(super) struct Figures {
    done: u32,
    refused: u32,
    added: u32,
    removed: u32,
    storm_millis: i64,
    /// Whether the first read had ended when the storm did.
    pub(super) filled_before_end: bool,
    idle_millis: i64,
    lost: u64,
    doubled: u64,
    reordered: u64,
    sent: u64,
    delivered: u64,
    calls: u64,
    tokens: u64,
    singles: u64,
    delta_millis: i64,
    delta_calls: u64,
    delta_tokens: u64,
    violations: u64,
    pub(super) rows: u64,
    pub(super) differences: usize,
}

impl Figures {
    pub(super) fn note_storm(&mut self, users: &Users, millis: i64) {
        (self.done, self.refused) = (users.done, users.refused);
        (self.added, self.removed) = (users.added, users.removed);
        self.storm_millis = millis;
    }

    /// When nothing was left to do before the delta.
    pub(super) fn note_counters(&mut self, counters: &Value, millis: i64) {
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        self.idle_millis = millis;
        self.lost = number(&counters["faults"]["webhook_drop"]);
        self.doubled = number(&counters["faults"]["webhook_duplicate"]);
        self.reordered = number(&counters["faults"]["webhook_reorder"]);
        self.sent = number(&counters["webhooks"]["sent"]);
        self.delivered = number(&counters["webhooks"]["delivered"]);
        self.calls = sum(&counters["requests"], |_| true);
        self.tokens = sum(&counters["tokens"], |_| true);
        self.singles = sum(&counters["tokens"], |path| path.ends_with("{id}"));
    }

    pub(super) fn note_delta(&mut self, counters: &Value, millis: i64) {
        self.delta_millis = millis;
        self.delta_calls = sum(&counters["requests"], |_| true) - self.calls;
        self.delta_tokens = sum(&counters["tokens"], |_| true) - self.tokens;
        let of = |name: &str| counters[name].as_u64().unwrap_or_default();
        self.violations = of("burst_violations") + of("day_violations");
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "figures for people, far below the precision of a float"
    )]
    pub(super) fn table(&self) -> String {
        let seconds = |millis: i64| millis as f64 / 1_000.0;
        let share = self.tokens as f64 / (self.delivered.max(1)) as f64;
        let filled = match self.filled_before_end {
            true => "had ended before the storm did",
            false => "was still under way when the storm ended",
        };
        format!(
            "changes           {} ({} records added, {} removed or merged; {} more were refused) in {:.1} s\n\
             first read        {filled}\n\
             webhooks          {} sent, {} of them taken; {} lost, {} doubled, {} reordered on purpose\n\
             until idle        {:.1} s, {} calls, {} tokens, of which {} for single reads\n\
             beside a read     {share:.3} tokens per webhook taken, the first read included; a read each takes 1 or 2\n\
             one delta         {:.1} s, {} calls, {} tokens, comparison by id included\n\
             beyond limits     {}\n\
             compared          {} rows, {} differences",
            self.done,
            self.added,
            self.removed,
            self.refused,
            seconds(self.storm_millis),
            self.sent,
            self.delivered,
            self.lost,
            self.doubled,
            self.reordered,
            seconds(self.idle_millis),
            self.calls,
            self.tokens,
            self.singles,
            seconds(self.delta_millis),
            self.delta_calls,
            self.delta_tokens,
            self.violations,
            self.rows,
            self.differences,
        )
    }
}

fn sum(by_path: &Value, counts: impl Fn(&str) -> bool) -> u64 {
    let paths = by_path.as_object().into_iter().flatten();
    paths
        .filter(|(path, _)| counts(path))
        .filter_map(|(_, number)| number.as_u64())
        .sum()
}
