//! What users do: which record, which field, and on which side.
//!
//! In: the world and its randomness. Out: one deed, noted value by value. How a field is written on each side is in `forms`.

use emulators::pipedrive::Entity;
use std::rc::Rc;

use emulators::Moment;
use model::{Kind, Side};
use rand::RngExt;
use serde_json::json;

use super::forms::Form;
use super::profile::Profile;
use super::sales;
use super::world::{Place, Seen, World};

const LIVE_MAX: usize = 11;
const DELETIONS_MAX: u32 = 8;
/// Fewer, because both sides' users have to meet at them.
const DEALS_MAX: usize = 6;

/// What was done, for the story, and which form was filled in where.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) words: String,
    pub(super) form: Option<(Place, Form)>,
}

/// Somebody does something. Nothing when the service would not let them.
pub(super) fn someone_does_something(world: &mut World, now: Moment) -> Option<Done> {
    let side = if world.random.random::<bool>() {
        Side::Pipedrive
    } else {
        Side::Propstreet
    };
    if world.sales.is_some_and(|sales| sales.has_notes) && world.chance(18) {
        return sales::notes::someone_writes(world, side, now);
    }
    if world.profile == Profile::Hammered && world.chance(92) {
        return hammer(world, side, now);
    }
    let kind = if world.sales.is_some() && world.chance(40) {
        Kind::Deal
    } else if world.chance(72) {
        Kind::Person
    } else {
        Kind::Organization
    };
    match world.random.random_range(0..100) {
        0..=8 => create(world, side, kind, now),
        9..=12 => delete(world, side, kind, now),
        13..=16 => restore(world, side, kind, now),
        17..=18 => merge(world, kind, now),
        _ => {
            let live = world.live_ids(side, kind);
            let id = world.pick(&live)?;
            edit(world, (side, kind, id), now)
        }
    }
}

fn hammer(world: &mut World, side: Side, now: Moment) -> Option<Done> {
    let is_deal = world.sales.is_some() && world.chance(40);
    let kind = if is_deal { Kind::Deal } else { Kind::Person };
    let first = (
        Side::Pipedrive,
        kind,
        world.live_ids(Side::Pipedrive, kind).into_iter().next()?,
    );
    let place = if side == Side::Pipedrive {
        first
    } else {
        world.counterpart(&first)?
    };
    edit(world, place, now)
}

fn edit(world: &mut World, place: Place, now: Moment) -> Option<Done> {
    let form = Form::pick(world, &place);
    fill_in(world, &place, form, now).map(|words| Done {
        words,
        form: Some((place, form)),
    })
}

/// Fills in one field of one record.
pub(super) fn fill_in(world: &mut World, place: &Place, form: Form, now: Moment) -> Option<String> {
    let before = world.seen(place).filter(|seen| seen.shown.is_live)?;
    let words = form.fill_in(world, place, &before.record, now)?;
    world.deeds.count(place, form.verb());
    world.note(place, Some(&before.shown), now);
    Some(format!(
        "a user on {} changes {} of {}: {words}",
        place.0,
        form.name(),
        named(place)
    ))
}

/// The record in the words of its side.
pub(super) fn named(place: &Place) -> String {
    format!("{}/{}", place.1.entity(place.0).name(), place.2)
}

fn create(world: &mut World, side: Side, kind: Kind, now: Moment) -> Option<Done> {
    let most = if kind == Kind::Deal {
        DEALS_MAX
    } else {
        LIVE_MAX
    };
    if world.live_ids(side, kind).len() >= most {
        return None;
    }
    let (words, random) = (&mut world.words, &mut world.random);
    let id = match (side, kind) {
        (Side::Pipedrive, Kind::Person) => {
            let mut fields = json!({"name": words.full_name(random), "labels": ["Investor"]});
            if random.random_range(0..10) > 0 {
                fields["emails"] =
                    json!([{"value": words.email(random), "label": "work", "primary": true}]);
            }
            if random.random::<bool>() {
                fields["phones"] =
                    json!([{"value": words.phone(random), "label": "mobile", "primary": true}]);
            }
            let houses = world.live_ids(Side::Pipedrive, Kind::Organization);
            if let Some(house) = world.pick(&houses).and_then(|id| id.parse::<i64>().ok()) {
                fields["org_id"] = json!(house);
            }
            world
                .pipedrive
                .screen(now)
                .add(Entity::Person, &fields)
                .ok()?
                .to_string()
        }
        (Side::Pipedrive, Kind::Organization) => {
            let fields = json!({"name": words.house(random), "custom_fields": {"domain": words.domain(random)}});
            world
                .pipedrive
                .screen(now)
                .add(Entity::Organization, &fields)
                .ok()?
                .to_string()
        }
        (Side::Propstreet, Kind::Person) => {
            let fields = json!({
                "firstName": words.given_name(), "lastName": words.family_name(random), "email": words.email(random),
                "tags": ["Tenant"], "strategy": words.strategy(random),
            });
            world.propstreet.add_contact(&fields, now).ok()?
        }
        (Side::Propstreet, Kind::Organization) => {
            let fields = json!({"name": words.house(random), "domain": words.domain(random), "countryCode": "NO"});
            world.propstreet.add_company(&fields, now).ok()?
        }
        (Side::Pipedrive | Side::Propstreet, Kind::Deal) => sales::forms::add(world, side, now)?.2,
        (Side::Pipedrive | Side::Propstreet, Kind::Note) => return None,
    };
    let place = (side, kind, id);
    world.deeds.count(&place, "added");
    world.note(&place, None, now);
    Some(Done {
        words: format!("a user on {side} adds {}", named(&place)),
        form: None,
    })
}

/// People, each as seen before.
type People = Vec<(Place, Option<Rc<Seen>>)>;

/// What else changes when a record goes: the people of an organization.
fn people_of(world: &World, place: &Place) -> People {
    let (side, kind, id) = place;
    let people: Vec<String> = match (side, kind) {
        (Side::Pipedrive, Kind::Organization) => {
            let people = world.pipedrive.people_of(id.parse().unwrap_or_default());
            people.into_iter().map(|id| id.to_string()).collect()
        }
        (Side::Propstreet, Kind::Organization) => world.propstreet.contacts_of_company(id),
        (Side::Pipedrive | Side::Propstreet, Kind::Person | Kind::Deal | Kind::Note) => Vec::new(),
    };
    let with_shown = |id| {
        let place = (*side, Kind::Person, id);
        let seen = world.seen(&place);
        (place, seen)
    };
    people.into_iter().map(with_shown).collect()
}

fn delete(world: &mut World, side: Side, kind: Kind, now: Moment) -> Option<Done> {
    let live = world.live_ids(side, kind);
    if live.len() < 3 || world.deletions >= DELETIONS_MAX {
        return None;
    }
    let place = (side, kind, world.pick(&live)?);
    let before = world.seen(&place);
    let people = people_of(world, &place);
    match (side, kind) {
        (Side::Pipedrive, Kind::Person) => world
            .pipedrive
            .screen(now)
            .delete(Entity::Person, place.2.parse().ok()?)
            .ok()?,
        (Side::Pipedrive, Kind::Organization) => world
            .pipedrive
            .screen(now)
            .delete(Entity::Organization, place.2.parse().ok()?)
            .ok()?,
        (Side::Propstreet, Kind::Person) => world
            .propstreet
            .delete_contact(&place.2, now)
            .map(drop)
            .ok()?,
        (Side::Propstreet, Kind::Organization) => world
            .propstreet
            .delete_company(&place.2, now)
            .map(drop)
            .ok()?,
        (Side::Pipedrive | Side::Propstreet, Kind::Deal) => {
            sales::forms::delete(world, &place, now)?
        }
        (Side::Pipedrive | Side::Propstreet, Kind::Note) => return None,
    }
    world.deletions += 1;
    finish(world, &place, before.as_ref(), (people, now));
    Some(Done {
        words: format!("a user on {side} deletes {}", named(&place)),
        form: None,
    })
}

fn finish(
    world: &mut World,
    place: &Place,
    before: Option<&Rc<Seen>>,
    (people, now): (People, Moment),
) {
    let verb = match world.merged.contains_key(place) {
        true => "merged",
        false => "deleted",
    };
    world.deeds.count(place, verb);
    world.note(place, before.map(|seen| &seen.shown), now);
    for (person, seen) in people {
        world.note(&person, seen.as_ref().map(|seen| &seen.shown), now);
    }
}

fn restore(world: &mut World, side: Side, kind: Kind, now: Moment) -> Option<Done> {
    let gone: Vec<String> = world
        .ids(side, kind)
        .into_iter()
        .filter(|(_, is_live)| !is_live)
        .map(|(id, _)| id)
        .collect();
    let place = (side, kind, world.pick(&gone)?);
    if world.merged.contains_key(&place) {
        return None;
    }
    match (side, kind) {
        (Side::Pipedrive, Kind::Person) => world
            .pipedrive
            .screen(now)
            .restore(Entity::Person, place.2.parse().ok()?)
            .ok()?,
        (Side::Pipedrive, Kind::Organization) => world
            .pipedrive
            .screen(now)
            .restore(Entity::Organization, place.2.parse().ok()?)
            .ok()?,
        (Side::Propstreet, Kind::Person) => world
            .propstreet
            .restore_contact(&place.2, now)
            .map(drop)
            .ok()?,
        (Side::Propstreet, Kind::Organization) => world
            .propstreet
            .restore_company(&place.2, now)
            .map(drop)
            .ok()?,
        (Side::Pipedrive | Side::Propstreet, Kind::Deal) => {
            sales::forms::restore(world, &place, now)?
        }
        (Side::Pipedrive | Side::Propstreet, Kind::Note) => return None,
    }
    // What comes back with a record, or does not, nobody has written.
    world.deeds.note_revival(&place);
    world.deeds.count(&place, "restored");
    Some(Done {
        words: format!("a user on {side} restores {}", named(&place)),
        form: None,
    })
}

fn merge(world: &mut World, kind: Kind, now: Moment) -> Option<Done> {
    let side = Side::Pipedrive;
    let live = world.live_ids(side, kind);
    if live.len() < 4 || world.deletions >= DELETIONS_MAX {
        return None;
    }
    let loser = (side, kind, world.pick(&live)?);
    let winner = (side, kind, world.pick(&live).filter(|id| *id != loser.2)?);
    let (lost, kept) = (world.seen(&loser), world.seen(&winner));
    let people = people_of(world, &loser);
    let (from, to) = (loser.2.parse().ok()?, winner.2.parse().ok()?);
    match kind {
        Kind::Person => world
            .pipedrive
            .screen(now)
            .merge(Entity::Person, from, to)
            .ok()?,
        Kind::Organization => world
            .pipedrive
            .screen(now)
            .merge(Entity::Organization, from, to)
            .ok()?,
        Kind::Deal | Kind::Note => return None,
    }
    world.deletions += 1;
    world.merged.insert(loser.clone(), winner.clone());
    finish(world, &loser, lost.as_ref(), (people, now));
    world.note(&winner, kept.as_ref().map(|seen| &seen.shown), now);
    Some(Done {
        words: format!(
            "a user on {side} merges {} into {}",
            named(&loser),
            named(&winner)
        ),
        form: None,
    })
}
