//! The timeline of a record as the API shows it: notes and changes in one order, newest first. A project's tells what its
//! prospects' do, unless asked not to.
//!
//! In: calls. Out: pages. The timeline of a record that is deleted is not found. It writes nothing down.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::call::{Call, Reply};
use super::files::{Files, write_short};
use super::json;
use super::lists::envelope;
use super::notes::{Note, Notes, Owner};
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
    (notes, files): (&Notes, &Files),
    records: &Records,
    owner: Owner,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    owner.refuse_unknown(records)?;
    let mut known = vec![
        "cursor",
        "page_size",
        "type",
        "include_archived",
        "include_superseded",
    ];
    if let Owner::Project(_) | Owner::Prospect { .. } = owner {
        known.push("include_rollups");
    }
    call.only_parameters(&known)?;
    let shown = Shown {
        archived: flag(call, "include_archived", false)?,
        superseded: flag(call, "include_superseded", false)?,
    };
    let rolls_up = flag(call, "include_rollups", true)?;
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
    let mut page = Vec::new();
    for on in told_of(records, owner, rolls_up) {
        let ids = if noted { notes.ids_on(on) } else { &[] };
        let rows = if changed {
            records.timeline.of(on)
        } else {
            &[]
        };
        let ids = &ids[..ids.partition_point(|&id| id < before)];
        let rows = &rows[..rows.partition_point(|row| row.id < before)];
        newest(&mut page, (notes, ids, shown), rows, size + 1);
    }
    page.sort_unstable_by_key(|action| std::cmp::Reverse(action.place().1));
    page.truncate(size + 1);
    let has_more = page.len() > size;
    page.truncate(size);
    let cursor = page.last().filter(|_| has_more).map(cursor_of);
    Ok(Reply::ok(envelope(size, cursor.as_deref(), |out| {
        for (position, action) in page.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            match action {
                Action::Noted(note) => write_note(out, note, files),
                Action::Changed(row) => write_change(out, row, &records.timeline),
            }
            json::key_text(out, "cursor", Some(&cursor_of(action)));
            out.push('}');
        }
    })))
}

/// Which notes are shown beside those in force.
#[derive(Debug, Clone, Copy)]
struct Shown {
    archived: bool,
    superseded: bool,
}

fn flag(call: &Call<'_>, name: &str, usual: bool) -> Result<bool, Refused> {
    let text = call.query.get(name);
    let read = text.map_or(Ok(usual), str::parse);
    read.map_err(|_| invalid(name, "This must be true or false."))
}

/// Whose notes and changes a timeline tells.
fn told_of(records: &Records, owner: Owner, rolls_up: bool) -> Vec<(Entity, u64)> {
    let mut told = vec![owner.on()];
    if let Owner::Project(project) = owner
        && rolls_up
    {
        let prospects = records.portfolio.prospect_ids_of(project).iter();
        told.extend(prospects.map(|&id| (Entity::Prospect, id)));
    }
    told
}

/// The last `count` of both.
fn newest<'a>(
    page: &mut Vec<Action<'a>>,
    (notes, ids, shown): (&'a Notes, &[u64], Shown),
    rows: &'a [AuditRow],
    count: usize,
) {
    let newest_notes = ids.iter().rev().filter_map(|&id| notes.get(id));
    let newest_notes = newest_notes.filter(|note| {
        (shown.archived || note.archived.is_none())
            && (shown.superseded || note.superseded_by.is_none())
    });
    page.extend(newest_notes.take(count).map(Action::Noted));
    page.extend(rows.iter().rev().take(count).map(Action::Changed));
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

fn write_note(out: &mut String, note: &Note, files: &Files) {
    let client = note.client.as_deref();
    write_opening(
        out,
        (note.at, note.id),
        ("note", "NoteAdded"),
        (note.origin, client),
    );
    json::key_text(out, "etag", Some(&note.etag()));
    json::key(out, "details");
    out.push_str("{\"kind\":\"note\"");
    json::key_text(out, "message", Some(&note.message));
    json::key_text(out, "noteType", Some(&note.kind));
    write_short(out, note.file.and_then(|file| files.get(file)));
    json::key_text(out, "idempotencyKey", note.idempotency_key.as_deref());
    json::key_text(out, "oauthClientId", client);
    json::key_time(out, "archivedAt", note.archived);
    json::key_id(out, "supersedesActivityId", note.supersedes);
    json::key_id(out, "supersededByActivityId", note.superseded_by);
    let format = if note.is_markdown {
        "markdown"
    } else {
        "plaintext"
    };
    json::key_text(out, "contentFormat", Some(format));
    out.push('}');
}
