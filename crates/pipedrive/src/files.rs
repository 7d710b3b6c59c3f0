//! Files: what is attached to records. Their content is never read here.
//!
//! In: whose files. Out: what there is, as Pipedrive tells it.

use api_client::{CallContext, CallError, Page, Row, tolerant};
use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Client;
use crate::list_query::page_by_number;
use crate::record_kind::Followed;
use crate::{cost, envelope, values};

/// A page holds at most so many files.
const FILES_LIMIT_MAX: u32 = 100;

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct File {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub file_name: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub file_type: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub file_size: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub user_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub deal_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub person_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub org_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub product_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub activity_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub lead_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
    #[serde(
        default = "values::yes",
        deserialize_with = "values::flag_unless_denied"
    )]
    pub active_flag: bool,
}

impl Client {
    /// Reads what is known of one file.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_file(&self, id: i64, context: &CallContext) -> Result<Row<File>, CallError> {
        let call = cost::FILE.call(&[&id], context);
        envelope::one(&self.send(call).await?)
    }

    /// Reads one page of all files; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_files(
        &self,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<File>>, CallError> {
        let call = cost::FILES.ask(&[], &page_by_number(FILES_LIMIT_MAX, cursor), context);
        envelope::page(&self.send(call).await?, cursor)
    }

    /// Reads one page of the files of a record; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_files_of(
        &self,
        kind: Followed,
        id: i64,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<File>>, CallError> {
        let query = page_by_number(FILES_LIMIT_MAX, cursor);
        let call = cost::FILES_OF.ask(&[&kind.collection(), &id], &query, context);
        envelope::page(&self.send(call).await?, cursor)
    }
}
