//! Making a deal of a lead, and a lead of a deal.
//!
//! In: the record that is to become the other. Out: a job, and how it stands; it is done by the server in its own time.
//! What was converted is deleted afterwards.

use api_client::{CallContext, CallError, Row, tolerant};
use serde::{Deserialize, Deserializer, Serialize};

use crate::client::Client;
use crate::{cost, envelope};

/// A conversion that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ConversionStarted {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub conversion_id: String,
}

/// How a conversion stands. It is forgotten some time after its end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Conversion {
    #[serde(default, deserialize_with = "tolerant::text")]
    pub conversion_id: String,
    #[serde(deserialize_with = "status")]
    pub status: ConversionStatus,
    /// What became of a lead.
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub deal_id: Option<i64>,
    /// What became of a deal.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub lead_id: Option<String>,
}

/// Where a conversion is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversionStatus {
    NotStarted,
    Running,
    Completed,
    Failed,
    Rejected,
    /// A word that is new to us.
    Other(String),
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ConversionStatus, D::Error> {
    let word = tolerant::id_text(deserializer)?;
    Ok(match word.as_str() {
        "not_started" => ConversionStatus::NotStarted,
        "running" => ConversionStatus::Running,
        "completed" => ConversionStatus::Completed,
        "failed" => ConversionStatus::Failed,
        "rejected" => ConversionStatus::Rejected,
        _ => ConversionStatus::Other(word),
    })
}

/// Where the new deal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NewDealPlace {
    /// To the first stage of the default pipeline.
    #[default]
    Default,
    /// To the first stage of a pipeline.
    Pipeline(i64),
    Stage(i64),
}

#[derive(Serialize)]
struct PlaceBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    stage_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline_id: Option<i64>,
}

impl NewDealPlace {
    const fn body(self) -> PlaceBody {
        let (stage_id, pipeline_id) = match self {
            Self::Default => (None, None),
            Self::Pipeline(pipeline) => (None, Some(pipeline)),
            Self::Stage(stage) => (Some(stage), None),
        };
        PlaceBody {
            stage_id,
            pipeline_id,
        }
    }
}

impl Client {
    /// Begins to make a deal of a lead.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn convert_lead(
        &self,
        lead: &str,
        place: NewDealPlace,
        context: &CallContext,
    ) -> Result<Row<ConversionStarted>, CallError> {
        let call = cost::LEAD_CONVERT.call(&[&lead], context);
        envelope::one(&self.send(call.json(&place.body())).await?)
    }

    /// How the conversion of a lead stands.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn lead_conversion(
        &self,
        lead: &str,
        conversion: &str,
        context: &CallContext,
    ) -> Result<Row<Conversion>, CallError> {
        let call = cost::LEAD_CONVERSION.call(&[&lead, &conversion], context);
        envelope::one(&self.send(call).await?)
    }

    /// Begins to make a lead of a deal.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn convert_deal(
        &self,
        deal: i64,
        context: &CallContext,
    ) -> Result<Row<ConversionStarted>, CallError> {
        let call = cost::DEAL_CONVERT.call(&[&deal], context);
        envelope::one(&self.send(call).await?)
    }

    /// How the conversion of a deal stands.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn deal_conversion(
        &self,
        deal: i64,
        conversion: &str,
        context: &CallContext,
    ) -> Result<Row<Conversion>, CallError> {
        let call = cost::DEAL_CONVERSION.call(&[&deal, &conversion], context);
        envelope::one(&self.send(call).await?)
    }
}
