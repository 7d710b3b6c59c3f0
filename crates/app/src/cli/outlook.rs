//! How long a first read will still take: by its speed, and by what the day's budget still gives.
//!
//! In: how far each list has come, the speed, and the budget. Out: figures and a sentence. Where nobody knows how long a list
//! is, nothing is made up: what is told is then only what is known.

use api_client::{Limits, Priority, Standing};
use engine::sweep::tally::Tally;
use jiff::tz::TimeZone;
use model::{Entity, Side, time};

use super::estimate::grouped;

/// Below so many rows, how densely ids are used says little.
const ROWS_TELLING: u64 = 500;
const SECONDS_PER_MINUTE: u64 = 60;
const SECONDS_PER_HOUR: u64 = 3_600;

/// What is left to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Left {
    /// About so many rows of lists whose end is known.
    pub(super) rows: u64,
    pub(super) tokens: u64,
    /// Lists that are not read to their end, and of which nobody knows how long they are.
    pub(super) lists_of_unknown_length: usize,
}

/// What the day still gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Purse {
    /// What a backfill may still spend today; nothing when there is no limit.
    pub(super) tokens: Option<u64>,
    /// When the day ends, in milliseconds since 1970.
    pub(super) resets_at: i64,
}

impl Purse {
    pub(super) fn of(standing: &Standing, spent: u64, limits: Option<&Limits>) -> Self {
        let tokens = standing.limit.map(|limit| {
            let kept = limits.map_or(0, |limits| limits.kept_from(Priority::Backfill, limit));
            u64::from(limit.saturating_sub(kept)).saturating_sub(spent)
        });
        Self {
            tokens,
            resets_at: standing.ends_at,
        }
    }
}

impl Left {
    pub(super) fn of(unread: &[Entity], tallies: &[(Entity, Tally)]) -> Self {
        let mut left = Self::default();
        for entity in unread {
            let tally = tallies.iter().find(|(of, _)| of == entity);
            match tally.and_then(|(_, tally)| rows_left(tally)) {
                Some(rows) => {
                    left.rows += rows;
                    let records = usize::try_from(rows).unwrap_or(usize::MAX);
                    if entity.side() == Side::Pipedrive && rows > 0 {
                        left.tokens += u64::from(engine::remote::list_tokens(*entity, records));
                    }
                }
                None => left.lists_of_unknown_length += 1,
            }
        }
        left
    }

    /// One sentence for a person: at so many rows a second, with so much to spend.
    pub(super) fn sentence(&self, rows_per_second: u64, purse: Purse) -> String {
        let unknown = match self.lists_of_unknown_length {
            0 => String::new(),
            1 => " and a list of unknown length".to_owned(),
            lists => format!(" and {lists} lists of unknown length"),
        };
        if let Some(tokens) = purse.tokens.filter(|tokens| *tokens < self.tokens) {
            return format!(
                "it takes {} tokens more than today still gives, and goes on after the reset at {}",
                grouped(self.tokens - tokens),
                reset(purse.resets_at)
            );
        }
        match (self.rows, rows_per_second) {
            (0, _) if self.lists_of_unknown_length == 0 => "nearly done".to_owned(),
            (0, _) => format!("left:{}", unknown.trim_start_matches(" and")),
            (rows, 0) => format!("about {} records left{unknown}", grouped(rows)),
            (rows, speed) => format!("about {} left{unknown}", span(rows.div_ceil(speed))),
        }
    }
}

/// About how many rows are left: as many as the numbers up to the newest one leave room for, if they are used as densely as so
/// far.
fn rows_left(tally: &Tally) -> Option<u64> {
    let numbers = tally.rows_left_at_most()?;
    let last = tally.last.as_ref().and_then(model::RemoteId::as_number);
    let last = last.and_then(|last| u64::try_from(last).ok()).unwrap_or(0);
    if tally.rows < ROWS_TELLING || last == 0 {
        return Some(numbers);
    }
    Some(numbers.min(numbers.saturating_mul(tally.rows) / last))
}

fn reset(millis: i64) -> String {
    let at = time::from_millis(millis).to_zoned(TimeZone::UTC);
    at.strftime("%H:%M UTC").to_string()
}

fn span(seconds: u64) -> String {
    match seconds {
        0..=1 => "a second".to_owned(),
        2..=99 => format!("{seconds} s"),
        100..=5_399 => format!("{} min", seconds.div_ceil(SECONDS_PER_MINUTE)),
        _ => format!("{} h", seconds.div_ceil(SECONDS_PER_HOUR)),
    }
}

#[cfg(test)]
mod tests;
