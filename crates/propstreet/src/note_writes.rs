//! Writing notes and revising them.
//!
//! In: a record, a text, and for revisions the version they were planned on. Out: nothing: the answers name no id, so a new
//! note is found in the list of notes by its key.

use api_client::{CallContext, CallError, CallSpec, encode_into};
use http::Method;
use serde::Serialize;
use serde::ser::SerializeMap;

use crate::client::{Client, idempotent, if_match};
use crate::cost;
use crate::timeline::TimelineOf;

/// A note has at most so many characters.
pub const NOTE_MAX: usize = 10_000;

/// What is done to a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteRevision<'a> {
    /// Done twice, it is done once.
    Archive,
    /// A note that was superseded cannot be brought back.
    Unarchive,
    /// Another text takes its place, in the same format.
    Supersede(&'a str),
    /// The same, and the text is plain, whatever the one before it was.
    SupersedePlain(&'a str),
}

impl Serialize for NoteRevision<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Message<'a> {
            message: &'a str,
            #[serde(rename = "contentFormat", skip_serializing_if = "Option::is_none")]
            content_format: Option<&'a str>,
        }
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Archive => map.serialize_entry("action", "archive")?,
            Self::Unarchive => map.serialize_entry("action", "unarchive")?,
            Self::Supersede(message) | Self::SupersedePlain(message) => {
                let is_plain = matches!(self, Self::SupersedePlain(_));
                let content_format = is_plain.then_some("plaintext");
                map.serialize_entry("action", "supersede")?;
                let message = Message {
                    message,
                    content_format,
                };
                map.serialize_entry("supersede", &message)?;
            }
        }
        map.end()
    }
}

/// The text under the name that goes with what it is on.
struct NewNote<'a> {
    of: TimelineOf<'a>,
    message: &'a str,
    file: Option<&'a str>,
}

impl Serialize for NewNote<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = match self.of {
            TimelineOf::Contact(_) | TimelineOf::Company(_) => "note",
            TimelineOf::Project(_) | TimelineOf::Prospect { .. } => "content",
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(name, self.message)?;
        if let Some(file) = self.file {
            map.serialize_entry("fileId", file)?;
        }
        map.end()
    }
}

impl Client {
    /// Writes a note, once for each key. Its id is not told.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when the record is not there or deleted; else as [`CallError`] says.
    pub async fn create_note(
        &self,
        of: TimelineOf<'_>,
        message: &str,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let note = NewNote {
            of,
            message,
            file: None,
        };
        self.write_note(&note, idempotency_key, context).await
    }

    /// Writes a note that carries a file, once for each key. Only contacts and companies have such notes.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when the record is not there or deleted; else as [`CallError`] says.
    pub async fn create_note_with_file(
        &self,
        of: TimelineOf<'_>,
        (message, file): (&str, &str),
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let note = NewNote {
            of,
            message,
            file: Some(file),
        };
        self.write_note(&note, idempotency_key, context).await
    }

    async fn write_note(
        &self,
        note: &NewNote<'_>,
        idempotency_key: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let path = format!("{}/notes", note.of.record_path());
        let what = "create a note";
        let spec = CallSpec::write(what, Method::POST, path, cost::CALL, *context);
        let spec = idempotent(spec.json(note), idempotency_key);
        self.send(spec).await.map(drop)
    }

    /// Archives a note, brings it back, or puts another text in its place, if it is still in the version given.
    ///
    /// # Errors
    /// [`CallError::Stale`] when it is not; else as [`CallError`] says.
    pub async fn revise_note(
        &self,
        of: TimelineOf<'_>,
        id: &str,
        revision: NoteRevision<'_>,
        version: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let mut path = format!("{}/notes/", of.record_path());
        encode_into(&mut path, id);
        let what = "revise a note";
        let spec = CallSpec::write(what, Method::PATCH, path, cost::CALL, *context);
        let spec = if_match(spec.json(&revision), version)?;
        self.send(spec).await.map(drop)
    }
}
