//! One field of a pair whose records both exist: restores first, then what a person decided, then the merge.
//!
//! In: a field as both sides show it. Out: writes, notes, conflicts and moves of the base in the draft.

use model::{BySide, Field, Side};

use crate::deal::{
    counts_properties, is_classified, is_closed, journal_what_goes_with_portfolio, plan_of_closed,
    plan_stage, plan_status, plan_who_takes_part,
};
use crate::draft::Draft;
use crate::ended::{
    forget_place_of_revived, forget_what_ended, journal_what_may_be_an_edit, settle_ended,
    unpaired_record,
};
use crate::link::{Link, forget_title_of_lost_link, link_of_title, works_elsewhere};
use crate::merge::{Judge, Seen, merge};
use crate::note::is_wordless;
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
    if view.untold.contains(&field) {
        if !policy.direction.is_off() {
            draft.note(Note::Untold { field });
        }
        return;
    }
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
        Field::DealStage => plan_stage(view, policies, &seen, draft),
        Field::DealStatus => plan_status(view, policies, &seen, reach, draft),
        Field::DealProspects => plan_who_takes_part(view, policy.direction, &seen, draft),
        Field::DealClassification if !is_classified(view) => {
            settle_conflicts_of(view, &seen, draft)
        }
        Field::DealName
        | Field::DealPrice
        | Field::DealPortfolio
        | Field::DealPropertyCount
        | Field::DealPropertyType
        | Field::DealClassification
            if is_closed(view) =>
        {
            plan_of_closed(&seen, policy.direction, view, draft);
        }
        Field::DealPropertyCount if !counts_properties(view, &seen, draft) => {
            wait_for_portfolio(view, &seen, reach, draft);
        }
        Field::PersonTags | Field::PersonEmails | Field::PersonPhones => {
            if !restore(view, &seen, reach, draft) {
                settle_conflicts_of(view, &seen, draft);
                plan_set(view, &seen, policy.direction, draft);
            }
        }
        Field::NoteText => {
            if !is_wordless(&seen, draft) {
                plan_single(view, policies, &seen, reach, draft);
            }
        }
        // It is no field that the sides could disagree about.
        Field::NoteOn => {}
        Field::PersonJobTitle => plan_title(view, policies, seen, reach, draft),
        Field::PersonName
        | Field::PersonEmail
        | Field::PersonPhone
        | Field::PersonOrganization
        | Field::PersonStrategy
        | Field::OrganizationName
        | Field::OrganizationCountry
        | Field::OrganizationDomain
        | Field::OrganizationNumber
        | Field::DealName
        | Field::DealPrice
        | Field::DealPortfolio
        | Field::DealPropertyCount
        | Field::DealPropertyType
        | Field::DealClassification => plan_single(view, policies, &seen, reach, draft),
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

/// Only a portfolio has a number of properties in Propstreet: what a deal says waits until its project is one.
fn wait_for_portfolio(
    view: &PairView<'_>,
    seen: &Seen<'_>,
    mut reach: BySide<bool>,
    draft: &mut Draft<'_>,
) {
    if reach.propstreet && seen.shown.pipedrive.is_some() {
        draft.note(Note::NotExpressible { field: seen.field });
    }
    reach.propstreet = false;
    journal_what_goes_with_portfolio(seen, draft);
    if !restore(view, seen, reach, draft) {
        settle_conflicts_of(view, seen, draft);
        draft.forget_base(seen.field);
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
    if settle_ended(view, seen, draft) {
        return;
    }
    let policy = policies.of(seen.field);
    match binding(view, seen, policy.direction, draft) {
        Binding::Waits => {}
        Binding::Decided(side) => carry(seen, side.other(), reach, draft),
        Binding::Free => plan_merged(view, policies, policy, seen, reach, draft),
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
