//! Organizations.
//!
//! In: ids, queries and bodies. Out: organizations as Pipedrive shows them. A body names only the fields that are to
//! change.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, CallSpec, Page, Patch, Row, tolerant};
use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::list_query::ListQuery;
use crate::{cost, envelope};

const ORGANIZATIONS: &str = "/api/v2/organizations";

/// An organization as read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Organization {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "address")]
    pub address: Option<Address>,
    /// Only in accounts that show company details.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub website: Option<String>,
    /// Only in accounts that show company details.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub linkedin: Option<String>,
    #[serde(default, deserialize_with = "tolerant::integers")]
    pub label_ids: Vec<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub owner_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    /// Nothing until the first change.
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_deleted: bool,
    /// By field code; every field of the account, null where unset.
    #[serde(default, deserialize_with = "crate::custom_fields::read")]
    pub custom_fields: BTreeMap<String, Value>,
}

impl Organization {
    /// When the record was last changed; its creation until the first change.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.update_time.or(self.add_time)
    }
}

/// An address as read: the text a person typed, and what Pipedrive made of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Address {
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub value: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub country: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub locality: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub postal_code: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub formatted_address: Option<String>,
}

/// An address as written. Every part that is left out becomes empty, so an address that a person made is never written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AddressBody {
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// What a create or update of an organization sends.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct OrganizationBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub address: Patch<AddressBody>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub website: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub linkedin: Patch<String>,
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub label_ids: Patch<Vec<i64>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub owner_id: Patch<i64>,
    /// By field code; what is not named stays.
    #[serde(
        skip_serializing_if = "crate::custom_fields::is_unchanged",
        serialize_with = "crate::custom_fields::write"
    )]
    pub custom_fields: BTreeMap<String, Patch<Value>>,
}

/// An address is an object here and plain text in older forms.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Address>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(Address {
            value: Some(text),
            ..Address::default()
        }),
        Value::Object(parts) => serde_json::from_value(Value::Object(parts)).ok(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    })
}

impl Client {
    /// Reads one organization. One deleted lately is still shown, marked as deleted.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_organization(
        &self,
        id: i64,
        context: &CallContext,
    ) -> Result<Row<Organization>, CallError> {
        let path = format!("{ORGANIZATIONS}/{id}");
        let spec = CallSpec::read("read an organization", path, cost::GET, *context);
        envelope::one(&self.send(spec).await?)
    }

    /// Reads one page of organizations.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_organizations(
        &self,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Organization>>, CallError> {
        let path = query.path(ORGANIZATIONS);
        let spec = CallSpec::read("list organizations", path, cost::LIST, *context);
        envelope::page(&self.send(spec).await?)
    }

    /// Creates an organization. There is no protection against doing it twice but a marker among the custom fields.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn create_organization(
        &self,
        body: &OrganizationBody,
        context: &CallContext,
    ) -> Result<Row<Organization>, CallError> {
        let what = "create an organization";
        let spec = CallSpec::write(what, Method::POST, ORGANIZATIONS, cost::WRITE, *context);
        envelope::one(&self.send(spec.json(body)).await?)
    }

    /// Changes the fields that the body names.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn update_organization(
        &self,
        id: i64,
        body: &OrganizationBody,
        context: &CallContext,
    ) -> Result<Row<Organization>, CallError> {
        let path = format!("{ORGANIZATIONS}/{id}");
        let what = "update an organization";
        let spec = CallSpec::write(what, Method::PATCH, path, cost::WRITE, *context);
        envelope::one(&self.send(spec.json(body)).await?)
    }

    /// Marks an organization as deleted.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn delete_organization(
        &self,
        id: i64,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let path = format!("{ORGANIZATIONS}/{id}");
        let what = "delete an organization";
        let spec = CallSpec::write(what, Method::DELETE, path, cost::DELETE, *context);
        envelope::done(&self.send(spec).await?)
    }
}
