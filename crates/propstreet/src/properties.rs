//! Properties: the buildings and land that projects are about.
//!
//! In: ids and queries. Out: properties as Propstreet shows them, with their version. No webhook tells of them.

use api_client::{CallContext, CallError, CallSpec, Page, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::amounts::{Area, Price, as_optional_number, optional_decimal, part};
use crate::client::Client;
use crate::contacts::record_path;
use crate::etag::Versioned;
use crate::external::ExternalRef;
use crate::list_query::ListQuery;
use crate::projects::PROJECTS;
use crate::{cost, page};

pub(crate) const PROPERTIES: &str = "/api/v1/properties";

/// A property as read. Numbers are decimals as text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Property {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "part")]
    pub location: Option<Location>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub categories: Vec<Category>,
    #[serde(default, deserialize_with = "part")]
    pub operating_costs: Option<Price>,
    #[serde(default, deserialize_with = "part")]
    pub price: Option<Price>,
    #[serde(default, deserialize_with = "part")]
    pub parcel_area: Option<Area>,
    #[serde(default, deserialize_with = "tolerant::texts")]
    pub tags: Vec<String>,
    /// `freehold` or `leasehold`.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub tenure: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub year_built: Option<i64>,
    #[serde(default, deserialize_with = "optional_decimal")]
    pub avg_contract_length_years: Option<String>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub external_refs: Vec<ExternalRef>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub created_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub updated_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub deleted_utc: Option<Timestamp>,
}

/// Where a property is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    #[serde(
        default,
        deserialize_with = "optional_decimal",
        serialize_with = "as_optional_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub latitude: Option<String>,
    #[serde(
        default,
        deserialize_with = "optional_decimal",
        serialize_with = "as_optional_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub longitude: Option<String>,
    /// Two letters.
    #[serde(
        default,
        deserialize_with = "tolerant::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub country: Option<String>,
    #[serde(
        default,
        deserialize_with = "tolerant::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub locality: Option<String>,
}

/// One use of a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Category {
    /// Such as `retail/shopping_mall`.
    #[serde(rename = "type", deserialize_with = "tolerant::id_text")]
    pub kind: String,
    #[serde(
        default,
        deserialize_with = "tolerant::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub location_class: Option<String>,
    #[serde(
        default,
        deserialize_with = "optional_decimal",
        serialize_with = "as_optional_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub yield_percent: Option<String>,
    #[serde(
        default,
        deserialize_with = "part",
        skip_serializing_if = "Option::is_none"
    )]
    pub rental_income: Option<Price>,
    #[serde(
        default,
        deserialize_with = "part",
        skip_serializing_if = "Option::is_none"
    )]
    pub rented_area: Option<Area>,
    #[serde(
        default,
        deserialize_with = "part",
        skip_serializing_if = "Option::is_none"
    )]
    pub vacant_area: Option<Area>,
}

impl Category {
    /// What stands before the stroke, such as `retail`.
    #[must_use]
    pub fn main(&self) -> &str {
        self.kind.split('/').next().unwrap_or(&self.kind)
    }
}

impl Client {
    /// Reads one living property.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_property(
        &self,
        id: &str,
        context: &CallContext,
    ) -> Result<Versioned<Property>, CallError> {
        let path = record_path(PROPERTIES, id);
        let spec = CallSpec::read("read a property", path, cost::CALL, *context);
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// Reads one page of properties.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_properties(
        &self,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Versioned<Property>>, CallError> {
        let path = query.path(PROPERTIES);
        let spec = CallSpec::read("list properties", path, cost::CALL, *context);
        page::page(&self.send(spec).await?, Versioned::of_row)
    }

    /// Reads one page of a project's properties.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when the project is not there or deleted; else as [`CallError`] says.
    pub async fn list_properties_of(
        &self,
        project: &str,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Versioned<Property>>, CallError> {
        let mut collection = record_path(PROJECTS, project);
        collection.push_str("/properties");
        let path = query.path(&collection);
        let spec = CallSpec::read("list a project's properties", path, cost::CALL, *context);
        page::page(&self.send(spec).await?, Versioned::of_row)
    }
}
