//! Taking the values out of requests and answers, so that what went wrong can be kept and shown.
//!
//! In: addresses, bodies and sentences that may hold personal data. Out: the same with their shape, names, numbers and
//! codes, and without their values.

use std::fmt::Write;

use serde_json::Value;

/// Keys whose text is a word of the API rather than of a record.
const TELLING_KEYS: [&str; 4] = ["code", "type", "action", "status"];

/// A JSON body with every text replaced by its length. What is no JSON is replaced as a whole.
#[must_use]
pub fn redact_body(body: &[u8]) -> String {
    if body.is_empty() {
        return String::new();
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return format!("[{} bytes]", body.len());
    };
    redact_value(&mut value, false);
    value.to_string()
}

fn redact_value(value: &mut Value, is_telling: bool) {
    match value {
        Value::String(text) => {
            if !(is_telling && is_word(text)) {
                *text = length_of(text);
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| redact_value(value, false)),
        Value::Object(entries) => {
            for (key, value) in entries.iter_mut() {
                redact_value(value, TELLING_KEYS.contains(&key.as_str()));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A path and query whose ids are kept and whose other values are not.
#[must_use]
pub fn redact_path(path_and_query: &str) -> String {
    let (path, query) = path_and_query
        .split_once('?')
        .unwrap_or((path_and_query, ""));
    let segments: Vec<String> = path
        .split('/')
        .map(|part| {
            if is_plain(part) {
                part.to_owned()
            } else {
                length_of(part)
            }
        })
        .collect();
    let mut redacted = segments.join("/");
    for (index, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let shown = if is_number_list(value) || is_word(value) {
            value.to_owned()
        } else {
            length_of(value)
        };
        let separator = if index == 0 { '?' } else { '&' };
        // Writing to a string cannot fail.
        let _ = write!(redacted, "{separator}{name}={shown}");
    }
    redacted
}

/// A sentence of the vendor without what it quotes, addresses and long numbers.
#[must_use]
pub fn redact_text(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['"', '\'']) {
        let quote = rest.as_bytes()[start];
        let inside = &rest[start + 1..];
        let Some(end) = inside.bytes().position(|byte| byte == quote) else {
            break;
        };
        redacted.push_str(&redact_words(&rest[..start]));
        redacted.push_str(&length_of(&inside[..end]));
        rest = &inside[end + 1..];
    }
    redacted.push_str(&redact_words(rest));
    redacted
}

fn redact_words(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim();
        let digits = bare.bytes().filter(u8::is_ascii_digit).count();
        if bare.contains('@') || digits > 4 {
            redacted.push_str(&length_of(bare));
            redacted.push_str(&word[word.trim_end().len()..]);
        } else {
            redacted.push_str(word);
        }
    }
    redacted
}

fn length_of(text: &str) -> String {
    format!("[{} characters]", text.chars().count())
}

fn is_word(text: &str) -> bool {
    text.len() <= 60
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'/' | b'.' | b'-'))
}

fn is_plain(segment: &str) -> bool {
    is_word(segment)
        || segment.bytes().all(|byte| byte.is_ascii_digit())
        || matches!(segment, "v1" | "v2")
}

fn is_number_list(value: &str) -> bool {
    value
        .split(',')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
