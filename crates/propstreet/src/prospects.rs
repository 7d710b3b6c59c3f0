//! Prospects: the investors that are considered for a project.
//!
//! In: projects, ids and queries. Out: prospects as Propstreet shows them, with their version. Some were added by people or
//! by us, others the platform found by itself.

use api_client::{CallContext, CallError, CallSpec, Page, tolerant};
use jiff::Timestamp;
use serde::Deserialize;

use crate::amounts::part;
use crate::client::Client;
use crate::contacts::record_path;
use crate::etag::Versioned;
use crate::external::ExternalRef;
use crate::list_query::ListQuery;
use crate::projects::PROJECTS;
use crate::{cost, page};

/// A prospect as read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prospect {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(deserialize_with = "tolerant::id_text")]
    pub project_id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub display_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub organization_name: Option<String>,
    /// Nobody's contact where the platform found it, or where it is a company.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub contact_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub company_id: Option<String>,
    /// `not_contacted`, `contacted`, `interested`, `not_interested` or `bidder`.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub classification: Option<String>,
    /// `chat` where one can write to them; nothing for those who were added.
    #[serde(default, deserialize_with = "tolerant::texts")]
    pub capabilities: Vec<String>,
    #[serde(default, deserialize_with = "tolerant::texts")]
    pub tags: Vec<String>,
    /// Only of those to whom the teaser was communicated.
    #[serde(default, deserialize_with = "part")]
    pub teaser: Option<TeaserAnswer>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub external_refs: Vec<ExternalRef>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub created_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub updated_utc: Option<Timestamp>,
    /// When it was deleted or taken off the list: a prospect no longer.
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub deleted_utc: Option<Timestamp>,
}

/// What a prospect answered to the teaser.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeaserAnswer {
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub accepted_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub deadline_utc: Option<Timestamp>,
}

/// The prospects of a project.
pub(crate) fn prospects_path(project: &str) -> String {
    let mut path = record_path(PROJECTS, project);
    path.push_str("/prospects");
    path
}

pub(crate) fn prospect_path(project: &str, id: &str) -> String {
    record_path(&prospects_path(project), id)
}

impl Client {
    /// Reads one prospect that is on its project's list.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_prospect(
        &self,
        project: &str,
        id: &str,
        context: &CallContext,
    ) -> Result<Versioned<Prospect>, CallError> {
        let path = prospect_path(project, id);
        let spec = CallSpec::read("read a prospect", path, cost::CALL, *context);
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// Reads one page of a project's prospects.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when the project is not there or deleted; else as [`CallError`] says.
    pub async fn list_prospects(
        &self,
        project: &str,
        query: &ListQuery,
        context: &CallContext,
    ) -> Result<Page<Versioned<Prospect>>, CallError> {
        let path = query.path(&prospects_path(project));
        let spec = CallSpec::read("list prospects", path, cost::CALL, *context);
        page::page(&self.send(spec).await?, Versioned::of_row)
    }

    /// The prospect of a project that carries a reference.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when there is none; else as [`CallError`] says.
    pub async fn find_prospect(
        &self,
        project: &str,
        reference: &ExternalRef,
        context: &CallContext,
    ) -> Result<Versioned<Prospect>, CallError> {
        let path = reference.path(&prospects_path(project));
        let spec = CallSpec::read("look up a prospect", path, cost::CALL, *context);
        Versioned::of_answer(&self.send(spec).await?)
    }
}
