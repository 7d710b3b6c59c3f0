//! `[mirror]`: what is kept in the mirror beside the records that are synced.

use std::collections::BTreeSet;

use engine::settings::ParticipantsPace;
use model::Entity;

use super::duration::{self, DAY, HOUR, MINUTE};
use super::mistake::Mistake;
use super::section::Section;
use super::unknown;

/// In place of an interval.
const OFF: &str = "off";
const ROUNDS_PER_MINUTE_MAX: i64 = 600;

/// What can be left out, in the order in which it is read.
fn optional() -> Vec<Entity> {
    let all = Entity::ALL.into_iter();
    all.filter(|entity| !entity.is_always_paired()).collect()
}

/// Entities of which versions can be kept: all but links, which their contacts show.
fn with_versions() -> Vec<Entity> {
    let all = Entity::ALL.into_iter();
    all.filter(|entity| *entity != Entity::Link).collect()
}

/// What is kept in the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mirror {
    /// Everything but what is named in `without`.
    pub(super) mirrored: Vec<Entity>,
    /// How the participants of deals are followed.
    pub(super) participants: Option<ParticipantsPace>,
    /// What is named in `history`.
    pub(super) versions_of: BTreeSet<Entity>,
    /// How many requests a minute each round may make, where it is said.
    pub(super) rounds_per_minute: Option<u32>,
}

pub(super) fn read(mut section: Section<'_, '_>) -> Mirror {
    let participants = participants(&mut section);
    let left_out = named(&mut section, "without", &optional());
    let mut mirrored = optional();
    mirrored.retain(|entity| !left_out.contains(entity));
    let versions_of = named(&mut section, "history", &with_versions());
    if let Some(entity) = versions_of.intersection(&left_out).next() {
        let message = format!(
            "`mirror.history` names {}, which `mirror.without` leaves out",
            entity.plural()
        );
        section.note(Mistake::new(section.place(), message));
    }
    let requests = section.integer("rounds_per_minute", 0..=ROUNDS_PER_MINUTE_MAX, 0);
    section.finish();
    let requests = u32::try_from(requests).ok();
    Mirror {
        mirrored,
        participants,
        versions_of,
        rounds_per_minute: requests.filter(|requests| *requests > 0),
    }
}

/// The entities that a list of the section names.
fn named(section: &mut Section<'_, '_>, key: &str, known: &[Entity]) -> BTreeSet<Entity> {
    let mut entities = BTreeSet::new();
    for found in section.texts(key) {
        let mut known_words = known.iter();
        if let Some(entity) = known_words.find(|entity| entity.plural() == found.value) {
            entities.insert(*entity);
            continue;
        }
        let words = known.iter().map(|entity| entity.plural());
        let help = unknown::nearest(&found.value, words.clone()).map_or_else(
            || {
                let words: Vec<&str> = words.collect();
                format!("one of {}", words.join(", "))
            },
            |word| format!("did you mean \"{word}\"?"),
        );
        let what = match key {
            "without" => "nothing that can be left out of the mirror",
            _ => "nothing of which versions can be kept",
        };
        let message = format!("`mirror.{key}`: \"{}\" is {what}", found.value);
        section.note(Mistake::new(found.place, message).with_help(help));
    }
    entities
}

/// `None` when they are off.
fn participants(section: &mut Section<'_, '_>) -> Option<ParticipantsPace> {
    let default = ParticipantsPace::default();
    let interval = section.parsed("participants", |text| match text {
        OFF => Ok(None),
        told => duration::parse(told, &(MINUTE..=DAY)).map(Some),
    });
    let rotation = section.parsed("participants_rotation", |text| {
        duration::parse(text, &(HOUR..=30 * DAY))
    });
    Some(ParticipantsPace {
        interval: interval.unwrap_or(Some(default.interval))?,
        rotation: rotation.unwrap_or(default.rotation),
    })
}
