//! Notes, which are read from the timeline of what they are on.
//!
//! In: a record and a place in its timeline. Out: notes with their version, newest first. A note is never deleted: it is
//! archived, or superseded by another revision.

use api_client::{CallContext, CallError, CallSpec, Page, encode_into, tolerant};
use jiff::Timestamp;
use serde::Deserialize;

use crate::amounts::part;
use crate::client::Client;
use crate::etag::Versioned;
use crate::timeline::{BY_API, TimelineOf};
use crate::{cost, page};

const NOTES: &str = "type=notes&page_size=250";
/// Notes that are no longer in force.
const WITH_PAST: &str = "&include_archived=true&include_superseded=true";

/// A note, or one revision of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Row")]
pub struct Note {
    pub id: String,
    pub at: Option<Timestamp>,
    pub message: String,
    /// `note`, `call`, `meeting`, `email` or `news`.
    pub kind: Option<String>,
    /// `plaintext` or `markdown`.
    pub content_format: Option<String>,
    /// The key it was created with.
    pub idempotency_key: Option<String>,
    pub archived_at: Option<Timestamp>,
    /// The revision before it.
    pub supersedes: Option<String>,
    /// The revision after it.
    pub superseded_by: Option<String>,
    pub author: Option<Author>,
    /// The registered client that wrote it; none for people and personal tokens.
    pub client: Option<String>,
    pub is_by_api: bool,
}

/// Who wrote a note.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Author {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
}

impl Note {
    /// Whether it is neither archived nor superseded.
    #[must_use]
    pub const fn is_in_force(&self) -> bool {
        self.archived_at.is_none() && self.superseded_by.is_none()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(deserialize_with = "tolerant::id_text")]
    id: String,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    timestamp_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "part")]
    user: Option<Author>,
    #[serde(default, deserialize_with = "tolerant::text")]
    source: String,
    details: Details,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(deserialize_with = "tolerant::id_text")]
    message: String,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    note_type: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    content_format: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    idempotency_key: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    oauth_client_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    archived_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    supersedes_activity_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    superseded_by_activity_id: Option<String>,
}

impl From<Row> for Note {
    fn from(row: Row) -> Self {
        let details = row.details;
        let said = |text: &String| !text.is_empty();
        Self {
            id: row.id,
            at: row.timestamp_utc,
            message: details.message,
            kind: details.note_type,
            content_format: details.content_format,
            idempotency_key: details.idempotency_key.filter(said),
            archived_at: details.archived_at,
            supersedes: details.supersedes_activity_id.filter(said),
            superseded_by: details.superseded_by_activity_id.filter(said),
            author: row.user,
            client: details.oauth_client_id.filter(said),
            is_by_api: row.source.eq_ignore_ascii_case(BY_API),
        }
    }
}

/// Which notes of a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotesQuery {
    /// Those that were archived or superseded, too.
    pub with_past: bool,
    pub cursor: Option<String>,
}

impl NotesQuery {
    /// The notes in force.
    #[must_use]
    pub fn in_force() -> Self {
        Self::default()
    }

    /// All notes and all their revisions.
    #[must_use]
    pub const fn with_past() -> Self {
        Self {
            with_past: true,
            cursor: None,
        }
    }

    /// The same from another place on.
    #[must_use]
    pub fn after(&self, cursor: &str) -> Self {
        Self {
            cursor: Some(cursor.to_owned()),
            ..self.clone()
        }
    }
}

impl Client {
    /// Reads one page of the notes on a record, the newest first. Those on a project's prospects are not among the project's.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when the record is not there or deleted; else as [`CallError`] says.
    pub async fn list_notes(
        &self,
        of: TimelineOf<'_>,
        query: &NotesQuery,
        context: &CallContext,
    ) -> Result<Page<Versioned<Note>>, CallError> {
        let mut path = of.actions_path(NOTES);
        if query.with_past {
            path.push_str(WITH_PAST);
        }
        if let Some(cursor) = &query.cursor {
            path.push_str("&cursor=");
            encode_into(&mut path, cursor);
        }
        let spec = CallSpec::read("list notes", path, cost::CALL, *context);
        page::page(&self.send(spec).await?, Versioned::of_row)
    }

    /// Whether we wrote this note, as far as the timeline tells; as with changes.
    #[must_use]
    pub fn is_our_note(&self, note: &Note) -> bool {
        note.is_by_api && note.client.as_deref() == self.client_id()
    }
}
