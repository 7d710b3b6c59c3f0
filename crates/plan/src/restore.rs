//! Values that a person (or the overwrite audit) wants back.
//!
//! In: a pair's restores. Out: one write that puts the value where a person would have, without moving the base, so that it
//! travels on as an ordinary change. A later edit by a person wins: the restore is dropped and the edit travels.

use std::collections::BTreeSet;

use model::{BySide, Reference, Side, Value};

use crate::draft::Draft;
use crate::merge::Seen;
use crate::sets::is_sayable;
use crate::view::PairView;

/// Whether the field is taken care of; if not, it is merged as usual.
pub(crate) fn restore(
    view: &PairView<'_>,
    seen: &Seen<'_>,
    reach: BySide<bool>,
    draft: &mut Draft<'_>,
) -> bool {
    let Some(wanted) = view.pair.restores.get(&seen.field) else {
        return false;
    };
    if let Some(Value::Reference(Reference::Unpaired(record))) = wanted
        && view.ended_records.contains(record)
    {
        // What it names was deleted since; it stays in the journal.
        draft.settle_restore(seen.field);
        return false;
    }
    let wanted = wanted_by_side(view, seen, wanted.as_ref());
    let shows = |side: Side| seen.shown.get(side).cloned() == *wanted.get(side);
    let was_edited = Side::BOTH
        .into_iter()
        .any(|side| seen.changed(side) && !shows(side));
    let lacks = |side: Side| *reach.get(side) && !shows(side);
    let reaches_both = *reach.get(Side::Pipedrive) && *reach.get(Side::Propstreet);
    // Shown on one side as an edit it reaches the other as one; shown in step, the other side shows its own form of it.
    // What Pipedrive shows proves nothing where it has no label for all of the value.
    let proves = |side: Side| shows(side) && *wanted.get(side) == wanted.propstreet;
    let travels = (reaches_both || seen.is_at_base()) && Side::BOTH.into_iter().any(proves);
    let is_over = was_edited || travels;
    let target = order(&wanted)
        .into_iter()
        .find(|side| lacks(*side))
        .filter(|_| !is_over);
    let Some(target) = target else {
        draft.settle_restore(seen.field);
        return false;
    };
    match wanted.get(target) {
        Some(Value::Reference(Reference::Unpaired(record))) => draft.wait(seen.field, record),
        value => draft.write_without_base(target, seen.field, value.clone()),
    }
    true
}

/// Pipedrive first, where a job title needs no link; but Propstreet can hold any tag.
fn order(wanted: &BySide<Option<Value>>) -> [Side; 2] {
    if wanted.pipedrive == wanted.propstreet {
        [Side::Pipedrive, Side::Propstreet]
    } else {
        [Side::Propstreet, Side::Pipedrive]
    }
}

/// Labels that Pipedrive does not know are not asked of it.
fn wanted_by_side(
    view: &PairView<'_>,
    seen: &Seen<'_>,
    wanted: Option<&Value>,
) -> BySide<Option<Value>> {
    let propstreet = wanted.cloned();
    let Some(Value::Set(elements)) = wanted else {
        return BySide {
            pipedrive: propstreet.clone(),
            propstreet,
        };
    };
    let expressible: BTreeSet<String> = elements
        .iter()
        .filter(|label| {
            is_sayable(view, seen.field, label) || shows_label(seen.shown.pipedrive, label)
        })
        .cloned()
        .collect();
    BySide {
        pipedrive: Value::set(expressible),
        propstreet,
    }
}

fn shows_label(shown: Option<&Value>, label: &str) -> bool {
    match shown {
        Some(Value::Set(elements)) => elements.contains(label),
        Some(Value::Text(_) | Value::Reference(_)) | None => false,
    }
}
