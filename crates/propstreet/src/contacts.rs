//! Contacts.
//!
//! In: ids, queries, bodies and the version a change was planned on. Out: contacts as Propstreet shows them, with their
//! version. A body names only the fields that are to change.

use api_client::{CallContext, CallError, CallSpec, Page, Patch, encode_into, tolerant};
use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::{Client, idempotent, if_match};
use crate::etag::Versioned;
use crate::external::ExternalRef;
use crate::list_query::ListQuery;
use crate::{cost, page};

pub(crate) const CONTACTS: &str = "/api/v1/network/contacts";

/// A contact as read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub first_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub last_name: Option<String>,
    /// The primary address.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub email: Option<String>,
    /// The primary number.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub phone: Option<String>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub emails: Vec<Email>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub phones: Vec<Phone>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub linked_in_url: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub primary_language: Option<String>,
    #[serde(default, deserialize_with = "tolerant::texts")]
    pub tags: Vec<String>,
    /// What the person invests in, in free text.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub strategy: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub primary_company_id: Option<String>,
    /// The primary one first.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub companies: Vec<CompanyOfContact>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub external_refs: Vec<ExternalRef>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub created_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub updated_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub deleted_utc: Option<Timestamp>,
}

/// One of a contact's addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Email {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub address: String,
    #[serde(
        rename = "type",
        default,
        deserialize_with = "tolerant::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub kind: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_primary: bool,
}

/// One of a contact's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Phone {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub number: String,
    #[serde(
        rename = "type",
        default,
        deserialize_with = "tolerant::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub kind: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_primary: bool,
}

/// A company that a contact is linked to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompanyOfContact {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub job_title: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_primary: bool,
}

/// What a create or update of a contact sends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub first_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub last_name: Patch<String>,
    /// The primary address; the others stay.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub email: Patch<String>,
    /// The primary number; the others stay.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub phone: Patch<String>,
    /// The whole list.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub emails: Patch<Vec<Email>>,
    /// The whole list.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub phones: Patch<Vec<Phone>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub linked_in_url: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub primary_language: Patch<String>,
    /// The whole list.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub tags: Patch<Vec<String>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub strategy: Patch<String>,
    /// The whole list, references of other systems included.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub external_refs: Patch<Vec<ExternalRef>>,
}

impl Client {
    /// Reads one living contact.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_contact(
        &self,
        id: &str,
        context: &CallContext,
    ) -> Result<Versioned<Contact>, CallError> {
        let spec = CallSpec::read(
            "read a contact",
            record_path(CONTACTS, id),
            cost::CALL,
            *context,
        );
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// Reads one page of contacts.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_contacts(
        &self,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Versioned<Contact>>, CallError> {
        let spec = CallSpec::read("list contacts", query.path(CONTACTS), cost::CALL, *context);
        page::page(&self.send(spec).await?, Versioned::of_row)
    }

    /// Creates a contact, once for each key.
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] when the address or a reference is taken; else as [`CallError`] says.
    pub async fn create_contact(
        &self,
        body: &ContactBody,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<Versioned<Contact>, CallError> {
        let spec = CallSpec::write(
            "create a contact",
            Method::POST,
            CONTACTS,
            cost::CALL,
            *context,
        );
        Versioned::of_answer(
            &self
                .send(idempotent(spec.json(body), idempotency_key))
                .await?,
        )
    }

    /// Changes the fields that the body names, if the contact is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn update_contact(
        &self,
        id: &str,
        body: &ContactBody,
        version: &str,
        context: &CallContext,
    ) -> Result<Versioned<Contact>, CallError> {
        let path = record_path(CONTACTS, id);
        let spec = CallSpec::write(
            "update a contact",
            Method::PATCH,
            path,
            cost::CALL,
            *context,
        );
        Versioned::of_answer(&self.send(if_match(spec.json(body), version)?).await?)
    }

    /// Deletes a contact and its links, if it is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn delete_contact(
        &self,
        id: &str,
        version: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let path = record_path(CONTACTS, id);
        let spec = CallSpec::write(
            "delete a contact",
            Method::DELETE,
            path,
            cost::CALL,
            *context,
        );
        self.send(if_match(spec, version)?).await.map(drop)
    }
}

pub(crate) fn record_path(collection: &str, id: &str) -> String {
    let mut path = String::with_capacity(collection.len() + id.len() + 1);
    path.push_str(collection);
    path.push('/');
    encode_into(&mut path, id);
    path
}
