//! `[notes]`: which notes are kept in step, which way they travel, and who wins when both sides edited one.

use std::collections::BTreeSet;

use engine::settings::NoteSettings;
use model::{Entity, Field, Kind};
use plan::{Direction, FieldPolicy};

use super::mistake::Mistake;
use super::section::Section;
use super::sync::{DIRECTIONS, WINNERS};
use super::unknown;

const DIRECTION: &str = "direction";
/// Whose notes, by the words of Pipedrive.
const OF: [(&str, Kind); 3] = [
    ("persons", Kind::Person),
    ("organizations", Kind::Organization),
    ("deals", Kind::Deal),
];
/// Without these there is nothing to keep in step.
const NEEDED: [Entity; 2] = [Entity::Note, Entity::TimelineNote];

/// How notes are kept in step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notes {
    /// `None` where they are mirrored only.
    pub(super) settings: Option<NoteSettings>,
    pub(super) policy: FieldPolicy,
}

pub(super) fn read(mut section: Section<'_, '_>, mirrored: &[Entity]) -> Notes {
    let default = FieldPolicy::default_of(Field::NoteText);
    let winner = section.choice("winner", &WINNERS, default.winner);
    let told = section.told(DIRECTION);
    let mut direction = section.choice(DIRECTION, &DIRECTIONS, default.direction);
    let of = named(&mut section);
    let missing = NEEDED.iter().find(|entity| !mirrored.contains(entity));
    if let Some(entity) = missing {
        // Whoever mirrors no notes has not asked for them.
        if let Some(place) = told.filter(|_| !direction.is_off()) {
            let message = format!(
                "`notes.direction` needs {}, which `mirror.without` leaves out",
                entity.plural()
            );
            let help = "leave them in, or say direction = \"off\"";
            section.note(Mistake::new(place, message).with_help(help));
        }
        direction = Direction::Off;
    }
    section.finish();
    let settings = NoteSettings { of };
    Notes {
        settings: Some(settings).filter(|notes| !direction.is_off() && !notes.of.is_empty()),
        policy: FieldPolicy { direction, winner },
    }
}

/// The kinds of records that the list names; all of them where there is no list.
fn named(section: &mut Section<'_, '_>) -> BTreeSet<Kind> {
    let all = || OF.into_iter().map(|(_, kind)| kind).collect();
    if section.told("of").is_none() {
        section.texts("of");
        return all();
    }
    let mut kinds = BTreeSet::new();
    for found in section.texts("of") {
        if let Some((_, kind)) = OF.iter().find(|(word, _)| *word == found.value) {
            kinds.insert(*kind);
            continue;
        }
        let words = OF.iter().map(|(word, _)| *word);
        let help = unknown::nearest(&found.value, words.clone()).map_or_else(
            || format!("one of {}", words.collect::<Vec<_>>().join(", ")),
            |word| format!("did you mean \"{word}\"?"),
        );
        let message = format!("`notes.of`: \"{}\" has no notes that travel", found.value);
        section.note(Mistake::new(found.place, message).with_help(help));
    }
    kinds
}
