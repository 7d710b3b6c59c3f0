//! Query parameters: decoding them and reading single values, strictly.
//!
//! In: the text after the question mark. Out: values, or violations that say what is wrong. It knows no list and no record.

use serde_json::{Value, json};

use super::json::parse_rfc3339;
use super::reply::{Reply, Violation};
use super::switches::Switches;

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 500;
const IDS_MAX: usize = 100;

/// Query parameters, decoded, in the order sent.
#[derive(Debug, Default)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
    /// What is loose about this vendor.
    pub(super) leniency: Leniency,
}

/// What is let pass in a query.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Leniency {
    unknown_parameters: bool,
    limits: bool,
    pub(super) bad_cursors: bool,
    pub(super) other_lists: bool,
    /// Whether labels of lists of options are shown without their ids.
    pub(super) plain_lists: bool,
}

impl Query {
    /// As this vendor reads it.
    pub(super) fn read(query: &str, switches: &Switches) -> Self {
        Self {
            leniency: Leniency {
                unknown_parameters: switches.unknown_parameters_are_ignored,
                limits: switches.limits_are_clamped,
                bad_cursors: switches.bad_cursors_start_over,
                other_lists: switches.cursors_fit_other_lists,
                plain_lists: switches.option_labels_are_plain,
            },
            ..Self::parse(query)
        }
        .without_token(switches)
    }

    /// Where the token may stand in the query, it is no parameter of the call.
    fn without_token(mut self, switches: &Switches) -> Self {
        if switches.tokens_in_the_query_are_accepted {
            self.pairs.retain(|(name, _)| name != "api_token");
        }
        self
    }

    pub(super) fn parse(query: &str) -> Self {
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(key), decode(value))
            });
        Self {
            pairs: pairs.collect(),
            leniency: Leniency::default(),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// For calls that take no parameters.
    pub(super) fn refuse_all(&self) -> Result<(), Reply> {
        match self.pairs.first() {
            Some((name, _)) if !self.leniency.unknown_parameters => {
                Err(Reply::invalid(&[Violation::not_allowed(name)]))
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn refuse_unknown(&self, known: &[&str], violations: &mut Vec<Violation>) {
        self.refuse_unless(|name| known.contains(&name), violations);
    }

    pub(super) fn refuse_unless(
        &self,
        is_known: impl Fn(&str) -> bool,
        violations: &mut Vec<Violation>,
    ) {
        if self.leniency.unknown_parameters {
            return;
        }
        let unknown = self.pairs.iter().filter(|(name, _)| !is_known(name));
        violations.extend(unknown.map(|(name, _)| Violation::not_allowed(name)));
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
    limit_of(query, LIMIT_MAX, violations)
}

/// The same where a page holds fewer rows.
pub(super) fn limit_of(query: &Query, most: usize, violations: &mut Vec<Violation>) -> usize {
    let Some(text) = query.get("limit") else {
        return LIMIT_DEFAULT;
    };
    let asked = text.parse::<i64>().ok();
    let fitting = asked.map(|limit| usize::try_from(limit).unwrap_or(0).clamp(1, most));
    match fitting {
        Some(limit) if query.leniency.limits || asked == i64::try_from(limit).ok() => limit,
        Some(_) | None => {
            violations.push(Violation::new(
                "limit",
                format!("must be between 1 and {most}"),
            ));
            LIMIT_DEFAULT
        }
    }
}

pub(super) fn ids(text: &str, violations: &mut Vec<Violation>) -> Vec<i64> {
    ids_of("ids", text, violations)
}

/// A list of at most a hundred numbers.
pub(super) fn ids_of(name: &str, text: &str, violations: &mut Vec<Violation>) -> Vec<i64> {
    let ids: Result<Vec<i64>, _> = text.split(',').map(|id| id.trim().parse()).collect();
    match ids {
        Ok(mut ids) if ids.len() <= IDS_MAX => {
            ids.sort_unstable();
            ids.dedup();
            ids
        }
        Ok(_) => {
            violations.push(Violation::new(name, "must be at most 100 ids"));
            Vec::new()
        }
        Err(_) => {
            violations.push(Violation::new(
                name,
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

pub(super) fn flag(query: &Query, name: &str, violations: &mut Vec<Violation>) -> bool {
    match query.get(name) {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            violations.push(Violation::new(name, "must be true or false"));
            false
        }
    }
}

/// A page of the older lists: by the number of rows before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OlderPage {
    start: usize,
    limit: usize,
}

/// `start` and `limit`.
pub(super) fn older_page(query: &Query, violations: &mut Vec<Violation>) -> OlderPage {
    let start = match query.get("start").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) => {
            violations.push(Violation::new(
                "start",
                "must be a number that is not negative",
            ));
            0
        }
    };
    OlderPage {
        start,
        limit: limit(query, violations),
    }
}

/// `cursor` and `limit` of the lists whose cursor is the number of rows before the page.
pub(super) fn cursor_page(query: &Query, violations: &mut Vec<Violation>) -> OlderPage {
    cursor_page_of(query, LIMIT_MAX, violations)
}

/// The same where a page holds so many rows at most.
pub(super) fn cursor_page_of(
    query: &Query,
    most: usize,
    violations: &mut Vec<Violation>,
) -> OlderPage {
    let start = match query.get("cursor").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) if query.leniency.bad_cursors => 0,
        Some(Err(_)) => {
            violations.push(Violation::new("cursor", "is invalid for this request"));
            0
        }
    };
    OlderPage {
        start,
        limit: limit_of(query, most, violations),
    }
}

impl OlderPage {
    pub(super) fn of<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let start = self.start.min(all.len());
        &all[start..(start + self.limit).min(all.len())]
    }

    /// The cursor of the next page.
    pub(super) fn next(&self, all: usize) -> Option<String> {
        let next = self.start + self.limit;
        (next < all).then(|| next.to_string())
    }

    /// `additional_data` of the older lists.
    pub(super) fn additional(&self, all: usize, flat: bool) -> Value {
        let next = self.start + self.limit;
        let mut paging = json!({
            "start": self.start, "limit": self.limit, "more_items_in_collection": next < all,
        });
        if next < all {
            paging["next_start"] = Value::from(next);
        }
        if flat {
            return paging;
        }
        json!({"pagination": paging})
    }
}

/// The rows of an older list: null where there is none.
pub(super) fn older_list(rows: Vec<Value>) -> Value {
    if rows.is_empty() {
        return Value::Null;
    }
    Value::Array(rows)
}
