//! Two records that a person took apart: each still carries the other's id, by which it would be found again.
//!
//! In: the pair and who carries an id. Out: one write per record that takes the id off, then the end of the pair. Never touches
//! a field.

use model::Side;

use crate::deal::is_closed;
use crate::draft::Draft;
use crate::plan::{Plan, StateChange};
use crate::view::{PairView, Presence};

pub(crate) fn part(view: &PairView<'_>) -> Plan {
    let carries = |side: Side| match side {
        Side::Pipedrive => view.markers.on_pipedrive,
        // A closed project keeps it: nothing of it can be changed.
        Side::Propstreet => view.markers.on_propstreet && !is_closed(view),
    };
    let carrier = Side::BOTH
        .into_iter()
        .find(|side| carries(*side) && matches!(view.shown.get(*side), Presence::Live(_)));
    match carrier {
        Some(side) => Draft::new(view, None).finish_unmark(side),
        None => {
            let mut draft = Draft::new(view, Some(StateChange::Part));
            draft.settle_all_conflicts();
            draft.settle_all_restores();
            draft.finish()
        }
    }
}
