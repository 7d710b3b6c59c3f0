//! Leads, which live in the older version of the API.
//!
//! In: ids, queries and bodies. Out: leads as Pipedrive shows them. Their custom fields are those of deals; they lie flat
//! beside the built-in ones, only where they are set, and are read into the form that all other records have.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

use crate::client::Client;
use crate::custom_fields::{self, CustomFields};
use crate::list_query::{LIMIT_MAX, page_by_number};
use crate::operation::{Operation, Query};
use crate::record_calls::record_calls;
use crate::{cost, envelope, flat, values};

/// A lead as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Lead {
    pub id: String,
    pub title: Option<String>,
    pub owner_id: Option<i64>,
    pub creator_id: Option<i64>,
    pub label_ids: Vec<String>,
    pub person_id: Option<i64>,
    pub organization_id: Option<i64>,
    pub value: Option<LeadValue>,
    pub expected_close_date: Option<Date>,
    pub visible_to: Option<i64>,
    pub was_seen: bool,
    pub source_name: Option<String>,
    /// The deal this lead was made of.
    pub source_deal_id: Option<i64>,
    pub origin_id: Option<String>,
    pub is_archived: bool,
    pub archive_time: Option<Timestamp>,
    pub next_activity_id: Option<i64>,
    pub add_time: Option<Timestamp>,
    pub update_time: Option<Timestamp>,
    /// By field code; only those that are set.
    pub custom_fields: BTreeMap<String, Value>,
}

/// What a lead may be worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadValue {
    pub amount: Number,
    pub currency: String,
}

#[derive(Deserialize)]
struct Read {
    #[serde(deserialize_with = "tolerant::id_text")]
    id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    title: Option<String>,
    #[serde(default, deserialize_with = "values::optional_id")]
    owner_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    creator_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::texts")]
    label_ids: Vec<String>,
    #[serde(default, deserialize_with = "values::optional_id")]
    person_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    organization_id: Option<i64>,
    #[serde(default, deserialize_with = "lead_value")]
    value: Option<LeadValue>,
    #[serde(default, deserialize_with = "values::optional_date")]
    expected_close_date: Option<Date>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    visible_to: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    was_seen: bool,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    source_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    source_deal_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    origin_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    is_archived: bool,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    archive_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    next_activity_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    update_time: Option<Timestamp>,
    /// In webhooks.
    #[serde(default, deserialize_with = "custom_fields::read")]
    custom_fields: BTreeMap<String, Value>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

fn lead_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LeadValue>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let amount = value.get("amount").and_then(values::number);
    let currency = value.get("currency").and_then(Value::as_str);
    Ok(amount.zip(currency).map(|(amount, currency)| LeadValue {
        amount,
        currency: currency.to_owned(),
    }))
}

impl<'de> Deserialize<'de> for Lead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Read::deserialize(deserializer)?;
        let mut custom_fields = read.custom_fields;
        custom_fields.extend(flat::read(read.rest));
        Ok(Self {
            id: read.id,
            title: read.title,
            owner_id: read.owner_id,
            creator_id: read.creator_id,
            label_ids: read.label_ids,
            person_id: read.person_id,
            organization_id: read.organization_id,
            value: read.value,
            expected_close_date: read.expected_close_date,
            visible_to: read.visible_to,
            was_seen: read.was_seen,
            source_name: read.source_name,
            source_deal_id: read.source_deal_id,
            origin_id: read.origin_id,
            is_archived: read.is_archived,
            archive_time: read.archive_time,
            next_activity_id: read.next_activity_id,
            add_time: read.add_time,
            update_time: read.update_time,
            custom_fields,
        })
    }
}

impl Lead {
    /// When the record was last changed.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.update_time.or(self.add_time)
    }
}

/// What a create or update of a lead sends. It needs a person or an organization at all times.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LeadBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub title: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub owner_id: Patch<i64>,
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub label_ids: Patch<Vec<String>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub person_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub organization_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub value: Patch<LeadValue>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub expected_close_date: Patch<Date>,
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "values::as_text"
    )]
    pub visible_to: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub was_seen: Patch<bool>,
    /// With a create only.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub origin_id: Patch<String>,
    /// With an update only.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub is_archived: Patch<bool>,
    #[serde(flatten, serialize_with = "custom")]
    pub custom_fields: CustomFields,
}

fn custom<S: Serializer>(fields: &CustomFields, serializer: S) -> Result<S::Ok, S::Error> {
    flat::write(fields).serialize(serializer)
}

/// One page of leads, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeadQuery {
    /// A filter of the account. It takes the place of everything else that narrows the list.
    pub filter_id: Option<i64>,
    pub owner_id: Option<i64>,
    pub person_id: Option<i64>,
    pub organization_id: Option<i64>,
    /// Not for archived ones.
    pub updated_since: Option<Timestamp>,
    pub cursor: Option<String>,
}

impl LeadQuery {
    fn query(&self) -> Query {
        let page = page_by_number(LIMIT_MAX, self.cursor.as_deref());
        if self.filter_id.is_some() {
            return page.with_some("filter_id", self.filter_id);
        }
        page.with_some("owner_id", self.owner_id)
            .with_some("person_id", self.person_id)
            .with_some("organization_id", self.organization_id)
            .with_some(
                "updated_since",
                self.updated_since.map(values::whole_second),
            )
    }
}

impl Client {
    /// Reads one page of leads, archived ones left out.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_leads(
        &self,
        query: &LeadQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Lead>>, CallError> {
        self.leads_of(&cost::LEADS, query, context).await
    }

    /// Reads one page of archived leads.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_archived_leads(
        &self,
        query: &LeadQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Lead>>, CallError> {
        let query = LeadQuery {
            updated_since: None,
            ..query.clone()
        };
        self.leads_of(&cost::LEADS_ARCHIVED, &query, context).await
    }

    async fn leads_of(
        &self,
        list: &Operation,
        query: &LeadQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Lead>>, CallError> {
        let call = list.ask(&[], &query.query(), context);
        envelope::page(&self.send(call).await?, query.cursor.as_deref())
    }
}

record_calls! {
    Lead, LeadBody, &str:
    /// Reads one lead.
    read get_lead = LEAD;
    /// Creates a lead.
    make create_lead = LEAD_CREATE;
    /// Changes the fields that the body names.
    change update_lead = LEAD_UPDATE;
    /// Deletes a lead.
    delete delete_lead = LEAD_DELETE;
}
