//! Notes on contacts and companies.
//!
//! In: calls. Out: notes, which the timeline shows in `actions`. Notes give their record no new version and are announced
//! to nobody; revising one is not served.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{Call, Reply};
use super::fields::{Fields, Given};
use super::problem::{Refused, invalid, not_found};
use super::record::{Entity, Origin};
use super::records::Records;

const NOTE_MAX: usize = 10_000;
const KIND_MAX: usize = 50;
const KINDS: [&str; 5] = ["note", "call", "meeting", "email", "news"];

/// One note.
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

    /// The notes on a contact or company, oldest first.
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

    /// A note that a person writes in the web interface.
    pub(super) fn write_by_hand(
        &mut self,
        id: u64,
        (entity, owner): (Entity, u64),
        message: String,
        at: i64,
    ) {
        self.keep(Note {
            id,
            entity,
            owner,
            message,
            kind: "note".to_owned(),
            at,
            origin: Origin::Ui,
            idempotency_key: None,
            client: None,
        });
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
    records: &mut Records,
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
    notes.keep(Note {
        id: records.timeline.take_id(),
        entity: on.0,
        owner: on.1,
        message,
        kind: kind.value().cloned().unwrap_or_else(|| "note".to_owned()),
        at: call.when.at,
        origin: call.when.origin,
        idempotency_key: call.when.key.map(str::to_owned),
        client: call.when.client.map(str::to_owned),
    });
    Ok(Reply::nothing())
}
