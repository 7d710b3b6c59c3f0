//! Isolation (S18): one record that cannot be written holds nobody else up, and nothing of it is lost meanwhile.
//!
//! In: a run at rest. Out: what went wrong while one service refused every write of one record, and after it took them again. Users
//! edit that record and others at the same moment; the others have to arrive soon, and it has to arrive once it is let.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use model::{Kind, Side};

use super::edits::{fill_in, named};
use super::facets::Facet;
use super::forms::Form;
use super::play::come_to_rest;
use super::run::Run;
use super::sales::facets::DealFacet;
use super::sales::forms::DealForm;
use super::verdict::{Sight, judge};
use super::world::{Place, World};

/// Within this time the edits of all others have arrived: a poll, a grace, and the longest pauses between tries.
const HELD_UP_MAX_MILLIS: i64 = 4 * 60_000;
/// So many others are edited.
const OTHERS_MAX: usize = 3;
const STEPS_MAX: u32 = 5_000;

/// One record that its service does not let anybody write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Poison(Place);

impl Poison {
    /// What a service says to a write of the record; nothing to any other call.
    pub(super) fn answer(&self, side: Side, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let (of, kind, id) = &self.0;
        let place = match kind {
            Kind::Deal => format!("/projects/{id}"),
            Kind::Person | Kind::Organization | Kind::Note => format!("/contacts/{id}"),
        };
        let is_of_it = *of == side
            && request.method() != Method::GET
            && request.uri().path().ends_with(&place);
        if !is_of_it {
            return None;
        }
        let problem = br#"{"type":"validation","title":"Unprocessable","status":422,"detail":"This record takes no change."}"#;
        let mut answer = Response::new(Bytes::from_static(problem));
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        let kind = http::HeaderValue::from_static("application/problem+json");
        answer
            .headers_mut()
            .insert(http::header::CONTENT_TYPE, kind);
        Some(answer)
    }
}

/// The record that is poisoned, and the others; all on Pipedrive, with a counterpart that is kept in step.
fn chosen(run: &Run, sight: &Sight) -> Option<(Place, Vec<Place>)> {
    let kinds = [Kind::Deal, Kind::Person];
    let mut fit = kinds.into_iter().filter_map(|kind| {
        let places = run.world.live_ids(Side::Pipedrive, kind).into_iter();
        let places = places.map(|id| (Side::Pipedrive, kind, id));
        let places: Vec<Place> = places
            .filter(|place| sight.is_in_step(place) && is_open(&run.world, place))
            .collect();
        let (first, others) = places.split_first()?;
        let others: Vec<Place> = others.iter().take(OTHERS_MAX).cloned().collect();
        (!others.is_empty()).then(|| (first.clone(), others))
    });
    fit.next()
}

/// Whether a record and its counterpart take changes.
fn is_open(world: &World, place: &Place) -> bool {
    let status = |place: &Place| {
        let seen = world.seen(place)?;
        seen.shown
            .facets
            .get(&Facet::Deal(DealFacet::Status))
            .cloned()
    };
    let places = [Some(place.clone()), world.counterpart(place)];
    place.1 != Kind::Deal
        || places
            .into_iter()
            .all(|place| place.and_then(|place| status(&place)).as_deref() == Some("open"))
}

fn name_of(world: &World, place: &Place) -> Option<String> {
    let seen = world.seen(place)?;
    let names = [Facet::Name, Facet::Deal(DealFacet::Name)];
    names
        .iter()
        .find_map(|facet| seen.shown.facets.get(facet).cloned())
}

fn has_arrived(world: &World, place: &Place) -> bool {
    let there = world.counterpart(place);
    there.is_some_and(|there| name_of(world, &there) == name_of(world, place))
}

/// Poisons one record, lets users edit it and others, and cures it.
pub(super) fn poison_one(run: &mut Run, wrong: &mut Vec<String>) {
    let sight = Sight::of(run);
    let Some((victim, others)) = chosen(run, &sight) else {
        return;
    };
    let Some(opposite) = sight.opposite(&victim) else {
        return;
    };
    let poisoned = run.now();
    run.story.tell(poisoned, "poison", || {
        format!("--- {} takes no change from here on ---", named(&opposite))
    });
    run.poison = Some(Poison(opposite));
    for place in std::iter::once(&victim).chain(&others) {
        let form = match place.1 {
            Kind::Deal => Form::Deal(DealForm::Name),
            Kind::Person | Kind::Organization | Kind::Note => Form::Name,
        };
        let now = run.moment();
        if let Some(words) = fill_in(&mut run.world, place, form, now) {
            run.story.tell(now.0, &words, || words.clone());
        }
    }
    for _ in 0..STEPS_MAX {
        if run.now() > poisoned + HELD_UP_MAX_MILLIS || !run.advance() {
            break;
        }
        if others.iter().all(|place| has_arrived(&run.world, place)) {
            break;
        }
    }
    for place in others
        .iter()
        .filter(|place| !has_arrived(&run.world, place))
    {
        wrong.push(format!(
            "S18: {} is held up by {}, which takes no change",
            named(place),
            named(&victim)
        ));
    }
    run.figures.poisoned += 1;
    run.poison = None;
    let cured = run.now();
    run.story.tell(cured, "cure", || {
        format!("--- {} takes changes again ---", named(&victim))
    });
    if let Err(why) = come_to_rest(run, cured, None) {
        wrong.push(format!("S18: {why}"));
        return;
    }
    if !has_arrived(&run.world, &victim) {
        wrong.push(format!(
            "S18: the edit of {} was dropped with its quarantine",
            named(&victim)
        ));
    }
    let sight = Sight::of(run);
    wrong.extend(judge(run, &sight));
}
