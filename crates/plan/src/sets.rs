//! Sets (tags, and all addresses and numbers), element by element: what either side added or removed travels, and both sides' changes merge without conflict.
//!
//! In: a set as both sides show it, and the labels Pipedrive knows. Out: at most one write per side. An addition beats a
//! removal, an absence that Pipedrive cannot help (it has no such label) removes nothing, and nothing is removed that is still
//! a side's primary element.

use std::collections::BTreeSet;

use model::{BySide, Field, Side, Value};

use crate::draft::Draft;
use crate::merge::Seen;
use crate::plan::Note;
use crate::policy::Direction;
use crate::view::PairView;

static EMPTY: BTreeSet<String> = BTreeSet::new();

/// What should happen to one element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ElementMove {
    Stay,
    Add {
        to: Side,
    },
    Remove {
        from: Side,
    },
    /// Pipedrive has no such label.
    NoLabel,
    /// The side changed it and may not.
    LeaveAlone {
        side: Side,
    },
}

/// Whether an element is in each side's set, now and in the base.
#[derive(Debug, Clone, Copy)]
struct Element {
    shown: BySide<bool>,
    base: BySide<bool>,
    has_label: bool,
}

pub(crate) fn plan_set(
    view: &PairView<'_>,
    seen: &Seen<'_>,
    direction: Direction,
    draft: &mut Draft<'_>,
) {
    if seen.agrees() {
        draft.take_in(seen);
        return;
    }
    let shown = sets(seen.shown);
    let base = sets(seen.base);
    agree_on_common(seen, (&shown, &base), draft);
    let mut wanted: BySide<Option<BTreeSet<String>>> = BySide {
        pipedrive: None,
        propstreet: None,
    };
    let mut left_alone = None;
    let mut is_held = false;
    for name in shown.pipedrive.symmetric_difference(shown.propstreet) {
        let has_label = is_sayable(view, seen.field, name);
        let element = Element {
            shown: contains(&shown, name),
            base: contains(&base, name),
            has_label,
        };
        match element.decide(direction) {
            ElementMove::Stay => {}
            ElementMove::Add { to } => {
                wanted
                    .get_mut(to)
                    .get_or_insert_with(|| (*shown.get(to)).clone())
                    .insert(name.clone());
            }
            ElementMove::Remove { from }
                if stays_primary(view, seen.field, (name, from), draft) =>
            {
                is_held = true;
            }
            ElementMove::Remove { from } => {
                wanted
                    .get_mut(from)
                    .get_or_insert_with(|| (*shown.get(from)).clone())
                    .remove(name);
            }
            ElementMove::NoLabel => draft.note(Note::LabelMissing {
                label: name.clone(),
            }),
            ElementMove::LeaveAlone { side } => left_alone = Some(side),
        }
    }
    if let Some(side) = left_alone {
        draft.note(Note::LeftAlone {
            field: seen.field,
            side,
        });
    }
    if wanted.pipedrive.is_none() && wanted.propstreet.is_none() {
        // Once another one is the primary one, it goes.
        if !is_held {
            draft.take_in(seen);
        }
        return;
    }
    for side in Side::BOTH {
        if let Some(elements) = wanted.get_mut(side).take() {
            draft.write(
                side,
                seen.field,
                Value::set(elements),
                seen.shown.get(side.other()).cloned(),
            );
        }
    }
}

/// Whether Pipedrive has a word for an element: a tag needs a label, an address needs nothing.
pub(crate) fn is_sayable(view: &PairView<'_>, field: Field, name: &str) -> bool {
    field != Field::PersonTags || view.expressible_labels.contains(name)
}

/// Whether an element is a side's primary one, and this plan tells that side no other.
fn stays_primary(
    view: &PairView<'_>,
    field: Field,
    (name, side): (&str, Side),
    draft: &Draft<'_>,
) -> bool {
    let Some(primary) = field.primary() else {
        return false;
    };
    let shown = view.shown_value(side, primary).and_then(Value::as_text);
    let told = draft.record_write(side, primary);
    shown == Some(name)
        && told.is_none_or(|told| told.as_ref().and_then(Value::as_text) == Some(name))
}

/// What both sides have, or neither has, is agreed on whatever becomes of the rest.
fn agree_on_common(
    seen: &Seen<'_>,
    (shown, base): (&BySide<&BTreeSet<String>>, &BySide<&BTreeSet<String>>),
    draft: &mut Draft<'_>,
) {
    let differs =
        |name: &&String| shown.pipedrive.contains(*name) != shown.propstreet.contains(*name);
    let common = || shown.pipedrive.intersection(shown.propstreet);
    let of_side = |side: Side| {
        let kept = base.get(side).iter().filter(differs);
        Value::set(kept.chain(common()).cloned().collect())
    };
    draft.agree(
        seen.field,
        BySide {
            pipedrive: of_side(Side::Pipedrive),
            propstreet: of_side(Side::Propstreet),
        },
    );
}

impl Element {
    /// Only asked about elements that one side has and the other has not.
    fn decide(self, direction: Direction) -> ElementMove {
        let has = if self.shown.pipedrive {
            Side::Pipedrive
        } else {
            Side::Propstreet
        };
        let lacks = has.other();
        let may = |from: Side| direction.allows(from.other());
        let was_added = !self.base.get(has);
        let was_removed = *self.base.get(lacks);
        let is_labelless = lacks == Side::Pipedrive && !self.has_label;
        if is_labelless {
            return if may(has) {
                ElementMove::NoLabel
            } else {
                ElementMove::Stay
            };
        }
        // A label made since: what was kept on Propstreet can be told now.
        let is_overdue = lacks == Side::Pipedrive && !was_added && !was_removed;
        if (was_added || is_overdue) && may(has) {
            ElementMove::Add { to: lacks }
        } else if was_added && was_removed && may(lacks) {
            // Both changed it, and only the removal may travel, where the element was never agreed: it is left.
            ElementMove::LeaveAlone { side: has }
        } else if was_removed && may(lacks) {
            ElementMove::Remove { from: has }
        } else if was_added {
            ElementMove::LeaveAlone { side: has }
        } else if was_removed {
            ElementMove::LeaveAlone { side: lacks }
        } else {
            ElementMove::Stay
        }
    }
}

fn contains(sets: &BySide<&BTreeSet<String>>, name: &str) -> BySide<bool> {
    BySide {
        pipedrive: sets.pipedrive.contains(name),
        propstreet: sets.propstreet.contains(name),
    }
}

fn sets(values: BySide<Option<&Value>>) -> BySide<&BTreeSet<String>> {
    BySide {
        pipedrive: elements(values.pipedrive),
        propstreet: elements(values.propstreet),
    }
}

/// The elements of a set value; none of a value that is no set.
pub(crate) fn elements(value: Option<&Value>) -> &BTreeSet<String> {
    match value {
        Some(Value::Set(elements)) => elements,
        Some(Value::Text(_) | Value::Reference(_)) | None => &EMPTY,
    }
}
