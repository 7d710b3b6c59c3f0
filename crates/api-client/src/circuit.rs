//! The circuit: opens when the server's firewall turns us away, so that we do not hammer it.
//!
//! In: turned away, or answered. Out: until when nothing may be sent.

const FIRST_OPEN_MILLIS: i64 = 60_000;
const OPEN_MILLIS_MAX: i64 = 30 * 60_000;

#[derive(Debug, Default)]
pub(crate) struct Circuit {
    open_until: i64,
    trips_in_a_row: u32,
}

impl Circuit {
    /// Until when nothing may be sent.
    pub(crate) fn open_until(&self, now: i64) -> Option<i64> {
        (self.open_until > now).then_some(self.open_until)
    }

    pub(crate) fn trip(&mut self, now: i64) -> i64 {
        // Calls that were on their way together trip it once.
        if self.open_until <= now {
            let doublings = self.trips_in_a_row.min(10);
            self.open_until = now + (FIRST_OPEN_MILLIS << doublings).min(OPEN_MILLIS_MAX);
            self.trips_in_a_row += 1;
        }
        self.open_until
    }

    pub(crate) fn answered(&mut self, now: i64) {
        if self.open_until <= now {
            self.trips_in_a_row = 0;
        }
    }
}
