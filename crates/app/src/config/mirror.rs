//! `[mirror]`: what is kept in the mirror beside the records that are synced.

use model::Entity;

use super::mistake::Mistake;
use super::section::Section;
use super::unknown;

/// What can be left out, in the order in which it is read.
fn optional() -> Vec<Entity> {
    let all = Entity::ALL.into_iter();
    all.filter(|entity| entity.kind().is_none()).collect()
}

/// What is mirrored: everything but what is named in `without`.
pub(super) fn read(mut section: Section<'_, '_>) -> Vec<Entity> {
    let mut mirrored = optional();
    for found in section.texts("without") {
        let named = |entity: &Entity| entity.plural() == found.value;
        if optional().iter().any(named) {
            mirrored.retain(|entity| !named(entity));
            continue;
        }
        let words = optional().into_iter().map(Entity::plural);
        let help = unknown::nearest(&found.value, words.clone()).map_or_else(
            || {
                let words: Vec<&str> = words.collect();
                format!("one of {}", words.join(", "))
            },
            |word| format!("did you mean \"{word}\"?"),
        );
        let message = format!(
            "`mirror.without`: \"{}\" is nothing that can be left out of the mirror",
            found.value
        );
        section.note(Mistake::new(found.place, message).with_help(help));
    }
    section.finish();
    mirrored
}
