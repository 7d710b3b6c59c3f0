//! Reads prices, ranges, areas, counts and words of a list from bodies, as strictly as the other members.
//!
//! In: a body being read. Out: for each member absent, null or a value that fits, and the mistakes. Numbers may be written
//! as JSON numbers or as text.

use serde_json::{Number, Value};

use super::record::{Price, PriceRange, Scale, Word};
use crate::propstreet::fields::{Fields, Given};

const PRICE: &str = "This needs a value of at least 0 and a currency of three letters; scale is none, thousands, millions or billions.";
const RANGE: &str = "This needs min, max or both, min not above max, and a currency of three letters; scale is none, thousands, millions or billions.";

/// A number, also where it is written as text.
pub(super) fn decimal(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => serde_json::from_str(text).ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(super) fn plain(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::MAX)
}

fn not_negative(value: &Value) -> Option<Number> {
    decimal(value).filter(|number| plain(number) >= 0.0)
}

fn scale(value: Option<&Value>) -> Option<Scale> {
    match value {
        None | Some(Value::Null) => Some(Scale::None),
        Some(value) => Scale::of(value.as_str()?),
    }
}

fn currency(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?;
    let fits = text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_alphabetic());
    fits.then(|| text.to_ascii_uppercase())
}

pub(super) fn read_price(value: &Value) -> Option<Price> {
    let map = value.as_object()?;
    let known = |key: &String| ["value", "currency", "scale"].contains(&key.as_str());
    let price = Price {
        value: not_negative(map.get("value")?)?,
        currency: currency(map.get("currency"))?,
        scale: scale(map.get("scale"))?,
    };
    map.keys().all(known).then_some(price)
}

fn read_range(value: &Value) -> Option<PriceRange> {
    let map = value.as_object()?;
    let known = |key: &String| ["min", "max", "currency", "scale"].contains(&key.as_str());
    let end = |name: &str| match map.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(value) => not_negative(value).map(Some),
    };
    let range = PriceRange {
        min: end("min")?,
        max: end("max")?,
        currency: currency(map.get("currency"))?,
        scale: scale(map.get("scale"))?,
    };
    let in_order = match (&range.min, &range.max) {
        (Some(min), Some(max)) => plain(min) <= plain(max),
        (Some(_), None) | (None, Some(_)) => true,
        (None, None) => false,
    };
    (map.keys().all(known) && in_order).then_some(range)
}

/// Whether a price lies in a range of the same currency.
pub(super) fn lies_in(price: &Price, range: &PriceRange) -> bool {
    let amount = |value: &Number, scale: Scale| plain(value) * scale.factor();
    let own = amount(&price.value, price.scale);
    let above = |min: &Number| own >= amount(min, range.scale);
    let below = |max: &Number| own <= amount(max, range.scale);
    price.currency == range.currency
        && range.min.as_ref().is_none_or(above)
        && range.max.as_ref().is_none_or(below)
}

impl Fields<'_> {
    /// A member of any kind, brought into the server's form, or a mistake.
    pub(super) fn member<T>(
        &mut self,
        name: &str,
        message: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Given<T> {
        match self.raw(name) {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Set(value) => read(value).map_or_else(
                || {
                    self.wrong(name, message);
                    Given::Absent
                },
                Given::Set,
            ),
        }
    }

    /// One word of a list.
    pub(super) fn word<T: Word>(&mut self, name: &str) -> Given<T> {
        let message = format!("This is one of {}.", T::NAMES.join(", "));
        self.member(name, &message, |value| T::of(value.as_str()?))
    }

    pub(super) fn price(&mut self, name: &str) -> Given<Price> {
        self.member(name, PRICE, read_price)
    }

    pub(super) fn price_range(&mut self, name: &str) -> Given<PriceRange> {
        self.member(name, RANGE, read_range)
    }

    pub(super) fn number(&mut self, name: &str) -> Given<Number> {
        self.member(name, "This must be a number, not below 0.", not_negative)
    }

    /// Square metres, as `{value, unit}`.
    pub(super) fn area(&mut self, name: &str) -> Given<Number> {
        self.member(name, "This needs a value and the unit sqm.", read_area)
    }
}

pub(super) fn read_area(value: &Value) -> Option<Number> {
    let unit = value.get("unit").and_then(Value::as_str);
    not_negative(value.get("value")?).filter(|_| unit == Some("sqm"))
}
