//! Answers that no server should give, by a seed: cut, huge, deep, of the wrong kinds, in the wrong alphabet, too late.
//!
//! In: a source of random numbers. Out: what a server says, and whether the request can have been carried out. What looks
//! like a record in them holds the canary, a text that must never show up in an error.

use api_client::{RESPONSE_BYTES_MAX, TransportError};
use bytes::Bytes;
use http::Response;
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::script::Reply;

pub(crate) const CANARY: &str = "Astrid Canary";

/// Longer than any call waits.
const TOO_LATE_MILLIS: i64 = 90_000;

/// Names of fields that some record or envelope has.
const NAMES: &[&str] = &[
    "id",
    "title",
    "name",
    "value",
    "currency",
    "status",
    "person_id",
    "org_id",
    "organization_id",
    "owner_id",
    "user_id",
    "pipeline_id",
    "stage_id",
    "label_ids",
    "custom_fields",
    "add_time",
    "update_time",
    "is_deleted",
    "active_flag",
    "emails",
    "phones",
    "address",
    "location",
    "participants",
    "attendees",
    "due_date",
    "due_time",
    "duration",
    "content",
    "options",
    "field_code",
    "field_name",
    "field_type",
    "key",
    "prices",
    "price",
    "item",
    "items",
    "result_score",
    "conversion_id",
    "deal_id",
    "lead_id",
    "object",
    "timestamp",
    "data",
    "field_key",
    "old_value",
    "new_value",
    "action",
    "follower_user_id",
    "time",
    "code",
    "access",
    "is_writable",
    "visible_to",
    "success",
    "additional_data",
    "d4de1c1518b4531717c676029a45911c340390a6",
    "d4de1c1518b4531717c676029a45911c340390a6_currency",
    "subscription_url",
    "conditions",
    "expected_close_date",
];

const STATUSES: &[u16] = &[
    200, 200, 200, 200, 201, 204, 206, 301, 304, 400, 401, 402, 403, 404, 405, 409, 410, 412, 413,
    415, 422, 428, 429, 451, 500, 501, 502, 503, 504, 520, 599,
];

/// Text that is a number to some and none to others, as it stands in JSON.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "1.0",
    "1e3",
    "0.1",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "123456789012345678901234567890",
    "1e308",
    "1e-400",
    "1e400",
    "1E+9999",
];

pub(crate) struct Hostile {
    random: ChaCha8Rng,
}

impl Hostile {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.random.random_range(0..limit)
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        *from.choose(&mut self.random).unwrap()
    }

    /// One answer.
    pub(crate) fn reply(&mut self) -> Reply {
        let after_millis = match self.below(20) {
            0 => TOO_LATE_MILLIS,
            1..=4 => self.random.random_range(0..30_000),
            _ => 0,
        };
        if self.one_in(25) {
            let failure = match self.below(3) {
                0 => TransportError::NotSent("no connection".to_owned()),
                1 => TransportError::NoAnswer("the connection was lost".to_owned()),
                _ => TransportError::NoAnswer("the body broke off".to_owned()),
            };
            return Reply {
                after_millis,
                result: Err(failure),
            };
        }
        let body = self.body();
        // What a transport never reads to its end.
        if body.len() > RESPONSE_BYTES_MAX {
            return Reply {
                after_millis,
                result: Err(TransportError::TooLarge {
                    limit_bytes: RESPONSE_BYTES_MAX,
                }),
            };
        }
        Reply {
            after_millis,
            result: Ok(self.response(body)),
        }
    }

    fn response(&mut self, body: Vec<u8>) -> Response<Bytes> {
        let status = if self.one_in(2) {
            200
        } else {
            self.pick(STATUSES)
        };
        let mut response = Response::builder().status(status);
        let types = [
            "application/json",
            "application/json; charset=utf-8",
            "application/json; charset=iso-8859-1",
            "application/json; charset=utf-16",
            "text/html; charset=utf-8",
            "image/png",
            ";;;",
        ];
        if !self.one_in(5) {
            response = response.header("content-type", self.pick(&types));
        }
        let numbers = [
            "",
            "0",
            "2",
            "-1",
            "4.5",
            "soon",
            "99999999999999999999",
            "NaN",
        ];
        for name in [
            "retry-after",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "x-daily-ratelimit-token-remaining",
            "x-daily-ratelimit-token-limit",
            "date",
            "content-length",
        ] {
            if self.one_in(4) {
                response = response.header(name, self.pick(&numbers));
            }
        }
        response.body(Bytes::from(body)).unwrap()
    }

    fn body(&mut self) -> Vec<u8> {
        match self.below(24) {
            0 => Vec::new(),
            1 => self.html(),
            2 => self.deep(),
            3 => self.huge(),
            4 => self.wrong_alphabet(),
            5 => self.bytes(),
            6 => self.doubled_keys().into_bytes(),
            7 => self
                .pick(&[
                    "null",
                    "true",
                    "\"\"",
                    "[]",
                    "{}",
                    "0",
                    "{\"success\":false}",
                    "nul",
                ])
                .into(),
            8..=10 => self.cut(),
            _ => self.envelope(2).into_bytes(),
        }
    }

    fn html(&mut self) -> Vec<u8> {
        let page = format!(
            "<!DOCTYPE html><html><body><h1>Attention Required!</h1>{CANARY}</body></html>"
        );
        page.repeat(1 + self.below(3)).into_bytes()
    }

    fn deep(&mut self) -> Vec<u8> {
        let depth = 1 + self.below(20_000);
        let (open, close) = self.pick(&[("[", "]"), ("{\"data\":", "}"), ("{\"data\":[", "]}")]);
        let before = self.pick(&[
            "",
            "{\"success\":true,\"data\":",
            "{\"success\":true,\"data\":[{\"id\":1,\"custom_fields\":",
        ]);
        let closed = if self.one_in(2) { depth } else { 0 };
        format!("{before}{}1{}", open.repeat(depth), close.repeat(closed)).into_bytes()
    }

    fn huge(&mut self) -> Vec<u8> {
        match self.below(40) {
            // More than is ever read.
            0 => vec![b' '; RESPONSE_BYTES_MAX + 1],
            1..=4 => {
                let rows = vec![format!("{{\"id\":7,\"name\":\"{CANARY}\"}}"); 4_000];
                format!("{{\"success\":true,\"data\":[{}]}}", rows.join(",")).into_bytes()
            }
            5..=19 => {
                let text = "å".repeat(1 + self.below(60_000));
                format!("{{\"success\":true,\"data\":{{\"id\":1,\"name\":\"{text}\",\"title\":\"{text}\"}}}}").into_bytes()
            }
            _ => {
                let commas = "[],".repeat(1 + self.below(8_000));
                format!("{{\"success\":true,\"data\":[{commas}1]}}").into_bytes()
            }
        }
    }

    fn wrong_alphabet(&mut self) -> Vec<u8> {
        let text = self.envelope(2);
        match self.below(4) {
            0 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            1 => text
                .chars()
                .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(0xE5))
                .collect(),
            2 => [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat(),
            _ => {
                let mut bytes = text.into_bytes();
                let place = self.below(bytes.len());
                bytes[place] = 0xFF;
                bytes
            }
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.below(300);
        (0..length).map(|_| self.random.random()).collect()
    }

    fn doubled_keys(&mut self) -> String {
        let (first, second) = (self.value(2), self.value(2));
        let name = self.pick(NAMES);
        format!(
            "{{\"success\":true,\"success\":false,\"data\":{{\"id\":1,\"id\":2,\"{name}\":{first},\"{name}\":{second}}},\
             \"data\":[{{\"id\":3,\"id\":{first}}}]}}"
        )
    }

    fn cut(&mut self) -> Vec<u8> {
        let mut bytes = self.envelope(2).into_bytes();
        let end = self.below(bytes.len());
        bytes.truncate(end);
        bytes
    }

    /// An answer of some endpoint, whose parts may be of any kind.
    fn envelope(&mut self, depth: usize) -> String {
        let success = match self.below(8) {
            0 => self.value(0),
            1 => "false".to_owned(),
            _ => "true".to_owned(),
        };
        let data = match self.below(6) {
            0 => self.value(depth),
            1 => format!("{{\"items\":[{}]}}", self.rows(depth)),
            2..=3 => self.record(depth),
            _ => format!("[{}]", self.rows(depth)),
        };
        let additional = match self.below(6) {
            0 => self.value(1),
            1 => json!({"next_cursor": CANARY}).to_string(),
            2 => format!("{{\"next_cursor\":{}}}", self.value(0)),
            3 => format!(
                "{{\"pagination\":{{\"start\":{},\"limit\":{},\"more_items_in_collection\":true,\"next_start\":{}}}}}",
                self.value(0),
                self.value(0),
                self.value(0)
            ),
            4 => "{\"pagination\":{\"more_items_in_collection\":true}}".to_owned(),
            _ => "null".to_owned(),
        };
        format!(
            "{{\"success\":{success},\"data\":{data},\"additional_data\":{additional},\"error\":{},\"error_info\":\"{CANARY}\",\"code\":{}}}",
            self.value(1),
            self.value(0)
        )
    }

    fn rows(&mut self, depth: usize) -> String {
        let count = self.below(5);
        let rows: Vec<String> = (0..count).map(|_| self.record(depth)).collect();
        rows.join(",")
    }

    fn record(&mut self, depth: usize) -> String {
        let count = self.below(14);
        let mut fields = vec![format!(
            "\"id\":{}",
            if self.one_in(3) {
                self.value(0)
            } else {
                "7".to_owned()
            }
        )];
        for _ in 0..count {
            let name = self.pick(NAMES);
            let value = self.value(depth);
            fields.push(format!("\"{name}\":{value}"));
        }
        format!("{{{}}}", fields.join(","))
    }

    /// Any JSON.
    fn value(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => "null".to_owned(),
            1 => "true".to_owned(),
            2 => self.pick(NUMBERS).to_owned(),
            3 => format!("\"{}\"", self.pick(NUMBERS)),
            4 => self.text(),
            5 => "\"\"".to_owned(),
            6 => {
                let count = self.below(4);
                let values: Vec<String> = (0..count).map(|_| self.value(depth - 1)).collect();
                format!("[{}]", values.join(","))
            }
            _ => self.record(depth - 1),
        }
    }

    fn text(&mut self) -> String {
        let texts = [
            CANARY,
            "2026-02-30T25:61:61Z",
            "2026-03-02T12:00:00Z",
            "-009999-01-01",
            "99:99",
            "\u{0}\u{FFFF}",
            "{\"id\":1}",
            "open",
            "12,13,x",
        ];
        Value::from(self.pick(&texts)).to_string()
    }
}
