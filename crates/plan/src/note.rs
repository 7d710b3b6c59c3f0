//! What is particular about notes: where they belong, and that nobody can write a note without words.
//!
//! In: the view of a pair of notes. Out: the plan where it is another than that of any record. A note goes where the counterpart of
//! the record is that it is on; while that record has none, nothing of the note travels.

use model::{Field, Kind, RecordKey, Reference, Side, Value};

use crate::draft::Draft;
use crate::merge::Seen;
use crate::plan::{Note, Plan};
use crate::view::{PairView, Presence};

/// The record that a note is on, where that has no counterpart. The note waits for it, living or deleted: what was deleted together
/// with its record is no deletion of the note.
pub(crate) fn waits_for_its_record(view: &PairView<'_>) -> Option<Plan> {
    let mut on = Side::BOTH
        .into_iter()
        .filter_map(|side| unpaired_record(view, side));
    let record = on.next().filter(|_| view.kind == Kind::Note)?;
    let mut draft = Draft::new(view, None);
    draft.wait(Field::NoteOn, record);
    Some(draft.finish())
}

fn unpaired_record<'a>(view: &PairView<'a>, side: Side) -> Option<&'a RecordKey> {
    let Presence::Live(record) = view.shown.get(side) else {
        return None;
    };
    match record.get(Field::NoteOn)? {
        Value::Reference(Reference::Unpaired(record)) => Some(record),
        Value::Reference(Reference::Pair(_)) | Value::Text(_) | Value::Set(_) => None,
    }
}

/// A note that says nothing in words (a picture, an empty line) cannot be written on the other side: it is told, and travels as
/// soon as it has words.
pub(crate) fn is_wordless(seen: &Seen<'_>, draft: &mut Draft<'_>) -> bool {
    let wordless = Side::BOTH
        .into_iter()
        .find(|side| seen.shown.get(*side).is_none());
    if let Some(side) = wordless {
        draft.note(Note::Wordless { side });
    }
    wordless.is_some()
}
