//! References to records that have ended: where a record was deleted on one side, the references to it are gone there and
//! still stand on the other. Neither is an edit.
//!
//! In: a field as both sides show it, and what is known to have ended. Out: the field without what went by itself, notes, and
//! a conflict where an edit cannot be told from a reference that went with its record.

use model::{BySide, Field, RecordKey, Reference, Side, Value};

use crate::draft::Draft;
use crate::merge::Seen;
use crate::plan::{Note, Rule};
use crate::view::PairView;
use crate::waiting::settle_conflicts_of;

/// A side that shows nothing where a record was agreed on that has ended since has let nothing go: its reference went with
/// the record.
pub(crate) fn forget_what_ended<'a>(view: &'a PairView<'_>, mut seen: Seen<'a>) -> Seen<'a> {
    for side in Side::BOTH {
        if let Some(Value::Reference(Reference::Pair(pair))) = seen.base.get(side)
            && seen.shown.get(side).is_none()
            && view.ended_pairs.contains(&(*pair, side))
            && has_left_nothing_else(view, side, seen.field)
        {
            *seen.base.get_mut(side) = None;
        }
    }
    seen
}

/// Whether the reference that a side showed last is one that has ended, as far as that was seen.
fn has_left_nothing_else(view: &PairView<'_>, side: Side, field: Field) -> bool {
    let left = view.evidence.get(side).left.get(&field);
    left.is_none_or(|left| view.ended_records.contains(left))
}

/// A contact that comes back without its place has not left it: its links went with it, and the other side still tells it. A
/// person in Pipedrive comes back with its organization.
pub(crate) fn forget_place_of_revived(
    view: &PairView<'_>,
    seen: &mut Seen<'_>,
    draft: &mut Draft<'_>,
) {
    if view.pair.state.deleted_on() != Some(Side::Propstreet) {
        return;
    }
    let is_of_place = matches!(
        seen.field,
        Field::PersonOrganization | Field::PersonJobTitle
    );
    if is_of_place && seen.shown.propstreet.is_none() {
        seen.base = BySide {
            pipedrive: None,
            propstreet: None,
        };
        draft.forget_base(seen.field);
    }
}

/// Settles a field whose value names an ended record, and answers whether it did.
pub(crate) fn settle_ended(view: &PairView<'_>, seen: &Seen<'_>, draft: &mut Draft<'_>) -> bool {
    if went_with_its_record(view, seen) {
        settle_conflicts_of(view, seen, draft);
        draft.note(Note::NotExpressible { field: seen.field });
        // Should the record come back, the side that still refers to it tells the other; unless they had agreed to differ.
        let agreed = view.base();
        let differs = agreed.pipedrive.get(seen.field).is_none()
            && agreed.propstreet.get(seen.field).is_some();
        if !differs {
            draft.forget_base(seen.field);
        }
        for side in Side::BOTH {
            if let Some(record) = unpaired_record(*seen.shown.get(side)) {
                draft.wake_with(record);
            }
        }
        return true;
    }
    if let Some(to) = holds_on_to_ended(view, seen)
        && !seen.changed(to.other())
    {
        // A move to a record that the other side has no word for.
        settle_conflicts_of(view, seen, draft);
        draft.note(Note::NotExpressible { field: seen.field });
        if let Some(record) = unpaired_record(*seen.shown.get(to)) {
            draft.wake_with(record);
        }
        return true;
    }
    false
}

/// A reference to a record that was deleted on one side: there the reference is gone with it, here it may still stand. Neither
/// is an edit.
fn went_with_its_record(view: &PairView<'_>, seen: &Seen<'_>) -> bool {
    let ended = names_ended(view, seen);
    // Who has left another record than the one that ended has edited.
    let has_none = |side: Side| seen.shown.get(side).is_none() && seen.base.get(side).is_none();
    (ended.pipedrive && (ended.propstreet || has_none(Side::Propstreet)))
        || (ended.propstreet && has_none(Side::Pipedrive))
}

/// The one side that names an ended record while the other names something else.
fn holds_on_to_ended(view: &PairView<'_>, seen: &Seen<'_>) -> Option<Side> {
    let ended = names_ended(view, seen);
    match (ended.pipedrive, ended.propstreet) {
        (true, false) => Some(Side::Pipedrive),
        (false, true) => Some(Side::Propstreet),
        (true, true) | (false, false) => None,
    }
}

fn names_ended(view: &PairView<'_>, seen: &Seen<'_>) -> BySide<bool> {
    let is_ended = |value: Option<&Value>| {
        unpaired_record(value).is_some_and(|record| view.ended_records.contains(record))
    };
    BySide {
        pipedrive: is_ended(seen.shown.pipedrive),
        propstreet: is_ended(seen.shown.propstreet),
    }
}

/// A reference that is taken to have gone with its record may have been let go by somebody. Nothing tells, so that what the
/// other side puts in its place is journaled.
pub(crate) fn journal_what_may_be_an_edit(
    view: &PairView<'_>,
    seen: &Seen<'_>,
    to: Side,
    draft: &mut Draft<'_>,
) {
    let raw = Seen::of(view, seen.field);
    let was_forgotten = raw.base != seen.base && !seen.changed(to);
    let both_changed = raw.changed(to) && raw.changed(to.other());
    let is_told = unpaired_record(*seen.shown.get(to.other())).is_none();
    // Forgotten by an earlier plan, and emptied by somebody perhaps.
    let was_emptied = seen.shown.get(to).is_none()
        && raw.base.get(to).is_none()
        && view
            .evidence
            .get(to)
            .left
            .get(&seen.field)
            .is_some_and(|left| view.ended_records.contains(left));
    if ((was_forgotten && both_changed) || was_emptied) && is_told {
        draft.conflict(&raw, Some(to.other()), Rule::DeleteAgainstEdit);
    }
}

/// The record that a reference names, where that has no pair on both sides.
pub(crate) fn unpaired_record(value: Option<&Value>) -> Option<&RecordKey> {
    match value {
        Some(Value::Reference(Reference::Unpaired(record))) => Some(record),
        Some(Value::Reference(Reference::Pair(_)) | Value::Text(_) | Value::Set(_)) | None => None,
    }
}
