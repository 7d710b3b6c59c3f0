//! Notes: both sides say the same (S4), nothing that was said is nowhere (S3), nothing is said twice (S2), and what a user deleted is
//! not said again (S8).
//!
//! In: the notes in force on both sides, what users wrote, and which note the engine takes for which. Out: every text that is too
//! much or too little. Texts are looked for as they are: no two notes of users say the same.

use std::collections::BTreeMap;

use model::{Field, Kind, Pair, Side, Value, time};

use super::super::edits::named;
use super::super::run::Run;
use super::super::sales::notes::{NoteWrite, Standing, standing};
use super::super::world::Place;
use super::loss::TOLD_LATE_MILLIS;
use super::sight::{Sight, is_active};

/// The notes of both sides, and the pairs they are in.
struct Notes<'a> {
    standing: BTreeMap<(Side, String), Standing>,
    pairs: BTreeMap<(Side, String), &'a Pair>,
}

pub(super) fn notes_agree(run: &Run, sight: &Sight, wrong: &mut Vec<String>) {
    if !run
        .ground
        .weather
        .sales
        .is_some_and(|sales| sales.has_notes)
    {
        return;
    }
    let of_side = |side: Side| {
        let notes = standing(&run.world, side).into_iter();
        notes.map(move |note| ((side, note.id.clone()), note))
    };
    let pairs = sight.pairs.values().filter(|pair| pair.kind == Kind::Note);
    let notes = Notes {
        standing: Side::BOTH.into_iter().flat_map(of_side).collect(),
        pairs: pairs
            .flat_map(|pair| {
                let places = Side::BOTH
                    .into_iter()
                    .filter_map(|side| place_of(pair, side));
                places.map(move |place| (place, pair))
            })
            .collect(),
    };
    said_once(&notes, wrong);
    for (place, note) in &notes.standing {
        agrees(sight, &notes, (place, note), wrong);
    }
    nothing_said_is_nowhere(run, sight, &notes, wrong);
}

/// The side's half of a pair of notes. On Propstreet it is named by what it is on and by its first revision.
fn place_of(pair: &Pair, side: Side) -> Option<(Side, String)> {
    let id = pair.ids.get(side).as_ref()?.as_str();
    let id = id.rsplit('/').next().unwrap_or(id);
    Some((side, id.to_owned()))
}

fn said_once(notes: &Notes<'_>, wrong: &mut Vec<String>) {
    let mut said: BTreeMap<(Side, &str), u32> = BTreeMap::new();
    for ((side, _), note) in &notes.standing {
        *said.entry((*side, &note.text)).or_default() += 1;
    }
    for ((side, text), times) in said.into_iter().filter(|(_, times)| *times > 1) {
        wrong.push(format!("S2: {text:?} is said {times} times on {side}"));
    }
}

/// Whether a note is on a record that is kept in step and always was: what becomes of the notes of others is another matter.
fn is_on_kept(sight: &Sight, on: &Place) -> bool {
    let is_live = |place: &Place| sight.shown.get(place).is_some_and(|shown| shown.is_live);
    let opposite = sight.opposite(on);
    is_live(on)
        && sight.is_in_step(on)
        && opposite.is_some_and(|opposite| is_live(&opposite))
        && sight
            .pair_of(on)
            .is_none_or(|pair| sight.repointed_at(pair.id).is_none())
}

fn agrees(
    sight: &Sight,
    notes: &Notes<'_>,
    (place, note): (&(Side, String), &Standing),
    wrong: &mut Vec<String>,
) {
    if !is_on_kept(sight, &note.on) {
        return;
    }
    let told = format!("note {} on {} ({:?})", note.id, named(&note.on), note.text);
    let Some(pair) = notes.pairs.get(place) else {
        wrong.push(format!("S4: {told} has no pair"));
        return;
    };
    if !is_active(pair)
        || sight.is_pair_quarantined(pair.id)
        || sight.is_asked(pair.id, Field::NoteText)
    {
        return;
    }
    let there = place_of(pair, place.0.other());
    let Some(there) = there.and_then(|there| notes.standing.get(&there)) else {
        wrong.push(format!("S4: {told} is nowhere on {}", place.0.other()));
        return;
    };
    if there.text != note.text {
        wrong.push(format!("S4: {told} says {:?} opposite", there.text));
    }
    if is_on_kept(sight, &there.on) && sight.opposite(&note.on).as_ref() != Some(&there.on) {
        wrong.push(format!("S4: {told} is on {} opposite", named(&there.on)));
    }
}

/// The last that users said of each note of their side.
fn nothing_said_is_nowhere(run: &Run, sight: &Sight, notes: &Notes<'_>, wrong: &mut Vec<String>) {
    let mut last: BTreeMap<(Side, &str), &NoteWrite> = BTreeMap::new();
    for write in &run.world.notes {
        last.insert((write.side, &write.id), write);
    }
    for ((side, id), write) in &last {
        let place = (*side, (*id).to_owned());
        let Some(text) = &write.text else {
            let revived = notes.standing.get(&place);
            let mut same = notes
                .standing
                .iter()
                .filter(|((of, _), note)| of == side && Some(&note.text) == write.before.as_ref());
            if revived.is_some() || same.next().is_some() {
                wrong.push(format!(
                    "S8: note {id} of {side} is said again although a user deleted it: {:?}",
                    write.before
                ));
            }
            continue;
        };
        let here = notes.standing.get(&place);
        if here.is_some_and(|here| here.text == *text) {
            continue;
        }
        let is_on_other = here.is_none_or(|here| !is_on_kept(sight, &here.on));
        let pair = notes.pairs.get(&place);
        let other = pair.and_then(|pair| place_of(pair, side.other()));
        let of_other = |write: &&NoteWrite| {
            other
                .as_ref()
                .is_some_and(|(side, id)| write.side == *side && write.id == *id)
        };
        let mut later = run.world.notes.iter().filter(of_other);
        let is_replaced = later.any(|other| {
            other.before.as_ref() == Some(text) && other.at > write.at - TOLD_LATE_MILLIS
        });
        if !is_on_other && !is_replaced && !is_journaled(sight, text) {
            wrong.push(format!(
                "S3: note {id} of {side} said {text:?} at {} and says {:?}",
                time::from_millis(write.at),
                here.map(|here| &here.text)
            ));
        }
    }
}

fn is_journaled(sight: &Sight, text: &str) -> bool {
    let says = |value: &Option<Value>| matches!(value, Some(Value::Text(words)) if words == text);
    sight.conflicts.iter().any(|conflict| {
        conflict.field == Field::NoteText
            && Side::BOTH
                .into_iter()
                .any(|side| says(conflict.values.get(side)))
    })
}
