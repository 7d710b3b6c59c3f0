//! One field of a pair whose records both exist: restores first, then what a person decided, then the merge.
//!
//! In: a field as both sides show it. Out: writes, notes, conflicts and moves of the base in the draft.

use model::{BySide, Field, PairState, Reference, Side, Value};

use crate::draft::Draft;
use crate::link::{Link, forget_title_of_lost_link, link_of_title, works_elsewhere};
use crate::merge::{Judge, Seen, merge};
use crate::plan::{Decision, Note, Rule};
use crate::policy::{FieldPolicy, Policies};
use crate::restore::restore;
use crate::sets::plan_set;
use crate::view::PairView;
use crate::waiting::{Binding, binding, settle_conflicts_of};

pub(crate) fn plan_field<'a>(
    view: &'a PairView<'a>,
    policies: &Policies,
    field: Field,
    draft: &mut Draft<'a>,
) {
    let policy = policies.of(field);
    let mut seen = forget_what_ended(view, Seen::of(view, field));
    forget_place_of_revived(view, &mut seen, draft);
    if policy.direction.is_off() {
        settle_conflicts_of(view, &seen, draft);
        if view.pair.restores.contains_key(&field) {
            draft.settle_restore(field);
        }
        return;
    }
    let reach = BySide {
        pipedrive: policy.direction.allows(Side::Pipedrive),
        propstreet: policy.direction.allows(Side::Propstreet),
    };
    match field {
        Field::PersonTags => {
            if !restore(view, &seen, reach, draft) {
                settle_conflicts_of(view, &seen, draft);
                plan_set(view, &seen, policy.direction, draft);
            }
        }
        Field::PersonJobTitle => plan_title(view, policies, seen, reach, draft),
        Field::PersonName
        | Field::PersonEmail
        | Field::PersonPhone
        | Field::PersonOrganization
        | Field::PersonStrategy
        | Field::OrganizationName
        | Field::OrganizationCountry
        | Field::OrganizationDomain
        | Field::OrganizationNumber => plan_single(view, policies, &seen, reach, draft),
    }
}

/// A side that shows nothing where a record was agreed on that has ended since has let nothing go: its reference went with
/// the record.
fn forget_what_ended<'a>(view: &'a PairView<'_>, mut seen: Seen<'a>) -> Seen<'a> {
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
fn forget_place_of_revived(view: &PairView<'_>, seen: &mut Seen<'_>, draft: &mut Draft<'_>) {
    let PairState::Unlinked {
        deleted_on: Side::Propstreet,
        ..
    } = view.pair.state
    else {
        return;
    };
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

fn plan_title(
    view: &PairView<'_>,
    policies: &Policies,
    mut seen: Seen<'_>,
    mut reach: BySide<bool>,
    draft: &mut Draft<'_>,
) {
    forget_title_of_lost_link(view, policies, &mut seen, draft);
    if works_elsewhere(view, policies) {
        draft.note(Note::NotExpressible { field: seen.field });
        settle_conflicts_of(view, &seen, draft);
        return;
    }
    match link_of_title(view, draft) {
        Link::Held => plan_single(view, policies, &seen, reach, draft),
        Link::Leaving => {
            reach.propstreet = false;
            plan_single(view, policies, &seen, reach, draft);
        }
        Link::Absent => {
            if reach.propstreet && seen.shown.pipedrive.is_some() {
                draft.note(Note::NotExpressible { field: seen.field });
            } else if !reach.propstreet && seen.changed(Side::Pipedrive) {
                draft.note(Note::LeftAlone {
                    field: seen.field,
                    side: Side::Pipedrive,
                });
                draft.take_in(&seen);
            }
            reach.propstreet = false;
            if !restore(view, &seen, reach, draft) {
                settle_conflicts_of(view, &seen, draft);
            }
        }
    }
}

fn plan_single(
    view: &PairView<'_>,
    policies: &Policies,
    seen: &Seen<'_>,
    reach: BySide<bool>,
    draft: &mut Draft<'_>,
) {
    if restore(view, seen, reach, draft) {
        return;
    }
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
        return;
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
        return;
    }
    let policy = policies.of(seen.field);
    match binding(view, seen, policy.direction, draft) {
        Binding::Waits => {}
        Binding::Decided(side) => carry(seen, side.other(), reach, draft),
        Binding::Free => plan_merged(view, policies, policy, seen, reach, draft),
    }
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

fn plan_merged(
    view: &PairView<'_>,
    policies: &Policies,
    policy: FieldPolicy,
    seen: &Seen<'_>,
    reach: BySide<bool>,
    draft: &mut Draft<'_>,
) {
    match merge(seen, policy, &Judge::new(view, policies)) {
        Decision::Nothing => {}
        Decision::Agreed => draft.take_in(seen),
        Decision::Write { to } => {
            journal_what_may_be_an_edit(view, seen, to, draft);
            carry(seen, to, reach, draft);
        }
        Decision::LeaveAlone { side } => {
            draft.note(Note::LeftAlone {
                field: seen.field,
                side,
            });
            draft.take_in(seen);
        }
        Decision::Conflict { winner, rule } => disagree(seen, winner, rule, reach, draft),
    }
}

/// A reference that is taken to have gone with its record may have been let go by somebody. Nothing tells, so that what the
/// other side puts in its place is journaled.
fn journal_what_may_be_an_edit(
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
        && view.evidence.get(to).left.contains_key(&seen.field);
    if ((was_forgotten && both_changed) || was_emptied) && is_told {
        draft.conflict(&raw, Some(to.other()), Rule::DeleteAgainstEdit);
    }
}

fn disagree(
    seen: &Seen<'_>,
    winner: Option<Side>,
    rule: Rule,
    reach: BySide<bool>,
    draft: &mut Draft<'_>,
) {
    // Once paired, the record that one side refers to may turn out to be the very one the other side means.
    let must_be_paired = Side::BOTH
        .into_iter()
        .filter(|side| rule != Rule::OneWay || winner == Some(*side));
    let unpaired: Vec<_> = must_be_paired
        .filter_map(|side| unpaired_record(*seen.shown.get(side)))
        .collect();
    if !unpaired.is_empty() {
        for record in unpaired {
            draft.wait(seen.field, record);
        }
        return;
    }
    draft.conflict(seen, winner, rule);
    let Some(winner) = winner else { return };
    let loser = winner.other();
    if *reach.get(loser) {
        carry(seen, loser, reach, draft);
    } else {
        // Only a title whose link is leaving: the link's write takes it, and with it the conflict into the journal.
        draft.write_without_base(loser, seen.field, None);
    }
}

/// Writes what the other side shows, or says why that cannot be said here.
fn carry(seen: &Seen<'_>, to: Side, reach: BySide<bool>, draft: &mut Draft<'_>) {
    let value = *seen.shown.get(to.other());
    if let Some(record) = unpaired_record(value) {
        draft.wait(seen.field, record);
    } else if *reach.get(to) {
        draft.write(to, seen.field, value.cloned(), value.cloned());
    } else {
        draft.note(Note::NotExpressible { field: seen.field });
    }
}

fn unpaired_record(value: Option<&Value>) -> Option<&model::RecordKey> {
    match value {
        Some(Value::Reference(Reference::Unpaired(record))) => Some(record),
        Some(Value::Reference(Reference::Pair(_)) | Value::Text(_) | Value::Set(_)) | None => None,
    }
}
