//! The one type for a point in time. Clocks live in `api-client`; here a time is only a value.

pub use jiff::Timestamp;

/// Milliseconds since 1970-01-01T00:00:00Z: the resolution in which times are stored.
#[must_use]
pub fn to_millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The inverse of [`to_millis`]; times outside jiff's range (years -9999 to 9999) become its nearest end.
#[must_use]
pub fn from_millis(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// `at` moved by `millis`, which may be negative; stops at the ends of the range.
#[must_use]
pub fn plus_millis(at: Timestamp, millis: i64) -> Timestamp {
    from_millis(to_millis(at).saturating_add(millis))
}
