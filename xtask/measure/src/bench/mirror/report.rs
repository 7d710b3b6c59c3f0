//! What the runs came to, as tables: figures, and what they are beside the peers' and beside the limits.
//!
//! In: lines. Out: text. Pure.

use super::services::{Counted, Size};
use super::watch::Spent;

/// At least so many times the records per second of the quickest peer.
const FASTER_MIN: f64 = 3.0;
const RECORDS_PER_SECOND_AIM: f64 = 10_000.0;
const PEAK_MEGABYTES_MAX: f64 = 100.0;
/// Memory that is flat still differs a little from run to run.
const PEAK_GROWTH_MAX: f64 = 1.15;
const BYTES_PER_MEGABYTE: f64 = 1_000_000.0;
const PAGE_ROWS: u64 = 500;
const TOKENS_PER_PAGE: u64 = 10;

/// One program's backfill.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) spent: Spent,
    pub(super) counted: Counted,
}

impl Line {
    pub(super) fn per_second(&self) -> f64 {
        number(self.rows) / self.spent.seconds.max(0.001)
    }

    fn micros_each(&self) -> f64 {
        self.spent.processor_seconds * 1_000_000.0 / number(self.rows.max(1))
    }

    pub(super) fn megabytes(&self) -> f64 {
        number(self.spent.peak_bytes) / BYTES_PER_MEGABYTE
    }
}

/// The fewest tokens that the three lists can cost.
pub(super) fn tokens_min(size: Size) -> u64 {
    let pages = |records: u32| u64::from(records).div_ceil(PAGE_ROWS).max(1);
    (pages(size.deals) + pages(size.persons) + pages(size.organizations)) * TOKENS_PER_PAGE
}

/// What each program came to, then our own beside the others'. `peers` that could not run say why.
pub(super) fn backfills(size: Size, ours: &Line, peers: &[(&str, Result<Line, String>)]) -> String {
    let ran: Vec<&Line> = peers
        .iter()
        .filter_map(|(_, peer)| peer.as_ref().ok())
        .collect();
    let mut lines = vec![row(
        "",
        [
            "records",
            "seconds",
            "records/s",
            "cpu µs each",
            "peak MB",
            "requests",
            "tokens",
        ],
    )];
    for line in std::iter::once(ours).chain(ran.iter().copied()) {
        lines.push(row(&line.name, figures(line)));
    }
    for (name, peer) in peers {
        match peer {
            Err(why) => lines.push(format!("{name} did not run: {why}")),
            Ok(line) if line.spent.was_stopped => {
                lines.push(format!("{} was stopped before it was done", line.name));
            }
            Ok(line) if line.rows != size.records() => lines.push(format!(
                "{} left {} records out",
                line.name,
                size.records().saturating_sub(line.rows)
            )),
            Ok(_) => {}
        }
    }
    if !ran.is_empty() {
        lines.push(String::new());
        lines.push(row(
            "ours beside theirs",
            [
                "",
                "",
                "records/s",
                "cpu µs each",
                "peak MB",
                "requests",
                "tokens",
            ],
        ));
        lines.extend(ran.iter().map(|peer| row(&peer.name, beside(ours, peer))));
    }
    lines.push(String::new());
    lines.extend(verdicts(size, ours, &ran));
    lines.join("\n")
}

fn verdicts(size: Size, ours: &Line, peers: &[&Line]) -> Vec<String> {
    let mut lines = Vec::new();
    let quickest = peers
        .iter()
        .map(|peer| peer.per_second())
        .max_by(f64::total_cmp);
    if let Some(quickest) = quickest {
        let ratio = ours.per_second() / quickest.max(0.001);
        lines.push(format!(
            "beside the quickest peer {ratio:.2} times the records per second (limit {FASTER_MIN:.2}): {}",
            met(ratio >= FASTER_MIN)
        ));
    }
    lines.push(format!(
        "{:.0} records per second (aim {RECORDS_PER_SECOND_AIM:.0}): {}",
        ours.per_second(),
        met(ours.per_second() >= RECORDS_PER_SECOND_AIM)
    ));
    lines.push(format!(
        "peak {:.1} MB (limit {PEAK_MEGABYTES_MAX:.0}): {}",
        ours.megabytes(),
        met(ours.megabytes() < PEAK_MEGABYTES_MAX)
    ));
    let tokens = number(ours.counted.tokens_of_lists) / number(tokens_min(size));
    lines.push(format!(
        "tokens of the three lists beside the fewest there can be {tokens:.3} (limit 1.000): {}; {} more for lists that are \
         read beside them",
        met(ours.counted.tokens_of_lists <= tokens_min(size)),
        ours.counted.tokens - ours.counted.tokens_of_lists
    ));
    lines
}

/// How memory grows with the records.
pub(super) fn memory(few: &Line, many: &Line) -> String {
    let growth = many.megabytes() / few.megabytes().max(0.001);
    let is_met = growth <= PEAK_GROWTH_MAX && many.megabytes() < PEAK_MEGABYTES_MAX;
    format!(
        "peak at {} records {:.1} MB, at {} records {:.1} MB: {growth:.2} times (limit {PEAK_GROWTH_MAX:.2}, and \
         {PEAK_MEGABYTES_MAX:.0} MB): {}; {:.0} records per second at {:.0} µs of processor time each",
        few.rows,
        few.megabytes(),
        many.rows,
        many.megabytes(),
        met(is_met),
        many.per_second(),
        many.micros_each(),
    )
}

fn figures(line: &Line) -> [String; 7] {
    [
        line.rows.to_string(),
        format!("{:.1}", line.spent.seconds),
        format!("{:.0}", line.per_second()),
        format!("{:.0}", line.micros_each()),
        format!("{:.1}", line.megabytes()),
        line.counted.requests.to_string(),
        line.counted.tokens.to_string(),
    ]
}

fn beside(ours: &Line, peer: &Line) -> [String; 7] {
    let ratio = |ours: f64, theirs: f64| format!("{:.2}", ours / theirs.max(0.001));
    [
        String::new(),
        String::new(),
        ratio(ours.per_second(), peer.per_second()),
        ratio(ours.micros_each(), peer.micros_each()),
        ratio(ours.megabytes(), peer.megabytes()),
        ratio(number(ours.counted.requests), number(peer.counted.requests)),
        ratio(number(ours.counted.tokens), number(peer.counted.tokens)),
    ]
}

fn row<T: AsRef<str>>(name: &str, cells: [T; 7]) -> String {
    let mut line = format!("{name:<28}");
    for cell in cells {
        line.push_str(&format!("{:>13}", cell.as_ref()));
    }
    line.trim_end().to_owned()
}

const fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "missed" }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure for people, far below the precision of a float"
)]
fn number(count: u64) -> f64 {
    count as f64
}
