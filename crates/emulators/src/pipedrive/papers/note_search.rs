//! Notes as searches know them.
//!
//! In: a kind of record and who searches. Out: what the notes about each record say. It matches nothing itself.

use rustc_hash::FxHashMap;

use super::super::PipedriveEmulator;
use super::super::kinds::Entity;
use super::super::records::Actor;
use crate::answer::Moment;

impl PipedriveEmulator {
    /// What the notes about records of a kind say, without its markup, by record. What was written within the lag of the
    /// index is not in it.
    pub(in super::super) fn notes_by_record(
        &self,
        entity: Entity,
        actor: Actor,
        now: Moment,
    ) -> FxHashMap<i64, Vec<String>> {
        let lag_seconds = self.config.switches.search_lag_millis.1.div_euclid(1_000);
        let indexed = self.seconds(now) - lag_seconds;
        let mut texts: FxHashMap<i64, Vec<String>> = FxHashMap::default();
        let notes = self.state.papers.notes.values();
        for note in notes.filter(|note| note.is_active && note.update_time <= indexed) {
            let mut about = self.about(&note.links);
            if let Some((_, id)) = about.find(|(of, _)| *of == entity)
                && self.sees_note(actor, note)
            {
                let known = texts.entry(id).or_default();
                known.push(without_markup(&note.content));
            }
        }
        texts
    }
}

/// The words between the tags.
fn without_markup(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut is_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => is_tag = true,
            '>' => is_tag = false,
            _ if !is_tag => text.push(letter),
            _ => {}
        }
    }
    text
}
