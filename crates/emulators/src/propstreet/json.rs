//! Writes JSON straight into a buffer, and times as the API shows them.
//!
//! In: values. Out: text appended to a `String`. It knows nothing of contacts or companies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const DAY_MILLIS: i64 = 86_400_000;

/// A JSON string with its quotes.
pub(super) fn text(out: &mut String, value: &str) {
    out.push('"');
    let mut plain_from = 0;
    for (at, byte) in value.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&value[plain_from..at]);
        plain_from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => out.push_str(&format!("\\u{byte:04x}")),
        }
    }
    out.push_str(&value[plain_from..]);
    out.push('"');
}

/// `,"name":` after an earlier member.
pub(super) fn key(out: &mut String, name: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
}

pub(super) fn optional_text(out: &mut String, value: Option<&str>) {
    match value {
        Some(value) => text(out, value),
        None => out.push_str("null"),
    }
}

pub(super) fn key_text(out: &mut String, name: &str, value: Option<&str>) {
    key(out, name);
    optional_text(out, value);
}

pub(super) fn key_bool(out: &mut String, name: &str, value: bool) {
    key(out, name);
    out.push_str(if value { "true" } else { "false" });
}

pub(super) fn key_number(out: &mut String, name: &str, value: i64) {
    key(out, name);
    number(out, value);
}

pub(super) fn number(out: &mut String, value: i64) {
    if value < 0 {
        out.push('-');
    }
    digits(out, value.unsigned_abs(), 1);
}

/// An id: digits inside quotes.
pub(super) fn id(out: &mut String, value: u64) {
    out.push('"');
    digits(out, value, 1);
    out.push('"');
}

pub(super) fn key_id(out: &mut String, name: &str, value: Option<u64>) {
    key(out, name);
    match value {
        Some(value) => id(out, value),
        None => out.push_str("null"),
    }
}

pub(super) fn key_time(out: &mut String, name: &str, millis: Option<i64>) {
    key(out, name);
    optional_time(out, millis);
}

pub(super) fn optional_time(out: &mut String, millis: Option<i64>) {
    match millis {
        Some(millis) => {
            out.push('"');
            time(out, millis);
            out.push('"');
        }
        None => out.push_str("null"),
    }
}

/// A list between `open` and its partner, items separated by commas.
pub(super) fn list<T>(
    out: &mut String,
    open: char,
    items: &[T],
    mut write: impl FnMut(&mut String, &T),
) {
    out.push(open);
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(if open == '[' { ']' } else { '}' });
}

fn digits(out: &mut String, mut value: u64, width: usize) {
    let mut buffer = [b'0'; 20];
    let mut from = buffer.len();
    loop {
        from -= 1;
        buffer[from] = b'0' + u8::try_from(value % 10).expect("a remainder of ten is one digit");
        value /= 10;
        if value == 0 {
            break;
        }
    }
    let from = from.min(buffer.len() - width);
    out.push_str(std::str::from_utf8(&buffer[from..]).expect("digits are ASCII"));
}

/// `2026-05-05T17:18:39.880Z`.
pub(super) fn time(out: &mut String, millis: i64) {
    let (year, month, day) = date_of(millis.div_euclid(DAY_MILLIS));
    let in_day = millis.rem_euclid(DAY_MILLIS).unsigned_abs();
    digits(out, year.unsigned_abs(), 4);
    for (separator, value) in [
        ('-', month),
        ('-', day),
        ('T', in_day / 3_600_000),
        (':', in_day / 60_000 % 60),
        (':', in_day / 1_000 % 60),
    ] {
        out.push(separator);
        digits(out, value, 2);
    }
    out.push('.');
    digits(out, in_day % 1_000, 3);
    out.push('Z');
}

/// `"2026-05-05T17:18:39.8804567Z"`: the timeline's cursors carry finer times than records do, so its rows do, too. The same
/// for all that one deed changed.
pub(super) fn finer_time(out: &mut String, millis: i64) {
    out.push('"');
    time(out, millis);
    out.pop();
    digits(out, millis.rem_euclid(9_973).unsigned_abs() + 1, 4);
    out.push_str("Z\"");
}

/// Year, month and day of a number of days since 1970-01-01, by eras of 400 years that begin in March.
fn date_of(days: i64) -> (i64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month.unsigned_abs(), day.unsigned_abs())
}

/// The instant of an ISO 8601 text that names its offset.
pub(super) fn parse_time(value: &str) -> Option<i64> {
    value
        .parse::<jiff::Timestamp>()
        .ok()
        .map(|at| at.as_millisecond())
}

/// A weak entity tag: the row's version, eight bytes, in base64.
pub(super) fn etag(version: u64) -> String {
    let mut out = String::with_capacity(16);
    out.push_str("W/\"");
    STANDARD.encode_string(version.to_be_bytes(), &mut out);
    out.push('"');
    out
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(millis: i64) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = millis.div_euclid(DAY_MILLIS);
    let (year, month, day) = date_of(days);
    let weekday =
        WEEKDAYS[usize::try_from(days.rem_euclid(7)).expect("a remainder is not negative")];
    let month = MONTHS[usize::try_from(month).expect("a month is small") - 1];
    let in_day = millis.rem_euclid(DAY_MILLIS).unsigned_abs();
    let mut out = String::with_capacity(29);
    out.push_str(weekday);
    out.push_str(", ");
    digits(&mut out, day, 2);
    out.push(' ');
    out.push_str(month);
    out.push(' ');
    digits(&mut out, year.unsigned_abs(), 4);
    for (separator, value) in [
        (' ', in_day / 3_600_000),
        (':', in_day / 60_000 % 60),
        (':', in_day / 1_000 % 60),
    ] {
        out.push(separator);
        digits(&mut out, value, 2);
    }
    out.push_str(" GMT");
    out
}
