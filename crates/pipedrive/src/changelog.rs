//! A record's changelog: who set which field from what to what.
//!
//! In: the record. Out: entries, newest first. It costs as much as four updates, so it is read only when nothing else
//! tells.

use api_client::{CallContext, CallError, CallSpec, Page, Row, encode_into, tolerant};
use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Client;
use crate::merge::Mergeable;
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
        let mut path = format!("{}/{id}/changelog", kind.path());
        if let Some(cursor) = cursor {
            path.push_str("?cursor=");
            encode_into(&mut path, cursor);
        }
        let spec = CallSpec::read("read a changelog", path, cost::CHANGELOG, *context);
        envelope::page(&self.send(spec).await?)
    }
}
