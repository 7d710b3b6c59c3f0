//! One record of a pair was deleted, or both were.
//!
//! In: a pair with a confirmed deletion. Out: the pair at rest or ended, the other record's deletion where the policy says
//! so, or a conflict where it was edited since. Nothing deleted by a person comes back.

use model::{BySide, Field, Record, Side, Value};

use crate::deal::{is_of_deal, lose_deal, may_be_deleted};
use crate::decide::edited_fields;
use crate::draft::Draft;
use crate::merge::Seen;
use crate::plan::{Note, Plan, Rule, StateChange};
use crate::policy::{DeletePolicy, Policies};
use crate::view::{OpenConflict, PairView};

/// Both records are gone: every question about them is moot.
pub(crate) fn end(view: &PairView<'_>) -> Plan {
    let mut draft = Draft::new(view, Some(StateChange::End));
    draft.settle_all_conflicts();
    draft.settle_all_restores();
    draft.finish()
}

/// The only record is gone: every question about it is moot until it comes back.
pub(crate) fn rest(view: &PairView<'_>) -> Plan {
    let mut draft = Draft::new(view, None);
    draft.settle_all_conflicts();
    draft.settle_all_restores();
    draft.finish()
}

pub(crate) fn one_deleted(
    view: &PairView<'_>,
    policies: &Policies,
    deleted_on: Side,
    live: &Record,
) -> Plan {
    if is_of_deal(view)
        && deleted_on == Side::Propstreet
        && let Some(plan) = lose_deal(view, policies, live)
    {
        return plan;
    }
    if !may_be_deleted(view, deleted_on.other()) {
        return unlink(view, policies, deleted_on, live);
    }
    match policies.deletes {
        DeletePolicy::Unlink => unlink(view, policies, deleted_on, live),
        DeletePolicy::Propagate => propagate(view, policies, deleted_on, live),
        DeletePolicy::Ask => ask_first(view, policies, deleted_on, live),
    }
}

/// The other record stays until a person says otherwise. An edit found on it is named, because it will not travel.
fn ask_first(view: &PairView<'_>, policies: &Policies, deleted_on: Side, live: &Record) -> Plan {
    let mut draft = Draft::new(view, Some(StateChange::Ask { deleted_on }));
    draft.note(Note::AsksToDelete { deleted_on });
    for field in edited_fields(view, policies, deleted_on.other(), live) {
        draft.note(Note::EditKept { field });
    }
    draft.settle_all_conflicts();
    draft.finish()
}

/// The other record stays. An edit found on it is named, because it will not travel any more.
pub(crate) fn unlink(
    view: &PairView<'_>,
    policies: &Policies,
    deleted_on: Side,
    live: &Record,
) -> Plan {
    let mut draft = Draft::new(view, Some(StateChange::Unlink { deleted_on }));
    draft.note(Note::Unlinked { deleted_on });
    for field in edited_fields(view, policies, deleted_on.other(), live) {
        draft.note(Note::EditKept { field });
    }
    draft.settle_all_conflicts();
    draft.finish()
}

pub(crate) fn propagate(
    view: &PairView<'_>,
    policies: &Policies,
    deleted_on: Side,
    live: &Record,
) -> Plan {
    let live_on = deleted_on.other();
    let Some(field) = edited_fields(view, policies, live_on, live).next() else {
        return Draft::new(view, None).finish_delete(live_on);
    };
    let seen = deleted_against_edit(view, field, deleted_on);
    let open = view
        .open_conflicts
        .iter()
        .find(|open| is_about(open, &seen));
    match open.and_then(|open| open.decided) {
        Some(side) if side == deleted_on => Draft::new(view, None).finish_delete(live_on),
        Some(_) => unlink(view, policies, deleted_on, live),
        None => ask(view, &seen, open),
    }
}

/// Stands beside the edit in the journal: what the deleted record last showed.
fn deleted_against_edit<'a>(view: &'a PairView<'_>, field: Field, deleted_on: Side) -> Seen<'a> {
    let mut seen = Seen::of(view, field);
    *seen.shown.get_mut(deleted_on) = *seen.base.get(deleted_on);
    seen
}

fn is_about(open: &OpenConflict, seen: &Seen<'_>) -> bool {
    open.field == seen.field && as_refs(&open.values) == seen.shown
}

fn as_refs(values: &BySide<Option<Value>>) -> BySide<Option<&Value>> {
    BySide {
        pipedrive: values.pipedrive.as_ref(),
        propstreet: values.propstreet.as_ref(),
    }
}

/// A person has to choose; what was asked before about other values is over.
fn ask(view: &PairView<'_>, seen: &Seen<'_>, open: Option<&OpenConflict>) -> Plan {
    let mut draft = Draft::new(view, None);
    if open.is_none() {
        draft.conflict(seen, None, Rule::DeleteAgainstEdit);
    }
    for other in view
        .open_conflicts
        .iter()
        .filter(|other| open.is_none_or(|open| open.id != other.id))
    {
        draft.settle_conflict(other.id);
    }
    draft.finish()
}
