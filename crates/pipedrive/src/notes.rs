//! Notes, which live in the older version of the API.
//!
//! In: ids, queries and bodies. Out: notes as Pipedrive shows them, their content in HTML. A note on a deal belongs to the
//! deal's person and organization, too.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::list_query::{LIMIT_MAX, page_by_number};
use crate::operation::Query;
use crate::record_calls::record_calls;
use crate::{cost, envelope, values};

/// A note as read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Note {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    /// HTML.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub content: String,
    /// Who wrote it.
    #[serde(default, deserialize_with = "values::optional_id")]
    pub user_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub last_update_user_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub deal_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub person_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub org_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub lead_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub pinned_to_deal_flag: bool,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub pinned_to_person_flag: bool,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub pinned_to_organization_flag: bool,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub pinned_to_lead_flag: bool,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
    /// Not after its deletion.
    #[serde(
        default = "values::yes",
        deserialize_with = "values::flag_unless_denied"
    )]
    pub active_flag: bool,
}

impl Note {
    /// When the record was last changed.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.update_time.or(self.add_time)
    }
}

/// What a note hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteOn {
    Deal(i64),
    Person(i64),
    Organization(i64),
    Lead(String),
}

impl NoteOn {
    const fn name(&self) -> &'static str {
        match self {
            Self::Deal(_) => "deal_id",
            Self::Person(_) => "person_id",
            Self::Organization(_) => "org_id",
            Self::Lead(_) => "lead_id",
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Deal(id) | Self::Person(id) | Self::Organization(id) => id.to_string(),
            Self::Lead(id) => id.clone(),
        }
    }
}

/// What a create or update of a note sends. A new one needs content and one thing that it hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NoteBody {
    /// HTML, of which the server keeps what is harmless.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub content: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub deal_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub person_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub org_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub lead_id: Patch<String>,
    /// Another author than ourselves, for administrators.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub user_id: Patch<i64>,
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "values::as_digit"
    )]
    pub pinned_to_deal_flag: Patch<bool>,
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "values::as_digit"
    )]
    pub pinned_to_person_flag: Patch<bool>,
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "values::as_digit"
    )]
    pub pinned_to_organization_flag: Patch<bool>,
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "values::as_digit"
    )]
    pub pinned_to_lead_flag: Patch<bool>,
}

impl NoteBody {
    /// A new note.
    #[must_use]
    pub fn new(content: String, on: NoteOn) -> Self {
        let mut body = Self {
            content: Patch::Set(content),
            ..Self::default()
        };
        match on {
            NoteOn::Deal(id) => body.deal_id = Patch::Set(id),
            NoteOn::Person(id) => body.person_id = Patch::Set(id),
            NoteOn::Organization(id) => body.org_id = Patch::Set(id),
            NoteOn::Lead(id) => body.lead_id = Patch::Set(id),
        }
        body
    }
}

/// What notes are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoteOrder {
    #[default]
    OldestFirst,
    NewestFirst,
    /// The earliest change first.
    ByChange,
}

impl NoteOrder {
    const fn word(self) -> &'static str {
        match self {
            Self::OldestFirst => "add_time ASC",
            Self::NewestFirst => "add_time DESC",
            Self::ByChange => "update_time ASC",
        }
    }
}

/// One page of notes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoteQuery {
    pub on: Option<NoteOn>,
    /// Who wrote them.
    pub user_id: Option<i64>,
    pub updated_since: Option<Timestamp>,
    pub order: NoteOrder,
    pub cursor: Option<String>,
}

impl NoteQuery {
    fn query(&self) -> Query {
        let mut query = page_by_number(LIMIT_MAX, self.cursor.as_deref())
            .with("sort", self.order.word())
            .with_some("user_id", self.user_id)
            .with_some(
                "updated_since",
                self.updated_since.map(values::whole_second),
            );
        if let Some(on) = &self.on {
            query = query.with(on.name(), on.id());
        }
        query
    }
}

impl Client {
    /// Reads one page of notes.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_notes(
        &self,
        query: &NoteQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Note>>, CallError> {
        let call = cost::NOTES.ask(&[], &query.query(), context);
        envelope::page(&self.send(call).await?, query.cursor.as_deref())
    }
}

record_calls! {
    Note, NoteBody, i64:
    /// Reads one note.
    read get_note = NOTE;
    /// Creates a note. Nothing protects against doing it twice.
    make create_note = NOTE_CREATE;
    /// Changes the fields that the body names.
    change update_note = NOTE_UPDATE;
    /// Deletes a note.
    delete delete_note = NOTE_DELETE;
}
