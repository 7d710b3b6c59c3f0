//! Query parameters: decoding them and reading single values, strictly.
//!
//! In: the text after the question mark. Out: values, or violations that say what is wrong. It knows no list and no record.

use super::json::parse_rfc3339;
use super::reply::{Reply, Violation};

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 500;
const IDS_MAX: usize = 100;

/// Query parameters, decoded, in the order sent.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(query: &str) -> Self {
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(key), decode(value))
            });
        Self(pairs.collect())
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// For calls that take no parameters.
    pub(super) fn refuse_all(&self) -> Result<(), Reply> {
        match self.0.first() {
            Some((name, _)) => Err(Reply::invalid(&[Violation::not_allowed(name)])),
            None => Ok(()),
        }
    }

    pub(super) fn refuse_unknown(&self, known: &[&str], violations: &mut Vec<Violation>) {
        for (name, _) in self
            .0
            .iter()
            .filter(|(name, _)| !known.contains(&name.as_str()))
        {
            violations.push(Violation::not_allowed(name));
        }
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let hex = |place: usize| {
            after
                .get(place)
                .and_then(|digit| char::from(*digit).to_digit(16))
        };
        match (*first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = &after[2..];
            }
            (b'+', ..) => bytes.push(b' '),
            (byte, ..) => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn limit(query: &Query, violations: &mut Vec<Violation>) -> usize {
    match query.get("limit").map(str::parse::<usize>) {
        None => LIMIT_DEFAULT,
        Some(Ok(limit)) if (1..=LIMIT_MAX).contains(&limit) => limit,
        Some(_) => {
            violations.push(Violation::new("limit", "must be between 1 and 500"));
            LIMIT_DEFAULT
        }
    }
}

pub(super) fn ids(text: &str, violations: &mut Vec<Violation>) -> Vec<i64> {
    let ids: Result<Vec<i64>, _> = text.split(',').map(|id| id.trim().parse()).collect();
    match ids {
        Ok(mut ids) if ids.len() <= IDS_MAX => {
            ids.sort_unstable();
            ids.dedup();
            ids
        }
        Ok(_) => {
            violations.push(Violation::new("ids", "must be at most 100 ids"));
            Vec::new()
        }
        Err(_) => {
            violations.push(Violation::new(
                "ids",
                "must be a comma-separated list of ids",
            ));
            Vec::new()
        }
    }
}

pub(super) fn int(query: &Query, name: &str, violations: &mut Vec<Violation>) -> Option<i64> {
    let parsed = query.get(name)?.parse().ok();
    if parsed.is_none() {
        violations.push(Violation::new(name, "must be an integer"));
    }
    parsed
}

pub(super) fn time(query: &Query, name: &str, violations: &mut Vec<Violation>) -> Option<i64> {
    let parsed = parse_rfc3339(query.get(name)?);
    if parsed.is_none() {
        violations.push(Violation::new(name, "not a valid datetime"));
    }
    parsed
}
