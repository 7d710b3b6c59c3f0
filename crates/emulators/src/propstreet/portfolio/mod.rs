//! Projects, prospects and properties, beside the contacts, companies and links they are about.
//!
//! In: whole records to keep. Out: stamped records, found by id, reference or project. What a caller may write is decided
//! in the files of the entities. A closed project and its prospects are read-only; a property is announced to nobody.

mod amounts;
mod batch;
pub(super) mod dispatch;
pub(super) mod edits;
mod lists;
mod peek;
mod projects;
mod properties;
mod prospects;
pub(super) mod reads;
pub(super) mod record;
mod render;
pub(super) mod route;
pub(super) mod saved;
mod search;
mod seeding;
mod verbs;

use rustc_hash::FxHashMap;

use super::problem::Refused;
use super::record::{ChangeKind, Entity, ExternalRef, ref_key};
use super::records::{Occasion, Records, claim, first_stamp, forget, refuse_taken_refs, restamp};
use super::table::Table;
use record::{Project, Property, Prospect};

const FIRST_PROJECT: u64 = 1_200;
const FIRST_PROSPECT: u64 = 40_000;
const FIRST_PROPERTY: u64 = 8_000;

/// The three tables and their indexes.
#[derive(Debug)]
pub(super) struct Portfolio {
    pub(super) projects: Table<Project>,
    pub(super) prospects: Table<Prospect>,
    pub(super) properties: Table<Property>,
    project_by_ref: FxHashMap<String, u64>,
    prospect_by_ref: FxHashMap<String, u64>,
    property_by_ref: FxHashMap<String, u64>,
    prospects_of: FxHashMap<u64, Vec<u64>>,
}

impl Portfolio {
    pub(super) fn empty() -> Self {
        Self::starting_after([FIRST_PROJECT, FIRST_PROSPECT, FIRST_PROPERTY])
    }

    pub(super) fn starting_after([project, prospect, property]: [u64; 3]) -> Self {
        Self {
            projects: Table::starting_after(project),
            prospects: Table::starting_after(prospect),
            properties: Table::starting_after(property),
            project_by_ref: FxHashMap::default(),
            prospect_by_ref: FxHashMap::default(),
            property_by_ref: FxHashMap::default(),
            prospects_of: FxHashMap::default(),
        }
    }

    /// The project holding a reference, deleted or not.
    pub(super) fn project_with_ref(&self, namespace: &str, id: &str) -> Option<u64> {
        self.project_by_ref.get(&ref_key(namespace, id)).copied()
    }

    /// The prospect holding a reference, deleted or not.
    pub(super) fn prospect_with_ref(&self, namespace: &str, id: &str) -> Option<u64> {
        self.prospect_by_ref.get(&ref_key(namespace, id)).copied()
    }

    /// The property holding a reference, deleted or not.
    pub(super) fn property_with_ref(&self, namespace: &str, id: &str) -> Option<u64> {
        self.property_by_ref.get(&ref_key(namespace, id)).copied()
    }

    /// All prospects a project ever had.
    pub(super) fn prospect_ids_of(&self, project: u64) -> &[u64] {
        self.prospects_of.get(&project).map_or(&[], Vec::as_slice)
    }

    /// Living prospects of a project that were not taken off its list.
    pub(super) fn prospects_of(&self, project: u64) -> impl Iterator<Item = &Prospect> {
        let ids = self.prospect_ids_of(project).iter();
        ids.filter_map(|&id| self.prospects.live(id))
    }

    pub(super) fn put_project(&mut self, next: Project) {
        let old = self.projects.row(next.stamp.id).map(|old| &old.refs);
        reindex(
            &mut self.project_by_ref,
            old,
            &next.refs,
            (next.stamp.id, next.stamp.deleted),
        );
        self.projects.put(next);
    }

    pub(super) fn put_prospect(&mut self, next: Prospect) {
        let old = self.prospects.row(next.stamp.id).map(|old| &old.refs);
        if old.is_none() {
            self.prospects_of
                .entry(next.project)
                .or_default()
                .push(next.stamp.id);
        }
        reindex(
            &mut self.prospect_by_ref,
            old,
            &next.refs,
            (next.stamp.id, next.stamp.deleted),
        );
        self.prospects.put(next);
    }

    pub(super) fn put_property(&mut self, next: Property) {
        let old = self.properties.row(next.stamp.id).map(|old| &old.refs);
        reindex(
            &mut self.property_by_ref,
            old,
            &next.refs,
            (next.stamp.id, next.stamp.deleted),
        );
        self.properties.put(next);
    }
}

fn reindex(
    index: &mut FxHashMap<String, u64>,
    old: Option<&Vec<ExternalRef>>,
    refs: &[ExternalRef],
    (id, deleted): (u64, Option<i64>),
) {
    let keys: Vec<String> = old.into_iter().flatten().map(ExternalRef::key).collect();
    forget(index, keys.iter(), id);
    for reference in refs {
        claim(index, reference.key(), id, deleted.is_none());
    }
}

impl Records {
    pub(super) fn refuse_taken_project(&self, next: &Project) -> Result<(), Refused> {
        let index = &self.portfolio.project_by_ref;
        let keeps = |id| self.portfolio.projects.live(id).is_some() || !self.frees_references();
        refuse_taken_refs(&next.refs, |key| {
            is_other(index, key, next.stamp.id).is_some_and(keeps)
        })
    }

    pub(super) fn refuse_taken_prospect(&self, next: &Prospect) -> Result<(), Refused> {
        let index = &self.portfolio.prospect_by_ref;
        let keeps = |id| self.portfolio.prospects.live(id).is_some() || !self.frees_references();
        refuse_taken_refs(&next.refs, |key| {
            is_other(index, key, next.stamp.id).is_some_and(keeps)
        })
    }

    pub(super) fn refuse_taken_property(&self, next: &Property) -> Result<(), Refused> {
        let index = &self.portfolio.property_by_ref;
        let keeps = |id| self.portfolio.properties.live(id).is_some() || !self.frees_references();
        refuse_taken_refs(&next.refs, |key| {
            is_other(index, key, next.stamp.id).is_some_and(keeps)
        })
    }

    /// Keeps a project under a new version, and a new id when it has none.
    pub(super) fn keep_project(
        &mut self,
        mut next: Project,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) -> u64 {
        if next.stamp.id == 0 {
            next.stamp = first_stamp(self.portfolio.projects.take_id(), when);
        }
        let id = next.stamp.id;
        self.show_project_a_while(id, when);
        self.renew(&mut next.stamp, kind, when);
        let old = self.portfolio.projects.row(id);
        self.timeline.project_kept(old, &next, kind, when);
        self.portfolio.put_project(next);
        self.note(Entity::Project, id, kind);
        id
    }

    /// Keeps a prospect under a new version, and a new id when it has none.
    pub(super) fn keep_prospect(
        &mut self,
        mut next: Prospect,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) -> u64 {
        if next.stamp.id == 0 {
            next.stamp = first_stamp(self.portfolio.prospects.take_id(), when);
        }
        let id = next.stamp.id;
        self.show_prospect_a_while(id, when);
        self.renew(&mut next.stamp, kind, when);
        let old = self.portfolio.prospects.row(id);
        self.timeline.prospect_kept(old, &next, kind, when);
        self.portfolio.put_prospect(next);
        self.note(Entity::Prospect, id, kind);
        id
    }

    /// Keeps a property under a new version, and a new id when it has none. Nobody is told of it.
    pub(super) fn keep_property(
        &mut self,
        mut next: Property,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) -> u64 {
        if next.stamp.id == 0 {
            next.stamp = first_stamp(self.portfolio.properties.take_id(), when);
        }
        let id = next.stamp.id;
        if when.lag > 0 {
            let shown = self.portfolio.properties.row(id).map(render::old_property);
            let span = (when.now, when.now + when.lag);
            self.portfolio.properties.keep_shown(id, span, shown);
        }
        self.renew(&mut next.stamp, kind, when);
        self.portfolio.put_property(next);
        id
    }

    /// A new version for a project of which nothing else is new.
    pub(super) fn bump_project(&mut self, id: u64, when: &Occasion<'_>) {
        if self.portfolio.projects.live(id).is_none() {
            return;
        }
        self.show_project_a_while(id, when);
        self.version += 1;
        let version = self.version;
        self.portfolio
            .projects
            .restamp(id, |stamp| restamp(stamp, version, when));
        self.note(Entity::Project, id, ChangeKind::Update);
    }

    fn show_project_a_while(&mut self, id: u64, when: &Occasion<'_>) {
        if when.lag > 0 {
            let shown = self
                .portfolio
                .projects
                .row(id)
                .map(|row| self.old_project(row));
            let span = (when.now, when.now + when.lag);
            self.portfolio.projects.keep_shown(id, span, shown);
        }
    }

    fn show_prospect_a_while(&mut self, id: u64, when: &Occasion<'_>) {
        if when.lag > 0 {
            let shown = self
                .portfolio
                .prospects
                .row(id)
                .map(|row| self.old_prospect(row));
            let span = (when.now, when.now + when.lag);
            self.portfolio.prospects.keep_shown(id, span, shown);
        }
    }
}

fn is_other(index: &FxHashMap<String, u64>, key: &String, own: u64) -> Option<u64> {
    index.get(key).copied().filter(|&id| id != own)
}
