//! Writing JSON straight into a buffer, in the key order of the vendor.
//!
//! In: values. Out: bytes. It builds no tree and checks no grammar; whoever calls it puts the braces where they belong.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// Where the company is.
static ZONE: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Stockholm").expect("the zones are built in"));

/// A buffer of JSON under construction.
#[derive(Debug, Default)]
pub(super) struct Json(pub(super) Vec<u8>);

impl Json {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(super) fn into_text(self) -> String {
        String::from_utf8(self.0).expect("only whole strings and serde_json's output are written")
    }

    pub(super) fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn value<T: Serialize + ?Sized>(&mut self, value: &T) {
        serde_json::to_writer(&mut self.0, value).expect("plain values always serialise");
    }

    /// A comma, unless an object or list has just been opened.
    pub(super) fn comma(&mut self) {
        match self.0.last() {
            Some(b'{' | b'[') | None => {}
            Some(_) => self.0.push(b','),
        }
    }

    /// `"name":`, with a comma before it where one is due.
    pub(super) fn key(&mut self, name: &str) {
        self.comma();
        self.0.push(b'"');
        self.raw(name);
        self.raw("\":");
    }

    /// `"name":value`.
    pub(super) fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.key(name);
        self.value(value);
    }

    /// `"name":"2026-01-31T10:00:00Z"`, or null.
    pub(super) fn time(&mut self, name: &str, seconds: Option<i64>) {
        self.key(name);
        match seconds {
            Some(seconds) => {
                self.0.push(b'"');
                self.raw(&rfc3339(seconds));
                self.0.push(b'"');
            }
            None => self.raw("null"),
        }
    }
}

impl Json {
    /// The value of a time: `"2026-01-31T10:00:00Z"`, or null.
    pub(super) fn time_value(&mut self, seconds: Option<i64>) {
        self.value(&seconds.map(rfc3339));
    }

    /// `"name":"2026-01-31"`, the day at the company's place, or null.
    pub(super) fn local_date(&mut self, name: &str, seconds: Option<i64>) {
        let date = seconds.map(|seconds| {
            let zoned = timestamp(seconds.saturating_mul(1_000)).to_zoned(ZONE.clone());
            zoned.date().to_string()
        });
        self.field(name, &date);
    }

    /// `"name":12.5`, whole amounts without a fraction, or null.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only whole amounts that fit are cut"
    )]
    pub(super) fn money(&mut self, name: &str, amount: Option<f64>) {
        match amount {
            Some(amount) if amount.fract() == 0.0 && amount.abs() < 1e15 => {
                self.field(name, &(amount as i64));
            }
            Some(_) | None => self.field(name, &amount),
        }
    }
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `2026-01-31T10:00:00Z`.
pub(super) fn rfc3339(seconds: i64) -> String {
    timestamp(seconds.saturating_mul(1_000)).to_string()
}

/// `2026-01-31T10:00:00.057Z`.
pub(super) fn rfc3339_millis(millis: i64) -> String {
    format!("{:.3}", timestamp(millis))
}

/// `2026-01-31 10:00:00`, the older endpoints' form.
pub(super) fn spaced(seconds: i64) -> String {
    let mut text = rfc3339(seconds).replace('T', " ");
    text.truncate(19);
    text
}

/// A whole-second RFC 3339 time, and nothing looser: no fraction, no blank in place of the T, no missing zone.
pub(super) fn parse_rfc3339(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let zone = bytes.get(19..)?;
    let shaped = bytes[..19]
        .iter()
        .enumerate()
        .all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            10 => *byte == b'T',
            13 | 16 => *byte == b':',
            _ => byte.is_ascii_digit(),
        });
    let zoned = match zone {
        b"Z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    };
    if !(shaped && zoned) {
        return None;
    }
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// The same JSON with `.000Z` at the end of every time.
pub(super) fn with_milliseconds(json: &[u8]) -> Vec<u8> {
    let mut longer = Vec::with_capacity(json.len() + json.len() / 8);
    for (place, byte) in json.iter().enumerate() {
        let is_end = *byte == b'Z'
            && json.get(place + 1) == Some(&b'"')
            && place > 20
            && json[place - 20] == b'"'
            && std::str::from_utf8(&json[place - 19..=place])
                .is_ok_and(|text| parse_rfc3339(text).is_some());
        if is_end {
            longer.extend_from_slice(b".000");
        }
        longer.push(*byte);
    }
    longer
}

/// A time in the older endpoints' form, in seconds.
pub(super) fn parse_spaced(text: &str) -> Option<i64> {
    let (day, time) = text.split_once(' ')?;
    parse_rfc3339(&format!("{day}T{time}Z"))
}

/// Whether the text is a calendar date.
pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// Whether the text is `HH:MM:SS` or `HH:MM`.
pub(super) fn is_time(text: &str) -> bool {
    matches!(text.len(), 5 | 8) && text.parse::<jiff::civil::Time>().is_ok()
}
