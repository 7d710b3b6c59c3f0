//! Notes on contacts and companies, and the timeline that shows them.
//!
//! In: calls. Out: notes and pages of the timeline, newest first. The timeline holds notes alone: changes of records are
//! not written into it. Notes give their record no new version and are announced to nobody; revising one is not served.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{Call, Reply};
use super::fields::{Fields, Given};
use super::json;
use super::lists::envelope;
use super::problem::{Refused, invalid, not_found};
use super::record::{Entity, Origin};
use super::records::Records;

const NOTE_MAX: usize = 10_000;
const KIND_MAX: usize = 50;
const FIRST_NOTE: u64 = 700_000;
const PAGE_MAX: usize = 250;
const PAGE_USUAL: usize = 100;
const KINDS: [&str; 5] = ["note", "call", "meeting", "email", "news"];

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    id: u64,
    entity: Entity,
    owner: u64,
    message: String,
    kind: String,
    at: i64,
    origin: Origin,
    pub(super) idempotency_key: Option<String>,
    client: Option<String>,
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

    fn add(
        &mut self,
        (entity, owner): (Entity, u64),
        message: String,
        kind: String,
        (at, origin): (i64, Origin),
    ) -> &mut Note {
        let id = self.by_id.keys().last().map_or(FIRST_NOTE, |last| last + 1);
        let note = Note {
            id,
            entity,
            owner,
            message,
            kind,
            at,
            origin,
            idempotency_key: None,
            client: None,
        };
        self.keep(note);
        self.by_id.get_mut(&id).expect("the note was kept just now")
    }

    /// A note that a person writes in the web interface.
    pub(super) fn write_by_hand(&mut self, on: (Entity, u64), message: &str, at: i64) -> u64 {
        self.add(on, message.to_owned(), "note".to_owned(), (at, Origin::Ui))
            .id
    }
}

/// Nothing can be noted on what is not there.
pub(super) fn refuse_unknown(
    records: &Records,
    (entity, id): (Entity, u64),
) -> Result<(), Refused> {
    let exists = match entity {
        Entity::Contact => records.contacts.live(id).is_some(),
        Entity::Company => records.companies.live(id).is_some(),
        Entity::Link => false,
    };
    if exists {
        Ok(())
    } else {
        Err(not_found("There is no such record."))
    }
}

pub(super) fn read_message(text: &str) -> Result<String, Refused> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > NOTE_MAX {
        return Err(invalid("note", "A note has 1 to 10,000 characters."));
    }
    Ok(text.to_owned())
}

/// Adds a note; its id is not told.
pub(super) fn post(
    notes: &mut Notes,
    records: &Records,
    on: (Entity, u64),
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    refuse_unknown(records, on)?;
    call.only_parameters(&[])?;
    let body = call.json()?;
    let mut fields = Fields::of(&body, &["note", "fileId", "type"], call.reading.strict)?;
    let kind = fields.shaped("type", KIND_MAX, "This is no kind of note.", |kind| {
        KINDS.contains(&kind).then(|| kind.to_owned())
    });
    if let Given::Set(_) = fields.text("fileId", KIND_MAX) {
        fields.wrong("fileId", "There is no such file.");
    }
    fields.finish()?;
    let text = body.get("note").and_then(Value::as_str);
    let message = read_message(text.ok_or_else(|| invalid("note", "This must be a string."))?)?;
    call.refuse_taken_key()?;
    let kind = kind.value().cloned().unwrap_or_else(|| "note".to_owned());
    let note = notes.add(on, message, kind, (call.when.at, call.when.origin));
    note.idempotency_key = call.when.key.map(str::to_owned);
    note.client = Some(call.caller.to_owned());
    Ok(Reply::nothing())
}

/// A page of the timeline.
pub(super) fn timeline(
    notes: &Notes,
    records: &Records,
    on: (Entity, u64),
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    refuse_unknown(records, on)?;
    call.only_parameters(&[
        "cursor",
        "page_size",
        "type",
        "include_archived",
        "include_superseded",
    ])?;
    let kind = call.query.get("type").unwrap_or("all");
    if !["all", "audit", "notes"].contains(&kind) {
        return Err(invalid("type", "This is all, audit or notes."));
    }
    let size = match call.query.get("page_size") {
        None => PAGE_USUAL,
        Some(text) => text
            .parse()
            .ok()
            .filter(|size| (1..=PAGE_MAX).contains(size))
            .ok_or_else(|| invalid("page_size", "This must be a number from 1 to 250."))?,
    };
    let before = match call.query.get("cursor") {
        None => u64::MAX,
        Some(text) => {
            read_cursor(text).ok_or_else(|| invalid("cursor", "The cursor cannot be read."))?
        }
    };
    let ids = notes.of.get(&on).map_or(&[][..], Vec::as_slice);
    let mut page: Vec<&Note> = ids
        .iter()
        .rev()
        .filter_map(|id| notes.by_id.get(id))
        .collect();
    page.retain(|note| note.id < before && kind != "audit");
    let has_more = page.len() > size;
    page.truncate(size);
    let cursor = page.last().filter(|_| has_more).map(|note| cursor_of(note));
    Ok(Reply::ok(envelope(size, cursor.as_deref(), |out| {
        for (position, note) in page.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            write(out, note);
        }
    })))
}

fn cursor_of(note: &Note) -> String {
    STANDARD.encode(format!("{{\"t\":{},\"i\":{}}}", note.at, note.id))
}

fn read_cursor(text: &str) -> Option<u64> {
    let cursor: Value = serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()?;
    cursor.get("i")?.as_u64()
}

fn write(out: &mut String, note: &Note) {
    let by_api = note.origin == Origin::Api;
    out.push_str("{\"id\":");
    json::id(out, note.id);
    json::key_text(out, "type", Some("note"));
    json::key_text(out, "event", Some("NoteAdded"));
    json::key_time(out, "timestampUtc", Some(note.at));
    json::key(out, "user");
    out.push_str(if by_api {
        "{\"id\":\"bot-1\",\"name\":\"Sync\"}"
    } else {
        "{\"id\":\"11\",\"name\":\"Ellen Strand\"}"
    });
    json::key_text(out, "source", by_api.then_some("PublicApi"));
    json::key_text(out, "importId", None);
    json::key_text(
        out,
        "etag",
        Some(json::etag(note.id).trim_start_matches("W/")),
    );
    json::key(out, "details");
    out.push_str("{\"kind\":\"note\"");
    json::key_text(out, "message", Some(&note.message));
    json::key_text(out, "noteType", Some(&note.kind));
    json::key_text(out, "file", None);
    json::key_text(out, "idempotencyKey", note.idempotency_key.as_deref());
    json::key_text(out, "oauthClientId", note.client.as_deref());
    json::key_text(out, "archivedAt", None);
    json::key_text(out, "supersedesActivityId", None);
    json::key_text(out, "supersededByActivityId", None);
    json::key_text(out, "contentFormat", Some("plaintext"));
    out.push('}');
    json::key_text(out, "cursor", Some(&cursor_of(note)));
    out.push('}');
}
