//! What happened to a record: its changelog, who set which field from what to what; and its flow, everything there is.
//!
//! In: the record. Out: entries, newest first. A changelog costs as much as four updates and a flow as eight, so they are
//! read only when nothing else tells.

use api_client::{CallContext, CallError, Page, Row, tolerant};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Client;
use crate::list_query::{LIMIT_MAX, page_by_number};
use crate::operation::Query;
use crate::record_kind::Mergeable;
use crate::{cost, envelope};

/// One change of one field. Values are text whatever the field is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChangelogEntry {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub field_key: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub old_value: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub new_value: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub actor_user_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub time: Option<Timestamp>,
    /// `app`, `api` and others.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub change_source: Option<String>,
}

/// One thing in the flow of a record.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FlowEntry {
    /// `dealChange`, `activity`, `note` and others.
    #[serde(deserialize_with = "tolerant::id_text")]
    pub object: String,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub timestamp: Option<Timestamp>,
    /// The thing itself, in the older version's form.
    #[serde(default)]
    pub data: Value,
}

impl Client {
    /// Reads one page of a record's changelog; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn changelog(
        &self,
        kind: Mergeable,
        id: i64,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<ChangelogEntry>>, CallError> {
        let query = Query::new().with_some("cursor", cursor);
        let call = cost::CHANGELOG.ask(&[&kind.collection(), &id], &query, context);
        envelope::page(&self.send(call).await?, cursor)
    }

    /// Reads one page of everything that happened to a record; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn flow(
        &self,
        kind: Mergeable,
        id: i64,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<FlowEntry>>, CallError> {
        let query = page_by_number(LIMIT_MAX, cursor);
        let call = cost::FLOW.ask(&[&kind.collection(), &id], &query, context);
        envelope::page(&self.send(call).await?, cursor)
    }
}
