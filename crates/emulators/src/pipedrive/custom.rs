//! Values of custom fields: what a write may say, and the two shapes in which they are shown.
//!
//! In: JSON of a request. Out: a typed value or the reason it is refused; and the API's and the webhooks' JSON of it.
//! Nothing is coerced: a number sent as text is refused. It never looks at other records itself.

use serde_json::{Map, Value};

use super::fields::{Field, FieldKind};
use super::json::{Json, is_date, is_time};
use super::record::{ADDRESS_PARTS, Address, CustomValue};

const VARCHAR_MAX: usize = 255;
const TEXT_MAX: usize = 65_000;

/// The value a write gives to a field; `None` clears it. References are checked by the caller.
pub(super) fn parse(
    field: &Field,
    value: &Value,
    by_label: bool,
) -> Result<Option<CustomValue>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let parsed = match field.kind {
        FieldKind::Varchar | FieldKind::VarcharAuto | FieldKind::Phone => text(value, VARCHAR_MAX)?,
        FieldKind::Text => text(value, TEXT_MAX)?,
        FieldKind::Double => {
            CustomValue::Number(value.as_number().cloned().ok_or("must be a number")?)
        }
        FieldKind::Date => {
            let date = value
                .as_str()
                .filter(|text| is_date(text))
                .ok_or("must be a date in the form YYYY-MM-DD")?;
            CustomValue::Text(date.to_owned())
        }
        FieldKind::Monetary => money(object(value, &["value", "currency"])?)?,
        FieldKind::Daterange => {
            let range = object(value, &["value", "until"])?;
            CustomValue::DateRange {
                from: part(range, "value", is_date)?,
                until: part(range, "until", is_date)?,
            }
        }
        FieldKind::Time => {
            let time = object(value, &["value", "timezone_id", "timezone_name"])?;
            CustomValue::Time {
                value: clock(time, "value")?,
                timezone: timezone(time)?,
            }
        }
        FieldKind::Timerange => {
            let range = object(value, &["value", "until", "timezone_id", "timezone_name"])?;
            CustomValue::TimeRange {
                from: clock(range, "value")?,
                until: clock(range, "until")?,
                timezone: timezone(range)?,
            }
        }
        FieldKind::Enum => CustomValue::Choice(option(field, value, by_label)?),
        FieldKind::Set => {
            let chosen = value
                .as_array()
                .filter(|list| !list.is_empty())
                .ok_or("must be a list of at least one option id, or null")?;
            let mut ids = chosen
                .iter()
                .map(|id| option(field, id, by_label))
                .collect::<Result<Vec<_>, _>>()?;
            ids.sort_unstable();
            ids.dedup();
            CustomValue::Choices(ids)
        }
        FieldKind::Org | FieldKind::People | FieldKind::User => {
            CustomValue::Reference(value.as_i64().ok_or("must be an integer")?)
        }
        FieldKind::Address => CustomValue::Address(Box::new(address(value)?)),
        FieldKind::Int | FieldKind::Picture | FieldKind::VisibleTo => {
            return Err("is read-only".to_owned());
        }
    };
    Ok(Some(parsed))
}

/// The value a write of the older endpoints gives to a field by its plain key: options and numbers may be texts, and what belongs
/// beside it stays as it was.
pub(super) fn parse_older(
    field: &Field,
    value: &Value,
    before: Option<&CustomValue>,
) -> Result<Option<CustomValue>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let number =
        |text: &str| -> Value { text.trim().parse::<i64>().map_or(Value::Null, Value::from) };
    let newer = match (field.kind, value) {
        (FieldKind::Enum, Value::String(text)) => number(text),
        (FieldKind::Set, Value::String(text)) => text.split(',').map(number).collect(),
        (FieldKind::Double, Value::String(text)) => {
            let parsed = text.trim().parse::<f64>().map_err(|_| "must be a number")?;
            Value::from(parsed)
        }
        (FieldKind::Address, Value::String(text)) => serde_json::json!({"value": text}),
        (FieldKind::Time, Value::String(text)) => serde_json::json!({"value": text}),
        (FieldKind::Monetary, amount) => {
            let currency = match before {
                Some(CustomValue::Money { currency, .. }) => currency,
                Some(_) | None => "SEK",
            };
            serde_json::json!({"value": amount, "currency": currency})
        }
        (FieldKind::Daterange, from) => match before {
            Some(CustomValue::DateRange { until, .. }) => {
                serde_json::json!({"value": from, "until": until})
            }
            Some(_) | None => serde_json::json!({"value": from, "until": from}),
        },
        (_, other) => other.clone(),
    };
    parse(field, &newer, false)
}

fn text(value: &Value, longest: usize) -> Result<CustomValue, String> {
    let text = value.as_str().ok_or("must be a string")?;
    if text.chars().count() > longest {
        return Err(format!("must be at most {longest} characters long"));
    }
    Ok(CustomValue::Text(text.to_owned()))
}

fn money(money: &Map<String, Value>) -> Result<CustomValue, String> {
    let value = money
        .get("value")
        .and_then(Value::as_number)
        .ok_or("value must be a number")?;
    let currency = match money.get("currency") {
        None | Some(Value::Null) => "SEK",
        Some(code) => code
            .as_str()
            .filter(|code| {
                code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase())
            })
            .ok_or("currency must be a three-letter code")?,
    };
    Ok(CustomValue::Money {
        value: value.clone(),
        currency: currency.to_owned(),
    })
}

fn option(field: &Field, value: &Value, by_label: bool) -> Result<i64, String> {
    let labelled = value
        .as_str()
        .filter(|_| by_label)
        .and_then(|label| field.options.iter().find(|option| option.label == label));
    if let Some(option) = labelled {
        return Ok(option.id);
    }
    let id = value.as_i64().ok_or("must be an option id")?;
    field
        .option(id)
        .map(|option| option.id)
        .ok_or_else(|| format!("option {id} does not exist"))
}

fn object<'a>(value: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, String> {
    let object = value.as_object().ok_or("must be an object")?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => Err(format!("'{unknown}' is not allowed")),
        None => Ok(object),
    }
}

fn part(
    object: &Map<String, Value>,
    key: &str,
    accepts: fn(&str) -> bool,
) -> Result<String, String> {
    let text = object
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| accepts(text));
    text.map(str::to_owned)
        .ok_or_else(|| format!("{key} is missing or malformed"))
}

fn clock(object: &Map<String, Value>, key: &str) -> Result<String, String> {
    part(object, key, is_time).map(|time| {
        if time.len() == 5 {
            format!("{time}:00")
        } else {
            time
        }
    })
}

fn timezone(object: &Map<String, Value>) -> Result<String, String> {
    match object.get("timezone_name") {
        None | Some(Value::Null) => Ok("Europe/Stockholm".to_owned()),
        Some(name) => name
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| "timezone_name must be a string".to_owned()),
    }
}

/// An address as sent: `value` is demanded; every part that is left out becomes null.
pub(super) fn address(value: &Value) -> Result<Address, String> {
    let object = value.as_object().ok_or("must be an object")?;
    let mut address = Address::default();
    object
        .get("value")
        .and_then(Value::as_str)
        .ok_or("value must be a string")?
        .clone_into(&mut address.value);
    for (key, part) in object.iter().filter(|(key, _)| *key != "value") {
        let place = ADDRESS_PARTS
            .iter()
            .position(|known| known == key && *known != "formatted_address");
        let place = place.ok_or_else(|| format!("'{key}' is not allowed"))?;
        address.parts[place] = match part {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(format!("{key} must be a string"));
            }
        };
    }
    Ok(address)
}

/// The inside of an address object, without its braces.
fn write_address_parts(out: &mut Json, address: &Address) {
    out.field("value", &address.value);
    for (name, part) in ADDRESS_PARTS.iter().zip(&address.parts) {
        if part.is_some() || *name != "subpremise" {
            out.field(name, part);
        }
    }
}

pub(super) fn write_address(out: &mut Json, address: Option<&Address>) {
    match address {
        Some(address) => {
            out.raw("{");
            write_address_parts(out, address);
            out.raw("}");
        }
        None => out.raw("null"),
    }
}

fn write_choice(out: &mut Json, field: &Field, id: i64) {
    out.raw("{");
    out.field("id", &id);
    out.field(
        "label",
        &field.option(id).map(|option| option.label.as_str()),
    );
    out.raw("}");
}

/// How chosen options are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OptionView {
    Ids,
    /// With their labels.
    Objects,
    /// Those of lists by their labels alone.
    PlainLists,
}

/// As the API shows it.
pub(super) fn write_api(
    out: &mut Json,
    field: &Field,
    value: Option<&CustomValue>,
    options: OptionView,
) {
    let Some(value) = value else {
        return out.raw("null");
    };
    match value {
        CustomValue::Text(text) => out.value(text),
        CustomValue::Number(number) => out.value(number),
        CustomValue::Money { value, currency } => {
            out.raw("{");
            out.field("value", value);
            out.field("currency", currency);
            out.raw("}");
        }
        CustomValue::DateRange { from, until } => {
            out.raw("{");
            out.field("value", from);
            out.field("until", until);
            out.raw("}");
        }
        CustomValue::Time { value, timezone } => {
            out.raw("{");
            out.field("value", value);
            out.raw(r#","timezone_id":null"#);
            out.field("timezone_name", timezone);
            out.raw("}");
        }
        CustomValue::TimeRange {
            from,
            until,
            timezone,
        } => {
            out.raw("{");
            out.field("value", from);
            out.field("until", until);
            out.raw(r#","timezone_id":null"#);
            out.field("timezone_name", timezone);
            out.raw("}");
        }
        CustomValue::Choice(id) if options != OptionView::Ids => write_choice(out, field, *id),
        CustomValue::Choices(ids) if options == OptionView::PlainLists => {
            let label = |id: &i64| field.option(*id).map(|option| option.label.as_str());
            out.value(&ids.iter().map(label).collect::<Vec<_>>());
        }
        CustomValue::Choices(ids) if options == OptionView::Objects => {
            out.raw("[");
            for id in ids {
                out.comma();
                write_choice(out, field, *id);
            }
            out.raw("]");
        }
        CustomValue::Choice(id) | CustomValue::Reference(id) => out.value(id),
        CustomValue::Choices(ids) => out.value(ids),
        CustomValue::Address(address) => write_address(out, Some(address)),
    }
}

/// As webhooks show it: an object that names its type.
pub(super) fn write_event(out: &mut Json, field: &Field, value: Option<&CustomValue>) {
    let Some(value) = value else {
        return out.raw("null");
    };
    out.raw("{");
    out.field("type", field.kind.name());
    match value {
        CustomValue::Text(text) => out.field("value", text),
        CustomValue::Number(number) => out.field("value", number),
        CustomValue::Money { value, currency } => {
            out.field("value", value);
            out.field("currency", currency);
        }
        CustomValue::DateRange { from, until } => {
            out.field("from", from);
            out.field("until", until);
        }
        CustomValue::Time { value, .. } => {
            out.field("value", value);
            out.raw(r#","timezone_id":null"#);
        }
        CustomValue::TimeRange { from, until, .. } => {
            out.field("from", from);
            out.field("until", until);
            out.raw(r#","timezone_id":null"#);
        }
        CustomValue::Choice(id) | CustomValue::Reference(id) => out.field("id", id),
        CustomValue::Choices(ids) => {
            out.key("values");
            out.raw("[");
            for id in ids {
                out.comma();
                out.raw("{");
                out.field("id", id);
                out.raw("}");
            }
            out.raw("]");
        }
        CustomValue::Address(address) => write_address_parts(out, address),
    }
    out.raw("}");
}

/// As the older endpoints show it: one key and, for values of several parts, more beside it.
pub(super) fn older(field: &Field, value: Option<&CustomValue>) -> Vec<(String, Value)> {
    let code = &field.code;
    let beside = |suffix: &str, value: Value| (format!("{code}_{suffix}"), value);
    let main = |value: Value| (code.clone(), value);
    let Some(value) = value else {
        return vec![main(Value::Null)];
    };
    match value {
        CustomValue::Text(text) => vec![main(text.as_str().into())],
        CustomValue::Number(number) => vec![main(number.clone().into())],
        CustomValue::Money { value, currency } => vec![
            main(value.clone().into()),
            beside("currency", currency.as_str().into()),
        ],
        CustomValue::DateRange { from, until } => vec![
            main(from.as_str().into()),
            beside("until", until.as_str().into()),
        ],
        CustomValue::Time { value, .. } => vec![
            main(value.as_str().into()),
            beside("timezone_id", Value::Null),
        ],
        CustomValue::TimeRange { from, until, .. } => vec![
            main(from.as_str().into()),
            beside("until", until.as_str().into()),
            beside("timezone_id", Value::Null),
        ],
        CustomValue::Choice(id) => vec![main(id.to_string().into())],
        CustomValue::Choices(ids) => {
            let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
            vec![main(ids.join(",").into())]
        }
        CustomValue::Reference(id) => vec![main((*id).into())],
        CustomValue::Address(address) => {
            let mut rows = vec![main(address.value.as_str().into())];
            let parts = ADDRESS_PARTS.iter().zip(&address.parts);
            rows.extend(parts.map(|(name, part)| beside(name, part.as_deref().into())));
            rows
        }
    }
}

/// As the change log shows it: one text.
pub(super) fn log_text(value: Option<&CustomValue>) -> Option<String> {
    value.map(|value| match value {
        CustomValue::Text(text) => text.clone(),
        CustomValue::Number(number) => number.to_string(),
        CustomValue::Money { value, currency } => format!("{value} {currency}"),
        CustomValue::DateRange { from, until } | CustomValue::TimeRange { from, until, .. } => {
            format!("{from} - {until}")
        }
        CustomValue::Time { value, .. } => value.clone(),
        CustomValue::Choice(id) | CustomValue::Reference(id) => id.to_string(),
        CustomValue::Choices(ids) => ids.iter().map(i64::to_string).collect::<Vec<_>>().join(","),
        CustomValue::Address(address) => address.value.clone(),
    })
}
