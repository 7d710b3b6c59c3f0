//! Notes on contacts, companies, projects and prospects.
//!
//! In: calls. Out: notes, which the timeline shows in `actions`. A note is never deleted: it is archived, or superseded by
//! another revision. Notes give their record no new version and are announced to nobody.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{Call, Reply};
use super::fields::{Fields, Given, Reading};
use super::files::Files;
use super::json;
use super::portfolio::reads::live_prospect;
use super::problem::{Refused, invalid, not_found, stale, version_required};
use super::record::{Entity, Origin};
use super::records::{Occasion, Records};

const NOTE_MAX: usize = 10_000;
const LONGER_NOTE_MAX: usize = 50_000;
const KIND_MAX: usize = 50;
const KINDS: [&str; 5] = ["note", "call", "meeting", "email", "news"];

/// What a note is on. A prospect is found under its own project alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Contact(u64),
    Company(u64),
    Project(u64),
    Prospect { project: u64, id: u64 },
}

impl Owner {
    pub(super) const fn on(self) -> (Entity, u64) {
        match self {
            Self::Contact(id) => (Entity::Contact, id),
            Self::Company(id) => (Entity::Company, id),
            Self::Project(id) => (Entity::Project, id),
            Self::Prospect { id, .. } => (Entity::Prospect, id),
        }
    }

    /// Nothing can be noted on what is not there.
    pub(super) fn refuse_unknown(self, records: &Records) -> Result<(), Refused> {
        let exists = match self {
            Self::Contact(id) => records.contacts.live(id).is_some(),
            Self::Company(id) => records.companies.live(id).is_some(),
            Self::Project(id) => records.portfolio.projects.live(id).is_some(),
            Self::Prospect { project, id } => live_prospect(records, project, id).is_ok(),
        };
        if exists {
            Ok(())
        } else {
            Err(not_found("There is no such record."))
        }
    }

    /// What the text of a new note is called, what else may come with it, and with what a new one is answered.
    const fn manner(self) -> (&'static str, &'static [&'static str], u16) {
        match self {
            Self::Contact(_) | Self::Company(_) => ("note", &["note", "fileId", "type"], 204),
            Self::Project(_) | Self::Prospect { .. } => ("content", &["content"], 201),
        }
    }
}

/// One note, or one revision of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) id: u64,
    entity: Entity,
    owner: u64,
    pub(super) message: String,
    pub(super) kind: String,
    pub(super) at: i64,
    pub(super) origin: Origin,
    pub(super) idempotency_key: Option<String>,
    /// The OAuth client that wrote it.
    pub(super) client: Option<String>,
    #[serde(default)]
    pub(super) archived: Option<i64>,
    #[serde(default)]
    pub(super) supersedes: Option<u64>,
    #[serde(default)]
    pub(super) superseded_by: Option<u64>,
    #[serde(default)]
    pub(super) is_markdown: bool,
    #[serde(default)]
    pub(super) file: Option<u64>,
    /// How often it was archived, brought back or superseded.
    #[serde(default)]
    revision: u64,
}

impl Note {
    /// A strong tag, unlike those of records.
    pub(super) fn etag(&self) -> String {
        let weak = json::etag(self.id | self.revision << 40);
        weak.trim_start_matches("W/").to_owned()
    }

    /// For whoever looks without a call.
    pub(super) fn peek(&self) -> Value {
        serde_json::json!({
            "id": self.id.to_string(),
            "on": format!("{}/{}", self.entity.name(), self.owner),
            "message": self.message,
            "isMarkdown": self.is_markdown,
            "idempotencyKey": self.idempotency_key,
            "isArchived": self.archived.is_some(),
            "supersedes": self.supersedes.map(|id| id.to_string()),
            "supersededBy": self.superseded_by.map(|id| id.to_string()),
        })
    }
}

/// All notes by id, and by what they are on.
#[derive(Debug, Default)]
pub(super) struct Notes {
    by_id: BTreeMap<u64, Note>,
    of: BTreeMap<(Entity, u64), Vec<u64>>,
}

impl Notes {
    pub(super) fn all(&self) -> impl Iterator<Item = &Note> {
        self.by_id.values()
    }

    pub(super) fn get(&self, id: u64) -> Option<&Note> {
        self.by_id.get(&id)
    }

    /// The notes on a record, oldest first.
    pub(super) fn ids_on(&self, on: (Entity, u64)) -> &[u64] {
        self.of.get(&on).map_or(&[], Vec::as_slice)
    }

    pub(super) fn last_id(&self) -> u64 {
        self.by_id.keys().last().copied().unwrap_or(0)
    }

    pub(super) fn load(saved: Vec<Note>) -> Self {
        let mut notes = Self::default();
        for note in saved {
            notes.keep(note);
        }
        notes
    }

    fn keep(&mut self, note: Note) {
        self.of
            .entry((note.entity, note.owner))
            .or_default()
            .push(note.id);
        self.by_id.insert(note.id, note);
    }

    /// Keeps a new note.
    pub(super) fn write(
        &mut self,
        id: u64,
        (entity, owner): (Entity, u64),
        message: String,
        when: &Occasion<'_>,
    ) {
        self.keep(Note {
            id,
            entity,
            owner,
            message,
            kind: "note".to_owned(),
            at: when.at,
            origin: when.origin,
            idempotency_key: when.key.map(str::to_owned),
            client: when.client.map(str::to_owned),
            archived: None,
            supersedes: None,
            superseded_by: None,
            is_markdown: false,
            file: None,
            revision: 0,
        });
    }

    /// Archives a note or brings it back. What changes nothing leaves no trace.
    pub(super) fn archive(&mut self, id: u64, archived: Option<i64>) {
        if let Some(note) = self.by_id.get_mut(&id)
            && note.archived.is_some() != archived.is_some()
        {
            note.archived = archived;
            note.revision += 1;
        }
    }

    /// Puts another revision in a note's place.
    pub(super) fn supersede(
        &mut self,
        (old, new): (u64, u64),
        message: String,
        is_markdown: Option<bool>,
        when: &Occasion<'_>,
    ) {
        let Some(note) = self.by_id.get_mut(&old) else {
            return;
        };
        note.superseded_by = Some(new);
        note.revision += 1;
        let next = Note {
            id: new,
            message,
            at: when.at,
            origin: when.origin,
            idempotency_key: when.key.map(str::to_owned),
            client: when.client.map(str::to_owned),
            archived: None,
            supersedes: Some(old),
            superseded_by: None,
            is_markdown: is_markdown.unwrap_or(note.is_markdown),
            revision: 0,
            ..note.clone()
        };
        self.keep(next);
    }
}

pub(super) fn read_message(
    field: &str,
    text: &str,
    reading: Reading<'_>,
) -> Result<String, Refused> {
    let length = text.chars().count();
    let most = if reading.switches.notes_may_be_longer {
        LONGER_NOTE_MAX
    } else {
        NOTE_MAX
    };
    if text.trim().is_empty() || length > most {
        return Err(invalid(field, "The note is empty or too long."));
    }
    Ok(text.to_owned())
}

/// Adds a note; its id is not told.
pub(super) fn post(
    (notes, files): (&mut Notes, &Files),
    records: &mut Records,
    owner: Owner,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    owner.refuse_unknown(records)?;
    call.only_parameters(&[])?;
    let body = call.json()?;
    let (field, known, status) = owner.manner();
    let mut fields = Fields::of(&body, known, call.reading.strict)?;
    let kind = fields.shaped("type", KIND_MAX, "This is no kind of note.", |kind| {
        KINDS.contains(&kind).then(|| kind.to_owned())
    });
    let file = files.named(&mut fields);
    fields.finish()?;
    let text = body.get(field).and_then(Value::as_str);
    let message = read_message(
        field,
        text.ok_or_else(|| invalid(field, "This must be a string."))?,
        call.reading,
    )?;
    call.refuse_taken_key()?;
    let id = records.timeline.take_id();
    notes.write(id, owner.on(), message, &call.when);
    if let Some(note) = notes.by_id.get_mut(&id) {
        if let Some(kind) = kind.value() {
            note.kind.clone_from(kind);
        }
        note.file = file.value().copied();
    }
    let status = if call.reading.switches.notes_of_projects_answer_204 {
        204
    } else {
        status
    };
    Ok(Reply {
        status,
        ..Reply::nothing()
    })
}

/// What is done to a note.
enum Revision {
    Archive,
    Unarchive,
    Supersede {
        message: String,
        is_markdown: Option<bool>,
        file: Given<u64>,
    },
}

/// Archives a note, brings it back, or puts another revision in its place.
pub(super) fn patch(
    (notes, files): (&mut Notes, &Files),
    records: &mut Records,
    (owner, id): (Owner, u64),
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    owner.refuse_unknown(records)?;
    let note = notes
        .get(id)
        .filter(|note| (note.entity, note.owner) == owner.on());
    let note = note.ok_or_else(|| not_found("There is no such note."))?;
    match call.if_match.map(str::trim) {
        None | Some("") => return Err(version_required()),
        Some(wanted) if wanted != note.etag() => return Err(stale()),
        Some(_) => {}
    }
    call.only_parameters(&[])?;
    let revision = read_revision(&call.json()?, files, call.reading)?;
    let is_superseded = note.superseded_by.is_some();
    match revision {
        Revision::Archive => notes.archive(id, Some(call.when.at)),
        Revision::Unarchive | Revision::Supersede { .. } if is_superseded => {
            return Err(invalid("action", "The note was superseded."));
        }
        Revision::Unarchive => notes.archive(id, None),
        Revision::Supersede {
            message,
            is_markdown,
            file,
        } => {
            let new = records.timeline.take_id();
            notes.supersede((id, new), message, is_markdown, &call.when);
            if let Some(note) = notes.by_id.get_mut(&new) {
                file.put_into(&mut note.file);
            }
        }
    }
    Ok(Reply::nothing())
}

fn read_revision(body: &Value, files: &Files, reading: Reading<'_>) -> Result<Revision, Refused> {
    let fields = Fields::of(body, &["action", "supersede"], reading.strict)?;
    fields.finish()?;
    let action = body.get("action").and_then(Value::as_str);
    match (action, body.get("supersede")) {
        (Some("archive"), _) => Ok(Revision::Archive),
        (Some("unarchive"), _) => Ok(Revision::Unarchive),
        (Some("supersede"), Some(by)) => read_supersede(by, files, reading),
        (Some("supersede"), None) => Err(invalid("supersede", "This is required.")),
        (Some(_) | None, _) => Err(invalid(
            "action",
            "This is archive, unarchive or supersede.",
        )),
    }
}

fn read_supersede(by: &Value, files: &Files, reading: Reading<'_>) -> Result<Revision, Refused> {
    let known = ["message", "fileId", "contentFormat"];
    let mut fields = Fields::of(by, &known, reading.strict)?;
    let format = fields.shaped(
        "contentFormat",
        KIND_MAX,
        "This is plaintext or markdown.",
        |format| {
            let format = format.to_ascii_lowercase();
            ["plaintext", "markdown"]
                .contains(&format.as_str())
                .then_some(format)
        },
    );
    let file = files.named(&mut fields);
    fields.finish()?;
    let text = by.get("message").and_then(Value::as_str);
    let text = text.ok_or_else(|| invalid("message", "This must be a string."))?;
    Ok(Revision::Supersede {
        message: read_message("message", text, reading)?,
        is_markdown: match format {
            Given::Absent => None,
            Given::Null => Some(false),
            Given::Set(format) => Some(format == "markdown"),
        },
        file,
    })
}
