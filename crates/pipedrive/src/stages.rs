//! Stages of pipelines.
//!
//! In: ids and bodies. Out: stages as Pipedrive shows them. Their order is told by `order_nr` within a pipeline, which
//! may begin with any number and cannot be written.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::list_query::{LIMIT_MAX, page};
use crate::record_calls::record_calls;
use crate::{cost, envelope};

/// A stage as read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Stage {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: String,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub pipeline_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub order_nr: Option<i64>,
    /// In percent.
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub deal_probability: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_deal_rot_enabled: bool,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub days_to_rotten: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_deleted: bool,
}

/// What a create or update of a stage sends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StageBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub pipeline_id: Patch<i64>,
    /// In percent.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub deal_probability: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub is_deal_rot_enabled: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub days_to_rotten: Patch<i64>,
}

impl Client {
    /// Reads one page of the stages of one pipeline or of all, in their order; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_stages(
        &self,
        pipeline: Option<i64>,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<Stage>>, CallError> {
        let query = page(LIMIT_MAX, cursor)
            .with_some("pipeline_id", pipeline)
            .with("sort_by", "order_nr");
        let call = cost::STAGES.ask(&[], &query, context);
        envelope::page(&self.send(call).await?, cursor)
    }
}

record_calls! {
    Stage, StageBody, i64:
    /// Reads one stage.
    read get_stage = STAGE;
    /// Creates a stage behind all others of its pipeline.
    make create_stage = STAGE_CREATE;
    /// Changes the fields that the body names.
    change update_stage = STAGE_UPDATE;
    /// Marks a stage as deleted.
    delete delete_stage = STAGE_DELETE;
}
