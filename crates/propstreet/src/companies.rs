//! Companies.
//!
//! In: ids, queries, bodies and the version a change was planned on. Out: companies as Propstreet shows them, with their
//! version. A body names only the fields that are to change.

use api_client::{CallContext, CallError, CallSpec, Page, Patch, Row, tolerant};
use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::{Client, idempotent, if_match};
use crate::contacts::record_path;
use crate::etag::Versioned;
use crate::external::ExternalRef;
use crate::list_query::ListQuery;
use crate::{cost, page};

const COMPANIES: &str = "/api/v1/network/companies";
/// The one company call that is not under `/network`.
const FIND_DUPLICATES: &str = "/api/v1/companies/find-duplicates";

/// A company as read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Company {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub country_code: Option<String>,
    /// Lower case, without `www.`.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub domain: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub homepage_url: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub linked_in_url: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub strategy: Option<String>,
    #[serde(default, deserialize_with = "tolerant::texts")]
    pub tags: Vec<String>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub external_refs: Vec<ExternalRef>,
    /// Those who have it as their primary company first.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub contacts: Vec<ContactOfCompany>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub created_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub updated_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub deleted_utc: Option<Timestamp>,
}

/// A contact that is linked to a company.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactOfCompany {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub job_title: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_primary: bool,
}

/// What a create or update of a company sends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompanyBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub country_code: Patch<String>,
    /// Ignored by the server where a homepage is sent along.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub domain: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub homepage_url: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub linked_in_url: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub strategy: Patch<String>,
    /// The whole list.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub tags: Patch<Vec<String>>,
    /// The whole list, references of other systems included.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub external_refs: Patch<Vec<ExternalRef>>,
}

/// What is known of a company before it is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateQuery {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

/// A company that may be the same.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateCandidate {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    /// By what it was found, such as `Domain`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub method: String,
    /// From 0 to 1.
    #[serde(default)]
    pub score: f64,
}

impl Client {
    /// Reads one living company.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_company(
        &self,
        id: &str,
        context: &CallContext,
    ) -> Result<Versioned<Company>, CallError> {
        let spec = CallSpec::read(
            "read a company",
            record_path(COMPANIES, id),
            cost::CALL,
            *context,
        );
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// Reads one page of companies.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_companies(
        &self,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Versioned<Company>>, CallError> {
        let spec = CallSpec::read(
            "list companies",
            query.path(COMPANIES),
            cost::CALL,
            *context,
        );
        page::page(&self.send(spec).await?, Versioned::of_row)
    }

    /// Creates a company, once for each key.
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] when a reference is taken; else as [`CallError`] says.
    pub async fn create_company(
        &self,
        body: &CompanyBody,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<Versioned<Company>, CallError> {
        let spec = CallSpec::write(
            "create a company",
            Method::POST,
            COMPANIES,
            cost::CALL,
            *context,
        );
        Versioned::of_answer(
            &self
                .send(idempotent(spec.json(body), idempotency_key))
                .await?,
        )
    }

    /// Changes the fields that the body names, if the company is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn update_company(
        &self,
        id: &str,
        body: &CompanyBody,
        version: &str,
        context: &CallContext,
    ) -> Result<Versioned<Company>, CallError> {
        let path = record_path(COMPANIES, id);
        let spec = CallSpec::write(
            "update a company",
            Method::PATCH,
            path,
            cost::CALL,
            *context,
        );
        Versioned::of_answer(&self.send(if_match(spec.json(body), version)?).await?)
    }

    /// Deletes a company and its links, if it is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn delete_company(
        &self,
        id: &str,
        version: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let path = record_path(COMPANIES, id);
        let spec = CallSpec::write(
            "delete a company",
            Method::DELETE,
            path,
            cost::CALL,
            *context,
        );
        self.send(if_match(spec, version)?).await.map(drop)
    }

    /// One page of the contacts that are linked to a company, in the order in which they came.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when the company is not there or deleted; else as [`CallError`] says.
    pub async fn list_contacts_of_company(
        &self,
        company: &str,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<ContactOfCompany>>, CallError> {
        let path = format!("{}/contacts", record_path(COMPANIES, company));
        let query = ListQuery {
            include_deleted: false,
            cursor: cursor.map(str::to_owned),
            ..ListQuery::all()
        };
        let path = query.path(&path);
        let spec = CallSpec::read("list a company's contacts", path, cost::CALL, *context);
        page::page(&self.send(spec).await?, Row::read)
    }

    /// Companies that may be the same as one that is not created yet.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn find_duplicate_companies(
        &self,
        query: &DuplicateQuery,
        context: &CallContext,
    ) -> Result<Vec<DuplicateCandidate>, CallError> {
        let what = "look for duplicate companies";
        let spec = CallSpec::write(what, Method::POST, FIND_DUPLICATES, cost::CALL, *context);
        let answer = self.send(spec.json(query).without_effect()).await?;
        // The name of the list is not documented: it is the only one there is.
        let list = match answer.read::<Value>()? {
            Value::Array(list) => list,
            Value::Object(parts) => parts
                .into_iter()
                .find_map(|(_, part)| {
                    if let Value::Array(list) = part {
                        Some(list)
                    } else {
                        None
                    }
                })
                .unwrap_or_default(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        Ok(list
            .into_iter()
            .filter_map(|candidate| serde_json::from_value(candidate).ok())
            .collect())
    }
}
