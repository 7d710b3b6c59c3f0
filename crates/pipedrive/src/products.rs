//! Products.
//!
//! In: ids, queries and bodies. Out: products as Pipedrive shows them. A body names only the fields that are to change.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::client::Client;
use crate::custom_fields::{self, CustomFields};
use crate::list_query::ListQuery;
use crate::record_calls::record_calls;
use crate::{cost, envelope, values};

/// A product as read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Product {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    /// Empty text where there is none; likewise the next two.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub code: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub unit: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub description: String,
    #[serde(default, deserialize_with = "values::optional_number")]
    pub tax: Option<Number>,
    /// The id of an option.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub category: Option<String>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub owner_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub visible_to: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_linkable: bool,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub prices: Vec<Price>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_deleted: bool,
    /// By field code; every field of the account, null where unset.
    #[serde(default, deserialize_with = "custom_fields::read")]
    pub custom_fields: BTreeMap<String, Value>,
}

impl Product {
    /// When the record was last changed; its creation until the first change.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.update_time.or(self.add_time)
    }
}

/// What a product costs in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Price {
    #[serde(default, deserialize_with = "values::optional_number")]
    pub price: Option<Number>,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub currency: String,
    #[serde(default, deserialize_with = "values::optional_number")]
    pub cost: Option<Number>,
    #[serde(default, deserialize_with = "values::optional_number")]
    pub direct_cost: Option<Number>,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub notes: String,
}

/// A price as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceBody {
    pub price: Number,
    pub currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_cost: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// How often something is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BillingFrequency {
    OneTime,
    Annually,
    SemiAnnually,
    Quarterly,
    Monthly,
    Weekly,
}

/// What a create or update of a product sends.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ProductBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub code: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub description: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub unit: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub tax: Patch<Number>,
    /// The id of an option.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub category: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub owner_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub is_linkable: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub visible_to: Patch<i64>,
    /// The whole list, entries that stay included.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub prices: Patch<Vec<PriceBody>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub billing_frequency: Patch<BillingFrequency>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub billing_frequency_cycles: Patch<i64>,
    #[serde(
        skip_serializing_if = "custom_fields::is_unchanged",
        serialize_with = "custom_fields::write"
    )]
    pub custom_fields: CustomFields,
}

impl Client {
    /// Reads one page of products.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_products(
        &self,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Product>>, CallError> {
        let call = cost::PRODUCTS.ask(&[], &query.query(), context);
        envelope::page(&self.send(call).await?, query.cursor.as_deref())
    }
}

record_calls! {
    Product, ProductBody, i64:
    /// Reads one product. One deleted lately is still shown, marked as deleted.
    read get_product = PRODUCT;
    /// Creates a product.
    make create_product = PRODUCT_CREATE;
    /// Changes the fields that the body names.
    change update_product = PRODUCT_UPDATE;
    /// Marks a product as deleted.
    delete delete_product = PRODUCT_DELETE;
}
