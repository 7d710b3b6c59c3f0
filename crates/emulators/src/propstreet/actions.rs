//! The timeline of a contact or company as the API shows it: notes and changes in one order, newest first.
//!
//! In: calls. Out: pages. The timeline of a record that is deleted is not found. It writes nothing down.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::call::{Call, Reply};
use super::json;
use super::lists::envelope;
use super::notes::{self, Note, Notes};
use super::problem::{Refused, invalid};
use super::record::{Entity, Origin};
use super::records::Records;
use super::timeline::{AuditRow, Timeline};

const PAGE_MAX: usize = 250;
const PAGE_USUAL: usize = 100;

/// A row of the timeline.
#[derive(Debug, Clone, Copy)]
enum Action<'a> {
    Noted(&'a Note),
    Changed(&'a AuditRow),
}

impl Action<'_> {
    /// When, and in which place of the order.
    const fn place(&self) -> (i64, u64) {
        match self {
            Self::Noted(note) => (note.at, note.id),
            Self::Changed(row) => (row.at, row.id),
        }
    }
}

/// A page of the timeline.
pub(super) fn get(
    notes: &Notes,
    records: &Records,
    on: (Entity, u64),
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    notes::refuse_unknown(records, on)?;
    call.only_parameters(&[
        "cursor",
        "page_size",
        "type",
        "include_archived",
        "include_superseded",
    ])?;
    let (noted, changed) = match call.query.get("type").unwrap_or("all") {
        "all" => (true, true),
        "audit" => (false, true),
        "notes" => (true, false),
        _ => return Err(invalid("type", "This is all, audit or notes.")),
    };
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
    let ids = if noted { notes.ids_on(on) } else { &[] };
    let rows = if changed {
        records.timeline.of(on)
    } else {
        &[]
    };
    let ids = &ids[..ids.partition_point(|&id| id < before)];
    let rows = &rows[..rows.partition_point(|row| row.id < before)];
    let mut page = newest(notes, ids, rows, size + 1);
    let has_more = page.len() > size;
    page.truncate(size);
    let cursor = page.last().filter(|_| has_more).map(cursor_of);
    Ok(Reply::ok(envelope(size, cursor.as_deref(), |out| {
        for (position, action) in page.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            match action {
                Action::Noted(note) => write_note(out, note),
                Action::Changed(row) => write_change(out, row, &records.timeline),
            }
            json::key_text(out, "cursor", Some(&cursor_of(action)));
            out.push('}');
        }
    })))
}

/// The last `count` of both, newest first.
fn newest<'a>(
    notes: &'a Notes,
    ids: &[u64],
    rows: &'a [AuditRow],
    count: usize,
) -> Vec<Action<'a>> {
    let newest_notes = ids.iter().rev().take(count).filter_map(|&id| notes.get(id));
    let newest_rows = rows.iter().rev().take(count);
    let mut page: Vec<Action<'a>> = newest_notes.map(Action::Noted).collect();
    page.extend(newest_rows.map(Action::Changed));
    page.sort_unstable_by_key(|action| std::cmp::Reverse(action.place().1));
    page.truncate(count);
    page
}

fn cursor_of(action: &Action<'_>) -> String {
    let (at, id) = action.place();
    STANDARD.encode(format!("{{\"t\":{at},\"i\":{id}}}"))
}

fn read_cursor(text: &str) -> Option<u64> {
    let cursor: Value = serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()?;
    cursor.get("i")?.as_u64()
}

/// What every row begins with: when, and by whom. A personal token acts as its person.
fn write_opening(
    out: &mut String,
    (at, id): (i64, u64),
    (kind, event): (&str, &str),
    (origin, client): (Origin, Option<&str>),
) {
    out.push_str("{\"id\":");
    json::id(out, id);
    json::key_text(out, "type", Some(kind));
    json::key_text(out, "event", Some(event));
    json::key(out, "timestampUtc");
    json::finer_time(out, at);
    json::key(out, "user");
    let (user, source) = match (origin, client) {
        (Origin::Api, Some(_)) => (r#"{"id":"bot-1","name":"Sync"}"#, Some("PublicApi")),
        (Origin::Api, None) => (r#"{"id":"11","name":"Ellen Strand"}"#, Some("PublicApi")),
        (Origin::Ui, _) => (r#"{"id":"11","name":"Ellen Strand"}"#, None),
        (Origin::System, _) => ("null", Some("System")),
    };
    out.push_str(user);
    json::key_text(out, "source", source);
    json::key_text(out, "importId", None);
}

fn write_change(out: &mut String, row: &AuditRow, timeline: &Timeline) {
    let client = timeline.client(row);
    let operation = row.operation.name();
    write_opening(
        out,
        (row.at, row.id),
        ("audit", operation),
        (row.origin, client),
    );
    json::key(out, "details");
    out.push_str("{\"kind\":\"audit\"");
    json::key_text(out, "operation", Some(operation));
    json::key(out, "changedFields");
    let fields: Vec<&str> = row.changed_fields().collect();
    json::list(out, '[', &fields, |out, field| json::text(out, field));
    json::key_text(out, "idempotencyKey", row.key.as_deref());
    json::key_text(out, "importId", None);
    json::key_id(out, "linkId", row.link());
    json::key_text(out, "oauthClientId", client);
    out.push('}');
}

fn write_note(out: &mut String, note: &Note) {
    let client = note.client.as_deref();
    write_opening(
        out,
        (note.at, note.id),
        ("note", "NoteAdded"),
        (note.origin, client),
    );
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
    json::key_text(out, "oauthClientId", client);
    json::key_text(out, "archivedAt", None);
    json::key_text(out, "supersedesActivityId", None);
    json::key_text(out, "supersededByActivityId", None);
    json::key_text(out, "contentFormat", Some("plaintext"));
    out.push('}');
}
