//! Durations as people write them: `90s`, `5m`, `24h`, `14d`, `1h 30m`. A day is 24 hours.
//!
//! In: text. Out: milliseconds, within a range, and back for messages.

use std::ops::RangeInclusive;

use jiff::{Span, SpanRelativeTo, Unit};

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
pub(super) const LONGEST: i64 = 10_000 * DAY;

/// Reads a duration.
pub(super) fn parse(text: &str, range: &RangeInclusive<i64>) -> Result<i64, String> {
    let span: Span = text.trim().parse().map_err(|_| {
        format!("\"{text}\" is not a duration such as \"90s\", \"5m\", \"24h\" or \"14d\"")
    })?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err(format!(
            "\"{text}\": months and years differ in length; use days"
        ));
    }
    let millis = span
        .total((Unit::Millisecond, SpanRelativeTo::days_are_24_hours()))
        .map_err(|_| format!("\"{text}\" is too long"))?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a span that is too long for milliseconds is out of every range"
    )]
    let millis = millis as i64;
    if range.contains(&millis) {
        return Ok(millis);
    }
    Err(format!(
        "\"{text}\" must be between {} and {}",
        show(*range.start()),
        show(*range.end())
    ))
}

/// The shortest way to write a duration.
pub(super) fn show(millis: i64) -> String {
    for (unit, name) in [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")] {
        if millis != 0 && millis % unit == 0 {
            return format!("{}{name}", millis / unit);
        }
    }
    format!("{millis}ms")
}
