//! Sentences about the parts that need no server.

use super::json;
use super::query::{Query, decode};

fn shown(millis: i64) -> String {
    let mut out = String::new();
    json::time(&mut out, millis);
    out
}

#[test]
fn times_are_shown_and_read_alike_over_centuries() {
    assert_eq!(shown(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(shown(951_782_400_001), "2000-02-29T00:00:00.001Z");
    assert_eq!(shown(-1), "1969-12-31T23:59:59.999Z");
    for day in (-20_000..60_000).step_by(97) {
        let millis = day * 86_400_000 + 45_296_789;
        assert_eq!(json::parse_time(&shown(millis)), Some(millis));
        assert_eq!(
            shown(millis),
            jiff::Timestamp::from_millisecond(millis)
                .unwrap()
                .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
                .to_string()
        );
    }
}

#[test]
fn versions_are_weak_tags_of_eight_bytes() {
    assert_eq!(json::etag(0x2b44), "W/\"AAAAAAAAK0Q=\"");
}

#[test]
fn text_is_escaped_as_json_reads_it() {
    for text in ["", "plain", "\"\\/", "\u{0}\u{1f}\n\r\t", "å\u{2028}🏢\"å"] {
        let mut out = String::new();
        json::text(&mut out, text);
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }
}

#[test]
fn numbers_are_written_whole() {
    for number in [0, 7, -1, i64::MAX, i64::MIN] {
        let mut out = String::new();
        json::number(&mut out, number);
        assert_eq!(out, number.to_string());
    }
}

#[test]
fn percent_signs_that_mean_nothing_stay() {
    assert_eq!(decode("a%2Fb%20c%zz%4", false), "a/b c%zz%4");
    assert_eq!(decode("a+b", false), "a+b");
    let query = Query::read("a=1%2B+2&b&a=3");
    assert_eq!(query.get("a"), Some("1+ 2"));
    assert_eq!(query.get("b"), Some(""));
}
