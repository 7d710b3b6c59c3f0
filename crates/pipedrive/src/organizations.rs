//! Organizations.
//!
//! In: ids, queries and bodies. Out: organizations as Pipedrive shows them. A body names only the fields that are to
//! change.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::{self, Address, AddressBody};
use crate::client::Client;
use crate::custom_fields::{self, CustomFields};
use crate::list_query::ListQuery;
use crate::record_calls::record_calls;
use crate::{cost, envelope};

/// An organization as read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Organization {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "address::optional_address")]
    pub address: Option<Address>,
    /// Only in accounts that show company details.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub website: Option<String>,
    /// Only in accounts that show company details.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub linkedin: Option<String>,
    /// The id of an option; only in accounts that show company details.
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub industry: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub annual_revenue: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub employee_count: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::integers")]
    pub label_ids: Vec<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub visible_to: Option<i64>,
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
    #[serde(default, deserialize_with = "custom_fields::read")]
    pub custom_fields: BTreeMap<String, Value>,
}

impl Organization {
    /// When the record was last changed; its creation until the first change.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.update_time.or(self.add_time)
    }
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
    /// The id of an option.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub industry: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub annual_revenue: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub employee_count: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub visible_to: Patch<i64>,
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub label_ids: Patch<Vec<i64>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub owner_id: Patch<i64>,
    /// By field code; what is not named stays.
    #[serde(
        skip_serializing_if = "custom_fields::is_unchanged",
        serialize_with = "custom_fields::write"
    )]
    pub custom_fields: CustomFields,
}

impl Client {
    /// Reads one page of organizations.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_organizations(
        &self,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Organization>>, CallError> {
        let call = cost::ORGANIZATIONS.ask(&[], &query.query(), context);
        envelope::page(&self.send(call).await?, query.cursor.as_deref())
    }
}

record_calls! {
    Organization, OrganizationBody, i64:
    /// Reads one organization. One deleted lately is still shown, marked as deleted.
    read get_organization = ORGANIZATION;
    /// Creates an organization. There is no protection against doing it twice but a marker among the custom fields.
    make create_organization = ORGANIZATION_CREATE;
    /// Changes the fields that the body names.
    change update_organization = ORGANIZATION_UPDATE;
    /// Marks an organization as deleted.
    delete delete_organization = ORGANIZATION_DELETE;
}
