//! Writing projects.
//!
//! In: bodies that name only the fields that are to change, and the version a change was planned on. Out: projects as
//! Propstreet shows them afterwards. A closed project is read-only, and no call opens it again.

use api_client::{CallContext, CallError, CallSpec, Patch};
use http::Method;
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::amounts::{Price, PriceRange, as_number};
use crate::client::{Client, idempotent, if_match};
use crate::contacts::record_path;
use crate::cost;
use crate::etag::Versioned;
use crate::external::ExternalRef;
use crate::projects::{PROJECTS, Project};

/// A name has at most so many characters.
pub const PROJECT_NAME_MAX: usize = 200;

/// What a create or update of a project sends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub asset: Patch<NewAsset>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub exclusivity: Patch<Exclusivity>,
    /// Has to lie in the range, where there is one.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub price: Patch<Price>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub price_range: Patch<PriceRange>,
    /// The whole list, references of other systems included.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub external_refs: Patch<Vec<ExternalRef>>,
}

/// What is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewAsset {
    Single,
    Portfolio { property_count: Option<u32> },
}

impl Serialize for NewAsset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Single => map.serialize_entry("type", "single")?,
            Self::Portfolio { property_count } => {
                map.serialize_entry("type", "portfolio")?;
                map.serialize_entry("propertyCount", property_count)?;
            }
        }
        map.end()
    }
}

/// What the owner agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusivity {
    Exclusive,
    NonExclusive,
    Other,
}

/// How a project ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub buyer: Buyer,
    /// The moment of the call where there is none.
    pub closed_at: Option<Timestamp>,
    pub price: Option<Price>,
    /// What the buyer earns with it.
    pub returns: Option<Yield>,
}

/// Percent of the price in a year. Decimal numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Yield {
    Exactly(String),
    Between(String, String),
}

impl Serialize for Yield {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Exactly(value) => map.serialize_entry("value", &Decimal(value))?,
            Self::Between(min, max) => {
                map.serialize_entry("min", &Decimal(min))?;
                map.serialize_entry("max", &Decimal(max))?;
            }
        }
        map.end()
    }
}

struct Decimal<'a>(&'a str);

impl Serialize for Decimal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        as_number(self.0, serializer)
    }
}

/// Who bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Buyer {
    /// A prospect of the project, by its id.
    Prospect(String),
    /// Somebody who is no prospect.
    External,
    /// A contact who is no prospect, by its id.
    Contact(String),
    Nobody,
}

impl Serialize for Closing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.buyer {
            Buyer::Prospect(id) => {
                map.serialize_entry("buyerType", "prospect")?;
                map.serialize_entry("buyerProspectId", id)?;
            }
            Buyer::External => map.serialize_entry("buyerType", "external")?,
            Buyer::Contact(id) => {
                map.serialize_entry("buyerType", "external")?;
                map.serialize_entry("buyerContactId", id)?;
            }
            Buyer::Nobody => map.serialize_entry("buyerType", "none")?,
        }
        if let Some(at) = self.closed_at {
            // Milliseconds are what the server itself writes.
            map.serialize_entry("closeDateUtc", &format!("{at:.3}"))?;
        }
        if let Some(price) = &self.price {
            map.serialize_entry("price", price)?;
        }
        if let Some(returns) = &self.returns {
            map.serialize_entry("yield", returns)?;
        }
        map.end()
    }
}

impl Client {
    /// Creates a project, once for each key.
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] when a reference is taken; else as [`CallError`] says.
    pub async fn create_project(
        &self,
        body: &ProjectBody,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<Versioned<Project>, CallError> {
        let what = "create a project";
        let spec = CallSpec::write(what, Method::POST, PROJECTS, cost::CALL, *context);
        let spec = idempotent(spec.json(body), idempotency_key);
        Versioned::of_answer(&self.send(spec).await?)
    }

    /// Changes the fields that the body names, if the project is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; [`CallError::AlreadyExists`] when a reference is taken or the project is closed;
    /// else as [`CallError`] says.
    pub async fn update_project(
        &self,
        id: &str,
        body: &ProjectBody,
        version: &str,
        context: &CallContext,
    ) -> Result<Versioned<Project>, CallError> {
        let (what, path) = ("update a project", record_path(PROJECTS, id));
        let spec = CallSpec::write(what, Method::PATCH, path, cost::CALL, *context);
        Versioned::of_answer(&self.send(if_match(spec.json(body), version)?).await?)
    }

    /// Closes a project for good, if it is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; [`CallError::AlreadyExists`] when it is closed already; else as [`CallError`] says.
    pub async fn close_project(
        &self,
        id: &str,
        closing: &Closing,
        version: &str,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<Versioned<Project>, CallError> {
        let path = format!("{}/close", record_path(PROJECTS, id));
        let what = "close a project";
        let spec = CallSpec::write(what, Method::POST, path, cost::CALL, *context);
        let spec = idempotent(spec.json(closing), idempotency_key);
        Versioned::of_answer(&self.send(if_match(spec, version)?).await?)
    }

    /// Deletes a project, if it is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn delete_project(
        &self,
        id: &str,
        version: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let (what, path) = ("delete a project", record_path(PROJECTS, id));
        let spec = CallSpec::write(what, Method::DELETE, path, cost::CALL, *context);
        self.send(if_match(spec, version)?).await.map(drop)
    }
}
