//! Labels and sources of leads.
//!
//! In: names and colours. Out: labels as Pipedrive shows them, and the fixed list of sources.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::{cost, envelope};

/// A label of leads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LeadLabel {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub color: String,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
}

/// The colours a label can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelColor {
    Blue,
    Brown,
    DarkGray,
    Gray,
    Green,
    Orange,
    Pink,
    Purple,
    Red,
    Yellow,
}

/// What a create or update of a label sends. A new one needs both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LeadLabelBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub color: Patch<LabelColor>,
}

/// Where leads come from. Sources have no ids.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LeadSource {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub name: String,
}

impl Client {
    /// All labels of leads, on one page.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_lead_labels(
        &self,
        context: &CallContext,
    ) -> Result<Page<Row<LeadLabel>>, CallError> {
        let call = cost::LEAD_LABELS.call(&[], context);
        envelope::page(&self.send(call).await?, None)
    }

    /// Creates a label.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn create_lead_label(
        &self,
        body: &LeadLabelBody,
        context: &CallContext,
    ) -> Result<Row<LeadLabel>, CallError> {
        let call = cost::LEAD_LABEL_CREATE.call(&[], context).json(body);
        envelope::one(&self.send(call).await?)
    }

    /// Changes a label.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn update_lead_label(
        &self,
        id: &str,
        body: &LeadLabelBody,
        context: &CallContext,
    ) -> Result<Row<LeadLabel>, CallError> {
        let call = cost::LEAD_LABEL_UPDATE.call(&[&id], context).json(body);
        envelope::one(&self.send(call).await?)
    }

    /// Deletes a label.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn delete_lead_label(
        &self,
        id: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let call = cost::LEAD_LABEL_DELETE.call(&[&id], context);
        envelope::done(&self.send(call).await?)
    }

    /// All sources of leads, on one page.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_lead_sources(
        &self,
        context: &CallContext,
    ) -> Result<Page<Row<LeadSource>>, CallError> {
        let call = cost::LEAD_SOURCES.call(&[], context);
        envelope::page(&self.send(call).await?, None)
    }
}
