//! What is a product's own: code, unit, tax, prices by currency, how it is billed.
//!
//! In: keys of a body, a record. Out: the record changed, or shown in the vendor's key order. Variations and the products of
//! deals are kept beside the products. It stores nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::json::Json;
use super::super::list_filter::SortBy;
use super::super::record::{Details, Record};
use super::super::render;
use super::super::reply::Violation;
use super::super::write::{Check, Objection, text};
use super::deal::currency;
use super::{Entity, Kind, ListSpec, NAME, OWNER, Part, Shown, Spec, VISIBLE_TO};

#[derive(Debug)]
pub(super) struct Product;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipedrive) struct ProductDetails {
    pub(in crate::pipedrive) code: String,
    pub(in crate::pipedrive) unit: String,
    pub(in crate::pipedrive) description: String,
    /// Percent.
    pub(in crate::pipedrive) tax: f64,
    pub(in crate::pipedrive) category: Option<i64>,
    pub(in crate::pipedrive) is_linkable: bool,
    pub(in crate::pipedrive) prices: Vec<Price>,
    pub(in crate::pipedrive) billing: Billing,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipedrive) struct Price {
    pub(in crate::pipedrive) price: f64,
    pub(in crate::pipedrive) currency: String,
    pub(in crate::pipedrive) cost: f64,
    pub(in crate::pipedrive) direct_cost: Option<f64>,
    pub(in crate::pipedrive) notes: String,
}

impl Price {
    /// What a product without prices costs.
    pub(in crate::pipedrive) fn nothing() -> Self {
        Self {
            price: 0.0,
            currency: "SEK".to_owned(),
            cost: 0.0,
            direct_cost: None,
            notes: String::new(),
        }
    }
}

/// How often, and how many times, a customer pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::pipedrive) struct Billing {
    pub(in crate::pipedrive) frequency: String,
    pub(in crate::pipedrive) cycles: Option<i64>,
}

impl Default for Billing {
    fn default() -> Self {
        Self {
            frequency: "one-time".to_owned(),
            cycles: None,
        }
    }
}

const FREQUENCIES: [&str; 6] = [
    "one-time",
    "annually",
    "semi-annually",
    "quarterly",
    "monthly",
    "weekly",
];
const CYCLES_MAX: i64 = 208;

impl Billing {
    /// Takes the key when it is about billing; gives back whether it was.
    pub(in crate::pipedrive) fn apply(
        &mut self,
        key: &str,
        value: &Value,
    ) -> Result<bool, Objection> {
        match key {
            "billing_frequency" => {
                let frequency = value.as_str().filter(|text| FREQUENCIES.contains(text));
                frequency
                    .ok_or_else(|| format!("must be one of {}", FREQUENCIES.join(", ")))?
                    .clone_into(&mut self.frequency);
            }
            "billing_frequency_cycles" => {
                self.cycles = match value {
                    Value::Null => None,
                    Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_) => {
                        let cycles = value.as_i64();
                        let fitting = cycles.filter(|cycles| (1..=CYCLES_MAX).contains(cycles));
                        Some(fitting.ok_or("must be between 1 and 208, or null")?)
                    }
                };
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(in crate::pipedrive) fn check(&self, violations: &mut Vec<Violation>) {
        let reason = match (self.frequency.as_str(), self.cycles) {
            ("one-time", Some(_)) => "must be null when billing_frequency is one-time",
            ("weekly", None) => "is required when billing_frequency is weekly",
            _ => return,
        };
        violations.push(Violation::new("billing_frequency_cycles", reason));
    }

    pub(in crate::pipedrive) fn write(&self, out: &mut Json) {
        out.field("billing_frequency", &self.frequency);
        out.field("billing_frequency_cycles", &self.cycles);
    }
}

static SPEC: Spec = Spec {
    name: "product",
    title: "Product",
    required: &["name"],
    common: &["name", "owner_id", "visible_to"],
    has_custom_fields: true,
    list: ListSpec {
        filters: &["filter_id", "ids", "owner_id", "updated_since"],
        links: &[],
        sorts: &[
            SortBy::Id,
            SortBy::Name,
            SortBy::AddTime,
            SortBy::UpdateTime,
        ],
        views: &["custom_fields"],
        single_views: &[],
        includes: &[],
    },
    parts: &[
        part!(product.billing as "billing", |out, product| product.billing.write(out)),
        part!(product.category),
        part!(product.code),
        part!(product.description),
        part!(product.is_linkable),
        NAME,
        OWNER,
        Part {
            write: |out, record| {
                if let Some(product) = record.product() {
                    write_prices(out, &product.prices, ("product_id", record.id));
                }
            },
            ..part!(product.prices)
        },
        part!(product.tax as "tax", |out, product| out.money("tax", Some(product.tax))),
        part!(product.unit),
        VISIBLE_TO,
    ],
    updated_from_start: true,
    previous_has_update_time: true,
    created_status: 201,
    answers_additional_data: true,
    lists_deleted: false,
};

/// `"prices":[…]`, each naming what it is the price of.
pub(in crate::pipedrive) fn write_prices(out: &mut Json, prices: &[Price], (key, id): (&str, i64)) {
    out.key("prices");
    out.raw("[");
    for price in prices {
        out.comma();
        out.raw("{");
        out.field(key, &id);
        out.money("price", Some(price.price));
        out.field("currency", &price.currency);
        out.money("cost", Some(price.cost));
        out.money("direct_cost", price.direct_cost);
        out.field("notes", &price.notes);
        out.raw("}");
    }
    out.raw("]");
}

/// Prices as sent: one per currency.
pub(in crate::pipedrive) fn prices(value: &Value) -> Result<Vec<Price>, Objection> {
    let mut prices: Vec<Price> = Vec::new();
    for item in value.as_array().ok_or("must be an array")? {
        let object = item.as_object().ok_or("must be an array of objects")?;
        let mut price = Price::nothing();
        for key in ["currency", "price"] {
            if !object.contains_key(key) {
                return Err(format!("every price needs a {key}").into());
            }
        }
        for (key, value) in object {
            match key.as_str() {
                "currency" => currency(value)?.clone_into(&mut price.currency),
                "price" => price.price = number(value)?,
                "cost" => price.cost = number(value)?,
                "direct_cost" if value.is_null() => price.direct_cost = None,
                "direct_cost" => price.direct_cost = Some(number(value)?),
                "notes" => price.notes = text(value)?,
                _ => return Err(format!("'{key}' is not allowed").into()),
            }
        }
        if prices.iter().any(|other| other.currency == price.currency) {
            return Err("there can be one price per currency only".into());
        }
        prices.push(price);
    }
    if prices.is_empty() {
        return Err("must have at least one price".into());
    }
    Ok(prices)
}

pub(in crate::pipedrive) fn number(value: &Value) -> Result<f64, Objection> {
    value.as_f64().ok_or_else(|| "must be a number".into())
}

impl Kind for Product {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn blank(&self) -> Details {
        Details::Product(Box::new(ProductDetails {
            code: String::new(),
            unit: String::new(),
            description: String::new(),
            tax: 0.0,
            category: None,
            is_linkable: true,
            prices: vec![Price::nothing()],
            billing: Billing::default(),
        }))
    }

    fn apply(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        key: &str,
        value: &Value,
    ) -> Result<(), Objection> {
        let Some(product) = record.product_mut() else {
            return Err(Objection::NotAllowed);
        };
        if product.billing.apply(key, value)? {
            return Ok(());
        }
        match key {
            "code" => product.code = text(value)?,
            "unit" => product.unit = text(value)?,
            "description" => product.description = text(value)?,
            "tax" => {
                let tax = number(value)?;
                if tax < 0.0 {
                    return Err("must not be negative".into());
                }
                product.tax = tax;
            }
            "category" => {
                let id = value.as_i64().ok_or("must be an option id")?;
                let known = check.state.catalog(Entity::Product).by_code("category");
                known
                    .and_then(|field| field.option(id))
                    .ok_or("option does not exist")?;
                product.category = Some(id);
            }
            "is_linkable" => {
                product.is_linkable = value.as_bool().ok_or("must be true or false")?
            }
            "prices" => product.prices = prices(value)?,
            _ => return Err(Objection::NotAllowed),
        }
        Ok(())
    }

    fn settle(
        &self,
        _check: &Check<'_>,
        record: &mut Record,
        _body: &Map<String, Value>,
        violations: &mut Vec<Violation>,
    ) {
        if let Some(product) = record.product() {
            product.billing.check(violations);
        }
    }

    fn write(&self, out: &mut Json, record: &Record, shown: &Shown<'_>) {
        let Some(product) = record.product() else {
            return;
        };
        out.field("id", &record.id);
        out.field("name", &record.name);
        out.money("tax", Some(product.tax));
        out.time("add_time", Some(record.add_time));
        out.time("update_time", record.update_time);
        out.field("description", &product.description);
        out.field("code", &product.code);
        out.field("unit", &product.unit);
        out.field("owner_id", &record.owner_id);
        out.field("category", &product.category.map(|id| id.to_string()));
        out.field("is_deleted", &record.is_deleted);
        out.field("is_linkable", &product.is_linkable);
        write_prices(out, &product.prices, ("product_id", record.id));
        render::custom_fields(out, record, shown);
        out.field("visible_to", &record.visible_to);
        product.billing.write(out);
    }
}
