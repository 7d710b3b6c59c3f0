//! Notes: how one is made, changed and ended on either side, and how it is found out whether that was done.
//!
//! In: an outbox row of a note. Out: what the side shows after the call. Propstreet's answers name no id and show nothing, so that
//! what a write came to is looked up in the timeline; until it is seen there, its outcome is unknown.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Patch, Priority, UnknownBecause};
use model::{Field, Kind, RecordKey, Reference, Side, Timestamp, Value, time};
use pipedrive::{NoteBody, NoteOn, NoteOrder, NoteQuery};
use plan::Operation;
use propstreet::NoteRevision;
use store::{MatchKeyKind, MirrorRow, Observation, Store};

use crate::core::Core;
use crate::delivery::call::{Answered, Target, Told, reader, version};
use crate::delivery::made::{Answer, Found};
use crate::mapping;
use crate::remote::Reader;
use crate::remote::propstreet_only::{notes_on, revisions, timeline_of};

const PAGES_MAX: usize = 200;
/// The vendor's clock may be behind ours by this much.
const SKEW_MILLIS: i64 = 10 * 60 * 1_000;

pub(crate) async fn make<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    match target.row.write.side {
        Side::Pipedrive => in_pipedrive(core, target, call).await,
        Side::Propstreet => in_propstreet(core, target, call).await,
    }
}

async fn in_pipedrive<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let content = words(target).map(|words| {
        let source = target.view.rows.propstreet.as_ref();
        mapping::note::content(words, source, target.current.as_ref())
    });
    let number = || target.key()?.id.as_number().ok_or(CallError::NotFound);
    let row = match target.row.write.operation {
        Operation::Create => {
            let on = place_in_pipedrive(target).ok_or(CallError::Stale)?;
            let content = content.ok_or(CallError::Stale)?;
            let body = NoteBody::new(content, on);
            core.pipedrive.create_note(&body, call).await?
        }
        Operation::Update => {
            let body = NoteBody {
                content: Patch::Set(content.ok_or(CallError::Stale)?),
                ..NoteBody::default()
            };
            core.pipedrive.update_note(number()?, &body, call).await?
        }
        Operation::Delete => {
            core.pipedrive.delete_note(number()?, call).await?;
            return gone(target);
        }
    };
    Ok(Answered::main(reader(core)?.note_of_pipedrive(row)))
}

async fn in_propstreet<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let write = &target.row.write;
    let message = words(target).map(mapping::note::message);
    let reader = reader(core)?;
    if write.operation == Operation::Create {
        let message = message.ok_or(CallError::Stale)?;
        let above = place(target).ok_or(CallError::Stale)?;
        let known = notes_on(core, &reader, &above, call).await?;
        if let Some(row) = made_for(core, target, known).await? {
            return Ok(looked_up(target, row));
        }
        let (of, key) = (timeline_of(&above), &target.row.idempotency_key);
        core.propstreet.create_note(of, &message, key, call).await?;
        let after = notes_on(core, &reader, &above, call).await;
        let after = after.map_err(|_| not_seen())?;
        let made = made_for(core, target, after).await?;
        return made.map(Answered::main).ok_or_else(not_seen);
    }
    let current: propstreet::Note = target.parsed().ok_or(CallError::NotFound)?;
    let (above, _) = target.key()?.listed_at().ok_or(CallError::NotFound)?;
    let version = version(core, target, call).await?;
    let revision = match &message {
        Some(message) if write.operation == Operation::Update => {
            NoteRevision::SupersedePlain(message)
        }
        Some(_) | None if write.operation == Operation::Delete => NoteRevision::Archive,
        Some(_) | None => return Err(CallError::Stale),
    };
    let of = timeline_of(&above);
    core.propstreet
        .revise_note(of, &current.id, revision, &version, call)
        .await?;
    if write.operation == Operation::Delete {
        return gone(target);
    }
    let after = notes_on(core, &reader, &above, call).await;
    let mut after = after.map_err(|_| not_seen())?.into_iter();
    let key = target.key()?;
    let seen = after.find(|row| row.key == *key && row.remote_version != version);
    seen.map(Answered::main).ok_or_else(not_seen)
}

/// The write was carried out and does not show yet.
const fn not_seen() -> CallError {
    CallError::OutcomeUnknown {
        what: "write a note",
        because: UnknownBecause::Unreadable,
    }
}

fn gone(target: &Target<'_>) -> Result<Answered, CallError> {
    Ok(Answered {
        gone: vec![target.key()?.clone()],
        ..Answered::default()
    })
}

fn words<'a>(target: &'a Target<'_>) -> Option<&'a str> {
    let value = target.row.write.fields.get(&Field::NoteText)?.as_ref()?;
    value.as_text()
}

/// The record on the written side that the note belongs to: the counterpart of the one that its source is on.
fn place(target: &Target<'_>) -> Option<RecordKey> {
    let side = target.row.write.side;
    let source = target.view.rows.get(side.other()).as_ref()?;
    let on = source.refers_to.first()?;
    let references = &target.view.references;
    let Value::Reference(Reference::Pair(pair)) = mapping::reference(on.clone(), references) else {
        return None;
    };
    let id = mapping::id_of(pair, side, references)?;
    let entity = on.entity.kind()?.entity(side);
    Some(RecordKey { entity, id })
}

fn place_in_pipedrive(target: &Target<'_>) -> Option<NoteOn> {
    let on = place(target)?;
    let id = on.id.as_number()?;
    match on.entity.kind()? {
        Kind::Person => Some(NoteOn::Person(id)),
        Kind::Organization => Some(NoteOn::Organization(id)),
        Kind::Deal => Some(NoteOn::Deal(id)),
        Kind::Note => None,
    }
}

/// The note among those on a record that was made under our key; or one that says the same and has no counterpart yet.
async fn made_for<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    shown: Vec<MirrorRow>,
) -> Result<Option<MirrorRow>, CallError> {
    let Some(source) = &target.view.rows.pipedrive else {
        return Ok(None);
    };
    let mark = mapping::note::mark(source);
    let is_ours = |row: &&MirrorRow| {
        let mut keys = row.match_keys.iter();
        keys.any(|key| key.kind == MatchKeyKind::Marker && key.value == mark)
    };
    if let Some(row) = shown.iter().find(is_ours) {
        return Ok(Some(row.clone()));
    }
    Ok(with_same_words(core, target, shown).await)
}

/// The oldest living note that says what is to be written and has no counterpart yet.
async fn with_same_words<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    shown: Vec<MirrorRow>,
) -> Option<MirrorRow> {
    let mapping = core.mapping().ok()?;
    let wanted = target.row.write.fields.get(&Field::NoteText)?.as_ref();
    let wanted = mapping::note::as_shown(target.row.write.side, Field::NoteText, wanted);
    for row in shown.into_iter().rev() {
        let says = mapping::record(&row, &[], &mapping).ok()?;
        if row.deleted_at.is_some() || says.get(Field::NoteText) != wanted.as_ref() {
            continue;
        }
        // Where the store does not answer, nothing is taken for granted.
        let pair = core.store.pair_of(core.ctx(), &row.key).await.ok()?;
        if pair.is_none() {
            return Some(row);
        }
    }
    None
}

/// What became of a create whose answer was lost. Propstreet shows our key; in Pipedrive it is the note that we wrote since on that
/// record in these words.
pub(crate) async fn created<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    sent_at: Timestamp,
) -> Answer {
    let Ok(reader) = reader(core) else {
        return Ok(Err(CallError::NotFound));
    };
    let call = CallContext::new(Priority::Change, "resolve");
    let found = match (target.row.write.side, place(target)) {
        (_, None) => Ok(None),
        (Side::Propstreet, Some(above)) => match notes_on(core, &reader, &above, &call).await {
            Ok(shown) => made_for(core, target, shown).await,
            Err(CallError::NotFound | CallError::Gone) => Ok(None),
            Err(error) => Err(error),
        },
        (Side::Pipedrive, Some(_)) => newest_of_ours(core, target, (&reader, sent_at), &call).await,
    };
    Ok(found.map(|row| match row {
        Some(row) => Found::Yes(looked_up(target, row)),
        None => Found::No(Observation::none()),
    }))
}

async fn newest_of_ours<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    (reader, sent_at): (&Reader, Timestamp),
    call: &CallContext,
) -> Result<Option<MirrorRow>, CallError> {
    let back_to = time::plus_millis(sent_at, -SKEW_MILLIS);
    let mut query = NoteQuery {
        on: place_in_pipedrive(target),
        user_id: Some(reader.mapping.definitions.our_user),
        order: NoteOrder::NewestFirst,
        ..NoteQuery::default()
    };
    for _ in 0..PAGES_MAX {
        let page = core.pipedrive.list_notes(&query, call).await?;
        let mut rows = Vec::new();
        let mut is_reached = false;
        for row in page.rows {
            let is_older = row.value.add_time.is_some_and(|added| added < back_to);
            is_reached |= is_older;
            if !is_older {
                rows.push(reader.note_of_pipedrive(row));
            }
        }
        if let Some(row) = with_same_words(core, target, rows).await {
            return Ok(Some(row));
        }
        query.cursor = page.next_cursor;
        if is_reached || query.cursor.is_none() {
            break;
        }
    }
    Ok(None)
}

/// Whether a change whose answer was lost was carried out: in Propstreet the revision that we put in its place, in Pipedrive that the
/// note says so. No log tells of notes there; a user who has changed the note since has seen what was written, or replaced what was
/// there before, and either way their words are the later ones.
pub(crate) async fn was_changed<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    shown: &MirrorRow,
    call: &CallContext,
) -> Result<bool, CallError> {
    match target.row.write.side {
        Side::Pipedrive => {
            let mapping = core.mapping().map_err(|_| CallError::NotFound)?;
            let says = mapping::record(shown, &[], &mapping).map_err(|_| CallError::NotFound)?;
            Ok(says.get(Field::NoteText).and_then(Value::as_text) == words(target))
        }
        Side::Propstreet => {
            let Some(replaced) = target.parsed::<propstreet::Note>() else {
                return Ok(false);
            };
            let Some((above, _)) = shown.key.listed_at() else {
                return Ok(false);
            };
            let all = revisions(core, &above, call).await?;
            Ok(all.iter().any(|row| {
                row.value.supersedes.as_deref() == Some(&*replaced.id)
                    && core.propstreet.is_our_note(&row.value)
            }))
        }
    }
}

/// A note found by looking.
fn looked_up(target: &Target<'_>, row: MirrorRow) -> Answered {
    Answered {
        told: Told::Looking {
            instead: shown_instead(target),
        },
        ..Answered::main(row)
    }
}

/// What a note is shown as, as far as that is another text than was sent.
pub(crate) fn shown_instead(target: &Target<'_>) -> BTreeMap<Field, Option<Value>> {
    let write = &target.row.write;
    let sent = write.fields.iter();
    sent.filter(|(field, _)| **field == Field::NoteText)
        .map(|(field, value)| {
            let shown = mapping::note::as_shown(write.side, *field, value.as_ref());
            (*field, shown)
        })
        .collect()
}
