//! Agreement (S4): both sides show the same wherever they are kept in step, and the engine's memory shows what they show.
//!
//! In: what is seen at rest. Out: every field on which the sides differ without a reason that was declared.

use std::collections::BTreeSet;

use model::{Entity, Kind, Pair, PairState, RecordKey, Side};
use serde_json::Value;
use store::Store;

use super::super::edits::named;
use super::super::facets::{Facet, IS_THERE, Shown, shown};
use super::super::profile::Profile;
use super::super::run::Run;
use super::super::sales::facets::DealFacet;
use super::super::words::LABELS;
use super::super::world::Place;
use super::sales;
use super::sight::{CTX, Sight, comparable, field_of, is_active, memory, ready};

pub(super) fn sides_agree(sight: &Sight, wrong: &mut Vec<String>) {
    for (place, shown) in &sight.shown {
        if !shown.is_live || sight.is_quarantined(place) {
            continue;
        }
        match sight.pair_of(place) {
            None if sales::may_be_alone(sight, place) => {}
            None => wrong.push(format!("S4: {} has no pair", named(place))),
            Some(pair) if is_active(pair) && place.0 == Side::Pipedrive => {
                pair_agrees(sight, place, (pair, shown), wrong)
            }
            Some(pair) if counts_as_deleted(pair, place.0) => wrong.push(format!(
                "S4: {} lives, and its pair {} counts it as deleted",
                named(place),
                pair.id
            )),
            Some(_) => {}
        }
    }
    for view in &sight.quarantined {
        let problem = view.lane.problem.as_ref();
        let is_for_a_person = problem.is_some_and(|problem| match problem.code.as_str() {
            "exists_already" => sight.value_is_taken(view),
            "ambiguous" => sight.shares_its_address(view),
            _ => false,
        });
        if is_for_a_person {
            continue;
        }
        let words = problem
            .map(|problem| format!("{}: {} {:?}", problem.code, problem.message, problem.answer));
        wrong.push(format!(
            "L5: lane of {:?} is still in quarantine: {}",
            view.lane.key,
            words.unwrap_or_default()
        ));
    }
}

fn counts_as_deleted(pair: &Pair, side: Side) -> bool {
    matches!(pair.state, PairState::Unlinked { deleted_on, .. } if deleted_on == side)
}

fn pair_agrees(
    sight: &Sight,
    place: &Place,
    (pair, here): (&Pair, &Shown),
    wrong: &mut Vec<String>,
) {
    let Some(opposite) = sight.opposite(place) else {
        if sales::may_be_alone(sight, place) {
            return;
        }
        wrong.push(format!("S4: {} has nothing opposite", named(place)));
        return;
    };
    let Some(there) = sight.shown.get(&opposite).filter(|there| there.is_live) else {
        wrong.push(format!(
            "S4: {} is kept in step with {}, which is gone",
            named(place),
            named(&opposite)
        ));
        return;
    };
    let facets: BTreeSet<&Facet> = here.facets.keys().chain(there.facets.keys()).collect();
    for facet in facets {
        let values = [value(sight, place, facet), value(sight, &opposite, facet)];
        if values[0] != values[1] && !may_differ(sight, (pair, place, &opposite), facet) {
            wrong.push(format!(
                "S4: {facet:?} is {:?} on {} and {:?} on {}",
                here.facets.get(facet),
                named(place),
                there.facets.get(facet),
                named(&opposite)
            ));
        }
    }
    // Ids are written back last, after everything that waits for an organization.
    let is_waiting = [place, &opposite]
        .into_iter()
        .any(|place| sight.waits_for_organization(place));
    if !is_waiting && here.marker.as_ref() != Some(&opposite.2) {
        wrong.push(format!(
            "S4: {} carries {:?} and not {}",
            named(place),
            here.marker,
            named(&opposite)
        ));
    }
    let may_lack_ours = is_waiting || sales::takes_no_change(sight, &opposite);
    if !may_lack_ours && there.marker.as_ref() != Some(&place.2) {
        wrong.push(format!(
            "S4: {} carries {:?} and not {}",
            named(&opposite),
            there.marker,
            named(place)
        ));
    }
}

/// A facet in words that both sides share.
pub(super) fn value(sight: &Sight, place: &Place, facet: &Facet) -> Option<String> {
    let shown = sight.shown.get(place)?;
    let value = shown.facets.get(facet);
    // Of a deal nobody need say so, a project always is the one or the other.
    if *facet == Facet::Deal(DealFacet::Portfolio) && value.is_none() {
        return Some("no".to_owned());
    }
    let value = value?;
    if *facet == Facet::Organization {
        return Some(sight.organization_in_words(place.0, value));
    }
    Some(value.clone())
}

/// The differences that are declared: what does not travel, what has no word on the other side, what waits for a person.
pub(super) fn may_differ(
    sight: &Sight,
    (pair, here, there): (&Pair, &Place, &Place),
    facet: &Facet,
) -> bool {
    let Some(field) = field_of(pair.kind, facet) else {
        return true;
    };
    if sight.is_asked(pair.id, field) {
        return true;
    }
    let facets_of = |place: &Place| sight.shown.get(place).map(|shown| &shown.facets);
    let organization_is_kept = |place: &Place| {
        let id = facets_of(place).and_then(|facets| facets.get(&Facet::Organization));
        id.is_none_or(|id| sight.shared_organization(place.0, id).is_some())
    };
    match facet {
        Facet::Own(_) | Facet::Country => true,
        Facet::Tag(tag) => !LABELS.contains(&tag.as_str()),
        Facet::Organization => {
            !organization_is_kept(here)
                || !organization_is_kept(there)
                || sight.was_left_elsewhere(pair)
        }
        Facet::Title if sight.was_left_elsewhere(pair) => true,
        Facet::Title => [here, there].into_iter().any(|place| {
            place.0 == Side::Propstreet
                && facets_of(place).is_none_or(|facets| !facets.contains_key(&Facet::Organization))
        }),
        Facet::Deal(facet) => sales::may_differ(sight, pair, *facet),
        Facet::Name
        | Facet::Email
        | Facet::Phone
        | Facet::Strategy
        | Facet::Domain
        | Facet::Number => false,
    }
}

/// The mirror shows what the sides show, and so does the base where they agree.
pub(super) fn memory_agrees(run: &Run, sight: &Sight, wrong: &mut Vec<String>) {
    let memory = memory(run);
    for (place, real) in &sight.shown {
        let key = RecordKey::new(place.1.entity(place.0), place.2.as_str());
        let Some(row) = ready(memory.mirror_row(CTX, &key)) else {
            if real.is_live {
                wrong.push(format!("S4: {} was never mirrored", named(place)));
            }
            continue;
        };
        if row.deleted_at.is_some() == real.is_live {
            wrong.push(format!(
                "S4: the mirror of {} is {:?}",
                named(place),
                row.deleted_at
            ));
            continue;
        }
        let record: Value = serde_json::from_str(&row.raw).unwrap_or_default();
        let mirrored = shown(place.0, place.1, &record, &run.world.codes);
        if real.is_live && !is_mirrored(run, &mirrored, real) {
            wrong.push(format!(
                "S4: the mirror of {} shows {:?} and not {:?}",
                named(place),
                mirrored.facets,
                real.facets
            ));
        }
        if real.is_live && sight.is_active(place) && !sight.is_quarantined(place) {
            base_agrees(sight, place, real, wrong);
        }
    }
    // Links are compared by sweeps.
    if run.order.profile == Profile::NoSweeps {
        return;
    }
    for link in ready(memory.live_ids(CTX, Entity::Link)) {
        // The links of a contact that is gone are looked at by nobody.
        let row = ready(memory.mirror_row(
            CTX,
            &RecordKey {
                entity: Entity::Link,
                id: link.clone(),
            },
        ));
        let contact = row.map(|row| (Side::Propstreet, Kind::Person, row.owner.id.to_string()));
        let is_of_living = contact
            .and_then(|contact| sight.shown.get(&contact))
            .is_some_and(|shown| shown.is_live);
        if is_of_living && !run.world.propstreet.link_is_live(link.as_str()) {
            wrong.push(format!("S4: link/{link} is gone, and live in the mirror"));
        }
    }
}

/// A webhook about what does not travel is not read; where nothing is polled, the mirror may be behind in that.
fn is_mirrored(run: &Run, mirrored: &Shown, real: &Shown) -> bool {
    let counts =
        |facet: &Facet| run.order.profile != Profile::NoSweeps || !matches!(facet, Facet::Own(_));
    let of = |shown: &Shown| {
        shown
            .facets
            .clone()
            .into_iter()
            .filter(|(facet, _)| counts(facet))
            .collect::<Vec<_>>()
    };
    of(mirrored) == of(real)
}

fn base_agrees(sight: &Sight, place: &Place, real: &Shown, wrong: &mut Vec<String>) {
    let (Some(pair), Some(opposite)) = (sight.pair_of(place), sight.opposite(place)) else {
        return;
    };
    let base = pair.base.get(place.0);
    let facets = [
        Facet::Name,
        Facet::Email,
        Facet::Phone,
        Facet::Strategy,
        Facet::Title,
        Facet::Domain,
        Facet::Number,
        Facet::Deal(DealFacet::Name),
        Facet::Deal(DealFacet::Price),
    ];
    for facet in facets {
        let Some(field) = field_of(place.1, &facet) else {
            continue;
        };
        let remembered = sight.words(base.get(field), place.0);
        let seen = real
            .facets
            .get(&facet)
            .map(|value| comparable(&facet, value));
        let remembered = remembered.map(|value| comparable(&facet, &value));
        if remembered != seen && !may_differ(sight, (pair, place, &opposite), &facet) {
            wrong.push(format!(
                "S4: the base of {} has {facet:?} {remembered:?}, it shows {seen:?}",
                named(place)
            ));
        }
    }
    if place.1 == Kind::Person {
        let tags = base.set(model::Field::PersonTags);
        let is_there = |label: &str| {
            real.facets
                .get(&Facet::Tag(label.to_owned()))
                .is_some_and(|value| value == IS_THERE)
        };
        for label in LABELS
            .into_iter()
            .filter(|label| tags.contains(*label) != is_there(label))
        {
            wrong.push(format!(
                "S4: the base of {} and the record differ in the tag {label}",
                named(place)
            ));
        }
    }
}
