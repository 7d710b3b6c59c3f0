//! The timeline of a record: who changed which fields, and by what way.
//!
//! In: a record and a place in its timeline. Out: changes, newest first, without values. It is the one place
//! that tells our own writes from those of others. Notes are in `notes`.

use api_client::{CallContext, CallError, CallSpec, Page, encode_into, tolerant};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Client;
use crate::contacts::record_path;
use crate::projects::PROJECTS;
use crate::prospects::prospect_path;
use crate::{cost, page};

const CONTACTS: &str = "/api/v1/network/contacts";
const COMPANIES: &str = "/api/v1/network/companies";
const CHANGES: &str = "type=audit&page_size=100";
pub(crate) const BY_API: &str = "PublicApi";

/// Whose timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimelineOf<'a> {
    Contact(&'a str),
    Company(&'a str),
    /// Without what its prospects tell.
    Project(&'a str),
    Prospect {
        project: &'a str,
        id: &'a str,
    },
}

impl TimelineOf<'_> {
    pub(crate) fn record_path(self) -> String {
        match self {
            Self::Contact(id) => record_path(CONTACTS, id),
            Self::Company(id) => record_path(COMPANIES, id),
            Self::Project(id) => record_path(PROJECTS, id),
            Self::Prospect { project, id } => prospect_path(project, id),
        }
    }

    pub(crate) fn actions_path(self, query: &str) -> String {
        let mut path = self.record_path();
        path.push_str("/actions?");
        path.push_str(query);
        if let Self::Project(_) = self {
            path.push_str("&include_rollups=false");
        }
        path
    }
}

/// One change, as the timeline tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Row")]
pub struct Change {
    pub id: String,
    pub at: Option<Timestamp>,
    /// `ContactUpdated`, `LinkCreated` and so on.
    pub operation: String,
    /// The JSON names of what changed.
    pub fields: Vec<String>,
    /// The registered client that called; none for people, the server itself and personal tokens.
    pub client: Option<String>,
    pub is_by_api: bool,
    /// The link that was created, changed or deleted.
    pub link: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(deserialize_with = "tolerant::id_text")]
    id: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    event: String,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    timestamp_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::text")]
    source: String,
    #[serde(default)]
    details: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(default, deserialize_with = "tolerant::text")]
    operation: String,
    #[serde(default, deserialize_with = "tolerant::texts")]
    changed_fields: Vec<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    link_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    oauth_client_id: Option<String>,
}

impl From<Row> for Change {
    fn from(row: Row) -> Self {
        // Details of another kind than an object tell nothing.
        let object = Some(row.details).filter(Value::is_object);
        let details = object.and_then(|details| Details::deserialize(details).ok());
        let details = details.unwrap_or_default();
        let operation = if details.operation.is_empty() {
            row.event
        } else {
            details.operation
        };
        let said = |text: &String| !text.is_empty();
        Self {
            id: row.id,
            at: row.timestamp_utc,
            operation,
            fields: details.changed_fields,
            client: details.oauth_client_id.filter(said),
            is_by_api: row.source.eq_ignore_ascii_case(BY_API),
            link: details.link_id.filter(said),
        }
    }
}

/// What the operations and fields that a sync asks for are called in a timeline.
impl Change {
    #[must_use]
    pub fn makes_link(&self) -> bool {
        self.operation == "LinkCreated"
    }

    #[must_use]
    pub fn changes_link(&self) -> bool {
        self.operation == "LinkUpdated"
    }

    #[must_use]
    pub fn ends_link(&self) -> bool {
        self.operation == "LinkDeleted"
    }

    /// Whether a link became the main one, or ceased to be.
    #[must_use]
    pub fn moves_main_flag(&self) -> bool {
        self.changes_link() && self.fields.iter().any(|field| field == "isPrimary")
    }

    #[must_use]
    pub fn changes_job_title(&self) -> bool {
        self.fields.iter().any(|field| field == "jobTitle")
    }

    #[must_use]
    pub fn restores_contact(&self) -> bool {
        self.operation == "ContactRestored"
    }
}

impl Client {
    /// Reads one page of changes, the newest first. A change of a link is in the timelines of both its ends.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when the record is not there or deleted; else as [`CallError`] says.
    pub async fn changes(
        &self,
        of: TimelineOf<'_>,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Change>, CallError> {
        let mut path = of.actions_path(CHANGES);
        if let Some(cursor) = cursor {
            path.push_str("&cursor=");
            encode_into(&mut path, cursor);
        }
        let spec = CallSpec::read("read a timeline", path, cost::CALL, *context);
        page::page(&self.send(spec).await?, |row| {
            serde_json::from_str(row.get())
        })
    }

    /// Whether we made this change, as far as the timeline tells: it came through the API from the client we log in as.
    /// With a personal token any change through a personal token counts, because the timeline does not tell them apart.
    #[must_use]
    pub fn is_ours(&self, change: &Change) -> bool {
        change.is_by_api && change.client.as_deref() == self.client_id()
    }
}
