//! The circuit: opens when the server's firewall turns us away, so that we do not hammer it. When its time is over, one call
//! finds out whether the server answers again, and the others wait for what becomes of it.
//!
//! In: turned away, or answered. Out: until when nothing may be sent.

const FIRST_OPEN_MILLIS: i64 = 60_000;
const OPEN_MILLIS_MAX: i64 = 30 * 60_000;
/// So long the call that finds out may be on its way before another one tries.
const PROBE_MILLIS: i64 = 30_000;

#[derive(Debug, Default)]
pub(crate) enum Circuit {
    /// Calls pass.
    #[default]
    Closed,
    /// Nothing passes before then.
    Open { until: i64, trips: u32 },
    /// One call is on its way to find out; if nothing is heard of it, another one may go then.
    Probing { until: i64, trips: u32 },
}

impl Circuit {
    /// Until when nothing may be sent.
    pub(crate) fn closed_until(&self, now: i64) -> Option<i64> {
        match self {
            Self::Closed => None,
            Self::Open { until, .. } | Self::Probing { until, .. } => {
                (*until > now).then_some(*until)
            }
        }
    }

    /// A call goes out now, or may go then.
    pub(crate) fn pass(&mut self, now: i64) -> Result<(), i64> {
        if let Some(until) = self.closed_until(now) {
            return Err(until);
        }
        match *self {
            Self::Closed => {}
            Self::Open { trips, .. } | Self::Probing { trips, .. } => {
                let until = now + PROBE_MILLIS;
                *self = Self::Probing { until, trips };
            }
        }
        Ok(())
    }

    pub(crate) fn trip(&mut self, now: i64) -> i64 {
        let trips = match *self {
            // Calls that were on their way together trip it once.
            Self::Open { until, .. } if until > now => return until,
            Self::Closed => 0,
            Self::Open { trips, .. } | Self::Probing { trips, .. } => trips,
        };
        let until = now + (FIRST_OPEN_MILLIS << trips.min(10)).min(OPEN_MILLIS_MAX);
        *self = Self::Open {
            until,
            trips: trips + 1,
        };
        until
    }

    /// An answer came. Those that were on their way when the circuit opened say nothing about it.
    pub(crate) fn answered(&mut self) {
        match self {
            Self::Closed | Self::Open { .. } => {}
            Self::Probing { .. } => *self = Self::Closed,
        }
    }
}
