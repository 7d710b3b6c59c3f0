//! The products of a deal: what is offered in it, at what price.
//!
//! In: the deal and what is attached to it. Out: the lines as Pipedrive shows them. Attaching products overwrites the
//! value of the deal with their sum.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::client::Client;
use crate::list_query::{LIMIT_MAX, page};
use crate::operation::Query;
use crate::products::BillingFrequency;
use crate::{cost, envelope, values};

/// So many products at most are attached at once.
pub const DEAL_PRODUCTS_MAX: usize = 100;

/// One line of a deal as read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DealProduct {
    /// Of the line, not of the product.
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub deal_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub product_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub product_variation_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: String,
    #[serde(default, deserialize_with = "values::optional_number")]
    pub item_price: Option<Number>,
    #[serde(default, deserialize_with = "values::optional_number")]
    pub quantity: Option<Number>,
    #[serde(default, deserialize_with = "values::optional_number")]
    pub sum: Option<Number>,
    #[serde(default, deserialize_with = "values::optional_number")]
    pub tax: Option<Number>,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub tax_method: String,
    #[serde(default, deserialize_with = "values::optional_number")]
    pub discount: Option<Number>,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub discount_type: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub currency: Option<String>,
    /// Empty text where there are none.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub comments: String,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_enabled: bool,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub order_nr: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
}

/// How the tax of a line is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TaxMethod {
    Inclusive,
    Exclusive,
    None,
}

/// How the discount of a line is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DiscountType {
    Percentage,
    Amount,
}

/// What attaching a product, or changing a line, sends. A new line needs product, price and quantity.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DealProductBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub product_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub item_price: Patch<Number>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub quantity: Patch<Number>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub tax: Patch<Number>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub tax_method: Patch<TaxMethod>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub discount: Patch<Number>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub discount_type: Patch<DiscountType>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub comments: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub is_enabled: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub product_variation_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub billing_frequency: Patch<BillingFrequency>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub billing_frequency_cycles: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub billing_start_date: Patch<Date>,
}

impl Client {
    /// Reads one page of the lines of a deal; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_deal_products(
        &self,
        deal: i64,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<DealProduct>>, CallError> {
        let call = cost::DEAL_PRODUCTS.ask(&[&deal], &page(LIMIT_MAX, cursor), context);
        envelope::page(&self.send(call).await?, cursor)
    }

    /// Reads one page of the lines of up to a hundred deals; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_products_of_deals(
        &self,
        deals: &[i64],
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<DealProduct>>, CallError> {
        let query = page(LIMIT_MAX, cursor).with_list("deal_ids", deals);
        let call = cost::DEALS_PRODUCTS.ask(&[], &query, context);
        envelope::page(&self.send(call).await?, cursor)
    }

    /// Attaches a product to a deal.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn add_deal_product(
        &self,
        deal: i64,
        body: &DealProductBody,
        context: &CallContext,
    ) -> Result<Row<DealProduct>, CallError> {
        let call = cost::DEAL_PRODUCT_ADD.call(&[&deal], context).json(body);
        envelope::one(&self.send(call).await?)
    }

    /// Attaches up to [`DEAL_PRODUCTS_MAX`] products to a deal at once.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn add_deal_products(
        &self,
        deal: i64,
        bodies: &[DealProductBody],
        context: &CallContext,
    ) -> Result<Vec<DealProduct>, CallError> {
        #[derive(Serialize)]
        struct Many<'a> {
            data: &'a [DealProductBody],
        }
        let call = cost::DEAL_PRODUCTS_ADD.call(&[&deal], context);
        let answer = self.send(call.json(&Many { data: bodies })).await?;
        let added: Row<Vec<DealProduct>> = envelope::one(&answer)?;
        Ok(added.value)
    }

    /// Changes a line of a deal.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn update_deal_product(
        &self,
        deal: i64,
        line: i64,
        body: &DealProductBody,
        context: &CallContext,
    ) -> Result<Row<DealProduct>, CallError> {
        let call = cost::DEAL_PRODUCT_UPDATE.call(&[&deal, &line], context);
        envelope::one(&self.send(call.json(body)).await?)
    }

    /// Removes a line from a deal.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn remove_deal_product(
        &self,
        deal: i64,
        line: i64,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let call = cost::DEAL_PRODUCT_REMOVE.call(&[&deal, &line], context);
        envelope::done(&self.send(call).await?)
    }

    /// Removes these lines from a deal, at most [`DEAL_PRODUCTS_MAX`]. Nothing is asked for without a line, since that
    /// would remove them all.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn remove_deal_products(
        &self,
        deal: i64,
        lines: &[i64],
        context: &CallContext,
    ) -> Result<(), CallError> {
        if lines.is_empty() {
            return Ok(());
        }
        let query = Query::new().with_list("ids", lines);
        let call = cost::DEAL_PRODUCTS_REMOVE.ask(&[&deal], &query, context);
        envelope::done(&self.send(call).await?)
    }
}
