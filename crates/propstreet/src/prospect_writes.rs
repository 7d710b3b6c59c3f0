//! Adding, classifying and taking off prospects.
//!
//! In: contacts or companies, ids, and the version a change was planned on. Out: what became of each. Calls about many say
//! of each alone whether it was done.

use api_client::{CallContext, CallError, CallSpec, Patch, tolerant};
use http::Method;
use serde::{Deserialize, Serialize};

use crate::client::{Client, idempotent, if_match};
use crate::cost;
use crate::etag::Versioned;
use crate::external::ExternalRef;
use crate::prospects::{Prospect, prospect_path, prospects_path};

/// One call adds or classifies at most so many.
pub const PROSPECTS_PER_CALL: usize = 100;

/// What a prospect thinks of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Classification {
    NotContacted,
    Contacted,
    Interested,
    NotInterested,
    Bidder,
}

/// Who is to be considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewProspect {
    #[serde(flatten)]
    pub who: Investor,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_refs: Vec<ExternalRef>,
}

/// A contact or a company, by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Investor {
    #[serde(rename = "contactId")]
    Contact(String),
    #[serde(rename = "companyId")]
    Company(String),
}

/// What an update of a prospect sends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProspectBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub classification: Patch<Classification>,
    /// The whole list, references of other systems included.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub external_refs: Patch<Vec<ExternalRef>>,
}

/// What became of a list of prospects to add.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Added {
    #[serde(default, deserialize_with = "tolerant::list")]
    pub created: Vec<AddedProspect>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub failed: Vec<NotAdded>,
}

/// One that was added.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddedProspect {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub contact_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub company_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub external_refs: Vec<ExternalRef>,
}

/// One that was not added.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotAdded {
    /// Its place in the list that was sent, from nought.
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub index: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub contact_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub company_id: Option<String>,
    #[serde(rename = "error", deserialize_with = "because")]
    pub because: NotAddedBecause,
}

/// Why somebody was not added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAddedBecause {
    NotValid,
    InvalidId,
    /// Twice in the list that was sent.
    Duplicate,
    ReferenceTaken,
    /// On the project's list already, added or matched.
    IsProspect,
    Blocked,
    InvalidSource,
    NotFound,
    Failed,
    Other(String),
}

fn because<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<NotAddedBecause, D::Error> {
    let code = tolerant::text(deserializer)?;
    Ok(match code.as_str() {
        "validation_error" => NotAddedBecause::NotValid,
        "invalid_id" => NotAddedBecause::InvalidId,
        "duplicate" => NotAddedBecause::Duplicate,
        "duplicate_external_ref" => NotAddedBecause::ReferenceTaken,
        "already_in_prospects" | "already_in_incoming" => NotAddedBecause::IsProspect,
        "blocked" => NotAddedBecause::Blocked,
        "invalid_source" => NotAddedBecause::InvalidSource,
        "not_found_or_no_access" => NotAddedBecause::NotFound,
        "action_failed" => NotAddedBecause::Failed,
        _ => NotAddedBecause::Other(code),
    })
}

/// What became of a list of prospects to classify.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Classified {
    #[serde(default, deserialize_with = "tolerant::texts")]
    pub succeeded: Vec<String>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub failed: Vec<NotClassified>,
}

/// One that was not classified.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotClassified {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub prospect_id: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub error: String,
}

impl Client {
    /// Puts up to [`PROSPECTS_PER_CALL`] investors on a project's list, once for each key.
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] when the project is closed; else as [`CallError`] says. That some were not added is no error.
    pub async fn add_prospects(
        &self,
        project: &str,
        prospects: &[NewProspect],
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<Added, CallError> {
        #[derive(Serialize)]
        struct Body<'a> {
            prospects: &'a [NewProspect],
        }
        let path = format!("{}:batch", prospects_path(project));
        let what = "add prospects";
        let spec = CallSpec::write(what, Method::POST, path, cost::CALL, *context);
        let spec = idempotent(spec.json(&Body { prospects }), idempotency_key);
        self.send(spec).await?.read()
    }

    /// Puts one investor on a project's list, once for each key.
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] when the investor is on the list, the reference is taken or the project is closed; else as
    /// [`CallError`] says.
    pub async fn add_prospect(
        &self,
        project: &str,
        prospect: &NewProspect,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<Versioned<Prospect>, CallError> {
        let (what, path) = ("add a prospect", prospects_path(project));
        let spec = CallSpec::write(what, Method::POST, path, cost::CALL, *context);
        let spec = idempotent(spec.json(prospect), idempotency_key);
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// Changes the fields that the body names, if the prospect is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; [`CallError::AlreadyExists`] when a reference is taken or the project is closed;
    /// else as [`CallError`] says.
    pub async fn update_prospect(
        &self,
        project: &str,
        id: &str,
        body: &ProspectBody,
        version: &str,
        context: &CallContext,
    ) -> Result<Versioned<Prospect>, CallError> {
        let (what, path) = ("update a prospect", prospect_path(project, id));
        let spec = CallSpec::write(what, Method::PATCH, path, cost::CALL, *context);
        Versioned::of_answer(&self.send(if_match(spec.json(body), version)?).await?)
    }

    /// Gives up to [`PROSPECTS_PER_CALL`] prospects of a project one classification, whatever versions they are in.
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] when the project is closed; else as [`CallError`] says. That some were not classified is no
    /// error.
    pub async fn classify_prospects(
        &self,
        project: &str,
        ids: &[String],
        classification: Classification,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<Classified, CallError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            prospect_ids: &'a [String],
            classification: Classification,
        }
        let path = format!("{}/classify", prospects_path(project));
        let what = "classify prospects";
        let spec = CallSpec::write(what, Method::POST, path, cost::CALL, *context);
        let body = Body {
            prospect_ids: ids,
            classification,
        };
        let spec = idempotent(spec.json(&body), idempotency_key);
        self.send(spec).await?.read()
    }

    /// Takes a prospect off its project's list and keeps its history, if it is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn remove_prospect(
        &self,
        project: &str,
        id: &str,
        version: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let path = format!("{}/remove", prospect_path(project, id));
        let what = "remove a prospect";
        let spec = CallSpec::write(what, Method::POST, path, cost::CALL, *context);
        self.send(if_match(spec, version)?).await.map(drop)
    }

    /// Deletes a prospect, if it is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn delete_prospect(
        &self,
        project: &str,
        id: &str,
        version: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let (what, path) = ("delete a prospect", prospect_path(project, id));
        let spec = CallSpec::write(what, Method::DELETE, path, cost::CALL, *context);
        self.send(if_match(spec, version)?).await.map(drop)
    }
}
