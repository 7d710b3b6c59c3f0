//! Projects: what the brokerage sells.
//!
//! In: ids and queries. Out: projects as Propstreet shows them, with their version. Status, classification and teaser are
//! read-only here: the documentation lets no call set them.

use api_client::{CallContext, CallError, CallSpec, Page, tolerant};
use jiff::Timestamp;
use serde::Deserialize;

use crate::amounts::{Price, PriceRange, part};
use crate::client::Client;
use crate::contacts::record_path;
use crate::etag::Versioned;
use crate::external::ExternalRef;
use crate::list_query::ListQuery;
use crate::properties::Property;
use crate::{cost, page};

pub(crate) const PROJECTS: &str = "/api/v1/projects";

/// A project as read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    /// `open`, `closed` or `deleted`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub status: String,
    /// `draft`, `active` or `inactive`.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub classification: Option<String>,
    #[serde(default, deserialize_with = "part")]
    pub asset: Option<Asset>,
    #[serde(default, deserialize_with = "part")]
    pub teaser: Option<Teaser>,
    /// `exclusive`, `non_exclusive` or `other`.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub exclusivity: Option<String>,
    #[serde(default, deserialize_with = "part")]
    pub price: Option<Price>,
    #[serde(default, deserialize_with = "part")]
    pub price_range: Option<PriceRange>,
    /// At most one of them; the list of a project's properties has all.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub properties: Vec<Property>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub external_refs: Vec<ExternalRef>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub created_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub updated_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub deleted_utc: Option<Timestamp>,
}

/// Whether one property is sold or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asset {
    /// `single` or `portfolio`.
    #[serde(rename = "type", default, deserialize_with = "tolerant::text")]
    pub kind: String,
    /// Of a portfolio.
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub property_count: Option<i64>,
}

impl Asset {
    #[must_use]
    pub fn is_portfolio(&self) -> bool {
        self.kind == "portfolio"
    }
}

/// How far a project's teaser is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Teaser {
    /// `property_added`, `drafting`, `published`, `verified` or `communicated`.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub stage: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub published_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub verified_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub communicated_utc: Option<Timestamp>,
}

impl Project {
    /// Whether it takes changes: a closed project is read-only, and so are its prospects.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.deleted_utc.is_none() && self.status == "open"
    }

    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.status == "closed"
    }
}

impl Client {
    /// Reads one living project.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_project(
        &self,
        id: &str,
        context: &CallContext,
    ) -> Result<Versioned<Project>, CallError> {
        let path = record_path(PROJECTS, id);
        let spec = CallSpec::read("read a project", path, cost::CALL, *context);
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// Reads one page of projects.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_projects(
        &self,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Versioned<Project>>, CallError> {
        let spec = CallSpec::read("list projects", query.path(PROJECTS), cost::CALL, *context);
        page::page(&self.send(spec).await?, Versioned::of_row)
    }

    /// The living project that carries a reference.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when there is none; else as [`CallError`] says.
    pub async fn find_project(
        &self,
        reference: &ExternalRef,
        context: &CallContext,
    ) -> Result<Versioned<Project>, CallError> {
        let path = reference.path(PROJECTS);
        let spec = CallSpec::read("look up a project", path, cost::CALL, *context);
        Versioned::of_answer(&self.send(spec).await?)
    }
}
