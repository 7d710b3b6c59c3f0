//! Conditions of filters: which are accepted, and which records they let through.
//!
//! In: the conditions of a request; a record as the API shows it. Out: typed conditions, or why they are refused; yes or no. It
//! looks nothing up: fields and related records are handed in.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const CONDITIONS_MAX: usize = 16;

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Operator {
    #[serde(rename = "=")]
    Is,
    #[serde(rename = "!=")]
    IsNot,
    #[serde(rename = ">")]
    More,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = ">=")]
    MoreOrIs,
    #[serde(rename = "<=")]
    LessOrIs,
    #[serde(rename = "IS NULL")]
    Empty,
    #[serde(rename = "IS NOT NULL")]
    NotEmpty,
    #[serde(rename = "LIKE '%$%'")]
    Contains,
    #[serde(rename = "NOT LIKE '%$%'")]
    LacksText,
    #[serde(rename = "LIKE '$%'")]
    Begins,
    #[serde(rename = "NOT LIKE '$%'")]
    DoesNotBegin,
    #[serde(rename = "LIKE '%$'")]
    Ends,
    #[serde(rename = "NOT LIKE '%$'")]
    DoesNotEnd,
    #[serde(rename = "contains")]
    Has,
    #[serde(rename = "not_contains")]
    Lacks,
}

/// One comparison.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Condition {
    /// Whose field it is: `deal`, `person`, ….
    pub(super) object: String,
    pub(super) field_id: u32,
    pub(super) field_code: String,
    operator: Operator,
    value: Value,
    extra_value: Value,
}

/// All of the first and, where there are any, one of the second.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Conditions {
    pub(super) all: Vec<Condition>,
    pub(super) any: Vec<Condition>,
}

impl Conditions {
    /// Reads conditions; `field_code` finds the code of an object's field by its number.
    pub(super) fn read(
        given: &Value,
        field_code: impl Fn(&str, u32) -> Option<String>,
    ) -> Result<Self, String> {
        let groups = group(given, "and")?;
        let [all, any] = groups.as_slice() else {
            return Err("must hold exactly two groups".to_owned());
        };
        let read = |given: &Value| Condition::read(given, &field_code);
        let conditions = Self {
            all: group(all, "and")?
                .iter()
                .map(read)
                .collect::<Result<_, _>>()?,
            any: group(any, "or")?
                .iter()
                .map(read)
                .collect::<Result<_, _>>()?,
        };
        if conditions.all.len() + conditions.any.len() > CONDITIONS_MAX {
            return Err(format!("must be at most {CONDITIONS_MAX}"));
        }
        Ok(conditions)
    }

    /// Whether a record passes; `values` finds the value a condition is about.
    pub(super) fn accept<'v>(
        &self,
        today: Date,
        values: impl Fn(&Condition) -> Option<&'v Value>,
    ) -> bool {
        let holds = |condition: &Condition| {
            condition.holds(values(condition).unwrap_or(&Value::Null), today)
        };
        self.all.iter().all(holds) && (self.any.is_empty() || self.any.iter().any(holds))
    }

    /// As answers show them.
    pub(super) fn shown(&self, with_codes: bool) -> Value {
        let rows = |conditions: &[Condition]| -> Vec<Value> {
            conditions
                .iter()
                .map(|condition| condition.shown(with_codes))
                .collect()
        };
        json!({"glue": "and", "conditions": [
            {"glue": "and", "conditions": rows(&self.all)},
            {"glue": "or", "conditions": rows(&self.any)},
        ]})
    }
}

/// The members of a group with that glue.
fn group<'a>(given: &'a Value, glue: &str) -> Result<&'a Vec<Value>, String> {
    if given.get("glue").and_then(Value::as_str) != Some(glue) {
        return Err(format!("must be glued with '{glue}'"));
    }
    let members = given.get("conditions").and_then(Value::as_array);
    members.ok_or_else(|| "must have a list of conditions".to_owned())
}

impl Condition {
    fn read(
        given: &Value,
        field_code: &impl Fn(&str, u32) -> Option<String>,
    ) -> Result<Self, String> {
        let object = given.get("object").and_then(Value::as_str);
        let object = object.ok_or("every condition needs an object")?;
        let number = match given.get("field_id") {
            Some(Value::String(text)) => text.parse().ok(),
            Some(other) => other.as_u64().and_then(|number| u32::try_from(number).ok()),
            None => None,
        };
        let field_id = number.ok_or("every condition needs a field_id")?;
        let code = field_code(object, field_id);
        let field_code =
            code.ok_or_else(|| format!("field {field_id} of {object} does not exist"))?;
        let operator = given.get("operator").cloned().unwrap_or(Value::Null);
        let operator = serde_json::from_value(operator)
            .map_err(|_| format!("the operator for field {field_id} is not known"))?;
        // Whatever a number or a flag is sent as, it is kept as a text.
        let part = |key: &str| match given.get(key) {
            None | Some(Value::Null) => Value::Null,
            Some(value) => Value::String(text(value)),
        };
        Ok(Self {
            object: object.to_owned(),
            field_id,
            field_code,
            operator,
            value: part("value"),
            extra_value: part("extra_value"),
        })
    }

    fn shown(&self, with_code: bool) -> Value {
        let mut shown = json!({
            "object": self.object, "field_id": self.field_id.to_string(), "operator": self.operator,
            "value": self.value, "extra_value": self.extra_value, "json_value_flag": false,
        });
        if with_code {
            shown["field_code"] = Value::from(self.field_code.as_str());
        }
        shown
    }

    fn holds(&self, shown: &Value, today: Date) -> bool {
        let parts = parts(shown);
        let wanted = text(&self.value).to_lowercase();
        let some =
            |fits: &dyn Fn(&str) -> bool| parts.iter().any(|part| fits(&part.to_lowercase()));
        let days = days(&wanted, today);
        let is = || match days {
            Some((from, until)) => parts
                .iter()
                .any(|part| day_of(part).is_some_and(|day| (from..until).contains(&day))),
            None => some(&|part| equal(part, &wanted)),
        };
        let ordered = |before: bool, or_is: bool| {
            parts.iter().any(|part| match (days, day_of(part)) {
                (Some((from, until)), Some(day)) => match (before, or_is) {
                    (true, false) => day < from,
                    (true, true) => day < until,
                    (false, false) => day >= until,
                    (false, true) => day >= from,
                },
                (_, _) => number_order(part, &wanted)
                    .is_some_and(|order| if before { order.is_lt() } else { order.is_gt() } || (or_is && order.is_eq())),
            })
        };
        match self.operator {
            Operator::Is => is(),
            Operator::IsNot => !is(),
            Operator::More => ordered(false, false),
            Operator::MoreOrIs => ordered(false, true),
            Operator::Less => ordered(true, false),
            Operator::LessOrIs => ordered(true, true),
            Operator::Empty => parts.is_empty(),
            Operator::NotEmpty => !parts.is_empty(),
            Operator::Contains => some(&|part| part.contains(&wanted)),
            Operator::LacksText => !some(&|part| part.contains(&wanted)),
            Operator::Begins => some(&|part| part.starts_with(&wanted)),
            Operator::DoesNotBegin => !some(&|part| part.starts_with(&wanted)),
            Operator::Ends => some(&|part| part.ends_with(&wanted)),
            Operator::DoesNotEnd => !some(&|part| part.ends_with(&wanted)),
            Operator::Has => some(&|part| equal(part, &wanted)),
            Operator::Lacks => !some(&|part| equal(part, &wanted)),
        }
    }
}

/// The texts a value consists of: none when it is empty, several for a list.
fn parts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().flat_map(parts).collect(),
        Value::Object(object) => object
            .get("value")
            .or(object.get("amount"))
            .or(object.get("id"))
            .map(parts)
            .unwrap_or_default(),
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![text(value)],
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn equal(part: &str, wanted: &str) -> bool {
    part == wanted || number_order(part, wanted).is_some_and(std::cmp::Ordering::is_eq)
}

fn number_order(part: &str, wanted: &str) -> Option<std::cmp::Ordering> {
    part.parse::<f64>()
        .ok()?
        .partial_cmp(&wanted.parse::<f64>().ok()?)
}

/// The day a text is or begins with.
fn day_of(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

/// The days a date or a word such as `last_month` stands for: the first, and the first after.
fn days(wanted: &str, today: Date) -> Option<(Date, Date)> {
    if wanted.len() == 10
        && let Some(day) = day_of(wanted)
    {
        return Some((day, day.tomorrow().ok()?));
    }
    let week = today
        .checked_sub(Span::new().days(i64::from(today.weekday().to_monday_zero_offset())))
        .ok()?;
    let month = today.first_of_month();
    let quarter = month.checked_sub(((month.month() - 1) % 3).months()).ok()?;
    let from = |start: Date, skip: Span, length: Span| {
        let start = start.checked_add(skip).ok()?;
        Some((start, start.checked_add(length).ok()?))
    };
    match wanted {
        "before_today" => Some((Date::MIN, today)),
        "before_tomorrow" => Some((Date::MIN, today.tomorrow().ok()?)),
        "later_or_today" => Some((today, Date::MAX)),
        "later_or_tomorrow" => Some((today.tomorrow().ok()?, Date::MAX)),
        "yesterday" => from(today, -1.day(), 1.day()),
        "today" | "now" => from(today, 0.day(), 1.day()),
        "tomorrow" => from(today, 1.day(), 1.day()),
        "last_week" => from(week, -1.week(), 1.week()),
        "this_week" => from(week, 0.week(), 1.week()),
        "next_week" => from(week, 1.week(), 1.week()),
        "last_month" => from(month, -1.month(), 1.month()),
        "this_month" => from(month, 0.month(), 1.month()),
        "next_month" => from(month, 1.month(), 1.month()),
        "last_quarter" => from(quarter, -3.months(), 3.months()),
        "this_quarter" => from(quarter, 0.months(), 3.months()),
        _ => from(today, distance(wanted)?, 1.day()),
    }
}

/// `in_2_weeks`, `3_months_ago`.
fn distance(word: &str) -> Option<Span> {
    let span = |number: &str, unit: &str| {
        let number: i64 = number.parse().ok()?;
        match unit.trim_end_matches('s') {
            "week" => Some(Span::new().weeks(number)),
            "month" => Some(Span::new().months(number)),
            _ => None,
        }
    };
    if let Some(ahead) = word.strip_prefix("in_") {
        let (number, unit) = ahead.split_once('_')?;
        return span(number, unit);
    }
    let (number, unit) = word.strip_suffix("_ago")?.split_once('_')?;
    span(number, unit).map(Span::negate)
}
