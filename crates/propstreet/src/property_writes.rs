//! Creating, changing and deleting properties, and finding one by another system's reference.
//!
//! In: the fields to write and the version a change was planned on. Out: the property as it is now. No call attaches a property to
//! a project.

use api_client::{CallContext, CallError, CallSpec, Patch};
use http::Method;
use serde::Serialize;

use crate::amounts::{Area, Price};
use crate::client::{Client, idempotent, if_match};
use crate::contacts::record_path;
use crate::cost;
use crate::etag::Versioned;
use crate::external::ExternalRef;
use crate::properties::{Category, Location, PROPERTIES, Property};

/// What a create or update of a property sends. A create needs a name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PropertyBody {
    /// At most 200 letters.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub description: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub location: Patch<Location>,
    /// The whole list.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub categories: Patch<Vec<Category>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub operating_costs: Patch<Price>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub price: Patch<Price>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub parcel_area: Patch<Area>,
    /// The whole list; each is written like `value_add`.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub tags: Patch<Vec<String>>,
    /// `freehold` or `leasehold`.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub tenure: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub year_built: Patch<i64>,
    /// The whole list, at most ten.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub external_refs: Patch<Vec<ExternalRef>>,
}

impl Client {
    /// The living property that carries a reference.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when there is none; else as [`CallError`] says.
    pub async fn find_property(
        &self,
        reference: &ExternalRef,
        context: &CallContext,
    ) -> Result<Versioned<Property>, CallError> {
        let path = reference.path(PROPERTIES);
        let spec = CallSpec::read("look up a property", path, cost::CALL, *context);
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// Creates a property, once for each key.
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] when a reference is taken; else as [`CallError`] says.
    pub async fn create_property(
        &self,
        body: &PropertyBody,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<Versioned<Property>, CallError> {
        let what = "create a property";
        let spec = CallSpec::write(what, Method::POST, PROPERTIES, cost::CALL, *context);
        let spec = idempotent(spec.json(body), idempotency_key);
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// Changes the fields that the body names, if the property is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; [`CallError::AlreadyExists`] when a reference is taken; else as [`CallError`] says.
    pub async fn update_property(
        &self,
        id: &str,
        body: &PropertyBody,
        version: &str,
        context: &CallContext,
    ) -> Result<Versioned<Property>, CallError> {
        let (what, path) = ("update a property", record_path(PROPERTIES, id));
        let spec = CallSpec::write(what, Method::PATCH, path, cost::CALL, *context);
        Versioned::of_answer(&self.send(if_match(spec.json(body), version)?).await?)
    }

    /// Deletes a property, if it is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn delete_property(
        &self,
        id: &str,
        version: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let (what, path) = ("delete a property", record_path(PROPERTIES, id));
        let spec = CallSpec::write(what, Method::DELETE, path, cost::CALL, *context);
        self.send(if_match(spec, version)?).await.map(drop)
    }
}
