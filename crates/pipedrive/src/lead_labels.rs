//! Labels and sources of leads.
//!
//! In: names and colours. Out: labels as Pipedrive shows them, and the fixed list of sources.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::record_calls::record_calls;
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

record_calls! {
    LeadLabel, LeadLabelBody, &str:
    /// Creates a label.
    make create_lead_label = LEAD_LABEL_CREATE;
    /// Changes a label.
    change update_lead_label = LEAD_LABEL_UPDATE;
    /// Deletes a label.
    delete delete_lead_label = LEAD_LABEL_DELETE;
}
