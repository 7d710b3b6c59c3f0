//! What users did, value by value: the measure against which nothing may be lost.
//!
//! In: a record before and after somebody touched it. Out: every value that changed, in order. It judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use model::{Kind, Side};

use super::facets::{Facet, Shown};
use super::world::Place;

/// One value that a user wrote, or cleared.
#[derive(Debug, Clone)]
pub(super) struct UserWrite {
    pub(super) order: usize,
    pub(super) at: i64,
    pub(super) side: Side,
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) facet: Facet,
    /// What the user's own side showed before.
    pub(super) before: Option<String>,
    pub(super) value: Option<String>,
}

/// Everything that users did in a run.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    pub(super) writes: Vec<UserWrite>,
    /// Deeds, not values: one form saved may write several.
    pub(super) edits: u64,
    /// The same by what was done to what.
    pub(super) events: BTreeMap<String, u64>,
    /// Records that a user deleted at some time, or merged into another one, and whenever that was done.
    removed: BTreeMap<Place, Vec<i64>>,
    /// Records that are to stay deleted: users have not got them back.
    gone: BTreeSet<Place>,
}

impl Deeds {
    /// A user did this to a record of that kind.
    pub(super) fn count(&mut self, place: &Place, verb: &str) {
        let what = place.1.entity(place.0).name();
        self.edits += 1;
        *self.events.entry(format!("{what} {verb}")).or_default() += 1;
    }

    /// Notes every facet in which a record differs.
    pub(super) fn note(
        &mut self,
        at: i64,
        (side, kind, id): (Side, Kind, &str),
        before: Option<&Shown>,
        after: &Shown,
    ) {
        if !after.is_live {
            // What goes with a record nobody has written.
            let times = self.removed.entry((side, kind, id.to_owned()));
            times.or_default().push(at);
            self.gone.insert((side, kind, id.to_owned()));
            return;
        }
        let empty = Shown::default();
        let before = before.unwrap_or(&empty);
        let facets: BTreeSet<&Facet> = before.facets.keys().chain(after.facets.keys()).collect();
        for facet in facets {
            let (old, new) = (before.facets.get(facet), after.facets.get(facet));
            if old != new {
                self.writes.push(UserWrite {
                    order: self.writes.len(),
                    at,
                    side,
                    kind,
                    id: id.to_owned(),
                    facet: facet.clone(),
                    before: old.cloned(),
                    value: new.cloned(),
                });
            }
        }
    }

    /// A user got a record back.
    pub(super) fn note_revival(&mut self, place: &Place) {
        self.gone.remove(place);
    }

    /// What users wrote of deals and projects.
    pub(super) fn of_deals(&self) -> impl Iterator<Item = &UserWrite> {
        self.writes.iter().filter(|write| write.kind == Kind::Deal)
    }

    /// What users deleted and have not got back.
    pub(super) fn stay_deleted(&self) -> impl Iterator<Item = &Place> {
        self.gone.iter()
    }

    /// When a record was last deleted or merged by a user.
    pub(super) fn removed_at(&self, place: &Place) -> Option<i64> {
        self.removed.get(place)?.iter().max().copied()
    }

    pub(super) fn was_removed_at(&self, place: &Place, at: i64) -> bool {
        self.removed
            .get(place)
            .is_some_and(|times| times.contains(&at))
    }
}
