//! Values that a person (or the overwrite audit) wants back.
//!
//! In: a pair's restores. Out: one write that puts the value where a person would have, without moving the base, so that it
//! travels on as an ordinary change. A later edit by a person wins: the restore is dropped and the edit travels.

use std::collections::BTreeSet;

use model::{BySide, Reference, Side, Value};

use crate::draft::Draft;
use crate::merge::Seen;
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
    let wanted = wanted_by_side(view, seen, wanted.as_ref());
    let shows = |side: Side| seen.shown.get(side).cloned() == *wanted.get(side);
    let was_edited = Side::BOTH
        .into_iter()
        .any(|side| seen.changed(side) && !shows(side));
    let lacks = |side: Side| *reach.get(side) && !shows(side);
    let reaches_both = *reach.get(Side::Pipedrive) && *reach.get(Side::Propstreet);
    // Shown on one side as an edit it reaches the other as one; shown in step, the other side shows its own form of it.
    // Of a set, what Pipedrive shows proves nothing: it may lack the labels.
    let travels =
        !is_set(seen) && (reaches_both || seen.is_at_base()) && Side::BOTH.into_iter().any(shows);
    let is_over = was_edited || travels;
    let target = order(seen)
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

/// Propstreet can hold any tag; everything else begins on Pipedrive, where a job title needs no link.
fn order(seen: &Seen<'_>) -> [Side; 2] {
    if is_set(seen) {
        [Side::Propstreet, Side::Pipedrive]
    } else {
        [Side::Pipedrive, Side::Propstreet]
    }
}

fn is_set(seen: &Seen<'_>) -> bool {
    matches!(seen.field, model::Field::PersonTags)
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
            view.expressible_labels.contains(*label) || shows_label(seen.shown.pipedrive, label)
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
