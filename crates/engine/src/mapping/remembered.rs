//! Records mapped lately: the same row is mapped when it is read, weighed, planned and written, and its JSON is read once.
//!
//! In: an entity and the JSON of a row. Out: the record it shows and what was noticed about it, mapped or remembered. Holds a fixed number of rows, the ones
//! asked for longest ago make room; never changes an answer.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

use model::{Entity, Record};
use rustc_hash::FxHasher;

use crate::definitions::Signs;
use crate::failure::EngineError;

const SHELVES: usize = 256;
const PLACES_PER_SHELF: usize = 4;

#[derive(Debug)]
struct Known {
    entity: Entity,
    raw: Arc<str>,
    mapped: Arc<Mapped>,
}

/// A row, mapped.
#[derive(Debug, Default)]
pub(crate) struct Mapped {
    pub(crate) record: Record,
    /// What was noticed about its fields.
    pub(crate) signs: Signs,
}

impl Mapped {
    /// Of a side whose fields are not ours to watch.
    pub(crate) fn of(record: Record) -> Self {
        let signs = Signs::default();
        Self { record, signs }
    }
}

/// Shared by everything that maps with the same definitions.
#[derive(Debug, Default)]
pub struct Remembered {
    /// Most recently asked first on each shelf.
    shelves: Mutex<Vec<Vec<Known>>>,
}

impl Remembered {
    pub(super) fn get_or_map(
        &self,
        entity: Entity,
        raw: &Arc<str>,
        map: impl FnOnce() -> Result<Mapped, EngineError>,
    ) -> Result<Arc<Mapped>, EngineError> {
        let place = shelf_of(entity, raw);
        match self.get(place, entity, raw) {
            Some(mapped) => Ok(mapped),
            None => Ok(self.put(place, entity, raw, map()?)),
        }
    }

    /// Keeps what a row shows, where it is at hand before anybody asks.
    pub(crate) fn keep(&self, entity: Entity, raw: &Arc<str>, map: impl FnOnce() -> Mapped) {
        let place = shelf_of(entity, raw);
        if self.get(place, entity, raw).is_none() {
            self.put(place, entity, raw, map());
        }
    }

    fn put(&self, place: usize, entity: Entity, raw: &Arc<str>, mapped: Mapped) -> Arc<Mapped> {
        let mapped = Arc::new(mapped);
        let mut shelves = self
            .shelves
            .lock()
            .expect("nothing panics while it holds this");
        if shelves.is_empty() {
            shelves.resize_with(SHELVES, Vec::new);
        }
        let shelf = &mut shelves[place];
        shelf.truncate(PLACES_PER_SHELF - 1);
        let known = Known {
            entity,
            raw: Arc::clone(raw),
            mapped: Arc::clone(&mapped),
        };
        shelf.insert(0, known);
        mapped
    }

    fn get(&self, place: usize, entity: Entity, raw: &str) -> Option<Arc<Mapped>> {
        let mut shelves = self
            .shelves
            .lock()
            .expect("nothing panics while it holds this");
        let shelf = shelves.get_mut(place)?;
        let known = shelf
            .iter()
            .position(|known| known.entity == entity && *known.raw == *raw)?;
        shelf[..=known].rotate_right(1);
        Some(Arc::clone(&shelf[0].mapped))
    }
}

fn shelf_of(entity: Entity, raw: &str) -> usize {
    // Its keys are fixed, so a run is the same on every machine.
    let mut hasher = FxHasher::default();
    entity.hash(&mut hasher);
    raw.hash(&mut hasher);
    usize::try_from(hasher.finish() % SHELVES as u64)
        .expect("a remainder below the number of shelves")
}
