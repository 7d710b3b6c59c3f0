//! The whole decision about a pair on one screen.
//!
//! In: what both sides show, the base, what persons decided. Out: the plan. Which records exist decides who plans on:
//! both → field by field, one missing → create it, one deleted → the delete policy.

use model::{Field, PairState, Record, Side};

use crate::create::create;
use crate::deal::is_out_of_scope;
use crate::deletes::{end, one_deleted, propagate, rest, unlink};
use crate::draft::Draft;
use crate::fields::plan_field;
use crate::link::let_title_ride_along;
use crate::note::waits_for_its_record;
use crate::part::part;
use crate::plan::{DealNote, Note, Plan, StateChange};
use crate::policy::Policies;
use crate::view::{PairView, Presence};

/// What should happen to a pair. The same view and policies always give the same plan.
#[must_use]
pub fn decide(view: &PairView<'_>, policies: &Policies) -> Plan {
    match &view.pair.state {
        // Over: even a revived record stays out of it.
        PairState::Ended { .. } => Plan::default(),
        PairState::Parting { .. } => part(view),
        PairState::Unmaking { on, .. } => unmake(view, policies, *on),
        PairState::Unlinked { deleted_on, .. } | PairState::Asked { deleted_on, .. } => {
            decide_unlinked(view, policies, *deleted_on)
        }
        PairState::Approved { deleted_on, .. } => decide_approved(view, policies, *deleted_on),
        PairState::Active => decide_active(view, policies),
    }
}

fn decide_active(view: &PairView<'_>, policies: &Policies) -> Plan {
    use Presence::{Deleted, Live, Missing};
    if let Some(plan) = waits_for_its_record(view) {
        return plan;
    }
    let is_deleted = |side: Side| *view.shown.get(side) == Deleted;
    if is_out_of_scope(view) && !Side::BOTH.into_iter().any(is_deleted) {
        return out_of_scope(view);
    }
    match (&view.shown.pipedrive, &view.shown.propstreet) {
        (Live(_), Live(_)) => keep_in_step(view, policies, None),
        (Live(record), Missing) => create(view, policies, Side::Propstreet, record, None),
        (Missing, Live(record)) => create(view, policies, Side::Pipedrive, record, None),
        (Live(record), Deleted) => one_deleted(view, policies, Side::Propstreet, record),
        (Deleted, Live(record)) => one_deleted(view, policies, Side::Pipedrive, record),
        (Deleted, Deleted) => end(view),
        // It was never made on the other side, and is as soon as this one is back.
        (Deleted, Missing) | (Missing, Deleted) => rest(view),
        (Missing, Missing) => Plan::default(),
    }
}

/// Nothing travels, and nothing that was agreed on is forgotten.
fn out_of_scope(view: &PairView<'_>) -> Plan {
    let mut draft = Draft::new(view, None);
    draft.note(Note::Deal(DealNote::OutOfScope));
    draft.finish()
}

fn decide_unlinked(view: &PairView<'_>, policies: &Policies, deleted_on: Side) -> Plan {
    use Presence::{Deleted, Live, Missing};
    match (
        view.shown.get(deleted_on),
        view.shown.get(deleted_on.other()),
    ) {
        (Deleted, Deleted) => end(view),
        (Deleted, Missing) | (Missing, Deleted) => rest(view),
        (Deleted | Missing, Live(_)) | (Missing, Missing) => Plan::default(),
        (Live(_), Live(_)) => keep_in_step(view, policies, Some(StateChange::Activate)),
        (Live(record), Missing) => create(
            view,
            policies,
            deleted_on.other(),
            record,
            Some(StateChange::Activate),
        ),
        // Somebody brought it back: it is not deleted again for the other one's sake.
        (Live(record), Deleted) => unlink(view, policies, deleted_on.other(), record),
    }
}

/// A person's word is about the record as it was: one that was edited since asks once more, and one that came back withdraws it.
fn decide_approved(view: &PairView<'_>, policies: &Policies, deleted_on: Side) -> Plan {
    match (
        view.shown.get(deleted_on),
        view.shown.get(deleted_on.other()),
    ) {
        (Presence::Deleted, Presence::Live(record)) => {
            propagate(view, policies, deleted_on, record)
        }
        (Presence::Deleted | Presence::Live(_) | Presence::Missing, _) => {
            decide_unlinked(view, policies, deleted_on)
        }
    }
}

/// What was made is deleted again, unless somebody has edited it since: then the pair is kept in step as before.
fn unmake(view: &PairView<'_>, policies: &Policies, on: Side) -> Plan {
    use Presence::{Deleted, Live, Missing};
    match (view.shown.get(on), view.shown.get(on.other())) {
        (Live(record), Live(_)) if edited_fields(view, policies, on, record).next().is_some() => {
            keep_in_step(view, policies, Some(StateChange::Activate))
        }
        (Live(_), Live(_) | Deleted | Missing) => Draft::new(view, None).finish_delete(on),
        (Deleted | Missing, Live(record)) => unlink(view, policies, on, record),
        (Deleted | Missing, Deleted | Missing) => end(view),
    }
}

fn keep_in_step(view: &PairView<'_>, policies: &Policies, state: Option<StateChange>) -> Plan {
    let mut draft = Draft::new(view, state);
    for field in Field::of(view.kind) {
        plan_field(view, policies, *field, &mut draft);
    }
    let_title_ride_along(view, policies, &mut draft);
    draft.finish_update()
}

/// The fields a side shows otherwise than when the pair last agreed. A field that is off does not count.
pub(crate) fn edited_fields<'a>(
    view: &'a PairView<'_>,
    policies: &'a Policies,
    side: Side,
    record: &'a Record,
) -> impl Iterator<Item = Field> + 'a {
    Field::of(view.kind).iter().copied().filter(move |field| {
        let is_off = policies.of(*field).direction.is_off();
        let is_untold = side == Side::Pipedrive && view.untold.contains(field);
        // Who takes part is no edit of the record itself.
        let is_own = *field != Field::DealProspects;
        is_own && !is_off && !is_untold && record.get(*field) != view.base().get(side).get(*field)
    })
}
