//! Notes in the simulated world: what users write on records of either side, and what stands there.
//!
//! In: the world and its randomness. Out: notes written, edited and deleted, each text kept with who wrote it where. No two texts are
//! alike, so that each is found again wherever it went. It judges nothing.

use std::collections::BTreeMap;

use emulators::Moment;
use emulators::propstreet::Edit;
use model::{Kind, Side};
use rand::RngExt;
use serde_json::{Value, json};

use super::super::edits::{Done, named};
use super::super::world::{Place, World};

/// So many are written by users in one run.
const WRITTEN_MAX: usize = 16;

/// A note that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Standing {
    /// The note, whichever of its revisions is in force: the first one's id.
    pub(in super::super) id: String,
    /// The revision in force.
    revision: String,
    pub(in super::super) on: Place,
    pub(in super::super) text: String,
}

/// What a user did to a note.
#[derive(Debug, Clone)]
pub(in super::super) struct NoteWrite {
    pub(in super::super) at: i64,
    pub(in super::super) side: Side,
    pub(in super::super) id: String,
    /// Nothing where it was deleted.
    pub(in super::super) text: Option<String>,
    pub(in super::super) before: Option<String>,
}

/// The notes of a side that are in force, oldest first.
pub(in super::super) fn standing(world: &World, side: Side) -> Vec<Standing> {
    match side {
        Side::Pipedrive => {
            let notes = world.pipedrive.notes();
            notes.iter().filter_map(of_pipedrive).collect()
        }
        Side::Propstreet => {
            let notes = world.propstreet.notes();
            let earlier: BTreeMap<&str, &str> = notes
                .iter()
                .filter_map(|note| Some((note["id"].as_str()?, note["supersedes"].as_str()?)))
                .collect();
            let first = |id: &str| {
                let mut id = id.to_owned();
                while let Some(before) = earlier.get(id.as_str()) {
                    id = (*before).to_owned();
                }
                id
            };
            let standing = notes
                .iter()
                .filter(|note| note["isArchived"] == false && note["supersededBy"].is_null());
            standing
                .filter_map(|note| {
                    let revision = note["id"].as_str()?;
                    Some(Standing {
                        id: first(revision),
                        revision: revision.to_owned(),
                        on: place_of(note["on"].as_str()?)?,
                        text: note["message"].as_str()?.trim().to_owned(),
                    })
                })
                .collect()
        }
    }
}

fn of_pipedrive(note: &Value) -> Option<Standing> {
    let number = |name: &str| note[name].as_i64().map(|id| id.to_string());
    let on = number("deal_id")
        .map(|id| (Kind::Deal, id))
        .or_else(|| number("person_id").map(|id| (Kind::Person, id)))
        .or_else(|| number("org_id").map(|id| (Kind::Organization, id)))?;
    let id = number("id").filter(|_| note["active_flag"] == true)?;
    Some(Standing {
        revision: id.clone(),
        id,
        on: (Side::Pipedrive, on.0, on.1),
        text: without_form(note["content"].as_str()?),
    })
}

/// The words between the marks of HTML.
fn without_form(content: &str) -> String {
    let parts = content.split('<').enumerate();
    let words = parts.map(|(place, part)| match part.split_once('>') {
        Some((_, words)) if place > 0 => words,
        Some(_) | None => part,
    });
    words.collect::<String>().trim().to_owned()
}

fn place_of(on: &str) -> Option<Place> {
    let (entity, id) = on.split_once('/')?;
    let kind = match entity {
        "contact" => Kind::Person,
        "company" => Kind::Organization,
        "project" => Kind::Deal,
        _ => return None,
    };
    Some((Side::Propstreet, kind, id.to_owned()))
}

/// A user writes a note, edits one or deletes one.
pub(in super::super) fn someone_writes(world: &mut World, side: Side, now: Moment) -> Option<Done> {
    let (verb, words) = match world.random.random_range(0..100) {
        0..50 => ("added", add(world, side, now)?),
        50..88 => ("edited", edit(world, side, now)?),
        _ => ("deleted", delete(world, side, now)?),
    };
    let place = (side, Kind::Note, String::new());
    world.deeds.count(&place, verb);
    Some(Done { words, form: None })
}

fn note(world: &mut World, (side, now): (Side, Moment), note: (&str, Option<&str>, Option<&str>)) {
    let (id, before, text) = note;
    world.notes.push(NoteWrite {
        at: now.0,
        side,
        id: id.to_owned(),
        text: text.map(str::to_owned),
        before: before.map(str::to_owned),
    });
}

fn add(world: &mut World, side: Side, now: Moment) -> Option<String> {
    if world.notes.len() >= WRITTEN_MAX {
        return None;
    }
    let kind = match world.random.random_range(0..4) {
        0 => Kind::Organization,
        1 => Kind::Deal,
        _ => Kind::Person,
    };
    let live = world.live_ids(side, kind);
    let on: Place = (side, kind, world.pick(&live)?);
    let text = world.words.remark();
    let id = on.2.clone();
    let written = match side {
        Side::Pipedrive => {
            let name = match kind {
                Kind::Deal => "deal_id",
                Kind::Organization => "org_id",
                Kind::Person | Kind::Note => "person_id",
            };
            let number: i64 = id.parse().ok()?;
            let fields = json!({"content": format!("<p>{text}</p>"), name: number});
            let mut screen = world.pipedrive.screen(now);
            screen.add_note(&fields).ok()?.to_string()
        }
        Side::Propstreet => {
            let remark = text.clone();
            let edit = match kind {
                Kind::Deal => Edit::AddProjectNote {
                    project_id: id,
                    note: remark,
                },
                Kind::Organization => Edit::AddCompanyNote {
                    company_id: id,
                    note: remark,
                },
                Kind::Person | Kind::Note => Edit::AddContactNote {
                    contact_id: id,
                    note: remark,
                },
            };
            world.propstreet.edit(&edit, now).ok()?
        }
    };
    note(world, (side, now), (&written, None, Some(&text)));
    Some(format!(
        "a user on {side} writes note {written} on {}: {text}",
        named(&on)
    ))
}

fn edit(world: &mut World, side: Side, now: Moment) -> Option<String> {
    let known = standing(world, side);
    let known = world.pick(&known)?;
    let text = world.words.remark();
    match side {
        Side::Pipedrive => {
            let fields = json!({"content": format!("<p>{text}</p>")});
            let mut screen = world.pipedrive.screen(now);
            screen.edit_note(known.id.parse().ok()?, &fields).ok()?;
        }
        Side::Propstreet => {
            world
                .propstreet
                .edit_note(&known.revision, &text, now)
                .ok()?;
        }
    }
    let before = Some(known.text.as_str());
    note(world, (side, now), (&known.id, before, Some(&text)));
    Some(format!(
        "a user on {side} edits note {} on {}: {text}",
        known.id,
        named(&known.on)
    ))
}

fn delete(world: &mut World, side: Side, now: Moment) -> Option<String> {
    let known = standing(world, side);
    let known = world.pick(&known)?;
    match side {
        Side::Pipedrive => {
            let mut screen = world.pipedrive.screen(now);
            screen.delete_note(known.id.parse().ok()?).ok()?;
        }
        Side::Propstreet => {
            world.propstreet.archive_note(&known.revision, now).ok()?;
        }
    }
    note(world, (side, now), (&known.id, Some(&known.text), None));
    Some(format!(
        "a user on {side} deletes note {} on {}",
        known.id,
        named(&known.on)
    ))
}
