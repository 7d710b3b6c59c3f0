//! Pipelines: the rows of stages that deals move along.
//!
//! In: ids and bodies. Out: pipelines as Pipedrive shows them, without their stages.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::list_query::{LIMIT_MAX, page};
use crate::record_calls::record_calls;
use crate::{cost, envelope};

/// A pipeline as read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pipeline {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: String,
    /// The lowest is the default pipeline.
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub order_nr: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_deal_probability_enabled: bool,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_deleted: bool,
}

/// What a create or update of a pipeline sends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PipelineBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub is_deal_probability_enabled: Patch<bool>,
}

impl Client {
    /// Reads one page of pipelines; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_pipelines(
        &self,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<Pipeline>>, CallError> {
        let call = cost::PIPELINES.ask(&[], &page(LIMIT_MAX, cursor), context);
        envelope::page(&self.send(call).await?, cursor)
    }
}

record_calls! {
    Pipeline, PipelineBody, i64:
    /// Reads one pipeline.
    read get_pipeline = PIPELINE;
    /// Creates a pipeline behind all others.
    make create_pipeline = PIPELINE_CREATE;
    /// Changes the fields that the body names.
    change update_pipeline = PIPELINE_UPDATE;
    /// Marks a pipeline as deleted.
    delete delete_pipeline = PIPELINE_DELETE;
}
