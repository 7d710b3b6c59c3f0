//! The contact's link to a company, which carries organization and job title on Propstreet.
//!
//! In: what Propstreet shows of the link, and what the plan is about to write to it. Out: whether a title can be told there,
//! what its absence means, and the title that a new link takes along.

use model::{BySide, Field, Reference, Side, Value};

use crate::draft::Draft;
use crate::merge::Seen;
use crate::policy::{Direction, Policies};
use crate::view::PairView;

/// Whether Propstreet has a link to hold the title, now and after this plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// There is none and none is made: the title has no place.
    Absent,
    /// It is about to go, with its title.
    Leaving,
    /// It is there, or about to be made.
    Held,
}

pub(crate) fn link_of_title(view: &PairView<'_>, draft: &Draft<'_>) -> Link {
    let shows = |field| view.shown_value(Side::Propstreet, field).is_some();
    let is_there = shows(Field::PersonOrganization) || shows(Field::PersonJobTitle);
    let will_be_there = draft
        .link_write(Field::PersonOrganization)
        .map_or(is_there, Option::is_some);
    match (is_there, will_be_there) {
        (_, true) => Link::Held,
        (true, false) => Link::Leaving,
        (false, false) => Link::Absent,
    }
}

/// Whether it is agreed that only Propstreet shows a place: a contact that was to be nowhere still works at another company
/// of theirs. A title belongs to its place, and has none on the other side then.
pub(crate) fn works_elsewhere(view: &PairView<'_>, policies: &Policies) -> bool {
    let organization = Seen::of(view, Field::PersonOrganization);
    policies.of(Field::PersonOrganization).direction == Direction::Both
        && (organization.is_at_base() || is_at_ended_base(view, &organization))
        && organization.shown.pipedrive.is_none()
        && organization.shown.propstreet.is_some()
}

/// The company agreed on is told by itself once its pair is over; it is the same company still.
fn is_at_ended_base(view: &PairView<'_>, organization: &Seen<'_>) -> bool {
    let (Some(Value::Reference(Reference::Pair(agreed))), Some(Value::Reference(shown))) =
        (organization.base.propstreet, organization.shown.propstreet)
    else {
        return false;
    };
    let is_over = |side: Side| view.ended_pairs.contains(&(*agreed, side));
    let is_ended = match shown {
        Reference::Unpaired(record) => view.ended_records.contains(record),
        Reference::Pair(_) => false,
    };
    !organization.changed(Side::Pipedrive) && is_ended && Side::BOTH.into_iter().any(is_over)
}

/// A title that went with its link was not cleared by anybody: nothing is known of it any more, and what Pipedrive shows
/// travels to the next link.
pub(crate) fn forget_title_of_lost_link(
    view: &PairView<'_>,
    policies: &Policies,
    seen: &mut Seen<'_>,
    draft: &mut Draft<'_>,
) {
    let organization = Seen::of(view, Field::PersonOrganization);
    let is_gone = organization.shown.propstreet.is_none();
    let is_another = organization.base.propstreet.is_some()
        && organization.changed(Side::Propstreet)
        && !policies.of(Field::PersonOrganization).direction.is_off();
    let went_along = seen.base.propstreet.is_some() && seen.shown.propstreet.is_none();
    if went_along && (is_gone || is_another) {
        seen.base = BySide {
            pipedrive: None,
            propstreet: None,
        };
        draft.forget_base(Field::PersonJobTitle);
    }
}

/// Another organization means another link: it takes the present title along, unless the plan has a better one.
pub(crate) fn let_title_ride_along(
    view: &PairView<'_>,
    policies: &Policies,
    draft: &mut Draft<'_>,
) {
    let is_replaced = matches!(draft.link_write(Field::PersonOrganization), Some(Some(_)));
    let is_written = draft.link_write(Field::PersonJobTitle).is_some();
    let is_off = policies.of(Field::PersonJobTitle).direction.is_off();
    if !is_replaced || is_written || is_off {
        return;
    }
    let present: Option<&Value> = view.shown_value(Side::Propstreet, Field::PersonJobTitle);
    if let Some(title) = present {
        draft.write_without_base(Side::Propstreet, Field::PersonJobTitle, Some(title.clone()));
    }
}
