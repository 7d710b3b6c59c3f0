//! What a first read shows while it works: a line for each list being read and one for all of it; off a terminal a plain line now
//! and then.
//!
//! In: how far each list is. Out: text on standard error. Never a share of something whose size nobody knows.

use std::collections::{BTreeMap, VecDeque};
use std::io::IsTerminal;

use engine::sweep::tally::Tally;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use model::{Entity, Timestamp, time};

use super::estimate::grouped;
use super::outlook::{Left, Purse};

const PLAIN_LINE_EVERY_MILLIS: i64 = 10_000;
/// The speed is that of this last span.
const SPEED_OVER_MILLIS: i64 = 10_000;
const MILLIS_PER_SECOND: u64 = 1_000;

#[derive(Debug)]
enum Shown {
    Lines {
        next_at: Timestamp,
    },
    Bars {
        all: MultiProgress,
        whole: ProgressBar,
        lists: BTreeMap<Entity, ProgressBar>,
    },
    /// A program reads along.
    Nothing,
}

/// One first read.
#[derive(Debug)]
pub(super) struct Reading {
    shown: Shown,
    /// Rows that an earlier run read.
    before: BTreeMap<Entity, u64>,
    /// Rows at moments of late, in milliseconds.
    moments: VecDeque<(i64, u64)>,
    begun_at: i64,
    rows: u64,
}

impl Reading {
    pub(super) fn start(now: Timestamp, quiet: bool) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            let all = MultiProgress::new();
            let whole = all.add(ProgressBar::new_spinner().with_style(style()));
            Shown::Bars {
                all,
                whole,
                lists: BTreeMap::new(),
            }
        } else {
            Shown::Lines { next_at: now }
        };
        Self {
            shown,
            before: BTreeMap::new(),
            moments: VecDeque::new(),
            begun_at: time::to_millis(now),
            rows: 0,
        }
    }

    /// What an earlier run has read is no speed of this one.
    pub(super) fn went_on_from(&mut self, rows: impl Iterator<Item = (Entity, u64)>) {
        self.before = rows.collect();
    }

    pub(super) fn show(
        &mut self,
        rows: &BTreeMap<Entity, u64>,
        tallies: &[(Entity, Tally)],
        unread: &[Entity],
        (left, purse): (Left, Purse),
        now: Timestamp,
    ) {
        let since = |(entity, rows): (&Entity, &u64)| {
            rows.saturating_sub(self.before.get(entity).copied().unwrap_or(0))
        };
        self.rows = rows.iter().map(since).sum();
        let speed = self.speed(now);
        let all: u64 = rows.values().sum();
        let whole = format!(
            "{} records, {} a second; {}",
            grouped(all),
            grouped(speed),
            left.sentence(speed, purse)
        );
        let being_read = || tallies.iter().filter(|(entity, _)| unread.contains(entity));
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Lines { next_at } => {
                if now >= *next_at {
                    let lists: Vec<String> = being_read()
                        .filter(|(_, tally)| tally.rows > 0)
                        .map(|(entity, tally)| list_words(*entity, tally))
                        .collect();
                    let lists = if lists.is_empty() {
                        String::new()
                    } else {
                        format!(" ({})", lists.join(", "))
                    };
                    eprintln!("{whole}{lists}");
                    *next_at = time::plus_millis(now, PLAIN_LINE_EVERY_MILLIS);
                }
            }
            Shown::Bars {
                all,
                whole: bar,
                lists,
            } => {
                bar.set_message(whole);
                bar.tick();
                for (entity, tally) in being_read() {
                    let line = lists.entry(*entity).or_insert_with(|| {
                        all.insert_before(bar, ProgressBar::new_spinner().with_style(style()))
                    });
                    line.set_message(list_words(*entity, tally));
                    line.tick();
                }
                for (entity, line) in lists.iter() {
                    if !unread.contains(entity) && !line.is_finished() {
                        let rows = rows.get(entity).copied().unwrap_or(0);
                        line.finish_with_message(format!("{} {}", grouped(rows), entity.plural()));
                    }
                }
            }
        }
    }

    /// Rows a second of late.
    fn speed(&mut self, now: Timestamp) -> u64 {
        let now = time::to_millis(now);
        self.moments.push_back((now, self.rows));
        while self.moments.len() > 1 && now - self.moments[0].0 > SPEED_OVER_MILLIS {
            self.moments.pop_front();
        }
        let (since, rows) = self.moments[0];
        per_second(self.rows.saturating_sub(rows), now - since)
    }

    /// The last line; answers how many rows this run has read.
    pub(super) fn finish(self, now: Timestamp) -> u64 {
        let millis = time::to_millis(now) - self.begun_at;
        let closing = format!(
            "{} records read, {} a second",
            grouped(self.rows),
            grouped(per_second(self.rows, millis))
        );
        match self.shown {
            Shown::Nothing => {}
            Shown::Lines { .. } => eprintln!("{closing}"),
            Shown::Bars { all, .. } => {
                // A terminal that is gone needs no cleaning.
                drop(all.clear());
                eprintln!("{closing}");
            }
        }
        self.rows
    }
}

fn list_words(entity: Entity, tally: &Tally) -> String {
    let rows = grouped(tally.rows);
    let of = match tally.rows_left_at_most() {
        Some(left) => format!(" of at most {}", grouped(tally.rows + left)),
        None => String::new(),
    };
    format!("{} {rows}{of}", entity.plural())
}

fn per_second(rows: u64, millis: i64) -> u64 {
    let millis = u64::try_from(millis).unwrap_or(0).max(1);
    rows.saturating_mul(MILLIS_PER_SECOND) / millis
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg}")
        .expect("the template is one that the library documents")
}
