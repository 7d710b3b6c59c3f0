//! Conflicts that already wait for a person, or that a person has decided.
//!
//! In: the open conflicts of one field. Out: whether the field is held, goes by a decision, or is free. A conflict is over as
//! soon as either side shows something else than what was asked about.

use model::{BySide, Side};

use crate::draft::Draft;
use crate::merge::Seen;
use crate::policy::Direction;
use crate::view::{OpenConflict, PairView};

/// How open conflicts bind a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    Free,
    /// Asked and not answered: nothing is written, nothing is asked twice.
    Waits,
    /// The side whose value a person chose.
    Decided(Side),
}

/// Settles what is over and says how the rest binds the field.
pub(crate) fn binding(
    view: &PairView<'_>,
    seen: &Seen<'_>,
    direction: Direction,
    draft: &mut Draft<'_>,
) -> Binding {
    let holds = || {
        of_field(view, seen)
            .filter(|open| direction == Direction::Both && is_still_asked(open, seen))
    };
    // The same question can have been asked twice; an answer to either counts.
    let binding = holds()
        .find(|open| open.decided.is_some())
        .or_else(|| holds().next());
    for open in
        of_field(view, seen).filter(|open| binding.is_none_or(|binding| binding.id != open.id))
    {
        draft.settle_conflict(open.id);
    }
    match binding {
        None => Binding::Free,
        Some(open) => open.decided.map_or(Binding::Waits, Binding::Decided),
    }
}

fn is_still_asked(open: &OpenConflict, seen: &Seen<'_>) -> bool {
    let asked = BySide {
        pipedrive: open.values.pipedrive.as_ref(),
        propstreet: open.values.propstreet.as_ref(),
    };
    // The base only moves when a decision was carried out: the server then made its own value of the one chosen.
    let was_carried_out = open.decided.is_some() && seen.is_at_base();
    !seen.agrees() && asked == seen.shown && !was_carried_out
}

fn of_field<'a>(
    view: &'a PairView<'_>,
    seen: &Seen<'_>,
) -> impl Iterator<Item = &'a OpenConflict> + use<'a> {
    let field = seen.field;
    view.open_conflicts
        .iter()
        .filter(move |open| open.field == field)
}

/// Nobody needs to answer any more.
pub(crate) fn settle_conflicts_of(view: &PairView<'_>, seen: &Seen<'_>, draft: &mut Draft<'_>) {
    for open in of_field(view, seen) {
        draft.settle_conflict(open.id);
    }
}
