//! Persons.
//!
//! In: ids, queries and bodies. Out: persons as Pipedrive shows them. A body names only the fields that are to change.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::contact_value::ContactValue;
use crate::custom_fields::{self, CustomFields};
use crate::list_query::ListQuery;
use crate::record_calls::record_calls;
use crate::{cost, envelope};

/// A person as read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Person {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub first_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub last_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub emails: Vec<ContactValue>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub phones: Vec<ContactValue>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub org_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::integers")]
    pub label_ids: Vec<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub owner_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub visible_to: Option<i64>,
    /// Only in accounts with contact sync.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub job_title: Option<String>,
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

impl Person {
    /// When the record was last changed; its creation until the first change.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.update_time.or(self.add_time)
    }
}

/// What a create or update of a person sends.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PersonBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub first_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub last_name: Patch<String>,
    /// The whole list, entries that stay included.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub emails: Patch<Vec<ContactValue>>,
    /// The whole list, entries that stay included.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub phones: Patch<Vec<ContactValue>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub org_id: Patch<i64>,
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub label_ids: Patch<Vec<i64>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub owner_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub visible_to: Patch<i64>,
    /// Refused in accounts without contact sync.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub job_title: Patch<String>,
    /// By field code; what is not named stays.
    #[serde(
        skip_serializing_if = "custom_fields::is_unchanged",
        serialize_with = "custom_fields::write"
    )]
    pub custom_fields: CustomFields,
}

/// Whose persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonsOf {
    Everybody,
    Organization(i64),
    Deal(i64),
}

impl Client {
    /// Reads one page of persons.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_persons(
        &self,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Person>>, CallError> {
        self.list_persons_of(PersonsOf::Everybody, query, context)
            .await
    }

    /// Reads one page of the persons of an organization or a deal.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_persons_of(
        &self,
        of: PersonsOf,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Person>>, CallError> {
        let asked = match of {
            PersonsOf::Everybody => query.query(),
            PersonsOf::Organization(id) => query.query().with("org_id", id),
            PersonsOf::Deal(id) => query.query().with("deal_id", id),
        };
        let call = cost::PERSONS.ask(&[], &asked, context);
        envelope::page(&self.send(call).await?, query.cursor.as_deref())
    }
}

record_calls! {
    Person, PersonBody, i64:
    /// Reads one person. A person deleted lately is still shown, marked as deleted.
    read get_person = PERSON;
    /// Creates a person. There is no protection against doing it twice but a marker among the custom fields.
    make create_person = PERSON_CREATE;
    /// Changes the fields that the body names.
    change update_person = PERSON_UPDATE;
    /// Marks a person as deleted.
    delete delete_person = PERSON_DELETE;
}
