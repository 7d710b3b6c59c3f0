//! Loss (S3, S10, S11, S13): every value that a user wrote is on both sides, or was replaced by somebody who had seen it, or
//! is in the journal; and what does not travel is as its users left it.
//!
//! In: what users did, and what is seen at rest. Out: the values that are nowhere.

use std::collections::BTreeMap;

use model::{Kind, Pair, Side, time};

use super::super::deeds::UserWrite;
use super::super::edits::named;
use super::super::facets::Facet;
use super::super::run::Run;
use super::super::sales::facets::DealFacet;
use super::super::words::LABELS;
use super::super::world::Place;
use super::agreement::{may_differ, value};
use super::sales;
use super::sight::{Sight, is_active};

/// Changes of one tag on both sides within this time are one: an addition beats a removal, and no value is lost.
const SAME_TIME_MILLIS: i64 = 5 * 60_000;

/// A change may be told so late when nothing but polls tell of it, and the engine is down for a while. Until then a value that
/// it has replaced seems agreed on when the other side comes to show it, too.
pub(super) const TOLD_LATE_MILLIS: i64 = 2 * 60_000;

type ByFacet<'a> = BTreeMap<(Place, Facet), Vec<&'a UserWrite>>;

pub(super) fn nothing_is_lost(run: &Run, sight: &Sight, wrong: &mut Vec<String>) {
    let mut writes: ByFacet<'_> = BTreeMap::new();
    for write in &run.world.deeds.writes {
        writes
            .entry((place_of(write), write.facet.clone()))
            .or_default()
            .push(write);
    }
    for ((place, facet), of_facet) in &writes {
        // Only the last one of its own side: the others were replaced by a user who saw them.
        let Some(last) = of_facet.last() else {
            continue;
        };
        let is_told = match facet {
            Facet::Own(_) | Facet::Country => true,
            Facet::Tag(tag) => !LABELS.contains(&tag.as_str()),
            // Where a deal is and how it ends is judged apart.
            Facet::Deal(DealFacet::Stage | DealFacet::Status) => true,
            Facet::Deal(_) if sales::went_with_portfolio(sight, place, facet) => true,
            Facet::Name
            | Facet::Email
            | Facet::Phone
            | Facet::Organization
            | Facet::Title
            | Facet::Strategy
            | Facet::Domain
            | Facet::Number
            | Facet::Deal(_) => false,
        };
        if !is_told && is_lost(run, sight, (place, last), &writes) {
            wrong.push(format!(
                "S3: {facet:?} {:?} written on {} at {} is nowhere: it shows {:?}, opposite {:?}",
                last.value,
                named(place),
                time::from_millis(last.at),
                value(sight, place, facet),
                sight
                    .opposite(place)
                    .and_then(|other| value(sight, &other, facet)),
            ));
        }
    }
}

fn place_of(write: &UserWrite) -> Place {
    (write.side, write.kind, write.id.clone())
}

fn is_lost(
    run: &Run,
    sight: &Sight,
    (place, write): (&Place, &UserWrite),
    writes: &ByFacet<'_>,
) -> bool {
    let Some(shown) = sight.shown.get(place).filter(|shown| shown.is_live) else {
        return false;
    };
    let facet = &write.facet;
    let is_here = shown.facets.get(facet) == write.value.as_ref();
    let went_with = |record: &Place| {
        let removed = run.world.deeds.removed_at(record);
        matches!(facet, Facet::Organization | Facet::Title)
            && removed.is_some_and(|at| at >= write.at)
    };
    if went_with(place) || went_with_its_organization(run, place, write, writes) {
        return false;
    }
    let Some((pair, opposite)) = sight.pair_of(place).zip(sight.opposite(place)) else {
        return !is_here;
    };
    if went_with(&opposite)
        || leaves_what_is_gone(run, sight, write, writes)
        || is_replaced(sight, (write, &opposite), writes)
        || was_seen_and_replaced(sight, pair, (place, write, &opposite), writes)
        || is_older_than_pair(sight, pair, write)
        || is_taken_back((run, sight), (pair, place, &opposite), facet, writes)
        || is_told_elsewhere(sight, place, write)
    {
        return false;
    }
    if !is_here {
        let went_with_its_link = *facet == Facet::Title
            && place.0 == Side::Propstreet
            && (link_has_moved(writes, [place, &opposite], write)
                || is_on_a_link(run, place, write)
                || value(sight, &opposite, facet) == write.value);
        return !went_with_its_link;
    }
    let is_kept = is_active(pair) && !sight.is_quarantined(place);
    is_kept && !agrees(sight, (pair, place, &opposite), facet)
}

fn agrees(sight: &Sight, (pair, here, there): (&Pair, &Place, &Place), facet: &Facet) -> bool {
    value(sight, here, facet) == value(sight, there, facet)
        || may_differ(sight, (pair, here, there), facet)
}

/// A later user on the other side had this value before their eyes, or set the same tag.
fn is_replaced(
    sight: &Sight,
    (write, opposite): (&UserWrite, &Place),
    writes: &ByFacet<'_>,
) -> bool {
    let is_later =
        |other: &&UserWrite| other.order > write.order || other.at > write.at - TOLD_LATE_MILLIS;
    let mut others = on_one_record(sight, opposite, &write.facet, writes);
    others.any(|other| match write.facet {
        Facet::Tag(_) => other.at > write.at - SAME_TIME_MILLIS,
        Facet::Organization => {
            is_later(&other)
                && sight.mean_one_organization(
                    (other.side, other.before.as_ref()),
                    (write.side, write.value.as_ref()),
                )
        }
        Facet::Name
        | Facet::Email
        | Facet::Phone
        | Facet::Title
        | Facet::Strategy
        | Facet::Domain
        | Facet::Number
        | Facet::Country
        | Facet::Deal(_)
        | Facet::Own(_) => is_later(&other) && other.before == write.value,
    })
}

/// What users wrote of a facet on a record, and on those that were merged into it: whoever merged them has seen both.
fn on_one_record<'a>(
    sight: &'a Sight,
    place: &'a Place,
    facet: &'a Facet,
    writes: &'a ByFacet<'a>,
) -> impl Iterator<Item = &'a UserWrite> {
    let merged = sight.merged_into(place);
    let places = std::iter::once(place.clone()).chain(merged);
    places.flat_map(|place| {
        let found = writes.get(&(place, facet.clone()));
        found.into_iter().flatten().copied()
    })
}

/// It was carried to the other side, or had come from there, and somebody there has written since.
fn was_seen_and_replaced(
    sight: &Sight,
    pair: &Pair,
    (place, write, opposite): (&Place, &UserWrite, &Place),
    writes: &ByFacet<'_>,
) -> bool {
    let value = write.value.as_deref();
    let came_from_there = value.is_some()
        && !matches!(write.facet, Facet::Tag(_))
        && sight.was_carried(pair, (place, write.at), &write.facet, value);
    let carried = sight.travelled_at(pair.id, opposite.0, write);
    let known_since = carried
        .map(time::to_millis)
        .or(came_from_there.then_some(write.at));
    let mut others = on_one_record(sight, opposite, &write.facet, writes);
    known_since.is_some_and(|since| others.any(|other| other.at >= since))
}

/// Joining two records adds what one of them lacks: what was cleared before that was agreed on by nobody.
fn is_older_than_pair(sight: &Sight, pair: &Pair, write: &UserWrite) -> bool {
    let joined = sight.joined_at(pair.id);
    write.value.is_none() && joined.is_some_and(|at| write.at <= time::to_millis(at))
}

/// An edit and its undoing before either has travelled are no edit, and what a user of the other side wrote holds.
fn is_taken_back(
    (run, sight): (&Run, &Sight),
    (pair, place, opposite): (&Pair, &Place, &Place),
    facet: &Facet,
    writes: &ByFacet<'_>,
) -> bool {
    let Some(own) = writes.get(&(place.clone(), facet.clone())) else {
        return false;
    };
    let others = writes.get(&(opposite.clone(), facet.clone()));
    let shown = sight.shown.get(opposite);
    let there = shown.and_then(|shown| shown.facets.get(facet));
    let mut others = others.into_iter().flatten();
    let is_founded = matches!(facet, Facet::Tag(_))
        || others.any(|write| write.value.as_ref() == there)
        || sight.was_carried(pair, (opposite, i64::MAX), facet, there.map(String::as_str));
    let Some((last, earlier)) = own.split_last().filter(|_| is_founded) else {
        return false;
    };
    let mut next = *last;
    for (place_in_line, write) in earlier.iter().enumerate().rev() {
        if write.value != next.before {
            // What went with its record and was written anew after that came back looks as if nothing had happened.
            let removed = run.world.deeds.removed_at(place);
            let went = removed.is_some_and(|at| (write.at..=next.at).contains(&at));
            return went && next.before.is_none() && write.value == last.value;
        }
        let between = &earlier[place_in_line..];
        if write.before == last.value {
            return between.iter().all(|write| {
                write.value == last.value
                    || sight.travelled_at(pair.id, opposite.0, write).is_none()
            });
        }
        next = *write;
    }
    false
}

fn is_told_elsewhere(sight: &Sight, place: &Place, write: &UserWrite) -> bool {
    sight.is_journaled(place, &write.facet, write.value.as_deref())
}

/// Where an organization is deleted or merged, its people are let go or taken along; no user has edited them.
fn went_with_its_organization(
    run: &Run,
    place: &Place,
    write: &UserWrite,
    writes: &ByFacet<'_>,
) -> bool {
    let at_once = |moved: &&UserWrite| {
        moved.at == write.at
            && moved.before.as_ref().is_some_and(|left| {
                let organization = (place.0, Kind::Organization, left.clone());
                let into = run.world.merged.get(&organization).map(|(_, _, id)| id);
                run.world.deeds.was_removed_at(&organization, write.at)
                    && (moved.value.is_none() || moved.value.as_ref() == into)
            })
    };
    matches!(write.facet, Facet::Organization | Facet::Title)
        && writes
            .get(&(place.clone(), Facet::Organization))
            .is_some_and(|moves| moves.iter().copied().any(|moved| at_once(&moved)))
}

/// Who leaves an organization that was deleted or merged, on either side, has left what the other side had no word for.
fn leaves_what_is_gone(run: &Run, sight: &Sight, write: &UserWrite, writes: &ByFacet<'_>) -> bool {
    let Some(left) = write
        .before
        .as_ref()
        .filter(|_| write.facet == Facet::Organization && write.value.is_none())
    else {
        return false;
    };
    let removed_at = |id: &String| {
        let organization = (write.side, Kind::Organization, id.clone());
        let opposite = sight.opposite(&organization);
        [Some(organization), opposite]
            .iter()
            .flatten()
            .find_map(|place| run.world.deeds.removed_at(place))
    };
    // A merge has taken its people along to where they were left.
    let moves = writes.get(&(place_of(write), Facet::Organization));
    let mut came_along = moves.into_iter().flatten().filter(|moved| {
        let from = moved.before.as_ref().and_then(removed_at);
        moved.value.as_ref() == Some(left) && from == Some(moved.at)
    });
    removed_at(left).is_some() || came_along.next().is_some()
}

/// A title is kept on the link to a company, and goes with it when either user moves the person.
fn link_has_moved(writes: &ByFacet<'_>, [place, opposite]: [&Place; 2], title: &UserWrite) -> bool {
    [place, opposite].into_iter().any(|person| {
        writes
            .get(&(person.clone(), Facet::Organization))
            .is_some_and(|moves| moves.iter().any(|write| write.at >= title.at))
    })
}

/// A title stays on the link it was written to, also when that is not the main one any more.
fn is_on_a_link(run: &Run, contact: &Place, title: &UserWrite) -> bool {
    let seen = run.world.seen(contact);
    seen.is_some_and(|seen| {
        let companies = seen.record["companies"].as_array();
        let mut titles = companies.into_iter().flatten();
        titles.any(|company| {
            let words = company["jobTitle"].as_str().unwrap_or_default();
            let words: Vec<&str> = words.split_whitespace().collect();
            title.value.as_deref() == Some(words.join(" ").as_str())
        })
    })
}

/// What does not travel is byte for byte as the last user left it.
pub(super) fn own_values_stay(run: &Run, sight: &Sight, wrong: &mut Vec<String>) {
    let mut last: BTreeMap<(Place, &Facet), &UserWrite> = BTreeMap::new();
    for write in &run.world.deeds.writes {
        if is_own(write.side, &write.facet) {
            last.insert((place_of(write), &write.facet), write);
        }
    }
    for ((place, facet), write) in last {
        let seen = value(sight, &place, facet);
        let came_from_pipedrive = *facet == Facet::Country
            && place.0 == Side::Propstreet
            && sight
                .opposite(&place)
                .is_some_and(|opposite| value(sight, &opposite, facet) == seen);
        if seen != write.value
            && !came_from_pipedrive
            && !sight.has_journaled_list(&place, facet, write)
        {
            wrong.push(format!(
                "S11: {facet:?} of {} was left as {:?} and is {seen:?}",
                named(&place),
                write.value
            ));
        }
    }
}

/// What nobody but a user of this side writes, except for the country, which travels to Propstreet.
fn is_own(side: Side, facet: &Facet) -> bool {
    match facet {
        Facet::Own(_) | Facet::Country => true,
        Facet::Tag(tag) => side == Side::Propstreet && !LABELS.contains(&tag.as_str()),
        Facet::Name
        | Facet::Email
        | Facet::Phone
        | Facet::Organization
        | Facet::Title
        | Facet::Strategy
        | Facet::Domain
        | Facet::Deal(_)
        | Facet::Number => false,
    }
}
