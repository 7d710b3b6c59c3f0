//! Links: who works for which company, and as what.
//!
//! In: contacts, companies, ids, bodies and versions. Out: links as Propstreet shows them. Which link is a contact's
//! primary one can be written here and is read from the contact.

use api_client::{CallContext, CallError, CallSpec, Page, Patch, encode_into, tolerant};
use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::{Client, idempotent, if_match};
use crate::contacts::record_path;
use crate::etag::Versioned;
use crate::list_query::ListQuery;
use crate::{cost, page};

const LINKS: &str = "/api/v1/network/links";

/// A link as read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(deserialize_with = "tolerant::id_text")]
    pub contact_id: String,
    #[serde(deserialize_with = "tolerant::id_text")]
    pub company_id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub job_title: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub created_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub updated_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub deleted_utc: Option<Timestamp>,
}

/// A link to create. A contact's first link becomes its primary one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewLink {
    pub contact_id: String,
    pub company_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
}

/// What an update of a link sends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub job_title: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub is_primary: Patch<bool>,
}

/// Whose links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinksOf<'a> {
    Everybody,
    Contact(&'a str),
    Company(&'a str),
}

impl Client {
    /// Reads one living link.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_link(
        &self,
        id: &str,
        context: &CallContext,
    ) -> Result<Versioned<Link>, CallError> {
        let spec = CallSpec::read("read a link", record_path(LINKS, id), cost::CALL, *context);
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// Reads one page of links.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_links(
        &self,
        of: LinksOf<'_>,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Versioned<Link>>, CallError> {
        let mut path = query.path(LINKS);
        let filter = match of {
            LinksOf::Everybody => None,
            LinksOf::Contact(id) => Some(("&contact_id=", id)),
            LinksOf::Company(id) => Some(("&company_id=", id)),
        };
        if let Some((name, id)) = filter {
            path.push_str(name);
            encode_into(&mut path, id);
        }
        let spec = CallSpec::read("list links", path, cost::CALL, *context);
        page::page(&self.send(spec).await?, Versioned::of_row)
    }

    /// Creates a link, once for each key.
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] when the two are linked already; else as [`CallError`] says.
    pub async fn create_link(
        &self,
        link: &NewLink,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<Versioned<Link>, CallError> {
        let spec = CallSpec::write("create a link", Method::POST, LINKS, cost::CALL, *context);
        Versioned::of_answer(
            &self
                .send(idempotent(spec.json(link), idempotency_key))
                .await?,
        )
    }

    /// Changes the fields that the body names, if the link is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn update_link(
        &self,
        id: &str,
        body: &LinkBody,
        version: &str,
        context: &CallContext,
    ) -> Result<Versioned<Link>, CallError> {
        let path = record_path(LINKS, id);
        let spec = CallSpec::write("update a link", Method::PATCH, path, cost::CALL, *context);
        Versioned::of_answer(&self.send(if_match(spec.json(body), version)?).await?)
    }

    /// Deletes a link, if it is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn delete_link(
        &self,
        id: &str,
        version: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let path = record_path(LINKS, id);
        let spec = CallSpec::write("delete a link", Method::DELETE, path, cost::CALL, *context);
        self.send(if_match(spec, version)?).await.map(drop)
    }
}
