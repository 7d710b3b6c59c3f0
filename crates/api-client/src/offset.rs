//! How far the server's clock is from ours, measured by the `Date` header of its answers.
//!
//! In: when a call was sent and answered, and the header. Out: the best recent measure. Nothing is ever adjusted by it
//! here.

use http::HeaderMap;
use jiff::Timestamp;

/// The header has whole seconds, so the true time lies up to one second later.
const HEADER_MILLIS: i64 = 1_000;
const MEASURED_AGAIN_AFTER_MILLIS: i64 = 10_000;
/// A better measure than today's is not kept for ever: clocks drift.
const KEPT_MILLIS: i64 = 10 * 60 * 1_000;

/// The server's clock minus ours, give or take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockOffset {
    pub offset_millis: i64,
    pub uncertainty_millis: i64,
}

#[derive(Debug, Default)]
pub(crate) struct OffsetMeter {
    best: Option<(ClockOffset, i64)>,
    measured_at: Option<i64>,
}

impl OffsetMeter {
    pub(crate) fn current(&self) -> Option<ClockOffset> {
        self.best.map(|(offset, _)| offset)
    }

    /// Gives the offset when this answer changed it.
    pub(crate) fn measure(
        &mut self,
        headers: &HeaderMap,
        sent: Timestamp,
        answered: Timestamp,
    ) -> Option<ClockOffset> {
        let now = answered.as_millisecond();
        if self
            .measured_at
            .is_some_and(|at| now - at < MEASURED_AGAIN_AFTER_MILLIS)
        {
            return None;
        }
        let date = headers.get(http::header::DATE)?.to_str().ok()?;
        let server = jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(date)
            .ok()?
            .as_millisecond();
        self.measured_at = Some(now);
        let way = now - sent.as_millisecond();
        let measured = ClockOffset {
            offset_millis: server + HEADER_MILLIS / 2 - (now - way / 2),
            uncertainty_millis: (way + HEADER_MILLIS) / 2,
        };
        let keeps = self.best.is_some_and(|(best, at)| {
            best.uncertainty_millis < measured.uncertainty_millis && now - at < KEPT_MILLIS
        });
        if keeps {
            return None;
        }
        self.best = Some((measured, now));
        Some(measured)
    }
}
